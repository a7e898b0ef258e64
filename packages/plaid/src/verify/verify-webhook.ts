import { createHash, timingSafeEqual } from "node:crypto";
import { verifyEs256 } from "./es256.ts";
import type { FetchBudget, KeyStore } from "./key-store.ts";
import type { ForgedReason, UncheckedReason } from "./reasons.ts";
import { readClaims, readToken, type TokenClaims } from "./token.ts";

/** A token that Plaid signed. It authenticates one body, which is checked by {@link checkBody}. */
export interface VerifiedToken extends TokenClaims {
  keyId: string;
}

export type TokenVerdict =
  | { kind: "verified"; token: VerifiedToken }
  | { kind: "forged"; reason: ForgedReason }
  | { kind: "unchecked"; reason: UncheckedReason };

/** Oldest token accepted, and furthest in the future (our clock may lag), in seconds from its `iat` to its arrival. */
const MAX_AGE_SECONDS = 300;

/**
 * Checks the `Plaid-Verification` header of a webhook. It needs nothing of the body, so that a stranger's body is never
 * read.
 *
 * "Forged" is about the token; "unchecked" means that Plaid's key could not be had, and says nothing about the token.
 *
 * @param arrivedAt - when the request came in, in milliseconds since 1970: the age counts from arrival, not from the end
 * of a wait for a key.
 * @see https://plaid.com/docs/api/webhooks/webhook-verification/ (checked 2026-11-21)
 */
export async function verifyToken(
  values: readonly string[] | undefined,
  options: { keys: KeyStore; arrivedAt: number; budget: FetchBudget },
): Promise<TokenVerdict> {
  const token = readToken(values);
  if (typeof token === "string") return { kind: "forged", reason: token };

  const known = await options.keys.get(token.keyId, options.budget);
  if (known.kind !== "key") return known;
  if (!(await verifyEs256(known.key, token.signed, token.signature))) return { kind: "forged", reason: "signature" };
  const claims = readClaims(token.payload);
  if (claims === null) return { kind: "forged", reason: "claims" };
  const ageSeconds = Math.floor(options.arrivedAt / 1_000) - claims.issuedAt;
  if (ageSeconds > MAX_AGE_SECONDS) return { kind: "forged", reason: "too_old" };
  if (ageSeconds < -MAX_AGE_SECONDS) return { kind: "forged", reason: "too_new" };
  return { kind: "verified", token: { ...claims, keyId: token.keyId } };
}

/** True if the token was made for exactly these bytes. Never re-serialise a body before this. */
export function checkBody(token: VerifiedToken, body: Uint8Array): boolean {
  return timingSafeEqual(createHash("sha256").update(body).digest(), token.bodySha256);
}

/**
 * What makes a delivery the same delivery: environment, body and time of signing. Not the token's text, of which several
 * spellings are valid.
 */
export function deliveryKey(environment: string, token: VerifiedToken): Buffer {
  return createHash("sha256")
    .update(environment)
    .update("\0")
    .update(token.bodySha256)
    .update(String(token.issuedAt))
    .digest();
}
