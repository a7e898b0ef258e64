import type { LinkError } from "./plaid-link.ts";

/**
 * What went wrong in Link, for the person who saw it. Plaid's own words where it has some that are meant for people.
 *
 * @see https://plaid.com/docs/errors/item/ (checked 2026-11-21)
 */
const BY_CODE: Readonly<Record<string, string>> = {
  INVALID_CREDENTIALS: "The bank did not recognise the username or password.",
  INVALID_MFA: "The bank did not accept the code or the answer.",
  INSUFFICIENT_CREDENTIALS: "The sign-in at the bank was not completed.",
  ITEM_LOCKED: "The bank has locked the online access. Unlock it on the bank’s own website or app first.",
  PASSWORD_RESET_REQUIRED: "The bank asks for a new password. Choose one on the bank’s own website or app first.",
  USER_SETUP_REQUIRED: "The bank asks you to finish something in your online banking first.",
  USER_INPUT_TIMEOUT: "The bank waited for an answer and gave up.",
  INSTITUTION_DOWN: "The bank is not reachable at the moment. Please try again later.",
  INSTITUTION_NOT_RESPONDING: "The bank is not answering at the moment. Please try again later.",
  INSTITUTION_NOT_AVAILABLE: "The bank is not reachable at the moment. Please try again later.",
  ACCESS_NOT_GRANTED: "The bank did not get your permission for the connection.",
};

/** A sentence about an error that ended Link; `undefined` if there is nothing good to say about it. */
export function explainError(error: LinkError): string | undefined {
  return error.display_message || BY_CODE[error.error_code ?? ""] || undefined;
}
