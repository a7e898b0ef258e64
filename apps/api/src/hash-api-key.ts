import { createHash, randomBytes } from "node:crypto";

/** What is held of an API key. It is long and random, so it needs no slow hash. All hashes have one length. */
export function hashApiKey(key: string): Buffer {
  return createHash("sha256").update(key).digest();
}

/** A new key for a team: `rlk_` and 32 random bytes in base64url. */
export function makeTeamKey(): string {
  return `rlk_${randomBytes(32).toString("base64url")}`;
}

/** Whether a text has the form of {@link makeTeamKey}'s. */
export function isTeamKey(text: string): boolean {
  return /^rlk_[A-Za-z0-9_-]{43}$/.test(text);
}
