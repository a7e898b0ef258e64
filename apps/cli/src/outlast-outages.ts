import { setTimeout as delay } from "node:timers/promises";
import { RelinkError, retryDelayMs } from "@relink/core";
import { DurabilityError, isUnavailable } from "@relink/db";

/** Postgres is away, and has been for as long as a command waits for it. */
export class DatabaseAwayError extends RelinkError {
  override readonly name = "DatabaseAwayError";
  readonly code = "ERR_DATABASE_AWAY";
  readonly retryable = true;

  constructor(cause: unknown) {
    super(
      "Postgres does not answer, and did not come back while it was waited for. See that it runs and that DATABASE_URL reaches it; the same command goes on from there",
      { cause },
    );
  }
}

/**
 * Does a step of a command, and does it again after a rest for as long as Postgres is away: so a step must be one that may
 * be done twice.
 *
 * @throws DatabaseAwayError, or a DurabilityError, if Postgres stays away; whatever else the step throws, at once; if the
 * command is to stop, an AbortError or what the step threw.
 */
export type OutlastOutages = <T>(step: () => Promise<T>) => Promise<T>;

const MINUTE_MS = 60_000;
/** A step that alone fails while others succeed, because its statement takes too long for instance, is given up after these. */
const MAX_ATTEMPTS = 5;

/**
 * Waits through restarts and failovers of Postgres, a minute at most from the first step that failed: 5 s, 10, 20, and
 * what is left of the minute. One for the whole command.
 *
 * @param options.minuteMs - how long the minute is; tests make it short. Default 60,000.
 * @param options.note - tells a person that it waits, and that it goes on.
 */
export function createOutlastOutages(options: {
  signal: AbortSignal;
  minuteMs?: number | undefined;
  note: (line: string) => void;
}): OutlastOutages {
  const { signal, minuteMs = MINUTE_MS, note } = options;
  let awaySince: number | null = null;

  return async (step) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const result = await step();
        if (awaySince !== null) note("Postgres answers again.");
        awaySince = null;
        return result;
      } catch (error) {
        if (!isAway(error) || signal.aborted) throw error;
        if (awaySince === null) note("Postgres does not answer: waiting for it, a minute at most.");
        awaySince ??= performance.now();
        const leftMs = awaySince + minuteMs - performance.now();
        if (leftMs <= 0 || attempt === MAX_ATTEMPTS) {
          throw error instanceof RelinkError ? error : new DatabaseAwayError(error);
        }
        const restMs = retryDelayMs(attempt) * (minuteMs / MINUTE_MS);
        await delay(Math.min(restMs, leftMs), undefined, { signal });
      }
    }
  };
}

/** Of our own errors one speaks of a server that may be another one soon, as in a failover. */
function isAway(error: unknown): boolean {
  return error instanceof RelinkError ? error instanceof DurabilityError : isUnavailable(error);
}
