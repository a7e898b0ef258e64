export * from "./signing/signature-header.ts";
export * from "./signing/signing-key.ts";
export * from "./delivery-headers.ts";
export * from "./guard/check-custom-header.ts";
export { type TargetUrlProblem, TargetUrlError, checkTargetUrl } from "./guard/check-target-url.ts";
export { isTargetRefused } from "./guard/is-target-refused.ts";
export {
  type TargetPolicy,
  type TargetPolicyOptions,
  TargetPolicyError,
  createTargetPolicy,
} from "./guard/target-policy.ts";
export * from "./advice.ts";
export * from "./client.ts";
export * from "./mask-answer.ts";
export { type ResolveHost, createHostResolver } from "./resolve-host.ts";
export * from "./events/index.ts";
export { type SlackMessage, renderSlackMessage } from "./slack/render-slack-message.ts";
export * from "./slack/slack-channel.ts";
export * from "./target-settings.ts";
