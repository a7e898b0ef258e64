/** For what was cut off to be written down. */
const SETTLE_MS = 1_500;

/**
 * Lets what is under way end, and cuts off what does not.
 *
 * @param graceMs - for all of that; the last second and a half of it is for what was cut off to be written down.
 * @param ended - resolves once nothing is under way. What is then still, goes on unwatched.
 * @param cut - aborted to cut it off.
 */
export async function endInTime(graceMs: number, ended: () => Promise<unknown>, cut: AbortController): Promise<void> {
  await withinMs(Math.max(0, graceMs - SETTLE_MS), ended());
  cut.abort(new Error("this worker closes"));
  await withinMs(SETTLE_MS, ended());
}

/** Waits for something, but no longer than that. */
export async function withinMs(ms: number, something: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([something, limit]);
  clearTimeout(timer);
}
