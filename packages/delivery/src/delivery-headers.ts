import { signatureHeader } from "./signing/signature-header.ts";
import type { SigningKey } from "./signing/signing-key.ts";

/** How Relink names itself to receivers. The number is that of the way it talks to them. */
export const DELIVERY_USER_AGENT = "Relink-Webhooks/1.0";

/** One request that tells a receiver of an event. */
export interface SignedRequest {
  /** As it is shown: `evt_…`. The same in every attempt, resend and replay. */
  eventId: string;
  /** As it is shown: `dlv_…`; `null` if it is none, as when a new endpoint is asked whether it wants to be called. */
  deliveryId: string | null;
  /** From 1. */
  attempt: number;
  /** When this attempt is made. */
  at: Date;
  /** Exactly the bytes that are sent. */
  body: string;
  /** The newest first; those that are being replaced follow. At least one. */
  keys: readonly SigningKey[];
  /** What the subscriber wants to be sent along, as `checkCustomHeader` let it pass. */
  custom?: Readonly<Record<string, string>>;
}

/**
 * The headers of a request, for the guarded client. Only `webhook-*` are signed: what begins with `relink-` is there for
 * people who read logs.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (checked 2026-11-22)
 */
export function deliveryHeaders({
  eventId,
  deliveryId,
  attempt,
  at,
  body,
  keys,
  custom,
}: SignedRequest): Record<string, string> {
  const timestamp = Math.floor(at.getTime() / 1_000);
  return {
    ...custom,
    "content-type": "application/json",
    "webhook-id": eventId,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signatureHeader({ id: eventId, timestamp, body, keys }),
    "relink-attempt": String(attempt),
    ...(deliveryId !== null && { "relink-delivery": deliveryId }),
  };
}
