import { createHmac, sign } from "node:crypto";
import type { SigningKey } from "./signing-key.ts";

export interface ToSign {
  /** The event's id, the value of `webhook-id`. Letters, digits and `_`. */
  id: string;
  /** When this attempt is made, in whole seconds since 1970: the value of `webhook-timestamp`. */
  timestamp: number;
  /** Exactly the bytes that are sent. */
  body: Uint8Array | string;
  /** The newest first. While a secret is replaced, the ones before it that are still valid follow. */
  keys: readonly SigningKey[];
}

/**
 * The value of `webhook-signature`: one signature per key in the order of the keys, with spaces between. A receiver that
 * knows one of the keys finds its own.
 *
 * @throws TypeError if there is no key, or if id or timestamp could make the signed text ambiguous.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (checked 2026-11-22)
 */
export function signatureHeader({ id, timestamp, body, keys }: ToSign): string {
  // A full stop separates the parts of what is signed.
  if (!/^\w+$/.test(id)) throw new TypeError("the id to sign may hold letters, digits and _ only");
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) throw new TypeError("the timestamp must be whole seconds");
  if (keys.length === 0) throw new TypeError("there is no key to sign with");
  const content = Buffer.concat([
    Buffer.from(`${id}.${timestamp}.`),
    typeof body === "string" ? Buffer.from(body) : body,
  ]);
  return keys.map((key) => `${key.scheme},${signatureOf(content, key).toString("base64")}`).join(" ");
}

function signatureOf(content: Buffer, { scheme, key }: SigningKey): Buffer {
  switch (scheme) {
    case "v1":
      return createHmac("sha256", key).update(content).digest();
    case "v1a":
      return sign(null, content, key);
  }
}
