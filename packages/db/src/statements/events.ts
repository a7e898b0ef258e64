import type { EventType, SubscriptionFilter } from "@relink/core";
import { and, asc, eq, isNull, sql } from "drizzle-orm";
import type { Tx } from "../connect.ts";
import { deliveries, events, items, subscriptions, teams } from "../schema/index.ts";
import { array, isAnyOf } from "./arrays.ts";

export type EventRow = typeof events.$inferSelect;
export type NewEvent = Omit<EventRow, "createdAt">;

/** A subscription that may want to hear of events. */
export interface Listener {
  id: string;
  teamId: string;
  filter: SubscriptionFilter;
  supersede: boolean;
  /** False if what is meant for it is held until it is enabled again. */
  isOpen: boolean;
}

/** Every subscription that events may be meant for: also those that are paused, failing or disabled. */
export async function listListeners(tx: Tx): Promise<Listener[]> {
  const rows = await tx
    .select({
      id: subscriptions.id,
      teamId: subscriptions.teamId,
      eventTypes: subscriptions.eventTypes,
      filter: subscriptions.filter,
      supersede: subscriptions.supersede,
      status: subscriptions.status,
    })
    .from(subscriptions)
    .innerJoin(teams, eq(teams.id, subscriptions.teamId))
    .where(and(isNull(subscriptions.deletedAt), isNull(teams.deletedAt)));
  return rows
    .filter(({ status }) => status !== "pending_verification")
    .map(({ id, teamId, eventTypes, filter, supersede, status }) => ({
      id,
      teamId,
      supersede,
      isOpen: status !== "disabled",
      filter: {
        eventTypes,
        environments: filter.environments ?? null,
        institutionIds: filter.institution_ids ?? null,
        errorCodes: filter.error_codes ?? null,
        whoActs: filter.who_acts ?? null,
        products: filter.products ?? null,
      },
    }));
}

/**
 * Takes the next numbers of Items for their events. Their rows are locked from here on, in one order everywhere.
 *
 * @param counts - how many events there are of each Item.
 * @returns the first number of each.
 */
export async function takeSequences(tx: Tx, counts: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  if (counts.size === 0) return new Map();
  const wanted = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const result = await tx.execute<{ id: string; first: number }>(sql`
    with wanted as (select * from unnest(${array(
      wanted.map(([id]) => id),
      "uuid",
    )}, ${array(
      wanted.map(([, count]) => count),
      "int",
    )}) as wanted (id, count)),
    locked as (select ${items.id} as id from ${items} join wanted on wanted.id = ${items.id}
      order by ${items.id} for no key update of ${items})
    update ${items} set event_sequence = event_sequence + wanted.count
    from wanted join locked on locked.id = wanted.id where ${items.id} = wanted.id
    returning ${items.id} as id, event_sequence - wanted.count + 1 as first`);
  return new Map(result.rows.map(({ id, first }) => [id, first]));
}

export async function insertEvents(tx: Tx, rows: readonly NewEvent[]): Promise<void> {
  if (rows.length > 0) await tx.insert(events).values([...rows]);
}

/** One event for one subscription. */
export interface NewDelivery {
  id: string;
  eventId: string;
  subscriptionId: string;
  itemId: string | null;
  eventType: EventType;
  state: "pending" | "held";
}

export async function insertDeliveries(tx: Tx, rows: readonly NewDelivery[]): Promise<void> {
  if (rows.length === 0) return;
  const column = (pick: (row: NewDelivery) => unknown, type: "uuid" | "text") => array(rows.map(pick), type);
  await tx.execute(sql`
    insert into ${deliveries} (id, event_id, subscription_id, item_id, event_type, state)
    select * from unnest(${column((row) => row.id, "uuid")}, ${column((row) => row.eventId, "uuid")},
      ${column((row) => row.subscriptionId, "uuid")}, ${column((row) => row.itemId, "uuid")},
      ${column((row) => row.eventType, "text")}, ${column((row) => row.state, "text")})`);
}

/**
 * Takes back what is obsolete and nobody has been sent yet. To be called before the newer event is inserted.
 *
 * What is in flight is locked: its attempt is written down either before, and what failed is taken back here, or after the
 * newer event is there to be seen.
 */
export async function supersedeDeliveries(
  tx: Tx,
  obsolete: { itemId: string; subscriptionIds: readonly string[]; eventTypes: readonly EventType[] },
): Promise<void> {
  const isObsolete = and(
    eq(deliveries.itemId, obsolete.itemId),
    isAnyOf(deliveries.subscriptionId, obsolete.subscriptionIds, "uuid"),
    isAnyOf(deliveries.eventType, obsolete.eventTypes, "text"),
  );
  await tx
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(and(isObsolete, sql`${deliveries.state} = 'in_flight'`))
    .orderBy(asc(deliveries.id))
    .for("no key update");
  await tx
    .update(deliveries)
    .set({ state: "superseded", settledAt: sql`now()` })
    .where(and(isObsolete, sql`${deliveries.state} in ('pending', 'held')`));
}
