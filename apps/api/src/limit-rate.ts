import type { RequestHandler } from "express";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { actorOf, principalOf } from "./principal.ts";
import { Problem } from "./problem.ts";

/** Requests a minute of a team's key. */
export const TEAM_KEY_LIMIT = 240;
/** Of the admin key, which hands over whole fleets: enough for that, and an end to a loop that has gone wild. */
export const ADMIN_KEY_LIMIT = 6_000;

const WINDOW_SECONDS = 60;

/**
 * Limits what one key may ask, and tells it how much is left: `ratelimit-limit`, `-remaining` and `-reset` in seconds.
 *
 * Counted in this process alone, so with several of them behind a balancer a key has as many times the limit. This guards
 * the database against a program that has gone wild, and needs no more precision.
 *
 * @see https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-06 (checked 2026-11-22)
 */
export function limitRate(): RequestHandler {
  const limiters = {
    team: new RateLimiterMemory({ points: TEAM_KEY_LIMIT, duration: WINDOW_SECONDS }),
    admin: new RateLimiterMemory({ points: ADMIN_KEY_LIMIT, duration: WINDOW_SECONDS }),
  };

  return async (_request, response, next) => {
    const principal = principalOf(response);
    const limiter = limiters[principal.kind];
    const { isOver, state } = await limiter
      .consume(actorOf(principal))
      .then((left) => ({ isOver: false, state: left }))
      .catch((refusal: unknown) => {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        return { isOver: true, state: refusal };
      });
    const resetSeconds = Math.max(1, Math.ceil(state.msBeforeNext / 1_000));
    response.set({
      "ratelimit-limit": String(limiter.points),
      "ratelimit-remaining": String(Math.max(0, state.remainingPoints)),
      "ratelimit-reset": String(resetSeconds),
    });
    if (isOver) {
      throw new Problem("rate-limited", `this key may make ${limiter.points} requests a minute`, {
        headers: { "retry-after": String(resetSeconds) },
      });
    }
    next();
  };
}
