import type { EventType, NotificationTopic, NotifiedItem } from "@relink/core";
import {
  and,
  asc,
  desc,
  eq,
  exists,
  getTableColumns,
  gt,
  inArray,
  isNotNull,
  isNull,
  lte,
  ne,
  or,
  sql,
} from "drizzle-orm";
import type { Db, Tx } from "../connect.ts";
import {
  deliveries,
  events,
  items,
  notificationItems,
  notifications,
  subscriptions,
  subscriptionSecrets,
  teams,
} from "../schema/index.ts";
import { array, isAnyOf } from "./arrays.ts";
import type { DeliveryRow } from "./delivery-log.ts";
import type { SubscriptionRow, SubscriptionSecretRow } from "./subscriptions.ts";

export type NotificationRow = typeof notifications.$inferSelect;

/** Slack takes about one message a second in a channel. https://docs.slack.dev/apis/web-api/rate-limits (checked 2026-11-22) */
const CHANNEL_PACE_MS = 1_000;

/** True for subscriptions through which people are told. */
const isChannel = inArray(subscriptions.kind, ["slack", "email"]);

/** True for those that are sent to at the moment. */
const isOpen = and(
  inArray(subscriptions.status, ["active", "failing"]),
  isNull(subscriptions.deletedAt),
  or(isNull(subscriptions.throttledUntil), lte(subscriptions.throttledUntil, sql`now()`)),
  sql`exists (select from ${teams} where ${teams.id} = ${subscriptions.teamId} and ${teams.deletedAt} is null)`,
);

/** What is due of one subscription; by each priority, because only then the index ends at what is not due yet. */
const isDueDelivery = sql`${deliveries.state} = 'pending' and ${deliveries.priority} in (0, 1, 2)
  and ${deliveries.dueAt} <= now()`;

const isOfChannel = eq(notifications.subscriptionId, subscriptions.id);
const isLost = and(ne(notifications.state, "idle"), lte(notifications.leaseUntil, sql`now()`));

/**
 * Subscriptions of Slack and mail for which there is something to do: an event to be told, a message to be sent or changed,
 * or one whose worker is gone.
 */
export async function listDueChannels(db: Db): Promise<string[]> {
  const hasDelivery = sql`exists (select from ${deliveries}
    where ${deliveries.subscriptionId} = ${subscriptions.id} and ${isDueDelivery})`;
  const hasMessage = exists(
    db
      .select({ found: sql`1` })
      .from(notifications)
      .where(and(isOfChannel, lte(notifications.dueAt, sql`now()`))),
  );
  const hasLost = exists(
    db
      .select({ found: sql`1` })
      .from(notifications)
      .where(and(isOfChannel, isLost)),
  );
  const rows = await db
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(and(isChannel, or(and(isOpen, or(hasDelivery, hasMessage)), hasLost)))
    .orderBy(asc(subscriptions.id));
  return rows.map(({ id }) => id);
}

/**
 * Locks a subscription of Slack or mail until the transaction ends, if nobody else is at it: one message at a time goes out
 * to it, counted over all workers.
 *
 * @returns with it, whether it is sent to at the moment.
 */
export async function lockChannel(tx: Tx, id: string): Promise<(SubscriptionRow & { isOpen: boolean }) | null> {
  const [row] = await tx
    .select({ ...getTableColumns(subscriptions), isOpen: sql<boolean>`${isOpen}` })
    .from(subscriptions)
    .where(and(eq(subscriptions.id, id), isChannel))
    .for("no key update", { skipLocked: true });
  return row ?? null;
}

/** True while a message goes out to a subscription, or has just gone out. */
export async function isChannelBusy(tx: Tx, subscriptionId: string): Promise<boolean> {
  const isUnderWay = and(ne(notifications.state, "idle"), gt(notifications.leaseUntil, sql`now()`));
  const isFresh = gt(notifications.attemptedAt, sql`now() - ${CHANNEL_PACE_MS} * interval '1 millisecond'`);
  const busy = await tx.$count(
    notifications,
    and(eq(notifications.subscriptionId, subscriptionId), or(isUnderWay, isFresh)),
  );
  return busy > 0;
}

/** Messages whose worker is gone. */
export async function listLostNotifications(tx: Tx, subscriptionId: string): Promise<NotificationRow[]> {
  return tx
    .select()
    .from(notifications)
    .where(and(eq(notifications.subscriptionId, subscriptionId), isLost));
}

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

/**
 * Takes the message of a locked subscription that is due for longest, unless one of its group has just gone out. Nobody else
 * takes it within the lease.
 *
 * @param options.at - the database's time.
 */
export async function takeDueNotification(
  tx: Tx,
  subscriptionId: string,
  options: { at: Date; leaseMs: number; windowMs: number },
): Promise<NotificationRow | null> {
  const { at, leaseMs, windowMs } = options;
  const [due] = await tx
    .select({ id: notifications.id })
    .from(notifications)
    .where(
      and(
        eq(notifications.subscriptionId, subscriptionId),
        eq(notifications.state, "idle"),
        lte(notifications.dueAt, at),
        sql`not exists (select from notifications sibling where sibling.subscription_id = ${notifications.subscriptionId}
          and sibling.group_key = ${notifications.groupKey}
          and sibling.attempted_at > ${new Date(at.getTime() - windowMs)})`,
      ),
    )
    .orderBy(asc(notifications.dueAt), asc(notifications.id))
    .limit(1);
  if (due === undefined) return null;
  const [taken] = await tx
    .update(notifications)
    .set({
      state: "sending",
      dueAt: null,
      attemptedAt: at,
      leaseUntil: new Date(at.getTime() + leaseMs),
    })
    .where(eq(notifications.id, due.id))
    .returning();
  return taken ?? null;
}

/**
 * Brings all that waits in a message on its way, also what waits for another try, and counts an attempt of the newest of it.
 *
 * @returns how many there are.
 */
export async function takeDeliveries(tx: Tx, notificationId: string): Promise<number> {
  const taken = await tx
    .update(deliveries)
    .set({ state: "in_flight", leaseUntil: null })
    .where(and(eq(deliveries.notificationId, notificationId), eq(deliveries.state, "pending")))
    .returning({ id: deliveries.id });
  const newest = taken
    .map(({ id }) => id)
    .toSorted()
    .at(-1);
  if (newest !== undefined) {
    await tx
      .update(deliveries)
      .set({ attempts: sql`${deliveries.attempts} + 1` })
      .where(eq(deliveries.id, newest));
  }
  return taken.length;
}

/** The Items of a message, in numbers. */
export interface NotificationCounts {
  count: number;
  recovered: number;
  changed: number;
  since: Date | null;
  /** When the last of those that are over was so. */
  lastEndedAt: Date | null;
  /** The first announced end of those that are open. */
  endsAt: Date | null;
}

export async function countNotifiedItems(tx: Tx, notificationId: string): Promise<NotificationCounts> {
  const { state, since, endedAt, endsAt } = notificationItems;
  const [row] = await tx
    .select({
      count: sql<number>`count(*)::int`,
      recovered: sql<number>`(count(*) filter (where ${state} = 'recovered'))::int`,
      changed: sql<number>`(count(*) filter (where ${state} = 'changed'))::int`,
      since: sql<Date | null>`min(${since})`.mapWith(since),
      lastEndedAt: sql<Date | null>`max(${endedAt})`.mapWith(endedAt),
      endsAt: sql<Date | null>`min(${endsAt}) filter (where ${state} = 'open')`.mapWith(endsAt),
    })
    .from(notificationItems)
    .where(eq(notificationItems.notificationId, notificationId));
  if (row === undefined) throw new TypeError("a count has a row");
  return row;
}

/** An Item that a message names. */
export interface NamedItem {
  id: string;
  institutionName: string | null;
}

/** Items of a message: those that are open, for longest first; without any of these, those that were over last. */
export async function nameNotifiedItems(tx: Tx, notificationId: string, limit: number): Promise<NamedItem[]> {
  return tx
    .select({ id: items.id, institutionName: items.institutionName })
    .from(notificationItems)
    .innerJoin(items, eq(items.id, notificationItems.itemId))
    .where(eq(notificationItems.notificationId, notificationId))
    .orderBy(
      sql`${notificationItems.state} = 'open' desc`,
      sql`case when ${notificationItems.state} = 'open' then ${notificationItems.since} end`,
      sql`${notificationItems.endedAt} desc`,
      asc(notificationItems.itemId),
    )
    .limit(limit);
}

/** Items of the events that are on their way in a message, the newest first. */
export async function nameItemsOnTheirWay(tx: Tx, notificationId: string, limit: number): Promise<NamedItem[]> {
  const newest = tx
    .select({ itemId: events.itemId, at: sql<string>`max(${deliveries.id}::text)`.as("at") })
    .from(deliveries)
    .innerJoin(events, eq(events.id, deliveries.eventId))
    .where(
      and(eq(deliveries.notificationId, notificationId), eq(deliveries.state, "in_flight"), isNotNull(events.itemId)),
    )
    .groupBy(events.itemId)
    .as("newest");
  return tx
    .select({ id: items.id, institutionName: items.institutionName })
    .from(newest)
    .innerJoin(items, eq(items.id, newest.itemId))
    .orderBy(desc(newest.at))
    .limit(limit);
}

/** The subscriptions that the events are about which are on their way in a message, the newest first; as shown: `sub_…`. */
export async function nameSubscriptionsOnTheirWay(tx: Tx, notificationId: string, limit: number): Promise<string[]> {
  const subscription = sql<string>`${events.body}::jsonb #>> '{data,subscription_id}'`;
  const rows = await tx
    .select({ subscription })
    .from(deliveries)
    .innerJoin(events, eq(events.id, deliveries.eventId))
    .where(
      and(eq(deliveries.notificationId, notificationId), eq(deliveries.state, "in_flight"), isNotNull(subscription)),
    )
    .groupBy(subscription)
    .orderBy(sql`max(${deliveries.id}::text) desc`)
    .limit(limit);
  return rows.map((row) => row.subscription);
}

/** What Slack is reached with, sealed; `null` if it was taken away. */
export async function findSlackSecret(
  tx: Tx,
  subscriptionId: string,
): Promise<Pick<SubscriptionSecretRow, "id" | "kind" | "secret"> | null> {
  const [row] = await tx
    .select({ id: subscriptionSecrets.id, kind: subscriptionSecrets.kind, secret: subscriptionSecrets.secret })
    .from(subscriptionSecrets)
    .where(
      and(
        eq(subscriptionSecrets.subscriptionId, subscriptionId),
        inArray(subscriptionSecrets.kind, ["slack_url", "slack_token"]),
        or(isNull(subscriptionSecrets.expiresAt), gt(subscriptionSecrets.expiresAt, sql`now()`)),
      ),
    )
    .orderBy(desc(subscriptionSecrets.id))
    .limit(1);
  return row ?? null;
}

/**
 * Commits that a mail is about to go out. From here on it is never sent again unless the server refused it.
 *
 * @param options.leaseMs - longer than a mailer takes at most.
 * @returns false if somebody else has taken it over.
 */
export async function beginTeamMail(
  db: Db,
  id: string,
  options: { messageId: string; leaseMs: number },
): Promise<boolean> {
  const started = await db
    .update(notifications)
    .set({
      state: "transmitting",
      transmittingAt: sql`now()`,
      leaseUntil: sql`now() + ${options.leaseMs} * interval '1 millisecond'`,
      messageId: sql`coalesce(${notifications.messageId}, ${options.messageId})`,
    })
    .where(and(eq(notifications.id, id), eq(notifications.state, "sending"), gt(notifications.leaseUntil, sql`now()`)))
    .returning({ id: notifications.id });
  return started.length === 1;
}

/** Locks a message that is on its way, as the caller has brought it there; `null` if somebody else has taken it over. */
export async function lockTakenNotification(
  tx: Tx,
  { id, attemptedAt }: Pick<NotificationRow, "id" | "attemptedAt">,
): Promise<NotificationRow | null> {
  const [row] = await tx
    .select()
    .from(notifications)
    .where(
      and(
        eq(notifications.id, id),
        ne(notifications.state, "idle"),
        attemptedAt === null ? isNull(notifications.attemptedAt) : eq(notifications.attemptedAt, attemptedAt),
      ),
    )
    .for("no key update");
  return row ?? null;
}

/** The newest delivery that is on its way in a message, locked: the one whose attempt it is. */
export async function lockNewestOnItsWay(tx: Tx, notificationId: string): Promise<DeliveryRow | null> {
  const [row] = await tx
    .select()
    .from(deliveries)
    .where(and(eq(deliveries.notificationId, notificationId), eq(deliveries.state, "in_flight")))
    .orderBy(desc(deliveries.id))
    .limit(1)
    .for("no key update");
  return row ?? null;
}

/** Deliveries that are on their way in a message, as many as are settled in one go, locked. */
export async function lockDeliveriesOnTheirWay(tx: Tx, notificationId: string, limit: number): Promise<DeliveryRow[]> {
  return tx
    .select()
    .from(deliveries)
    .where(and(eq(deliveries.notificationId, notificationId), eq(deliveries.state, "in_flight")))
    .orderBy(asc(deliveries.id))
    .limit(limit)
    .for("no key update");
}

/** Stores what became of a message, and lets go of it. */
export async function releaseNotification(
  tx: Tx,
  id: string,
  changes: Partial<
    Pick<
      typeof notifications.$inferInsert,
      | "messages"
      | "failures"
      | "slackChannelId"
      | "slackTs"
      | "problem"
      | "alarms"
      | "recovered"
      | "sentAt"
      | "closedAt"
      | "dueAt"
    >
  >,
): Promise<void> {
  await tx
    .update(notifications)
    .set({ ...changes, state: "idle", leaseUntil: null, transmittingAt: null })
    .where(eq(notifications.id, id));
}

/** When the next delivery of a message is due; `null` if none waits. */
export async function nextDueOf(tx: Tx, notificationId: string): Promise<Date | null> {
  const [row] = await tx
    .select({ at: sql<Date | null>`min(${deliveries.dueAt})`.mapWith(deliveries.dueAt) })
    .from(deliveries)
    .where(and(eq(deliveries.notificationId, notificationId), eq(deliveries.state, "pending")));
  return row?.at ?? null;
}

/** Gives back the deliveries of a message that surely did not go out, or may go out twice. */
export async function giveBackDeliveries(tx: Tx, notificationId: string): Promise<void> {
  await tx
    .update(deliveries)
    .set({ state: "pending" })
    .where(and(eq(deliveries.notificationId, notificationId), eq(deliveries.state, "in_flight")));
}
