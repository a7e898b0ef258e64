import type { KeyRing } from "@relink/service";
import { EncryptJWT, type JWTPayload, jwtDecrypt } from "jose";

/** What tells the tokens of one kind of link from those of all others. */
export interface TokenKind {
  /** Of the header. */
  type: string;
  audience: string;
}

/**
 * A token for the address of a page: a JWT that is encrypted and authenticated (A256GCM), because addresses end up in
 * histories and proxies, and nobody there needs to read what it is about. The id of its key stands in its header.
 *
 * @param options.expiresAt - it works for ever if left out, or until its key is taken away.
 */
export async function encryptToken(
  claims: JWTPayload,
  { type, audience, keys, expiresAt }: TokenKind & { keys: KeyRing; expiresAt?: Date },
): Promise<string> {
  const [first] = keys;
  if (first === undefined) throw new TypeError("there is no key for links");
  const [keyId, key] = first;
  const token = new EncryptJWT(claims)
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: keyId, typ: type })
    .setAudience(audience);
  return (expiresAt === undefined ? token : token.setExpirationTime(expiresAt)).encrypt(key);
}

/**
 * Reads a token. Without the right key nothing of it is believed.
 *
 * @throws an error of jose's: `JWTExpired` for one of ours that is too old, another one for anything else.
 */
export async function decryptToken(
  token: string,
  { type, audience, keys, now }: TokenKind & { keys: KeyRing; now: Date },
): Promise<JWTPayload> {
  const { payload } = await jwtDecrypt(
    token,
    ({ kid }) => {
      const key = keys.get(kid ?? "");
      if (key === undefined) throw new TypeError("the token is not of a key that is known");
      return key;
    },
    {
      audience,
      currentDate: now,
      contentEncryptionAlgorithms: ["A256GCM"],
      keyManagementAlgorithms: ["dir"],
      typ: type,
    },
  );
  return payload;
}
