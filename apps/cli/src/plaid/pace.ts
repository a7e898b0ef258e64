import { setTimeout as delay } from "node:timers/promises";
import { retryDelayMs } from "@relink/core";
import { RateLimiterMemory, RateLimiterQueue, RateLimiterRes } from "rate-limiter-flexible";

/**
 * What Plaid lets a client ask `/item/get` a minute: for one Item, and for all together.
 *
 * @see https://plaid.com/docs/errors/rate-limit-exceeded/ (checked 2026-11-22)
 */
export const PLAID_LIMITS = {
  production: { perItem: 15, perClient: 5_000 },
  sandbox: { perItem: 40, perClient: 5_000 },
} as const;

/** The workers ask up to 3,000 times a minute while a command does, and the Link page and the API need some, too. */
export const DEFAULT_RATE = 1_500;

/** Holds calls to Plaid back until it is their turn. One for the whole process. */
export interface Pace {
  /**
   * Resolves when the next call about an Item may go out.
   *
   * @param item - anything that is the same for the same Item.
   * @throws an AbortError if the signal aborts first.
   */
  turn(item: string, signal: AbortSignal): Promise<void>;
  /** The rest before a call that failed is made again. @throws as {@link Pace.turn} does. */
  rest(attempt: number, signal: AbortSignal): Promise<void>;
}

const MINUTE_MS = 60_000;

/**
 * Calls are spread evenly, so that there are never more in any minute than in another: neither across the border of two
 * minutes, nor in the first seconds of one.
 *
 * @param limits.minuteMs - how long a minute is; tests make it short. Default 60,000.
 */
export function createPace(limits: { perMinute: number; perItem: number; minuteMs?: number }): Pace {
  const { minuteMs = MINUTE_MS } = limits;
  const all = new RateLimiterQueue(new RateLimiterMemory(evenly(limits.perMinute, minuteMs)));
  // Forgets an Item as soon as it may be asked about again.
  const each = new RateLimiterMemory(evenly(limits.perItem, minuteMs));
  /** 0 if it may be asked about now, which is taken. */
  async function waitOf(item: string): Promise<number> {
    try {
      await each.consume(item);
      return 0;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      return Math.max(1, refusal.msBeforeNext);
    }
  }
  const pause = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal });

  return {
    async turn(item, signal) {
      signal.throwIfAborted();
      for (;;) {
        await all.removeTokens(1);
        signal.throwIfAborted();
        // The Item's own limit last, so that no wait lies between either limit and the call.
        const waitMs = await waitOf(item);
        if (waitMs === 0) return;
        await pause(waitMs, signal);
      }
    },
    rest: (attempt, signal) => pause(retryDelayMs(attempt) * (minuteMs / MINUTE_MS), signal),
  };
}

/** From here on one call at a time would need timers of a few milliseconds, and they are often late. */
const FAST = 1_000;

/**
 * One call at a time, or a handful where there are many, each so long after the one before that a minute can never have
 * more than its calls, wherever it begins: a handful may lie across either of its ends.
 */
function evenly(perMinute: number, minuteMs: number): { points: number; duration: number } {
  const points = Math.max(1, Math.floor(perMinute / FAST));
  const spare = points === 1 ? 0 : 2 * points;
  return { points, duration: (minuteMs * points) / (perMinute - spare) / 1_000 };
}
