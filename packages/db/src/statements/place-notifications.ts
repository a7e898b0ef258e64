import type { EventType, NotificationTopic, NotifiedItem } from "@relink/core";
import { and, asc, eq, getTableColumns, inArray, isNull, or, sql } from "drizzle-orm";
import type { Tx } from "../connect.ts";
import { deliveries, events, notificationItems, notifications } from "../schema/index.ts";
import { array, isAnyOf } from "./arrays.ts";
import type { DeliveryRow } from "./delivery-log.ts";
import { isDueDelivery, type NotificationRow } from "./notifications.ts";

/** A delivery that is due, with what is to be told of its event. */
export interface DueDelivery {
  id: string;
  trigger: DeliveryRow["trigger"];
  /** Attempts so far. */
  attempts: number;
  /** The message that it was put into, if that is still there. */
  notification: Pick<NotificationRow, "id" | "topic" | "messages"> | null;
  event: {
    type: EventType;
    environment: string | null;
    itemId: string | null;
    institutionId: string | null;
    errorCode: string | null;
    sequence: number | null;
    isTest: boolean;
    occurredAt: Date;
    body: string;
  };
}

/** Deliveries of a subscription that are due, those that wait for longest; the events of each Item are in their order. */
export async function listDueDeliveries(tx: Tx, subscriptionId: string, limit: number): Promise<DueDelivery[]> {
  const due = tx
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(and(eq(deliveries.subscriptionId, subscriptionId), isDueDelivery))
    .orderBy(asc(deliveries.dueAt), asc(deliveries.id))
    .limit(limit);
  const rows = await tx
    .select({
      id: deliveries.id,
      trigger: deliveries.trigger,
      attempts: deliveries.attempts,
      notification: { id: notifications.id, topic: notifications.topic, messages: notifications.messages },
      event: {
        type: events.type,
        environment: events.environment,
        itemId: events.itemId,
        institutionId: events.institutionId,
        errorCode: events.errorCode,
        sequence: events.sequence,
        isTest: events.isTest,
        occurredAt: events.occurredAt,
        body: events.body,
      },
    })
    .from(deliveries)
    .innerJoin(events, eq(events.id, deliveries.eventId))
    .leftJoin(notifications, eq(notifications.id, deliveries.notificationId))
    .where(inArray(deliveries.id, due))
    .orderBy(sql`${events.sequence} nulls first`, asc(deliveries.id));
  // Only our own types are stored.
  return rows.map((row) => ({ ...row, event: { ...row.event, type: row.event.type as EventType } }));
}

/** The newest message of a group that takes alarms. */
export interface OpenGroup {
  id: string;
  groupKey: string;
  firstAt: Date;
  /** True if it tells of a trouble, all Items in it are over, and that was told. */
  isOver: boolean;
}

/** The open messages of these groups. */
export async function listOpenGroups(
  tx: Tx,
  subscriptionId: string,
  groupKeys: readonly string[],
): Promise<OpenGroup[]> {
  if (groupKeys.length === 0) return [];
  return tx
    .select({
      id: notifications.id,
      groupKey: notifications.groupKey,
      firstAt: notifications.firstAt,
      isOver: sql<boolean>`${notifications.topic} -> 'trouble' <> 'null' and ${notifications.dueAt} is null
        and not exists (select from ${notificationItems} where ${notificationItems.notificationId} = ${notifications.id}
          and ${notificationItems.state} = 'open')`,
    })
    .from(notifications)
    .where(
      and(
        eq(notifications.subscriptionId, subscriptionId),
        isAnyOf(notifications.groupKey, groupKeys, "text"),
        isNull(notifications.closedAt),
      ),
    );
}

/** Items as they stand in the messages of a subscription: wherever they are open, and in their newest one. */
export async function listNotifiedItems(
  tx: Tx,
  subscriptionId: string,
  itemIds: readonly string[],
): Promise<NotifiedItem[]> {
  if (itemIds.length === 0) return [];
  const all = tx
    .select({
      ...getTableColumns(notificationItems),
      newest: sql<number>`max(${notificationItems.sequence}) over (partition by ${notificationItems.itemId})`.as(
        "newest",
      ),
    })
    .from(notificationItems)
    .innerJoin(notifications, eq(notifications.id, notificationItems.notificationId))
    .where(and(eq(notifications.subscriptionId, subscriptionId), isAnyOf(notificationItems.itemId, itemIds, "uuid")))
    .as("all_items");
  const { notificationId, itemId, sequence, state, since, endedAt, endsAt } = all;
  return tx
    .select({ notificationId, itemId, sequence, state, since, endedAt, endsAt })
    .from(all)
    .where(or(eq(state, "open"), eq(sequence, all.newest)));
}

/** Lets messages take no more alarms. */
export async function closeNotifications(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .update(notifications)
    .set({ closedAt: sql`now()` })
    .where(and(isAnyOf(notifications.id, ids, "uuid"), isNull(notifications.closedAt)));
}

/** Begins messages. Each goes on from the last one of its group, as to when it may go out. */
export async function insertNotifications(
  tx: Tx,
  rows: readonly (Pick<NotificationRow, "id" | "subscriptionId" | "groupKey" | "firstAt"> & {
    topic: NotificationTopic;
  })[],
): Promise<void> {
  if (rows.length === 0) return;
  await tx.insert(notifications).values([...rows]);
  await tx.execute(sql`
    update ${notifications} set attempted_at = (
      select max(older.attempted_at) from notifications older
      where older.subscription_id = ${notifications.subscriptionId} and older.group_key = ${notifications.groupKey})
    where ${isAnyOf(
      notifications.id,
      rows.map(({ id }) => id),
      "uuid",
    )}`);
}

/** Stores how Items stand in messages. */
export async function upsertNotifiedItems(tx: Tx, rows: readonly NotifiedItem[]): Promise<void> {
  if (rows.length === 0) return;
  const column = (pick: (row: NotifiedItem) => unknown, type: Parameters<typeof array>[1]) =>
    array(rows.map(pick), type);
  await tx.execute(sql`
    insert into ${notificationItems} (notification_id, item_id, sequence, state, since, ended_at, ends_at)
    select * from unnest(${column(({ notificationId }) => notificationId, "uuid")},
      ${column(({ itemId }) => itemId, "uuid")}, ${column(({ sequence }) => sequence, "int")},
      ${column(({ state }) => state, "text")}, ${column(({ since }) => since, "timestamptz")},
      ${column(({ endedAt }) => endedAt, "timestamptz")}, ${column(({ endsAt }) => endsAt, "timestamptz")})
    on conflict (notification_id, item_id) do update set sequence = excluded.sequence, state = excluded.state,
      since = excluded.since, ended_at = excluded.ended_at, ends_at = excluded.ends_at`);
}

/** Puts deliveries into messages. */
export async function putIntoNotifications(
  tx: Tx,
  placed: readonly { deliveryId: string; notificationId: string }[],
): Promise<void> {
  if (placed.length === 0) return;
  await tx.execute(sql`
    update ${deliveries} set notification_id = placed.notification_id
    from unnest(${array(
      placed.map(({ deliveryId }) => deliveryId),
      "uuid",
    )}, ${array(
      placed.map(({ notificationId }) => notificationId),
      "uuid",
    )})
      as placed (delivery_id, notification_id)
    where ${deliveries.id} = placed.delivery_id`);
}

/** What decides when a message may go out. */
export interface NotificationPace {
  id: string;
  dueAt: Date | null;
  attemptedAt: Date | null;
  messages: number;
  /** Whether it is about Items, and none of them is open. */
  isEnd: boolean;
}

export async function listNotificationPaces(tx: Tx, ids: readonly string[]): Promise<NotificationPace[]> {
  if (ids.length === 0) return [];
  const inIt = sql`select from ${notificationItems} where ${notificationItems.notificationId} = ${notifications.id}`;
  return tx
    .select({
      id: notifications.id,
      dueAt: notifications.dueAt,
      attemptedAt: notifications.attemptedAt,
      messages: notifications.messages,
      isEnd: sql<boolean>`exists (${inIt}) and not exists (${inIt} and ${notificationItems.state} = 'open')`,
    })
    .from(notifications)
    .where(isAnyOf(notifications.id, ids, "uuid"));
}

/** Says when messages are to go out, and that their deliveries wait until then: those that are due now. */
export async function scheduleNotifications(
  tx: Tx,
  schedule: readonly { id: string; dueAt: Date }[],
  deliveryIds: readonly string[],
): Promise<void> {
  if (schedule.length === 0) return;
  await tx.execute(sql`
    with due as (select * from unnest(${array(
      schedule.map(({ id }) => id),
      "uuid",
    )}, ${array(
      schedule.map(({ dueAt }) => dueAt),
      "timestamptz",
    )}) as due (id, at)),
    waiting as (
      update ${deliveries} set due_at = due.at from due
      where ${isAnyOf(deliveries.id, deliveryIds, "uuid")} and ${deliveries.notificationId} = due.id
        and ${deliveries.dueAt} < due.at)
    update ${notifications} set due_at = due.at from due where ${notifications.id} = due.id`);
}
