import { RelinkError } from "@relink/core";
import { isUnavailable } from "@relink/db";
import { DeepLinkError } from "@relink/items";
import { PlaidApiError, PlaidUnreachableError } from "@relink/plaid";
import type { LinkEventAnswer, LinkTokenAnswer, NewMailAnswer, OutcomeAnswer, Problem } from "./answers.ts";

/** What a request is about, for its log line. Our own ids, as they are shown. */
export interface Subject {
  item?: string;
  episode?: string;
  session?: string;
  subscription?: string;
}

/** An answer before it is sent. */
export interface Reply {
  status: number;
  body: { html: string } | { json: LinkTokenAnswer | LinkEventAnswer | OutcomeAnswer | NewMailAnswer | Problem };
  /** Few-valued: for the log and the metrics. */
  outcome: string;
  subject?: Subject | undefined;
  headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** A refusal as JSON. */
export function problem(
  status: number,
  code: Problem["code"],
  message: string,
  options: { retryAfterSeconds?: number; retryable?: boolean; subject?: Subject } = {},
): Reply {
  const { retryAfterSeconds, subject } = options;
  return {
    status,
    body: { json: { code, message, retryable: options.retryable ?? retryAfterSeconds !== undefined } },
    outcome: code,
    subject,
    ...(retryAfterSeconds !== undefined && { headers: { "retry-after": String(retryAfterSeconds) } }),
  };
}

/** The status of an error's answer. What is not in here is a fault of ours: 500. */
function statusOf(error: unknown): number {
  if (error instanceof DeepLinkError) return error.reason === "expired" ? 410 : 404;
  if (error instanceof URIError) return 404; // an escape in the path that is none
  if (error instanceof PlaidUnreachableError || isUnavailable(error)) return 503;
  if (error instanceof PlaidApiError) return error.retryable ? 503 : 502;
  // body-parser's, which carry the status they mean: 400 for what is no JSON, 413 for what is too long.
  const { status, expose } = error as { status?: unknown; expose?: unknown };
  return typeof status === "number" && expose === true ? status : 500;
}

const MESSAGES: Readonly<Record<number, string>> = {
  404: "the link is not one of ours: use the one in the mail",
  410: "the link has expired: ask for a new one",
  413: "the body is too long",
  415: "send JSON, not encoded",
  500: "something went wrong here: try again later",
  502: "the provider refuses: this has to be looked at",
  503: "this cannot be done at the moment: try again soon",
};

/** The one place where an error becomes an answer to a program. Its message tells nothing of what is inside. */
export function problemFor(error: unknown): Reply {
  const status = statusOf(error);
  const code = error instanceof RelinkError ? error.code : status < 500 ? "ERR_REQUEST" : "ERR_INTERNAL";
  return problem(status, code, MESSAGES[status] ?? "the request cannot be read", {
    retryable: error instanceof RelinkError ? error.retryable : status >= 500,
  });
}
