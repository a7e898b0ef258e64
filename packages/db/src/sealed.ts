import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { RelinkError } from "@relink/core";
import { type KeyRing, Secret } from "@relink/service";

/** A sealed value cannot be opened: its key is not in the ring, or it was changed or moved from another row. */
export class SealError extends RelinkError {
  override readonly name = "SealError";
  readonly code = "ERR_SEAL";
  readonly retryable = false;
}

/** Where a sealed value lives. It opens there and nowhere else, so a copied ciphertext is of no use. */
export interface SealedPlace {
  column:
    | "items.access_token"
    | "link_sessions.link_token"
    | "subscription_secrets.secret"
    | "idempotency_keys.body"
    | "encryption_keys.canary";
  rowId: string;
  /** Of Plaid; `any` for what belongs to none. */
  environment: string;
}

const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts a secret for a column, with the ring's first key.
 *
 * AES-256-GCM; the row's identity is authenticated with it. Layout: version (1 byte), length of the key id (1), key id,
 * IV (12), ciphertext, tag (16).
 */
export function seal(secret: Secret, place: SealedPlace, keys: KeyRing): Buffer {
  const [first] = keys;
  if (first === undefined) throw new SealError("there is no encryption key");
  const [keyId, key] = first;
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData(place));
  const encrypted = Buffer.concat([cipher.update(secret.reveal(), "utf8"), cipher.final()]);
  return Buffer.concat([sealedPrefix(keyId), iv, encrypted, cipher.getAuthTag()]);
}

/** What every value begins with that is sealed with this key, and no other value does. */
export function sealedPrefix(keyId: string): Buffer {
  const id = Buffer.from(keyId, "latin1");
  return Buffer.concat([Buffer.from([VERSION, id.length]), id]);
}

/**
 * Decrypts what {@link seal} made.
 *
 * @throws {@link SealError} if its key is missing, or if the bytes or the place are not those it was sealed for.
 */
export function openSealed(sealed: Buffer, place: SealedPlace, keys: KeyRing): Secret {
  const idEnds = 2 + (sealed[1] ?? 0);
  if (sealed[0] !== VERSION || sealed.length < idEnds + IV_BYTES + TAG_BYTES) {
    throw new SealError(`${place.column} of ${place.rowId} is not a sealed value`);
  }
  const keyId = sealed.toString("latin1", 2, idEnds);
  const key = keys.get(keyId);
  if (key === undefined) {
    throw new SealError(
      `${place.column} of ${place.rowId} was sealed with key "${keyId}", which is not in ENCRYPTION_KEYS`,
    );
  }
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(idEnds, idEnds + IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(associatedData(place));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  try {
    const encrypted = sealed.subarray(idEnds + IV_BYTES, sealed.length - TAG_BYTES);
    return new Secret(Buffer.concat([decipher.update(encrypted), decipher.final()]).toString("utf8"));
  } catch {
    throw new SealError(`${place.column} of ${place.rowId} does not open: it was changed, or belongs to another row`);
  }
}

function associatedData(place: SealedPlace): Buffer {
  return Buffer.from(`relink/v1|${place.column}|${place.rowId}|${place.environment}`, "utf8");
}
