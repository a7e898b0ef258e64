import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";

/** Takes one of what a key may have per minute; says after how many seconds there is more if there is none left. */
export type Limit = (key: string) => Promise<{ ok: true } | { ok: false; retryAfterSeconds: number }>;

/** Counted in this process alone: this guards Plaid and the database against a page that was left hammering. */
export function createLimit(perMinute: number): Limit {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  return async (key) => {
    try {
      await limiter.consume(key);
      return { ok: true };
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      return { ok: false, retryAfterSeconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000)) };
    }
  };
}
