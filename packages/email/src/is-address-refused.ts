import type { SendResult } from "./mailer.ts";

/** "Bad destination mailbox address" and its kin. https://www.rfc-editor.org/rfc/rfc3463#section-3.2 (checked 2026-11-22) */
const ABOUT_THE_MAILBOX = /\b5\.1\.(?:1|2|3|6|10)\b|\b5\.2\.1\b/;

/**
 * True if the mail server said that this mailbox does not exist or takes nothing, so that it is not to be written to
 * again. A message that was refused for its content, or a sender that may not send, says nothing about the mailbox.
 */
export function isAddressRefused(result: SendResult): boolean {
  if (result.kind !== "refused" || !result.permanent) return false;
  if (ABOUT_THE_MAILBOX.test(result.reason)) return true;
  return result.stage === "rcpt_to" && !/\b5\.7\.\d/.test(result.reason);
}
