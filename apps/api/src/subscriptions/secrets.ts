import { randomUUIDv7 } from "node:crypto";
import { seal, type SubscriptionSecretKind, type SubscriptionSecretRow } from "@relink/db";
import { createSigningKeyPair, createSigningSecret, parseSigningSecret } from "@relink/delivery";
import { secretPlace } from "@relink/items";
import { type KeyRing, Secret } from "@relink/service";

export type SignatureScheme = "v1" | "v1a";

/** A secret that is ready to be stored. */
export type SealedSecret = Pick<SubscriptionSecretRow, "id" | "subscriptionId" | "kind" | "secret" | "publicKey">;

export function sealSecret(
  subscriptionId: string,
  kind: SubscriptionSecretKind,
  secret: Secret,
  keys: KeyRing,
  publicKey: string | null = null,
): SealedSecret {
  const id = randomUUIDv7();
  return { id, subscriptionId, kind, secret: seal(secret, secretPlace(id), keys), publicKey };
}

/**
 * New keys to sign with, one for each scheme.
 *
 * @param imported - is the key of its scheme instead of a new one.
 * @returns the keys, and what the subscriber is told of them once: the secret of `v1`. Of `v1a` the public key is enough.
 */
export function makeSigningSecrets(
  subscriptionId: string,
  schemes: readonly SignatureScheme[],
  imported: Secret | undefined,
  keys: KeyRing,
): { sealed: SealedSecret[]; shown: string | null } {
  const importedKey = imported === undefined ? undefined : parseSigningSecret(imported);
  let shown: string | null = null;
  const sealed = schemes.map((scheme) => {
    const brought = importedKey?.scheme === scheme ? imported : undefined;
    if (scheme === "v1") {
      const secret = brought ?? createSigningSecret();
      shown = secret.reveal();
      return sealSecret(subscriptionId, "v1", secret, keys);
    }
    const pair = brought === undefined ? createSigningKeyPair() : readPair(brought);
    return sealSecret(subscriptionId, "v1a", pair.privateKey, keys, pair.publicKey);
  });
  return { sealed, shown };
}

function readPair(privateKey: Secret): { privateKey: Secret; publicKey: string } {
  const key = parseSigningSecret(privateKey);
  if (key.scheme !== "v1a") throw new TypeError("only a key of v1a is a pair");
  return { privateKey, publicKey: key.publicKey };
}

/** Headers to be sent along, ready to be stored; none if there are none. */
export function sealHeaders(
  subscriptionId: string,
  headers: Readonly<Record<string, string>>,
  keys: KeyRing,
): SealedSecret[] {
  if (Object.keys(headers).length === 0) return [];
  return [sealSecret(subscriptionId, "headers", new Secret(JSON.stringify(headers)), keys)];
}

/** The scheme that a secret is for, which has been checked. */
export function schemeOf(secret: string): SignatureScheme {
  return parseSigningSecret(new Secret(secret)).scheme;
}
