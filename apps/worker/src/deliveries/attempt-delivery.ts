import type { ClaimedDelivery } from "@relink/db";
import { type AttemptResult, deliveryHeaders, type Entrusted, type GuardedClient, maskAnswer } from "@relink/delivery";
import { openCustomHeaders, openSigningKeys } from "@relink/items";
import { type KeyRing, showId } from "@relink/service";

/** A delivery with a clock that runs on from the moment at which the database handed it out. */
export interface DeliveryInHand extends ClaimedDelivery {
  /** The database's time, whatever this machine's clock says or does. */
  now: () => Date;
}

/** What became of an attempt, as far as the sender knows. */
export type AttemptEnd =
  | { kind: "answered"; result: AttemptResult }
  /** It was cut off, or its worker is gone: nobody knows whether it arrived. */
  | { kind: "unknown"; detail: string }
  /** Nothing was sent, for a reason of our own. It is no attempt. */
  | { kind: "not_sent"; detail: string };

/** An attempt that is over, and is to be settled. */
export interface EndedAttempt {
  deliveryId: string;
  subscriptionId: string;
  number: number;
  startedAt: Date;
  endedAt: Date;
  /** As used, with the values of its query masked; `null` if it is not known. */
  url: string | null;
  signatureKeyIds: string[];
  end: AttemptEnd;
}

export interface AttemptDeps {
  client: Pick<GuardedClient, "send">;
  encryptionKeys: KeyRing;
}

/**
 * Sends one delivery, signed with every secret that is valid and with the time of this attempt.
 *
 * Never throws: what went wrong is how the attempt ended.
 *
 * @param signal - cuts the request off.
 */
export async function attemptDelivery(
  deps: AttemptDeps,
  delivery: DeliveryInHand,
  signal: AbortSignal,
): Promise<EndedAttempt> {
  const startedAt = delivery.now();
  const end = await send(deps, delivery, startedAt, signal);
  return {
    deliveryId: delivery.id,
    subscriptionId: delivery.subscriptionId,
    number: delivery.number,
    startedAt,
    endedAt: delivery.now(),
    url: maskQuery(delivery.url),
    signatureKeyIds: delivery.secrets.map(({ id }) => showId("sec", id)),
    end,
  };
}

async function send(
  { client, encryptionKeys }: AttemptDeps,
  delivery: DeliveryInHand,
  at: Date,
  signal: AbortSignal,
): Promise<AttemptEnd> {
  const { url } = delivery;
  const { body } = delivery.event;
  let entrusted: Entrusted;
  let headers: Record<string, string>;
  try {
    const keys = openSigningKeys(delivery.secrets, encryptionKeys);
    entrusted = { url, keys, custom: openCustomHeaders(delivery.headers, encryptionKeys) };
    headers = deliveryHeaders({
      eventId: showId("evt", delivery.event.id),
      deliveryId: showId("dlv", delivery.id),
      attempt: delivery.number,
      at,
      body,
      keys: entrusted.keys,
      custom: entrusted.custom,
    });
  } catch (error) {
    return { kind: "not_sent", detail: `it cannot be signed: ${messageOf(error)}` };
  }
  try {
    const result = await client.send({ url, method: "POST", headers, body, signal });
    return { kind: "answered", result: maskAnswer(result, entrusted) };
  } catch (error) {
    return { kind: "unknown", detail: `the request was cut off: ${messageOf(error)}` };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A URL without the values of its query: receivers put their own secrets there. */
export function maskQuery(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return "";
  for (const name of new Set(parsed.searchParams.keys())) parsed.searchParams.set(name, "***");
  return parsed.href;
}
