interface Waiting {
  ids: readonly string[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

const MAX_IDS = 500;

/**
 * Makes few large batches out of many small ones: done at once when idle; while one is under way, what comes is collected
 * for the next one. A transaction, and a job, costs about the same for one row as for fifty.
 *
 * @param apply - does one batch.
 * @returns a function that resolves when the batch that holds these ids is done, and rejects with what `apply` threw.
 */
export function mergeBatches(
  apply: (ids: readonly string[]) => Promise<void>,
): (ids: readonly string[]) => Promise<void> {
  const waiting: Waiting[] = [];
  let isRunning = false;

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

  async function applyAll(batch: readonly Waiting[]): Promise<void> {
    try {
      await apply(batch.flatMap(({ ids }) => ids));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  async function run(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    while (waiting.length > 0) await applyAll(take());
    isRunning = false;
  }

  return (ids) =>
    new Promise((resolve, reject) => {
      waiting.push({ ids, resolve, reject });
      void run();
    });
}
