import type { EndpointHealth } from "@relink/core";
import { healthColumns, readHealth, type SubscriptionRow, type Tx, updateEndpoint } from "@relink/db";
import type { Endpoint } from "./settle-delivery.ts";

/** The rules ask for once an hour at least; so often, a warning is not late. */
const LOOK_AT_CLOCK_EVERY_MS = 10 * 60_000;

/** How an endpoint is, as its locked row says. */
export function endpointOf(subscription: SubscriptionRow): Endpoint {
  const { throttledUntil, rateLimitedSince, concurrency, maxConcurrency } = subscription;
  const lowerConcurrency = concurrency === 1 && maxConcurrency > 1;
  return { health: readHealth(subscription), pace: { throttledUntil, rateLimitedSince, lowerConcurrency } };
}

/** Stores how an endpoint has become, if that is anything new. */
export async function storeEndpoint(
  tx: Tx,
  subscription: SubscriptionRow,
  before: Endpoint,
  after: Endpoint,
  at: Date,
): Promise<void> {
  const { throttledUntil, rateLimitedSince, lowerConcurrency } = after.pace;
  const isSame =
    after.health === before.health &&
    throttledUntil === before.pace.throttledUntil &&
    rateLimitedSince === before.pace.rateLimitedSince &&
    lowerConcurrency === before.pace.lowerConcurrency;
  if (isSame) return;
  const lookAt = nextLookAt(after.health, at);
  await updateEndpoint(tx, subscription, {
    ...healthColumns(after.health),
    // It is looked at in its turn, however often attempts fail in between.
    healthDueAt: lookAt && (subscription.healthDueAt ?? lookAt),
    throttledUntil,
    rateLimitedSince,
    concurrency: lowerConcurrency ? 1 : subscription.maxConcurrency,
  });
}

/** When the clock of a failing endpoint is to be looked at next; `null` if it has none. */
export function nextLookAt({ state }: EndpointHealth, at: Date): Date | null {
  return state === "failing" ? new Date(at.getTime() + LOOK_AT_CLOCK_EVERY_MS) : null;
}
