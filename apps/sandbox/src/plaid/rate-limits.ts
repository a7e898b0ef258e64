import { plaidError } from "./errors.ts";

interface Limit {
  /** Calls a minute for one Item. */
  item?: number;
  /** Calls a minute for one client. */
  client: number;
  code: string;
}

/** Plaid's limits for Sandbox. @see https://plaid.com/docs/errors/rate-limit-exceeded/ (checked 2026-11-21) */
const LIMITS: Readonly<Record<string, Limit>> = {
  "/item/get": { item: 40, client: 5000, code: "ITEM_GET_LIMIT" },
  "/item/remove": { item: 100, client: 500, code: "RATE_LIMIT" },
  "/accounts/get": { item: 100, client: 5000, code: "ACCOUNTS_LIMIT" },
  "/institutions/get_by_id": { client: 400, code: "INSTITUTIONS_GET_BY_ID_LIMIT" },
  "/processor/token/create": { client: 500, code: "RATE_LIMIT" },
};

const WINDOW_MS = 60_000;

/** Counts calls per minute, each minute anew. */
export function createRateLimits(now: () => number) {
  const counts = new Map<string, number>();
  let window = 0;

  function count(key: string): number {
    const calls = (counts.get(key) ?? 0) + 1;
    counts.set(key, calls);
    return calls;
  }

  /**
   * Counts one call.
   *
   * @throws {@link PlaidApiError} 429 if it is one too many.
   */
  return function checkRateLimit(path: string, clientId: string, accessToken: string | undefined): void {
    const limit = LIMITS[path];
    if (limit === undefined) return;
    const current = Math.floor(now() / WINDOW_MS);
    if (current !== window) {
      counts.clear();
      window = current;
    }
    const overClient = count(`${path} client ${clientId}`) > limit.client;
    const overItem =
      limit.item !== undefined && accessToken !== undefined && count(`${path} item ${accessToken}`) > limit.item;
    if (overClient || overItem) throw plaidError(limit.code);
  };
}
