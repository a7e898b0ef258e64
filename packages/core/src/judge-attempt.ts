import type { DeliveryErrorCode } from "./delivery-errors.ts";
import { parseRetryAfter } from "./retry-after.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Each wait is drawn from 80 to 120 % of what the schedule says, so that what failed together does not come together. */
const JITTER = 0.2;

/** Where something else than the schedule sets the wait, up to 10 % are added: never less than was asked for. */
const SPREAD = 0.1;

/** No `Retry-After` holds an attempt back for longer. */
const RETRY_AFTER_CAP_MS = DAY_MS;

/** Whoever is overloaded is left alone for this long at least. */
const OVERLOAD_WAIT_MS = MINUTE_MS;

/** While our own way out is down, an attempt is tried again after this time, and costs nothing. */
const EGRESS_WAIT_SECONDS = 30;

/** How long an endpoint may answer 429 and nothing else before that counts against it. */
const RATE_LIMIT_GRACE_MS = DAY_MS;

/** How often an attempt is made again whose target must not be called: its DNS may have been wrong for a moment. */
const FORBIDDEN_RETRIES = 2;

/** How an attempt ended. */
export interface EndedAttempt {
  endedAt: Date;
  /** The answer's status; `null` if none came. It decides, whatever became of the body. */
  status: number | null;
  /** Why no answer came. Looked at only if `status` is `null`. */
  errorCode: DeliveryErrorCode | null;
  /** The header `retry-after`, as received; `null` if there is none, or no answer. So is `control`. */
  retryAfter: string | null;
  /** The header `webhook-delivery`, as received. */
  control: string | null;
}

/** How hard an endpoint may be called at the moment. */
export interface EndpointPace {
  /** Until then nothing is sent to it; what is due waits, and that is no attempt. */
  throttledUntil: Date | null;
  /** The first 429 since its last success. */
  rateLimitedSince: Date | null;
  /** Whether it gets one delivery at a time, until its next success. */
  lowerConcurrency: boolean;
}

export interface AttemptContext extends EndpointPace {
  /** The waits of the endpoint, in seconds: `DEFAULT_RETRY_WAITS`, or its own. */
  waits: readonly number[];
  /** Attempts of this delivery before this one that had `usesAttempt`. */
  attemptsUsed: number;
  /** Attempts of this delivery before this one that ended in `TARGET_FORBIDDEN`. */
  forbiddenBefore: number;
  /** Sent because somebody asked for it, and not because it was due. */
  isManual: boolean;
  /** Uniform, at least 0 and less than 1: `Math.random`. */
  random: () => number;
}

/**
 * What becomes of a delivery after an attempt.
 *
 * | outcome | the delivery |
 * | --- | --- |
 * | `delivered` | is done. Attempts that are due are cancelled |
 * | `retry` | is tried again at `nextAttemptAt` |
 * | `exhausted` | has used up its schedule. It is kept, and can be sent again by hand |
 * | `abort` | is not tried again: the receiver asked for that |
 * | `gone`, `disable`, `forbidden` | is held with all others to this endpoint, which is disabled |
 * | `unchanged` | stays as it was, with its due time: an attempt by hand failed |
 */
export type AttemptOutcome =
  | "delivered"
  | "retry"
  | "exhausted"
  | "gone"
  | "abort"
  | "disable"
  | "forbidden"
  | "unchanged";

/** What follows from an attempt. The fields of `EndpointPace` are to be stored with the endpoint. */
export interface AttemptVerdict extends EndpointPace {
  outcome: AttemptOutcome;
  /** For the log; `null` after a success. */
  errorCode: DeliveryErrorCode | null;
  /** `null` unless the outcome is `retry`. */
  nextAttemptAt: Date | null;
  /** Whether it counts as one of the attempts of the schedule. */
  usesAttempt: boolean;
  /** For the log: what `retry-after` asked for, in seconds; `null` if it was missing or could not be read. */
  retryAfterSeconds: number | null;
  /** Why the endpoint is to be disabled at once; `null` if it is not. A 2xx can ask for it too. */
  disablesEndpoint: "gone" | "receiver_request" | "target_forbidden" | null;
  /** `counts` of the event `attempted` of `nextHealth`. */
  countsForHealth: boolean;
}

/**
 * What an attempt means for its delivery and its endpoint.
 *
 * - 2xx is a success. 410 disables the endpoint. So does the header `webhook-delivery: disable`, on any answer;
 *   `webhook-delivery: abort-message` ends this delivery. All else is tried again, 4xx and DNS too: mostly it is a bad
 *   deploy or a wrong secret, which somebody will put right.
 * - The next attempt is after the wait of the schedule, with jitter; later if `retry-after` says so (24 h at most), and
 *   60 s at least after 429, 502, 504 and time-outs.
 * - 429, and 503 with `retry-after`, throttle the whole endpoint. 502, 504 and time-outs lower its concurrency.
 * - Attempts by hand do not use up the schedule and never make things worse, but what the receiver asks for is done.
 *
 * Pure: the clock is `result.endedAt`, chance is `context.random`.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (checked 2026-11-22)
 * @see https://docs.svix.com/receiving/delivery-control for the header (checked 2026-11-22)
 */
export function judgeAttempt(result: EndedAttempt, context: AttemptContext): AttemptVerdict {
  const errorCode = errorCodeOf(result);
  const retryAfterSeconds = errorCode === null ? null : parseRetryAfter(result.retryAfter, result.endedAt);
  const askedMs = Math.min((retryAfterSeconds ?? 0) * SECOND_MS, RETRY_AFTER_CAP_MS);
  const leastMs = Math.max(askedMs, isOverload(result, errorCode) ? OVERLOAD_WAIT_MS : 0);
  const pace = paceAfter(result, errorCode, leastMs, context);
  const waitSeconds = errorCode === "EGRESS_UNAVAILABLE" ? EGRESS_WAIT_SECONDS : context.waits[context.attemptsUsed];
  const nextAttemptAt = waitSeconds === undefined ? null : later(result.endedAt, waitSeconds, leastMs, context.random);
  const outcome = outcomeOf(result, errorCode, nextAttemptAt, context);
  return {
    ...pace,
    outcome,
    errorCode,
    nextAttemptAt: outcome === "retry" ? nextAttemptAt : null,
    usesAttempt: !context.isManual && errorCode !== "EGRESS_UNAVAILABLE",
    retryAfterSeconds,
    disablesEndpoint: disablesEndpoint(result, outcome),
    countsForHealth: errorCode === null || isEndpointToBlame(result, errorCode, context, pace),
  };
}

function errorCodeOf({ status, errorCode }: EndedAttempt): DeliveryErrorCode | null {
  return status === null ? (errorCode ?? "INTERNAL") : errorCodeOfStatus(status);
}

/** What an answer with this status is called in the log; `null` for a success. */
export function errorCodeOfStatus(status: number): DeliveryErrorCode | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return "REDIRECT";
  if (status === 410) return "GONE";
  return status === 429 ? "RATE_LIMITED" : "HTTP_STATUS";
}

function outcomeOf(
  result: EndedAttempt,
  errorCode: DeliveryErrorCode | null,
  nextAttemptAt: Date | null,
  { forbiddenBefore, isManual }: AttemptContext,
): AttemptOutcome {
  if (errorCode === null) return "delivered";
  if (errorCode === "GONE") return "gone";
  const control = controlOf(result);
  if (control === "disable") return "disable";
  if (control === "abort-message") return "abort";
  if (isManual) return "unchanged";
  if (errorCode === "TARGET_FORBIDDEN" && forbiddenBefore >= FORBIDDEN_RETRIES) return "forbidden";
  return nextAttemptAt === null ? "exhausted" : "retry";
}

function controlOf({ control }: EndedAttempt): string | null {
  return control?.trim().toLowerCase() ?? null;
}

function disablesEndpoint(result: EndedAttempt, outcome: AttemptOutcome): AttemptVerdict["disablesEndpoint"] {
  if (outcome === "gone") return "gone";
  if (controlOf(result) === "disable") return "receiver_request";
  return outcome === "forbidden" ? "target_forbidden" : null;
}

function isTimeout(errorCode: DeliveryErrorCode | null): boolean {
  return errorCode === "TIMEOUT_CONNECT" || errorCode === "TIMEOUT_TOTAL";
}

/** True if the receiver, or what stands before it, cannot keep up. */
function isSlow({ status }: EndedAttempt, errorCode: DeliveryErrorCode | null): boolean {
  return status === 502 || status === 504 || isTimeout(errorCode);
}

function isOverload(result: EndedAttempt, errorCode: DeliveryErrorCode | null): boolean {
  return errorCode === "RATE_LIMITED" || isSlow(result, errorCode);
}

/** @param leastMs - how long the endpoint is to be left alone. */
function paceAfter(
  result: EndedAttempt,
  errorCode: DeliveryErrorCode | null,
  leastMs: number,
  { throttledUntil, rateLimitedSince, lowerConcurrency }: EndpointPace,
): EndpointPace {
  if (errorCode === null) return { throttledUntil, rateLimitedSince: null, lowerConcurrency: false };
  const isRateLimited = errorCode === "RATE_LIMITED";
  const until = new Date(result.endedAt.getTime() + leastMs);
  const isThrottling = (isRateLimited || result.status === 503) && leastMs > 0;
  const isLonger = throttledUntil === null || until > throttledUntil;
  return {
    throttledUntil: isThrottling && isLonger ? until : throttledUntil,
    rateLimitedSince: rateLimitedSince ?? (isRateLimited ? result.endedAt : null),
    lowerConcurrency: lowerConcurrency || isSlow(result, errorCode),
  };
}

/** The moment after a wait with jitter, or after the least wait and a little more. */
function later(endedAt: Date, waitSeconds: number, leastMs: number, random: () => number): Date {
  const jitteredMs = waitSeconds * SECOND_MS * (1 - JITTER + 2 * JITTER * random());
  const spreadMs = Math.min(leastMs * (1 + SPREAD * random()), RETRY_AFTER_CAP_MS);
  return new Date(endedAt.getTime() + Math.ceil(leastMs > jitteredMs ? spreadMs : jitteredMs));
}

/** Attempts by hand, our own failures and what was asked to wait say nothing about the health of an endpoint. */
function isEndpointToBlame(
  { endedAt }: EndedAttempt,
  errorCode: DeliveryErrorCode,
  { isManual, throttledUntil }: AttemptContext,
  { rateLimitedSince }: EndpointPace,
): boolean {
  if (isManual || errorCode === "EGRESS_UNAVAILABLE" || errorCode === "INTERNAL") return false;
  if (throttledUntil !== null && endedAt < throttledUntil) return false;
  if (errorCode !== "RATE_LIMITED" || rateLimitedSince === null) return true;
  return endedAt.getTime() - rateLimitedSince.getTime() >= RATE_LIMIT_GRACE_MS;
}
