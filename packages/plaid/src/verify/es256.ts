import { type KeyObject, verify } from "node:crypto";

/**
 * Checks one ES256 signature: ECDSA on P-256 with SHA-256, as two 32-byte numbers side by side.
 *
 * Called for every webhook, so it is the bare primitive. It runs in the thread pool: that costs a tenth more in all, and
 * takes half of the work off the one thread that everything else of a server waits for.
 *
 * @param signature - any length; one that is not 64 bytes is wrong.
 */
export function verifyEs256(key: KeyObject, signed: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return new Promise((resolve, reject) => {
    verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, signature, (error, isGood) => {
      if (error) reject(error);
      else resolve(isGood);
    });
  });
}
