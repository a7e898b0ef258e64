const TICK_MS = 100;

/**
 * How long something takes, in milliseconds, for upper bounds: time in which this process is halted, or gets no turn, does
 * not count, since what it waits for in this same process does not go on then either.
 */
export async function awakeMs(work: Promise<unknown>): Promise<number> {
  let ticks = 0;
  // One that is late is one, however late it is.
  const timer = setInterval(() => (ticks += 1), TICK_MS);
  try {
    await work;
  } finally {
    clearInterval(timer);
  }
  return ticks * TICK_MS;
}
