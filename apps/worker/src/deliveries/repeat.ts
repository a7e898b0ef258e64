import { setTimeout as delay } from "node:timers/promises";

/**
 * Does something again and again, with a pause in between, until the signal aborts; what is under way then is done to its
 * end.
 *
 * @param work - must not throw.
 */
export async function repeat(pauseMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await work();
    await delay(pauseMs, undefined, { signal }).catch(() => {});
  }
}
