import { randomUUIDv7 } from "node:crypto";
import { groupKeyOf, messageDueAt, type NotifiedEvent, placeEvents } from "@relink/core";
import {
  closeNotifications,
  type DueDelivery,
  insertNotifications,
  listDueDeliveries,
  listNotificationPaces,
  listNotifiedItems,
  listOpenGroups,
  putIntoNotifications,
  scheduleNotifications,
  type SubscriptionRow,
  type Tx,
  upsertNotifiedItems,
} from "@relink/db";
import { isRequested, readEvent } from "./read-event.ts";

/** So many are read and put into messages in one transaction. */
export const PLACED_AT_ONCE = 2_000;

/** Whether what was sent to a subscription can be changed: only what a bot has posted. */
export function canEdit({ kind, slackChannel }: Pick<SubscriptionRow, "kind" | "slackChannel">): boolean {
  return kind === "slack" && slackChannel !== null;
}

/**
 * Puts the deliveries of a locked subscription that are due into messages, and says when these go out. What is in one
 * already, and waits for another try, stays in it.
 *
 * @returns how many there were; `PLACED_AT_ONCE` if there may be more.
 */
export async function placeDueDeliveries(tx: Tx, subscription: SubscriptionRow, now: Date): Promise<number> {
  const due = await listDueDeliveries(tx, subscription.id, PLACED_AT_ONCE);
  if (due.length === 0) return 0;
  const { disturbed, notificationOf } = await place(
    tx,
    subscription,
    due.filter((delivery) => !isPlaced(delivery)).map(readEvent),
    now,
  );
  const messages = new Set([
    ...notificationOf.values(),
    ...due.filter(isPlaced).map(({ notification }) => notification.id),
    // Where nothing can be changed, the message that tells it is enough.
    ...(canEdit(subscription) ? disturbed : []),
  ]);
  const schedule = (await listNotificationPaces(tx, [...messages])).map(({ id, dueAt, ...pace }) => {
    const at = messageDueAt({ ...pace, canEdit: canEdit(subscription) }, now);
    return { id, dueAt: dueAt !== null && dueAt < at ? dueAt : at };
  });
  await scheduleNotifications(
    tx,
    schedule,
    due.map(({ id }) => id),
  );
  return due.length;
}

type Placed = DueDelivery & { notification: NonNullable<DueDelivery["notification"]> };

/** True for what was put into a message before. Somebody who asks for it again gets a message of its own again. */
function isPlaced(delivery: DueDelivery): delivery is Placed {
  const { notification } = delivery;
  if (notification === null) return false;
  const isOwn = notification.topic.requestedId !== null;
  return isOwn === isRequested(delivery) && !(isOwn && notification.messages > 0);
}

async function place(tx: Tx, { id: subscriptionId }: SubscriptionRow, events: readonly NotifiedEvent[], now: Date) {
  const groupKeys = new Set(events.map(({ topic }) => groupKeyOf(topic)));
  const itemIds = new Set(events.flatMap(({ itemId }) => (itemId === null ? [] : [itemId])));
  const known = {
    groups: await listOpenGroups(tx, subscriptionId, [...groupKeys]),
    items: await listNotifiedItems(tx, subscriptionId, [...itemIds]),
  };
  const placement = placeEvents(events, known, { now, newId: randomUUIDv7 });
  await closeNotifications(tx, placement.closed);
  await insertNotifications(
    tx,
    placement.created.map((created) => ({ ...created, subscriptionId })),
  );
  await upsertNotifiedItems(tx, placement.items);
  await putIntoNotifications(
    tx,
    [...placement.notificationOf].map(([deliveryId, notificationId]) => ({ deliveryId, notificationId })),
  );
  return placement;
}
