import { setTimeout as delay } from "node:timers/promises";
import { RelinkError } from "@relink/core";
import {
  countSealedByKey,
  type Db,
  listEncryptionKeys,
  openSealed,
  readSealedPage,
  refuseUnfit,
  replaceSealed,
  seal,
  SEALED_COLUMNS,
  SealError,
  type SealedColumn,
  type SealedRow,
} from "@relink/db";
import type { KeyRing } from "@relink/service";

/** No app has started with the ring's first key yet: what is sealed with it now, the running apps could not open. */
export class KeyNotInUseError extends RelinkError {
  override readonly name = "KeyNotInUseError";
  readonly code = "ERR_KEY_NOT_IN_USE";
  readonly retryable = false;

  constructor(keyId: string) {
    super(
      `no app has started with key "${keyId}" as its first yet: give it to all of them as the second key, then to all of them as the first, and run this again`,
    );
  }
}

export interface Rotation {
  /** The key that all is to be sealed with. */
  keyId: string;
  state: "complete" | "interrupted" | "incomplete";
  /** Values that were sealed anew by this run. */
  resealed: number;
  /** Values that other keys have sealed still. */
  remaining: number;
  /** What does not open with any key of the ring: the first of them, with row and reason. */
  unreadable: string[];
  /** Keys that nothing is sealed with any more, though apps still need to have them. */
  unused: string[];
}

export interface RotationOptions {
  db: Db;
  keys: KeyRing;
  /** Rows to a statement. */
  batch: number;
  /** Values a second at most; without it as fast as the database takes them. */
  ratePerSecond?: number | undefined;
  /** Aborts after the batch under way. */
  signal: AbortSignal;
  onProgress: (progress: { done: number; total: number }) => void;
}

/** A walk passes over rows that somebody holds at the moment, and apps may still seal with an old key. */
const MAX_WALKS = 3;
const SHOWN_UNREADABLE = 10;

/**
 * Seals every value anew that is not sealed with the ring's first key. The apps go on meanwhile: a batch is one short
 * statement that waits for nobody, and a value that an app stores at the same moment wins.
 *
 * It keeps no record of where it is: each value says which key it was sealed with. So it may be stopped at any time, and
 * the next run goes on.
 *
 * @throws {@link KeyNotInUseError}; EncryptionKeyError if the ring lacks a key that the database needs.
 */
export async function rotateKeys(options: RotationOptions): Promise<Rotation> {
  const { db, keys, signal } = options;
  const known = await listEncryptionKeys(db);
  refuseUnfit(known, keys);
  const [keyId = ""] = keys.keys();
  if (!known.some(({ id }) => id === keyId)) throw new KeyNotInUseError(keyId);

  const total = await countOthers(db, keyId);
  let resealed = 0;
  let unreadable: string[] = [];
  let remaining = total;
  for (let walk = 0; walk < MAX_WALKS && remaining > unreadable.length && !signal.aborted; walk += 1) {
    unreadable = [];
    for (const column of SEALED_COLUMNS) {
      for await (const page of pages(options, column, keyId)) {
        const startedAt = performance.now();
        const { changes, problems } = reseal(page, column, keys);
        unreadable.push(...problems);
        resealed += await replaceSealed(db, column, changes);
        options.onProgress({ done: resealed, total: Math.max(total, resealed) });
        await keepRate(options, changes.length, startedAt);
      }
    }
    // Who stops it does not want to wait until a large table is counted.
    remaining = signal.aborted ? Math.max(0, total - resealed) : await countOthers(db, keyId);
  }
  const state = signal.aborted ? "interrupted" : remaining === 0 ? "complete" : "incomplete";
  return {
    keyId,
    state,
    resealed,
    remaining,
    unreadable: unreadable.slice(0, SHOWN_UNREADABLE),
    unused: state === "complete" ? known.map(({ id }) => id).filter((id) => id !== keyId) : [],
  };
}

/** The whole column, unless aborted, a page at a time, in the order of the rows' ids. */
async function* pages(
  { db, batch, signal }: RotationOptions,
  column: SealedColumn,
  keyId: string,
): AsyncGenerator<SealedRow[]> {
  let after: string | null = null;
  while (!signal.aborted) {
    const page: SealedRow[] = await readSealedPage(db, column, keyId, { after, limit: batch });
    if (page.length > 0) yield page;
    if (page.length < batch) return;
    after = page.at(-1)?.id ?? null;
  }
}

function reseal(page: readonly SealedRow[], column: SealedColumn, keys: KeyRing) {
  const changes: { id: string; from: Buffer; to: Buffer }[] = [];
  const problems: string[] = [];
  for (const { id, environment, sealed } of page) {
    if (sealed === null) continue;
    const place = { column, rowId: id, environment };
    try {
      changes.push({ id, from: sealed, to: seal(openSealed(sealed, place, keys), place, keys) });
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      problems.push(error.message);
    }
  }
  return { changes, problems };
}

async function countOthers(db: Db, keyId: string): Promise<number> {
  let values = 0;
  for (const column of SEALED_COLUMNS) {
    for (const count of await countSealedByKey(db, column)) if (count.keyId !== keyId) values += count.values;
  }
  return values;
}

async function keepRate({ ratePerSecond, signal }: RotationOptions, values: number, startedAt: number): Promise<void> {
  if (ratePerSecond === undefined) return;
  const waitMs = (values / ratePerSecond) * 1_000 - (performance.now() - startedAt);
  if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => undefined); // aborted: no need to wait
}
