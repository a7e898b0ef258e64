import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import { RelinkError } from "@relink/core";

/** What was waited for did not come in time. */
export class WaitTimeoutError extends RelinkError {
  override readonly name = "WaitTimeoutError";
  readonly code = "ERR_WAIT_TIMEOUT";
  readonly retryable = true;
}

/**
 * Waits for a state that can only be asked for, not awaited: of another process, a database, a page.
 *
 * @param check - returns what was waited for, or `undefined`, `null` or `false` for "not yet". Throwing is "not yet" too,
 * so it may hold an `expect`.
 * @param options.timeoutMs - default 10,000.
 * @param options.everyMs - the pause between two questions. Default 50.
 * @throws {@link WaitTimeoutError} telling the last value, or the last error, that was seen.
 */
export async function waitFor<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 10_000, everyMs = 50 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, undefined | null | false | void>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let last: unknown;
    let cause: unknown;
    try {
      last = await check();
      if (last !== undefined && last !== null && last !== false) {
        // The three values that mean "not yet" are out.
        return last as Exclude<T, undefined | null | false | void>;
      }
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) {
      const seen = cause instanceof Error ? cause.message : inspect(last, { depth: 4 });
      throw new WaitTimeoutError(`still not there after ${timeoutMs} ms; last seen: ${seen}`, { cause });
    }
    await delay(everyMs);
  }
}
