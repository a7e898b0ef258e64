import { randomUUIDv7 } from "node:crypto";
import { EVENT_TYPE_NAMES, type EventType } from "@relink/core";
import { type DeliveryRow, insertEvents, insertRequestedDelivery } from "@relink/db";
import { EVENT_EXAMPLES, renderEvent } from "@relink/delivery";
import { showId } from "@relink/service";
import { audit } from "../audit.ts";
import type { RequestContext } from "../operation.ts";
import { actorOf, teamOf } from "../principal.ts";
import type { SubscriptionDeps } from "./deps.ts";
import { requireLockedSubscription } from "./read-subscription.ts";
import { requireCallable } from "./require-callable.ts";

/** A challenge that nobody waits for would only confuse. */
type TestableType = Exclude<EventType, "webhook.verification">;

export const TESTABLE_TYPES = EVENT_TYPE_NAMES.filter((type): type is TestableType => type !== "webhook.verification");

/**
 * Writes down the example of a type as an event for one subscription alone, whatever it asked for. It is sent once: by a
 * worker, as any other.
 */
export async function sendTest(
  deps: SubscriptionDeps,
  id: string,
  type: TestableType,
  { principal, requestId }: RequestContext,
): Promise<DeliveryRow> {
  return deps.db.transaction(async (tx) => {
    const { teamId, ...subscription } = await requireLockedSubscription(tx, id, teamOf(principal));
    requireCallable({ teamId, ...subscription });
    const eventId = randomUUIDv7();
    const occurredAt = new Date();
    await insertEvents(tx, [
      {
        id: eventId,
        type,
        environment: deps.environment,
        itemId: null,
        institutionId: null,
        errorCode: null,
        whoActs: null,
        products: null,
        sequence: null,
        teamId,
        isTest: true,
        occurredAt,
        body: renderEvent({
          id: showId("evt", eventId),
          type,
          occurredAt,
          environment: deps.environment,
          data: exampleFor(type, showId("sub", id)),
        }),
        matched: 1,
      },
    ]);
    const actor = actorOf(principal);
    const ids = { id: randomUUIDv7(), eventId, subscriptionId: id };
    const delivery = await insertRequestedDelivery(tx, { ...ids, eventType: type, trigger: "test", actor });
    await audit(tx, { principal, requestId, action: "subscription.tested", resource: showId("sub", id), teamId });
    return delivery;
  });
}

function exampleFor<Type extends TestableType>(type: Type, shownId: string): (typeof EVENT_EXAMPLES)[Type] {
  const example = EVENT_EXAMPLES[type];
  return { ...example, ...("subscription_id" in example && { subscription_id: shownId }), test: true };
}
