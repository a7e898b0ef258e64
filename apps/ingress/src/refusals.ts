import type { ForgedReason, UncheckedReason } from "@relink/plaid/verification";

/** Why a request was not acknowledged. The caller never learns it; the log and the metric do. */
export type RefusalReason =
  | ForgedReason
  | UncheckedReason
  | "method"
  | "headers"
  | "length_missing"
  | "length_over_limit"
  | "encoding"
  | "body_incomplete"
  | "store"
  | "overload"
  | "shutting_down";

/**
 * What each reason is answered with.
 *
 * 401: it cannot be genuine. 429: it may be, but cannot be checked or stored now; Plaid follows `Retry-After` with this
 * status alone. Nothing that a caller can send is answered with another 5xx.
 *
 * @see https://plaid.com/docs/api/webhooks/ (checked 2026-11-21)
 */
export const REFUSAL_STATUS = {
  header_missing: 401,
  header_repeated: 401,
  header_malformed: 401,
  header_param: 401,
  alg: 401,
  kid_malformed: 401,
  key_unknown: 401,
  key_retired: 401,
  key_unusable: 401,
  signature: 401,
  claims: 401,
  too_old: 401,
  too_new: 401,
  body_hash: 401,
  length_missing: 401,
  method: 405,
  body_incomplete: 408,
  length_over_limit: 413,
  encoding: 415,
  headers: 431,
  key_service: 429,
  key_budget: 429,
  store: 429,
  overload: 429,
  shutting_down: 429,
} as const satisfies Record<RefusalReason, number>;

/** Seconds until a caller should try again: between 20 and 60, spread, so that they do not all come back at once. */
export function retryAfterSeconds(random: () => number = Math.random): number {
  return 20 + Math.floor(random() * 41);
}
