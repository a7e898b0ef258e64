export { classifySmtpError, type SendRefused, type SendUnknown, type SmtpStage } from "./classify-smtp-error.ts";
export * from "./clean-name.ts";
export * from "./mailer.ts";
export * from "./parse-recipient.ts";
export * from "./render-reauth-email.tsx";
