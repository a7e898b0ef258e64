import type { SendResult } from "./mailer.ts";

/**
 * The mailbox or its domain does not exist, has moved, or takes nothing. Not 5.1.7 and 5.1.8, which are about the sender,
 * nor 5.2.2, a full mailbox.
 *
 * https://www.rfc-editor.org/rfc/rfc3463#section-3.2, https://www.rfc-editor.org/rfc/rfc7505#section-4.2
 * (checked 2026-11-22)
 */
const ABOUT_THE_MAILBOX: ReadonlySet<string> = new Set(["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]);

/** Codes that say no more than "refused". */
const UNSPECIFIC: ReadonlySet<string> = new Set(["5.0.0", "5.1.0", "5.5.0"]);

const WORDS_ABOUT_THE_MAILBOX =
  /\b(?:no such|no|unknown|invalid|unrouteable|disabled) (?:user|mailbox|recipient|address|account)\b|\b(?:user|mailbox|recipient|address|account)\b\S*(?: is)? (?:unknown|unavailable|invalid|disabled|not found|does not exist|doesn't exist)\b/i;

/**
 * True if the mail server said that this mailbox does not exist or takes nothing, so that it is not to be written to
 * again.
 *
 * A refusal that is not about the mailbox says nothing against it: of the message's content, of the sender, or of
 * relaying, which a wrong SMTP_URL brings about for every address alike. The server's enhanced status code decides; where it
 * gives none, or an unspecific one, its words in answer to the recipient do.
 */
export function isAddressRefused(result: SendResult): boolean {
  if (result.kind !== "refused" || !result.permanent || result.stage === "mail_from") return false;
  const code = /^\d{3}[ -](5\.\d{1,3}\.\d{1,3})\b/.exec(result.reason)?.[1];
  if (code !== undefined && !UNSPECIFIC.has(code)) return ABOUT_THE_MAILBOX.has(code);
  return result.stage === "rcpt_to" && WORDS_ABOUT_THE_MAILBOX.test(result.reason);
}
