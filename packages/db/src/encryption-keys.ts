import { RelinkError } from "@relink/core";
import { type KeyRing, Secret } from "@relink/service";
import type { Executor } from "./connect.ts";
import { openSealed, seal, SealError, type SealedPlace } from "./sealed.ts";
import { type EncryptionKeyRow, insertEncryptionKey, listEncryptionKeys } from "./statements/encryption-keys.ts";

/** `ENCRYPTION_KEYS` does not fit the database: a key is missing, or its bytes are not those known by its id. */
export class EncryptionKeyError extends RelinkError {
  override readonly name = "EncryptionKeyError";
  readonly code = "ERR_ENCRYPTION_KEY";
  readonly retryable = false;
}

/** It says nothing: all that counts is whether it opens. */
const CANARY = new Secret("relink");

/** The same in every environment, because the environments of one database share its keys. */
const placeOf = (keyId: string): SealedPlace => ({
  column: "encryption_keys.canary",
  rowId: keyId,
  environment: "any",
});

/**
 * Holds a ring against the keys that the database knows, and announces the ring's first key if it is new. To be done
 * before anything is sealed or opened: what is sealed with a key that nobody else has cannot be read by anybody else.
 *
 * Reads a handful of rows, however many Items there are.
 *
 * @throws {@link EncryptionKeyError} naming each key that is missing or wrong.
 */
export async function checkEncryptionKeys(db: Executor, keys: KeyRing): Promise<void> {
  const known = await listEncryptionKeys(db);
  refuseUnfit(known, keys);
  const [first = ""] = keys.keys();
  if (known.some(({ id }) => id === first)) return;
  await insertEncryptionKey(db, { id: first, canary: seal(CANARY, placeOf(first), keys) });
  // Another process may have announced the same id at this moment, with another key.
  refuseUnfit(await listEncryptionKeys(db), keys);
}

/** @throws {@link EncryptionKeyError} as {@link checkEncryptionKeys} does. */
export function refuseUnfit(known: readonly EncryptionKeyRow[], keys: KeyRing): void {
  const problems = known.flatMap(({ id, canary }) => {
    if (!keys.has(id)) {
      return [
        `the database holds values that are sealed with key "${id}", and it is not in the ring: put it back, after the first one; \`relink keys status\` shows what needs it`,
      ];
    }
    return opens(canary, id, keys)
      ? []
      : [
          `key "${id}" is not the one that the database knows by this id: put the right one back; a new key needs a new id`,
        ];
  });
  if (problems.length > 0) {
    throw new EncryptionKeyError(
      `ENCRYPTION_KEYS does not fit the database\n${problems.map((line) => `  - ${line}`).join("\n")}`,
    );
  }
}

function opens(canary: Buffer, keyId: string, keys: KeyRing): boolean {
  try {
    return openSealed(canary, placeOf(keyId), keys).reveal() === CANARY.reveal();
  } catch (error) {
    if (error instanceof SealError) return false;
    throw error;
  }
}
