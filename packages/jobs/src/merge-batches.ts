interface Waiting<Entry> {
  entries: readonly Entry[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

const MAX_ENTRIES = 500;

/**
 * Makes few large batches out of many small ones: done at once when idle; while one is under way, what comes is collected
 * for the next one. A transaction, and a job, costs about the same for one row as for fifty.
 *
 * @param apply - does one batch.
 * @returns a function that resolves when the batch that holds these entries is done, and rejects with what `apply` threw.
 */
export function mergeBatches<Entry = string>(
  apply: (entries: readonly Entry[]) => Promise<void>,
): (entries: readonly Entry[]) => Promise<void> {
  const waiting: Waiting<Entry>[] = [];
  let isRunning = false;

  function take(): Waiting<Entry>[] {
    let entries = 0;
    let count = 0;
    for (const next of waiting) {
      if (count > 0 && entries + next.entries.length > MAX_ENTRIES) break;
      entries += next.entries.length;
      count += 1;
    }
    return waiting.splice(0, count);
  }

  async function applyAll(batch: readonly Waiting<Entry>[]): Promise<void> {
    try {
      await apply(batch.flatMap(({ entries }) => entries));
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

  return (entries) =>
    new Promise((resolve, reject) => {
      waiting.push({ entries, resolve, reject });
      void run();
    });
}
