import { RelinkError } from "@relink/core";
import { z } from "zod";

interface ProblemMeaning {
  status: number;
  title: string;
  /** What it means and what to do about it, for the description of the API. */
  meaning: string;
  /** Set where the same request may succeed later. */
  retryAfterSeconds?: number;
}

/** Every way in which a request can end badly. Callers match on the kind: it is the answer's `code`. */
export const PROBLEMS = {
  "malformed-request": {
    status: 400,
    title: "The request cannot be read",
    meaning: "The body is not JSON, or the address is not well encoded. Correct the request.",
  },
  "key-in-query": {
    status: 400,
    title: "A key does not belong into an address",
    meaning:
      "Addresses end up in logs and histories. Send the key in the Authorization header, and replace it if it was real.",
  },
  unauthorized: {
    status: 401,
    title: "A valid API key is needed",
    meaning:
      "The Authorization header is missing, is not of the form `Bearer <key>`, or holds a key that is unknown, revoked or expired.",
  },
  forbidden: {
    status: 403,
    title: "The key may not do this",
    meaning:
      "The detail names the scope that the key lacks. Use a key that has it; scopes are given when a key is made.",
  },
  "not-found": {
    status: 404,
    title: "There is nothing here",
    meaning: "No such route, or nothing with this id that the key may see.",
  },
  "method-not-allowed": {
    status: 405,
    title: "The method is not one of this route",
    meaning: "The Allow header names those that are.",
  },
  "nothing-to-repair": {
    status: 409,
    title: "There is nothing that the user could repair",
    meaning:
      "A link is made while something is open that the user can do: a break that they can end, an end that is announced, new accounts to share. The detail says how the Item is.",
  },
  "subscription-disabled": {
    status: 409,
    title: "The subscription is disabled",
    meaning: "Nothing is sent to it. Enable it, and send again.",
  },
  "subscription-paused": {
    status: 409,
    title: "The subscription is paused",
    meaning: "Nothing is sent to it for now. Resume it, and send again.",
  },
  "verification-required": {
    status: 409,
    title: "Nobody has confirmed yet that events are wanted there",
    meaning:
      "Before anything is sent to it, a webhook has to answer a signed request, and the reader of an address to press the button in a mail. The detail says how it failed, or what is waited for.",
  },
  "address-refused": {
    status: 409,
    title: "Nothing may be mailed to this address",
    meaning:
      "Its reader does not want the mails of this team, or mails to it came back. The detail says which. Use another address, or ask whoever runs Relink.",
  },
  "already-delivered": {
    status: 409,
    title: "It was delivered already",
    meaning: "Send `force: true` to deliver it once more.",
  },
  "delivery-in-flight": {
    status: 409,
    title: "It is being sent at this moment",
    meaning: "Wait for the end of the attempt, some seconds at most. Then send the same request again.",
    retryAfterSeconds: 15,
  },
  "nothing-to-cancel": {
    status: 409,
    title: "Nothing is to come that could be cancelled",
    meaning: "It is over already. The detail says how it ended.",
  },
  "recovery-in-progress": {
    status: 409,
    title: "A recovery of this subscription is under way",
    meaning: "There is one at a time. Wait for it, or cancel it.",
  },
  "too-many-secrets": {
    status: 409,
    title: "Too many old secrets are still good",
    meaning:
      "At most three old ones sign beside the newest. Wait until one has expired, or rotate with `overlap_s: 0`.",
  },
  "limit-reached": {
    status: 409,
    title: "There can be no more of these",
    meaning: "The detail names the limit. Remove what is not needed.",
  },
  "name-taken": {
    status: 409,
    title: "The name is taken",
    meaning: "Something else of the kind has it. Choose another one.",
  },
  "idempotency-in-flight": {
    status: 409,
    title: "The first request with this Idempotency-Key is still under way",
    meaning: "Send the same request with the same key again after Retry-After: it gets the answer of the first.",
    retryAfterSeconds: 1,
  },
  "precondition-failed": {
    status: 412,
    title: "It was changed in between",
    meaning:
      "If-Match names another version than the current one. Read it again, and decide anew. Nothing was changed.",
  },
  "payload-too-large": {
    status: 413,
    title: "The body is too large",
    meaning: "64 KiB are taken.",
  },
  "unsupported-media-type": {
    status: 415,
    title: "The body has to be JSON",
    meaning: "Send it as `content-type: application/json`, in UTF-8, without a content-encoding.",
  },
  "validation-failed": {
    status: 422,
    title: "The request is not valid",
    meaning: "`errors` names every field and parameter that is wrong. Nothing was changed.",
  },
  "url-not-allowed": {
    status: 422,
    title: "Relink does not send to this address",
    meaning:
      "It is not https, is not on an open port, or does not lead to the public internet. Whoever runs Relink can allow more.",
  },
  "idempotency-conflict": {
    status: 422,
    title: "The Idempotency-Key was used for another request",
    meaning:
      "Method, path or body differ from those that were answered, or are under way, with this key. Use a new key for a new request.",
  },
  "plaid-refused": {
    status: 422,
    title: "Plaid refused the token",
    meaning: "`plaid` holds Plaid's error and its request id; the detail says what to do. Nothing was stored.",
  },
  "rate-limited": {
    status: 429,
    title: "Too many requests",
    meaning: "The headers RateLimit-* say how many this key may make. Try again after Retry-After.",
    retryAfterSeconds: 60,
  },
  "asked-recently": {
    status: 429,
    title: "An address cannot be asked so soon",
    meaning:
      "An address is mailed once an hour and five times a day at most to ask whether it wants a team's mails, whichever team asks, and a team may ask twenty times a day. The detail says until when. Nothing was changed.",
    retryAfterSeconds: 3_600,
  },
  "internal-error": {
    status: 500,
    title: "Something went wrong here",
    meaning: "The log has the reason, under the request id.",
  },
  "plaid-error": {
    status: 502,
    title: "Plaid refused a request that Relink made",
    meaning: "`plaid` holds Plaid's error and its request id. Somebody who runs Relink has to look at it.",
  },
  "plaid-unavailable": {
    status: 503,
    title: "Plaid does not answer",
    meaning: "No answer, an error of Plaid's own, or a rate limit. Try again after Retry-After.",
    retryAfterSeconds: 30,
  },
  unavailable: {
    status: 503,
    title: "The database does not answer",
    meaning: "Try again after Retry-After.",
    retryAfterSeconds: 5,
  },
} as const satisfies Record<string, ProblemMeaning>;

export type ProblemKind = keyof typeof PROBLEMS;

export const PROBLEM_KINDS = Object.keys(PROBLEMS) as [ProblemKind, ...ProblemKind[]];

/** The same table, for who looks up by a kind that is known only at run time. */
export const meaningOf = (kind: ProblemKind): ProblemMeaning => PROBLEMS[kind];

/** What can be wrong with a field or a parameter. */
const FIELD_ERROR_CODES = [
  "required",
  "unknown",
  "type",
  "format",
  "too_short",
  "too_long",
  "too_small",
  "too_large",
  "too_few",
  "too_many",
  "not_allowed",
  "repeated",
  "invalid",
] as const;

export type FieldErrorCode = (typeof FIELD_ERROR_CODES)[number];

const fieldError = z.object({
  pointer: z.string().optional().meta({
    description: "Where in the body, as a JSON pointer (RFC 6901) in a URI fragment.",
    example: "#/user/email",
  }),
  parameter: z.string().optional().meta({ description: "Which query parameter.", example: "limit" }),
  code: z.enum(FIELD_ERROR_CODES).meta({
    description:
      "What is wrong, to match on. `required`: it is missing. `unknown`: there is no such field or parameter. `type`: it is no text, no whole number, … `format`: it is not written as it should be. `too_short`, `too_long`: a text. `too_small`, `too_large`: a number. `too_few`, `too_many`: a list. `not_allowed`: another value, or none, is. `repeated`: once is enough. `invalid`: the detail says it.",
  }),
  detail: z.string().meta({ description: "The same for people. It may change." }),
});

export type FieldError = z.input<typeof fieldError>;

const plaidError = z.object({
  error_type: z.string(),
  error_code: z.string(),
  request_id: z.string().nullable().meta({ description: "What Plaid's support asks for." }),
});

/** @see https://www.rfc-editor.org/rfc/rfc9457 (checked 2026-11-21) */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: "Names the kind, and leads to the page that explains it." }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: "About this occurrence, for people. It may change." }),
    instance: z.string().meta({ description: "The path that was asked for." }),
    code: z.enum(PROBLEM_KINDS).meta({ description: "The kind once more, to match on." }),
    request_id: z.uuid().meta({ description: "Also in the header x-request-id, and in the log." }),
    retryable: z.boolean().meta({ description: "True if the same request may succeed later." }),
    errors: z.array(fieldError).optional(),
    plaid: plaidError.optional(),
  })
  .meta({ id: "Problem", description: "Problem details, as in RFC 9457." });

export type ProblemBody = z.input<typeof problemSchema>;

/** Ends a request with one of {@link PROBLEMS}. */
export class Problem extends RelinkError {
  override readonly name = "Problem";
  readonly code = "ERR_PROBLEM";
  readonly retryable: boolean;
  readonly kind: ProblemKind;
  readonly more: Pick<ProblemBody, "errors" | "plaid">;
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail - about this occurrence; what the caller sent is not repeated in it. */
  constructor(
    kind: ProblemKind,
    detail: string,
    extra: Pick<ProblemBody, "errors" | "plaid"> & { headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    const { headers, ...more } = extra;
    const { retryAfterSeconds } = meaningOf(kind);
    this.kind = kind;
    this.more = more;
    this.retryable = retryAfterSeconds !== undefined;
    this.headers = { ...(retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) }), ...headers };
  }

  /** @param path - of the request, without its query. */
  toBody(path: string, requestId: string): ProblemBody {
    const { status, title } = PROBLEMS[this.kind];
    return {
      type: problemType(this.kind),
      title,
      status,
      detail: this.message,
      instance: path,
      code: this.kind,
      request_id: requestId,
      retryable: this.retryable,
      ...this.more,
    };
  }
}

export function notJson(): Problem {
  return new Problem(
    "unsupported-media-type",
    "send JSON in UTF-8, with content-type: application/json and without a content-encoding",
  );
}

/** The address of the page that explains this kind. */
export function problemType(kind: ProblemKind): string {
  return `/v1/problems/${kind}`;
}
