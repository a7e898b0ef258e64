import { type KeyObject, verify } from "node:crypto";

/**
 * Checks one ES256 signature: ECDSA on P-256 with SHA-256, as two 32-byte numbers side by side.
 *
 * Called for every webhook, so it is the bare primitive. It runs on the thread of the caller: handing it to the thread
 * pool costs half as much again and buys nothing when all cores are busy.
 *
 * @param signature - any length; one that is not 64 bytes is wrong.
 */
export function verifyEs256(key: KeyObject, signed: Uint8Array, signature: Uint8Array): boolean {
  return verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, signature);
}
