/** Hints for one Item are gathered this long before `/item/get` is asked once, in milliseconds. */
export const HINT_GATHER_MS = 1_000;

/** Nothing tells us that an outage has ended, so an Item in one is asked about again after this time. */
export const DEGRADED_RECHECK_MS = 15 * 60_000;

/** When a question to Plaid, or a mail, that failed for a passing reason is tried again: 5 s, doubling, at most 15 min. */
export function retryDelayMs(attempt: number): number {
  return Math.min(5_000 * 2 ** Math.max(0, attempt - 1), 15 * 60_000);
}

/** A link in a mail works this long. */
export const LINK_LIFETIME_MS = 14 * 24 * 60 * 60_000;

/** Plaid is asked this often whether a bank's trouble is over. */
export const TROUBLE_RECHECK_MS = 15 * 60_000;

/** No trouble holds mails back for longer, however nobody says that it is over. */
export const TROUBLE_LONGEST_MS = 24 * 60 * 60_000;
