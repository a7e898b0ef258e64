import { plaidError } from "./errors.ts";

interface Limit {
  /** Calls a minute for one Item. */
  item?: number;
  /** Calls a minute for one client. */
  client: number;
}

/** Whose limits hold. Plaid allows less per Item in Production than in Sandbox. */
export type RateLimited = "sandbox" | "production";

/** Plaid's limits. @see https://plaid.com/docs/errors/rate-limit-exceeded/ (checked 2026-11-21) */
const LIMITS: Readonly<Record<string, { code: string } & Record<RateLimited, Limit>>> = {
  "/item/get": {
    code: "ITEM_GET_LIMIT",
    sandbox: { item: 40, client: 5000 },
    production: { item: 15, client: 5000 },
  },
  "/item/remove": {
    code: "RATE_LIMIT",
    sandbox: { item: 100, client: 500 },
    production: { item: 30, client: 2000 },
  },
  "/accounts/get": {
    code: "ACCOUNTS_LIMIT",
    sandbox: { item: 100, client: 5000 },
    production: { item: 15, client: 15_000 },
  },
  "/institutions/get_by_id": {
    code: "INSTITUTIONS_GET_BY_ID_LIMIT",
    sandbox: { client: 400 },
    production: { client: 400 },
  },
  "/processor/token/create": {
    code: "RATE_LIMIT",
    sandbox: { client: 500 },
    production: { client: 500 },
  },
};

const WINDOW_SECONDS = 60;

/** Calls of the last minute, by second: how many came, and how many of them were let through. */
type Seconds = Map<number, { asked: number; granted: number }>;

/** How one path was called since the start, or since the counters were cleared. */
export interface CallCounts {
  calls: number;
  refused: number;
  /** The most calls of one client within any 60 seconds, refused ones among them. */
  highestPerMinute: number;
  /** The same for one access token. */
  highestPerMinuteOfOneItem: number;
}

export type RateLimits = ReturnType<typeof createRateLimits>;

/** Counts the calls of every path, and refuses the ones that are too many. The last minute counts, at any moment. */
export function createRateLimits(now: () => number) {
  const windows = new Map<string, Seconds>();
  const counts = new Map<string, CallCounts>();
  let sweptAt = 0;

  /** The calls of a key within the last minute, without older ones. */
  function windowOf(key: string, second: number): Seconds {
    const window = windows.get(key) ?? new Map<number, { asked: number; granted: number }>();
    windows.set(key, window);
    for (const past of window.keys()) if (past <= second - WINDOW_SECONDS) window.delete(past);
    return window;
  }

  function sum(window: Seconds, kind: "asked" | "granted"): number {
    let total = 0;
    for (const second of window.values()) total += second[kind];
    return total;
  }

  /** Forgets the Items that were not called for a minute: there may be many. */
  function sweep(second: number): void {
    if (second - sweptAt < WINDOW_SECONDS) return;
    sweptAt = second;
    for (const key of windows.keys()) if (windowOf(key, second).size === 0) windows.delete(key);
  }

  return {
    /**
     * Counts one call.
     *
     * @param limited - whose limits hold; nothing if calls are only counted.
     * @throws {@link PlaidApiError} 429 if it is one too many. Such a call does not count against the next ones.
     */
    count(call: { path: string; clientId: string; accessToken: string | undefined }, limited?: RateLimited): void {
      const second = Math.floor(now() / 1000);
      sweep(second);
      const limits = LIMITS[call.path];
      const limit = limited && limits?.[limited];
      const client = { window: windowOf(`${call.path} client ${call.clientId}`, second), limit: limit?.client };
      const item =
        call.accessToken === undefined
          ? undefined
          : { window: windowOf(`${call.path} item ${call.accessToken}`, second), limit: limit?.item };
      const both = item === undefined ? [client] : [client, item];
      const isRefused = both.some((one) => one.limit !== undefined && sum(one.window, "granted") >= one.limit);
      for (const { window } of both) {
        const past = window.get(second) ?? { asked: 0, granted: 0 };
        window.set(second, { asked: past.asked + 1, granted: past.granted + (isRefused ? 0 : 1) });
      }

      const before = counts.get(call.path);
      counts.set(call.path, {
        calls: (before?.calls ?? 0) + 1,
        refused: (before?.refused ?? 0) + (isRefused ? 1 : 0),
        highestPerMinute: Math.max(before?.highestPerMinute ?? 0, sum(client.window, "asked")),
        highestPerMinuteOfOneItem: Math.max(
          before?.highestPerMinuteOfOneItem ?? 0,
          item === undefined ? 0 : sum(item.window, "asked"),
        ),
      });
      if (isRefused && limits !== undefined) throw plaidError(limits.code);
    },

    /** By path. */
    counts(): ReadonlyMap<string, CallCounts> {
      return counts;
    },

    clear(): void {
      windows.clear();
      counts.clear();
    },
  };
}
