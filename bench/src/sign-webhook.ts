import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { deliveryKey } from "@relink/plaid";

/** A webhook as Plaid posts it. */
export interface SignedWebhook {
  body: Buffer;
  /** For the `Plaid-Verification` header. */
  token: string;
  /** What `webhook_events.delivery_key` has to be, in hex. */
  key: string;
}

export type WebhookSigner = ReturnType<typeof createWebhookSigner>;

/**
 * Signs webhooks as Plaid does, with a key of its own.
 *
 * @see https://plaid.com/docs/api/webhooks/webhook-verification/ (checked 2026-11-21)
 */
export function createWebhookSigner() {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keyId = randomUUID();
  const header = encode({ alg: "ES256", kid: keyId, typ: "JWT" });
  return {
    /** As `/webhook_verification_key/get` shows it. */
    jwk: {
      ...publicKey.export({ format: "jwk" }),
      alg: "ES256",
      kid: keyId,
      use: "sig",
      created_at: Math.floor(Date.now() / 1_000),
      expired_at: null,
    },

    /** @param payload - what the webhook says; a text is sent as it is. */
    sign(payload: Record<string, unknown> | string): SignedWebhook {
      const body = Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload, null, 2));
      const bodySha256 = createHash("sha256").update(body).digest();
      const issuedAt = Math.floor(Date.now() / 1_000);
      const signed = `${header}.${encode({ iat: issuedAt, request_body_sha256: bodySha256.toString("hex") })}`;
      const signature = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return {
        body,
        token: `${signed}.${signature.toString("base64url")}`,
        key: deliveryKey("sandbox", { keyId, bodySha256, issuedAt }).toString("hex"),
      };
    },
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
