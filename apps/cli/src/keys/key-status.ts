import { countSealedByKey, type Db, listEncryptionKeys, SEALED_COLUMNS, type SealedColumn } from "@relink/db";
import type { KeyRing } from "@relink/service";

/** What one key is used for. */
export interface KeyStatus {
  /** Null for values that no key of ours has sealed. */
  id: string | null;
  /** Its place in `ENCRYPTION_KEYS`. */
  place: "first" | "other" | "missing";
  /** True if apps refuse to start without it. */
  isNeededAtStart: boolean;
  values: Record<SealedColumn, number>;
}

/** Every key that the ring or the database knows, the ring's in its order. Reads every row that holds a sealed value. */
export async function keyStatus(db: Db, keys: KeyRing): Promise<KeyStatus[]> {
  const announced = new Set((await listEncryptionKeys(db)).map(({ id }) => id));
  const counts = new Map<string | null, Record<SealedColumn, number>>();
  const countsOf = (id: string | null) => {
    const known = counts.get(id) ?? {
      "items.access_token": 0,
      "link_sessions.link_token": 0,
      "subscription_secrets.secret": 0,
      "idempotency_keys.body": 0,
    };
    counts.set(id, known);
    return known;
  };
  for (const id of [...keys.keys(), ...announced]) countsOf(id);
  for (const column of SEALED_COLUMNS) {
    for (const { keyId, values } of await countSealedByKey(db, column)) countsOf(keyId)[column] = values;
  }
  const [first] = keys.keys();
  return [...counts].map(([id, values]) => ({
    id,
    place: id === first ? "first" : id !== null && keys.has(id) ? "other" : "missing",
    isNeededAtStart: id !== null && announced.has(id),
    values,
  }));
}

/** How many values a key has sealed, in all columns. */
export function totalOf({ values }: KeyStatus): number {
  return Object.values(values).reduce((sum, count) => sum + count, 0);
}
