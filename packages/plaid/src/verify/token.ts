import type { ForgedReason } from "./reasons.ts";

/** The parts of a `Plaid-Verification` header, read but not believed. */
export interface UnverifiedToken {
  keyId: string;
  /** What the signature is over. */
  signed: Buffer;
  signature: Buffer;
  /** Base64url; read only after the signature is good. */
  payload: string;
}

export interface TokenClaims {
  /** When Plaid signed, in seconds since 1970. */
  issuedAt: number;
  bodySha256: Buffer;
}

const MAX_LENGTH = 2_048;
/** Three parts in the URL-safe alphabet without padding; an ES256 signature is 64 bytes, which are 86 characters. */
const SHAPE = /^[A-Za-z0-9_-]{20,512}\.[A-Za-z0-9_-]{20,1024}\.[A-Za-z0-9_-]{86}$/;
const KEY_ID = /^[0-9A-Za-z-]{1,64}$/;
const HEX_SHA256 = /^[0-9a-f]{64}$/;
const HEADER_PARAMETERS = new Set(["alg", "kid", "typ"]);

/**
 * Reads the header of a webhook with the strictness of somebody who knows what Plaid sends.
 *
 * Libraries take more: padding, white space, `jwk`, `crit`. None of that is Plaid's, so it is refused before any
 * library or any network sees it.
 *
 * @param values - every value of the header, as `req.headersDistinct` gives them; Node joins repeats in `req.headers`.
 * @see https://plaid.com/docs/api/webhooks/webhook-verification/ (checked 2026-11-21)
 */
export function readToken(values: readonly string[] | undefined): UnverifiedToken | ForgedReason {
  const [value, ...repeats] = values ?? [];
  if (value === undefined || value === "") return "header_missing";
  if (repeats.length > 0) return "header_repeated";
  if (value.length > MAX_LENGTH || !SHAPE.test(value)) return "header_malformed";

  const [header = "", payload = "", signature = ""] = value.split(".");
  const text = decodeText(header);
  const parameters = parseObject(text);
  if (parameters === null) return "header_malformed";
  if (Object.keys(parameters).some((name) => !HEADER_PARAMETERS.has(name))) return "header_param";
  if (parameters["alg"] !== "ES256") return "alg";
  if (parameters["typ"] !== "JWT") return "header_param";
  const keyId = parameters["kid"];
  if (typeof keyId !== "string" || !KEY_ID.test(keyId)) return "kid_malformed";
  // A parameter that stands there twice is in the text and not in the object: another parser might have taken the other.
  if (text?.replaceAll(/\s/g, "") !== JSON.stringify(parameters)) return "header_malformed";

  return {
    keyId,
    signed: Buffer.from(value.slice(0, header.length + 1 + payload.length), "latin1"),
    signature: Buffer.from(signature, "base64url"),
    payload,
  };
}

/** Reads the claims of a token whose signature is good; `null` if they are not of Plaid's form. */
export function readClaims(payload: string): TokenClaims | null {
  const claims = parseObject(decodeText(payload));
  if (claims === null || Object.hasOwn(claims, "__proto__")) return null;
  const { iat, request_body_sha256: hash } = claims;
  if (!Number.isSafeInteger(iat) || (iat as number) < 0) return null;
  // Checked before decoding: Buffer.from(…, "hex") quietly drops what it cannot read.
  if (typeof hash !== "string" || !HEX_SHA256.test(hash)) return null;
  return { issuedAt: iat as number, bodySha256: Buffer.from(hash, "hex") };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Text in base64url, or `null` if it is not UTF-8. */
function decodeText(encoded: string): string | null {
  try {
    return utf8.decode(Buffer.from(encoded, "base64url"));
  } catch {
    return null;
  }
}

/** A JSON object, or `null`. Of duplicate keys the last one counts, as in every parser of this project. */
function parseObject(text: string | null): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
