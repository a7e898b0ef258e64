import { createHmac, hkdfSync } from "node:crypto";
import type { Secret } from "@relink/service";

/** Makes keyed hashes of Plaid's tokens: the same token gives the same hash, and nobody can go back. */
export type TokenHasher = (token: string) => Buffer;

/**
 * The hasher of one Plaid client, from a key derived from its API secret: whoever may use the tokens at all can make the
 * hashes, and no other setting is needed for the ingress and the Link page to agree. Changing the secret separates old
 * hashes from new ones; a link token lives four hours at most, so little is lost.
 */
export function createTokenHasher(plaidSecret: Secret): TokenHasher {
  const key = Buffer.from(hkdfSync("sha256", plaidSecret.reveal(), "", "relink/token-hash/v1", 32));
  return (token) => createHmac("sha256", key).update(token).digest();
}

/** Every kind of token Plaid has, wherever it stands, also right after an escape such as `\n`, and however long it is. */
const TOKEN = /(?:access|link|public|processor|user)-(?:sandbox|development|production)-[0-9A-Za-z-]{8,}/g;
const HINTS = ["-production-", "-sandbox-", "-development-"];

const SHOWN_HASH = /^hmac-sha256:([0-9a-f]{64})$/;

/**
 * A body as received, but with keyed hashes in place of live tokens, which LINK webhooks carry.
 *
 * Works on the bytes, so that a body that is no JSON gives its tokens up too, and everything else stays as Plaid sent it.
 */
export function hashTokens(body: Buffer, hash: TokenHasher): Buffer {
  if (!HINTS.some((hint) => body.includes(hint))) return body;
  return Buffer.from(
    body.toString("latin1").replaceAll(TOKEN, (token) => `hmac-sha256:${hash(token).toString("hex")}`),
    "latin1",
  );
}

/** The hash that {@link hashTokens} has put in a token's place; null for anything else, also for a token itself. */
export function readTokenHash(shown: unknown): Buffer | null {
  const hex = typeof shown === "string" ? SHOWN_HASH.exec(shown)?.[1] : undefined;
  return hex === undefined ? null : Buffer.from(hex, "hex");
}
