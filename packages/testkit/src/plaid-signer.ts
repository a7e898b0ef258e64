import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";

/** A webhook key as Plaid's `/webhook_verification_key/get` gives it. */
export interface PlaidWebhookJwk {
  alg: string;
  crv: string;
  kid: string;
  kty: string;
  use: string;
  x: string;
  y: string;
  created_at: number;
  /** Set once it is retired; seconds since 1970. */
  expired_at: number | null;
}

/** Signs as Plaid does, with a key of its own. */
export interface PlaidSigner {
  readonly keyId: string;
  readonly jwk: PlaidWebhookJwk;
  readonly privateKey: KeyObject;
  /**
   * The value of `Plaid-Verification` for a body.
   *
   * @param issuedAt - seconds since 1970. Default: now.
   */
  signWebhook(body: string | Uint8Array, issuedAt?: number): string;
  /** A token with any header and payload, given as text, so that they need not be JSON. */
  signToken(header: string | Uint8Array, payload: string | Uint8Array): string;
}

/**
 * A stand-in for Plaid's signing.
 *
 * @see https://plaid.com/docs/api/webhooks/webhook-verification/ (checked 2026-11-21)
 */
export function createPlaidSigner(keyId: string = randomUUID()): PlaidSigner {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const jwk = { alg: "ES256", crv: "P-256", kid: keyId, kty: "EC", use: "sig", x, y };

  function signToken(header: string | Uint8Array, payload: string | Uint8Array): string {
    const signed = `${Buffer.from(header).toString("base64url")}.${Buffer.from(payload).toString("base64url")}`;
    const signature = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
    return `${signed}.${signature.toString("base64url")}`;
  }
  return {
    keyId,
    jwk: { ...jwk, created_at: 1_560_466_143, expired_at: null },
    privateKey,
    signToken,
    signWebhook: (body, issuedAt = Math.floor(Date.now() / 1_000)) =>
      signToken(
        JSON.stringify({ alg: "ES256", kid: keyId, typ: "JWT" }),
        JSON.stringify({ iat: issuedAt, request_body_sha256: createHash("sha256").update(body).digest("hex") }),
      ),
  };
}
