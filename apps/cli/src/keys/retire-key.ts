import { RelinkError } from "@relink/core";
import { type Db, deleteEncryptionKey } from "@relink/db";
import type { KeyRing } from "@relink/service";
import { keyStatus, totalOf } from "./key-status.ts";

/** A key cannot be retired, because it is still in use. */
export class KeyInUseError extends RelinkError {
  override readonly name = "KeyInUseError";
  readonly code = "ERR_KEY_IN_USE";
  readonly retryable = false;
}

/**
 * Withdraws a key that nothing is sealed with any more, so that apps start without it.
 *
 * @returns false if the database did not know it.
 * @throws {@link KeyInUseError} if it seals, or has sealed something that is still there.
 */
export async function retireKey(db: Db, keys: KeyRing, keyId: string): Promise<boolean> {
  const status = (await keyStatus(db, keys)).find(({ id }) => id === keyId);
  if (status?.place === "first") {
    throw new KeyInUseError(
      `key "${keyId}" is the first in ENCRYPTION_KEYS, the one that seals: put a new one before it, and rotate to that`,
    );
  }
  const values = status === undefined ? 0 : totalOf(status);
  if (values > 0) {
    throw new KeyInUseError(
      `${values} value(s) are sealed with key "${keyId}": run \`relink keys rotate\` until none is, with a new key first in every app`,
    );
  }
  return db.transaction((tx) => deleteEncryptionKey(tx, keyId));
}
