import { createHash } from "node:crypto";

/** What is held of an API key. It is long and random, so it needs no slow hash. All hashes have one length. */
export function hashApiKey(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}
