import type { AttemptStats } from "@relink/db";
import { z } from "zod";

const rate = z.number().min(0).max(1).nullable();
const milliseconds = z.int().min(0).nullable();

/** What is told of the attempts of a time. */
export const attemptStatsShape = {
  attempts: z.int().min(0),
  succeeded: z.int().min(0),
  success_rate: rate.meta({ description: "Of all attempts. Null if there were none." }),
  first_attempt_success_rate: rate.meta({
    description: "Of first attempts alone, so that the retries of one event do not count many times.",
  }),
  p50_ms: milliseconds.meta({ description: "Half of the attempts took no longer, from DNS to the end of the answer." }),
  p95_ms: milliseconds.meta({ description: "95 of 100 attempts took no longer." }),
};

type ShownStats = z.input<z.ZodObject<typeof attemptStatsShape>>;

export const attemptStatsExample: ShownStats = {
  attempts: 412,
  succeeded: 408,
  success_rate: 0.9903,
  first_attempt_success_rate: 0.995,
  p50_ms: 84,
  p95_ms: 210,
};

export function showAttemptStats(stats: AttemptStats): ShownStats {
  return {
    attempts: stats.attempts,
    succeeded: stats.succeeded,
    success_rate: share(stats.succeeded, stats.attempts),
    first_attempt_success_rate: share(stats.firstSucceeded, stats.firstAttempts),
    p50_ms: stats.p50Ms,
    p95_ms: stats.p95Ms,
  };
}

/** To four digits: more would pretend to know more. */
function share(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000;
}
