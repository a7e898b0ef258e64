import { and, asc, desc, eq, isNotNull, sql } from "drizzle-orm";
import type { Tx } from "../connect.ts";
import { deliveries, events, items, notificationItems } from "../schema/index.ts";

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
