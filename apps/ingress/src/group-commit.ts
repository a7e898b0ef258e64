import { isConflict, isDataError } from "@relink/db/append";

export interface GroupCommit<Entry> {
  /** Resolves when the entry is committed. Rejects with what the database threw, or with {@link OverloadedError}. */
  add(entry: Entry): Promise<void>;
  /** Resolves when everything that waits or is under way has been written, or has failed; after `graceMs` at the latest. */
  drain(graceMs: number): Promise<void>;
}

/** More waits to be stored than may wait. */
export class OverloadedError extends Error {
  override readonly name = "OverloadedError";
}

interface Waiting<Entry> {
  entry: Entry;
  bytes: number;
  resolve: () => void;
  reject: (error: unknown) => void;
}

const MAX_ROWS = 256;
const MAX_BYTES = 1024 * 1024;
const MAX_WAITING_ROWS = 20_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/**
 * Many concurrent entries in one statement, as databases do with their log: write at once when idle; while a
 * statement is on its way, collect what comes. So one request alone waits for nobody, and a thousand share the cost of a
 * flush.
 *
 * `mergeBatches` of the jobs package does it for batches that succeed or fail as a whole. Here one row can be refused alone,
 * what waits has a limit, and whoever closes can wait for the end: all that the two share is the loop of `flush`.
 *
 * @param options.write - stores a batch; when it resolves, the batch is committed. Called again with the same entries
 * after a deadlock, and with single entries if one of a batch is refused for its content, so it must be idempotent.
 * @param options.sizeOf - bytes of an entry, for the limits.
 */
export function createGroupCommit<Entry>(options: {
  write: (entries: readonly Entry[]) => Promise<void>;
  sizeOf: (entry: Entry) => number;
}): GroupCommit<Entry> {
  const waiting: Waiting<Entry>[] = [];
  let waitingBytes = 0;
  let isWriting = false;
  const idle: (() => void)[] = [];

  function take(): Waiting<Entry>[] {
    let rows = 0;
    let bytes = 0;
    for (const { bytes: size } of waiting) {
      if (rows > 0 && (rows === MAX_ROWS || bytes + size > MAX_BYTES)) break;
      rows += 1;
      bytes += size;
    }
    waitingBytes -= bytes;
    return waiting.splice(0, rows);
  }

  async function write(batch: readonly Waiting<Entry>[], isRetry = false): Promise<void> {
    try {
      await options.write(batch.map(({ entry }) => entry));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      if (isConflict(error) && !isRetry) return write(batch, true);
      if (isDataError(error) && batch.length > 1) {
        for (const single of batch) await write([single]);
        return;
      }
      for (const { reject } of batch) reject(error);
    }
  }

  async function flush(): Promise<void> {
    if (isWriting) return;
    isWriting = true;
    while (waiting.length > 0) await write(take());
    isWriting = false;
    for (const resolve of idle.splice(0)) resolve();
  }

  return {
    add(entry) {
      const bytes = options.sizeOf(entry);
      if (waiting.length >= MAX_WAITING_ROWS || waitingBytes + bytes > MAX_WAITING_BYTES) {
        return Promise.reject(new OverloadedError("more webhooks wait to be stored than may wait"));
      }
      return new Promise((resolve, reject) => {
        waiting.push({ entry, bytes, resolve, reject });
        waitingBytes += bytes;
        void flush();
      });
    },
    async drain(graceMs) {
      if (!isWriting) return;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        idle.push(resolve);
        timer = setTimeout(resolve, graceMs);
      });
      clearTimeout(timer);
    },
  };
}
