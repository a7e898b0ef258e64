export { classifySmtpError, type SendRefused, type SendUnknown, type SmtpStage } from "./classify-smtp-error.ts";
export * from "./clean-name.ts";
export * from "./is-address-refused.ts";
export * from "./mailer.ts";
export * from "./render-confirmation-mail.tsx";
export * from "./render-email.tsx";
export * from "./render-team-mail.tsx";
