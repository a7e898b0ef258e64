interface Waiting {
  ids: readonly string[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

const MAX_IDS = 500;

/**
 * Makes few large batches out of many small ones: done at once when idle; while as many as may be are under way, what
 * comes is collected for the next one. A transaction, and a job, costs about the same for one row as for fifty.
 *
 * @param apply - does one batch.
 * @param maxInFlight - batches under way at the same time.
 * @returns a function that resolves when the batch that holds these ids is done, and rejects with what `apply` threw.
 */
export function mergeBatches(
  apply: (ids: readonly string[]) => Promise<void>,
  maxInFlight: number,
): (ids: readonly string[]) => Promise<void> {
  const waiting: Waiting[] = [];
  let inFlight = 0;

  function take(): Waiting[] {
    let ids = 0;
    let count = 0;
    for (const next of waiting) {
      if (count > 0 && ids + next.ids.length > MAX_IDS) break;
      ids += next.ids.length;
      count += 1;
    }
    return waiting.splice(0, count);
  }

  async function run(batch: readonly Waiting[]): Promise<void> {
    try {
      await apply(batch.flatMap(({ ids }) => ids));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  function start(): void {
    while (inFlight < maxInFlight && waiting.length > 0) {
      inFlight += 1;
      void run(take()).finally(() => {
        inFlight -= 1;
        start();
      });
    }
  }

  return (ids) =>
    new Promise((resolve, reject) => {
      waiting.push({ ids, resolve, reject });
      start();
    });
}
