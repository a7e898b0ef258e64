import type { SignedWebhook } from "../sign-webhook.ts";

/** A webhook as bytes on the wire, so that sending it is no work while time is measured. */
export function toRequest(webhook: SignedWebhook): Buffer {
  const head = [
    "POST /webhooks/plaid HTTP/1.1",
    "Host: localhost",
    "Content-Type: application/json",
    `Content-Length: ${webhook.body.length}`,
    `Plaid-Verification: ${webhook.token}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), webhook.body]);
}
