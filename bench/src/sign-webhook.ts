import { createHash } from "node:crypto";
import { deliveryKey } from "@relink/plaid";
import type { PlaidSigner } from "@relink/testkit";

/** A webhook as Plaid posts it. */
export interface SignedWebhook {
  body: Buffer;
  /** For the `Plaid-Verification` header. */
  token: string;
  /** What `webhook_events.delivery_key` has to be, in hex. */
  key: string;
}

/** @param payload - what the webhook says; a text or bytes are sent as they are. */
export function signWebhook(signer: PlaidSigner, payload: Record<string, unknown> | string | Buffer): SignedWebhook {
  const isRaw = typeof payload === "string" || Buffer.isBuffer(payload);
  const body = Buffer.from(isRaw ? payload : JSON.stringify(payload, null, 2));
  const issuedAt = Math.floor(Date.now() / 1_000);
  const bodySha256 = createHash("sha256").update(body).digest();
  return {
    body,
    token: signer.signWebhook(body, issuedAt),
    key: deliveryKey("sandbox", { keyId: signer.keyId, bodySha256, issuedAt }).toString("hex"),
  };
}
