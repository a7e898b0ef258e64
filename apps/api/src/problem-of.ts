import { isAboutItem } from "@relink/core";
import { isUnavailable } from "@relink/db";
import { PlaidApiError, PlaidUnreachableError } from "@relink/plaid";
import { notJson, Problem } from "./problem.ts";

/** Turns whatever a request ended with into an answer. Of an error that nobody foresaw, nothing is told. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof PlaidUnreachableError || error instanceof PlaidApiError) return problemOfPlaid(error);
  if (isUnavailable(error)) return new Problem("unavailable", "nothing was changed; try again later");
  return problemOfHttp(error) ?? new Problem("internal-error", "the log has the reason, under this request_id");
}

/** What to do about the errors that a token can bring with it. */
const ADVICE: Readonly<Record<string, string>> = {
  INVALID_PUBLIC_TOKEN:
    "a public token works once, within 30 minutes, in the environment it came from: let the user go through Link again, or send the access token that it was exchanged for",
  INVALID_ACCESS_TOKEN:
    "it is not an access token of this Plaid client in this environment: compare PLAID_CLIENT_ID and PLAID_ENV with those it was made with",
  ITEM_NOT_FOUND: "the Item was removed: let the user link the account anew, and send the new token",
};

/** An error of Plaid: what the caller sent is wrong, what Relink sends is wrong, or Plaid has trouble of its own. */
export function problemOfPlaid(error: PlaidApiError | PlaidUnreachableError): Problem {
  if (error instanceof PlaidUnreachableError) {
    return new Problem("plaid-unavailable", "no answer came from Plaid; try again later");
  }
  const plaid = { error_type: error.errorType, error_code: error.errorCode, request_id: error.requestId };
  if (error.retryable) {
    return new Problem("plaid-unavailable", `Plaid answered ${error.errorCode}; try again later`, { plaid });
  }
  const isAboutToken =
    error.errorCode === "INVALID_PUBLIC_TOKEN" || isAboutItem({ type: error.errorType, code: error.errorCode });
  if (!isAboutToken) {
    const detail = `Plaid answered ${error.errorCode} to Relink itself: check PLAID_CLIENT_ID, PLAID_SECRET, PLAID_ENV and PLAID_WEBHOOK_URL`;
    return new Problem("plaid-error", detail, { plaid });
  }
  const advice = ADVICE[error.errorCode] ?? "https://plaid.com/docs/errors/ says what the code means";
  return new Problem("plaid-refused", `${error.errorCode}: ${advice}`, { plaid });
}

/** Errors of Express and its body parser, told apart by their status. Their messages may quote the body. */
function problemOfHttp(error: unknown): Problem | undefined {
  const status = error instanceof Error ? (error as { status?: unknown }).status : undefined;
  switch (status) {
    case 400:
      return new Problem("malformed-request", "the body is not JSON in UTF-8, or the path is not well encoded");
    case 413:
      return new Problem("payload-too-large", "the body is larger than 64 KiB");
    case 415:
      return notJson();
    default:
      return undefined;
  }
}
