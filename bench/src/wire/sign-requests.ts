import { randomUUID } from "node:crypto";
import type { PlaidSigner } from "@relink/testkit";
import { signWebhook } from "../sign-webhook.ts";
import { toRequest } from "./to-request.ts";

/**
 * Signs webhooks ahead of the measurement.
 *
 * @param payloadOf - by the webhook's number. Each gets an id of its own: the same text signed twice in a second would be
 * the same delivery.
 */
export function signRequests(
  signer: PlaidSigner,
  count: number,
  payloadOf: (index: number) => Record<string, unknown>,
): Buffer[] {
  return Array.from({ length: count }, (_, index) =>
    toRequest(signWebhook(signer, { ...payloadOf(index), bench_id: randomUUID() })),
  );
}
