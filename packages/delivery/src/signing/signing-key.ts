import { type KeyObject, createPrivateKey, createSecretKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { RelinkError } from "@relink/core";
import { Secret } from "@relink/service";

/**
 * What a subscriber's events are signed with. Printing one shows no key.
 *
 * `v1` is HMAC-SHA256 with a secret that both sides hold, `v1a` is Ed25519, whose public half the subscriber holds.
 */
export type SigningKey =
  | { scheme: "v1"; key: KeyObject }
  | {
      scheme: "v1a";
      key: KeyObject;
      /** `whpk_` and the key in base64, as subscribers get it. Not a secret. */
      publicKey: string;
    };

/** A signing secret cannot be used. Says what is wrong with it and never repeats it. */
export class SigningKeyError extends RelinkError {
  override readonly name = "SigningKeyError";
  readonly code = "ERR_SIGNING_KEY";
  readonly retryable = false;
}

const NEW_SECRET_BYTES = 32;
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;
/** A `whsk_` holds the seed, then the public key. */
const SEED_BYTES = 32;

/** A new secret for HMAC: `whsec_` and 32 random bytes in base64. */
export function createSigningSecret(): Secret {
  return new Secret(`whsec_${randomBytes(NEW_SECRET_BYTES).toString("base64")}`);
}

/** A new Ed25519 pair: `whsk_` to keep, and `whpk_` to publish. */
export function createSigningKeyPair(): { privateKey: Secret; publicKey: string } {
  const pair = generateKeyPairSync("ed25519");
  const seed = Buffer.from(pair.privateKey.export({ format: "jwk" }).d ?? "", "base64url");
  const publicBytes = rawPublicKey(pair.publicKey);
  return {
    privateKey: new Secret(`whsk_${Buffer.concat([seed, publicBytes]).toString("base64")}`),
    publicKey: showPublicKey(publicBytes),
  };
}

/**
 * Reads a signing secret, made here or brought along from another sender.
 *
 * @param text - `whsec_` and 24 to 64 bytes in base64, or `whsk_` and an Ed25519 seed with its public key, 64 bytes in
 * base64. The prefix decides.
 * @throws {@link SigningKeyError} if it is neither.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (checked 2026-11-22)
 */
export function parseSigningSecret(text: Secret): SigningKey {
  const [, prefix, encoded = ""] = /^(whsec|whsk)_(.*)$/s.exec(text.reveal()) ?? [];
  if (prefix === undefined) throw new SigningKeyError("a signing secret starts with whsec_, or with whsk_ for Ed25519");
  const bytes = Buffer.from(encoded, "base64");
  // Node's decoder quietly drops what it cannot read, and the key would be another one than the subscriber's.
  if (bytes.toString("base64") !== encoded) {
    throw new SigningKeyError(`what follows ${prefix}_ must be base64 with its padding: copy the secret again, whole`);
  }
  return prefix === "whsec" ? readSecret(bytes) : readPrivateKey(bytes);
}

function readSecret(bytes: Buffer): SigningKey {
  if (bytes.length < MIN_SECRET_BYTES || bytes.length > MAX_SECRET_BYTES) {
    throw new SigningKeyError(
      `a whsec_ secret must hold ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes, and this one holds ${bytes.length}`,
    );
  }
  return { scheme: "v1", key: createSecretKey(bytes) };
}

function readPrivateKey(bytes: Buffer): SigningKey {
  if (bytes.length !== 2 * SEED_BYTES) {
    throw new SigningKeyError(
      `a whsk_ key must hold ${2 * SEED_BYTES} bytes, the seed and the public key, and this one holds ${bytes.length}`,
    );
  }
  const publicBytes = bytes.subarray(SEED_BYTES);
  return {
    scheme: "v1a",
    key: importPair(bytes.subarray(0, SEED_BYTES), publicBytes),
    publicKey: showPublicKey(publicBytes),
  };
}

function importPair(seed: Buffer, publicBytes: Buffer): KeyObject {
  const [d, x] = [seed.toString("base64url"), publicBytes.toString("base64url")];
  try {
    return createPrivateKey({ format: "jwk", key: { kty: "OKP", crv: "Ed25519", d, x } });
  } catch {
    // Without its cause: that holds the key.
    throw new SigningKeyError("the two halves of the whsk_ key do not belong together: copy it again, whole");
  }
}

function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: "jwk" }).x ?? "", "base64url");
}

function showPublicKey(bytes: Buffer): string {
  return `whpk_${bytes.toString("base64")}`;
}
