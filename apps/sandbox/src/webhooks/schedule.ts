const SECOND = 1000;
const HOUR = 3_600_000;

const FIRST_RETRY_MS = 30 * SECOND;
const LONGEST_RETRY_AFTER_MS = 4 * HOUR;

/** How long Plaid tries one webhook. */
export const LIFETIME_MS = 24 * HOUR;

/**
 * The wait before a retry, in milliseconds: 30 s, and four times the last each time after that.
 *
 * @param retries - how many there were before.
 * @see https://plaid.com/docs/api/webhooks/ (checked 2026-11-21)
 */
export function retryDelayMs(retries: number): number {
  return FIRST_RETRY_MS * 4 ** retries;
}

/**
 * The wait that an endpoint asks for with 429, in milliseconds: whole seconds, an HTTP date or an ISO 8601 date, 4 hours
 * at most.
 *
 * @returns nothing if there is no such header, or it cannot be read.
 * @see https://plaid.com/docs/api/webhooks/ (checked 2026-11-21)
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  const wait = /^\d+$/.test(text) ? Number(text) * SECOND : Date.parse(text) - now;
  if (Number.isNaN(wait)) return undefined;
  return Math.min(Math.max(wait, 0), LONGEST_RETRY_AFTER_MS);
}
