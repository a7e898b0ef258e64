/**
 * How far a delivery got. `client`: nothing was sent. `connection`: it failed or was lost before the message began.
 * `data`: the command that announces the message. `body`: the message itself, or the answer to it.
 */
export type SmtpStage =
  | "client"
  | "connection"
  | "hello"
  | "starttls"
  | "auth"
  | "mail_from"
  | "rcpt_to"
  | "data"
  | "body";

/** The server did not take the message, and that is certain. */
export interface SendRefused {
  kind: "refused";
  /** True if the same mail to the same address will be refused again. If false, sending it again later is safe. */
  permanent: boolean;
  stage: SmtpStage;
  /** The server's answer, if there was one. */
  responseCode?: number;
  /** For a person: the answer's first 100 characters at most, addresses and links masked. */
  reason: string;
}

/** The message went out at least in part, and the answer to it was lost: the user may or may not have it. */
export interface SendUnknown {
  kind: "unknown";
  stage: "body";
  reason: string;
}

/** The fields that nodemailer puts on an error. https://nodemailer.com/errors (checked 2026-11-21) */
interface SmtpErrorFields {
  code?: unknown;
  command?: unknown;
  response?: unknown;
  responseCode?: unknown;
  message?: unknown;
}

const STAGE_OF_COMMAND: Readonly<Record<string, SmtpStage>> = {
  CONN: "connection",
  EHLO: "hello",
  HELO: "hello",
  STARTTLS: "starttls",
  "MAIL FROM": "mail_from",
  "RCPT TO": "rcpt_to",
  DATA: "data",
};

/** Where a 5yz answer is about this message. Earlier it is about us, and the operator can put that right. */
const ABOUT_THE_MESSAGE: ReadonlySet<SmtpStage> = new Set(["mail_from", "rcpt_to", "data", "body"]);

/**
 * 5yz answers about the session all the same: bad sequence, and those on logging in and encryption.
 * https://www.rfc-editor.org/rfc/rfc5321#section-4.2.2, https://www.rfc-editor.org/rfc/rfc4954#section-6
 * (checked 2026-11-21)
 */
const ABOUT_THE_SESSION: ReadonlySet<number> = new Set([503, 530, 534, 535, 538]);

const MAX_REASON_LENGTH = 100;

/**
 * Whether a mail that could not be sent was refused or may have arrived. Pure.
 *
 * The error alone cannot tell: nodemailer reports a connection that was lost with the same code and the same command,
 * before the message as well as after it. So the caller says whether the message had begun to go out. Once it had, only
 * an answer from the server counts as a refusal.
 *
 * @param error - as nodemailer rejects with.
 * @param context.bodyBegan - true if the first byte of the message may have been written.
 * @param context.recipient - masked in the reason, however the server writes it.
 */
export function classifySmtpError(
  error: unknown,
  context: { bodyBegan: boolean; recipient?: string },
): SendRefused | SendUnknown {
  const fields = (typeof error === "object" && error !== null ? error : {}) as SmtpErrorFields;
  const responseCode = typeof fields.responseCode === "number" ? fields.responseCode : undefined;
  const answered =
    fields.code === "EMESSAGE" && responseCode !== undefined && responseCode >= 400 && responseCode < 600;
  const stage = context.bodyBegan ? "body" : stageOf(fields);
  const reason = reasonOf(fields, stage, context.recipient);

  if (context.bodyBegan && !answered) return { kind: "unknown", stage: "body", reason };
  return {
    kind: "refused",
    permanent:
      responseCode !== undefined &&
      responseCode >= 500 &&
      responseCode < 600 &&
      ABOUT_THE_MESSAGE.has(stage) &&
      !ABOUT_THE_SESSION.has(responseCode),
    stage,
    ...(responseCode !== undefined && { responseCode }),
    reason,
  };
}

/** The server's text, fit to be stored and shown: one line, no address, no link, at most 100 characters. */
export function maskServerText(text: string, recipient = ""): string {
  // A server may name the mailbox without its domain: "alice: user unknown".
  const localPart = recipient.split("@", 1)[0];
  const masked = text
    .slice(0, 2_000)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .replace(/\S*(?::\/\/|\/r\/)\S*/g, "[link]")
    .replace(/[^\s<>()[\]",;:]*@[^\s<>()[\]",;:]*/g, "[address]");
  return (localPart ? masked.replace(wholeWord(localPart), "[address]") : masked)
    .trim()
    .slice(0, MAX_REASON_LENGTH)
    .toWellFormed();
}

function wholeWord(word: string): RegExp {
  return new RegExp(`(?<![A-Za-z0-9])${RegExp.escape(word)}(?![A-Za-z0-9])`, "gi");
}

function stageOf({ code, command }: SmtpErrorFields): SmtpStage {
  if (code === "ETLS") return "starttls";
  if (code === "EABORT") return "connection";
  if (typeof command !== "string") return "client";
  if (command.startsWith("AUTH")) return "auth";
  return STAGE_OF_COMMAND[command] ?? (code === "EAUTH" ? "auth" : "client");
}

function reasonOf({ code, response, responseCode, message }: SmtpErrorFields, stage: SmtpStage, recipient?: string) {
  // A server may repeat what was typed, so nothing that it says about a login is passed on.
  if (stage === "auth" && typeof response === "string") return `the server refused the login (${String(responseCode)})`;
  if (typeof response === "string") return maskServerText(response, recipient);
  const what = typeof message === "string" ? message : "no reason given";
  return maskServerText(typeof code === "string" ? `${code}: ${what}` : what, recipient);
}
