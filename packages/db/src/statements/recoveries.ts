import { type EventType, EVENT_TYPE_NAMES, matchesPattern } from "@relink/core";
import { and, type Column, desc, eq, inArray, sql, type SQL } from "drizzle-orm";
import type { Db, Executor, Tx } from "../connect.ts";
import { deliveries, events, recoveries } from "../schema/index.ts";
import { array, isAnyOf } from "./arrays.ts";
import { isInState, isMadeWithin, isOnPage, type OrderedPage, ORDERS } from "./delivery-log.ts";
import type { SubscriptionRow, TeamScope } from "./subscriptions.ts";

export type RecoveryRow = typeof recoveries.$inferSelect;

/** Which deliveries are to be made again. */
export type RecoveryScope = Pick<
  RecoveryRow,
  "since" | "until" | "states" | "eventTypes" | "errorCode" | "includesUnattempted"
>;

/** A recovery that still has something to do. */
const isOpen = inArray(recoveries.state, ["queued", "running"]);

/** The types of event that a list of names and families means. */
function typesOf(patterns: readonly string[]): EventType[] {
  return EVENT_TYPE_NAMES.filter((type) => patterns.some((pattern) => matchesPattern(pattern, type)));
}

/** True for the rows of `deliveries` that a recovery makes again. A test is nothing that anybody has missed. */
export function isToRecover(subscriptionId: string, scope: RecoveryScope): SQL {
  const conditions = [
    sql`${deliveries.subscriptionId} = ${subscriptionId}`,
    isInState(scope.states),
    sql`${deliveries.trigger} <> 'test'`,
    isMadeWithin(deliveries.id, deliveries.createdAt, scope),
    ...(scope.eventTypes === null
      ? []
      : [sql`${deliveries.eventType} = any(${array(typesOf(scope.eventTypes), "text")})`]),
    ...(scope.errorCode === null ? [] : [sql`${deliveries.lastErrorCode} = ${scope.errorCode}`]),
  ];
  return sql.join(conditions, sql` and `);
}

/**
 * True for the rows of `events` that a subscription wants as it is now, and was never meant to get: it did not exist yet, or
 * was not verified.
 */
export function isMissed(
  subscription: Pick<SubscriptionRow, "id" | "teamId" | "eventTypes" | "filter">,
  scope: Pick<RecoveryScope, "since" | "until" | "eventTypes">,
): SQL {
  const { environments, institution_ids, error_codes, who_acts, products } = subscription.filter;
  const wanted = typesOf(subscription.eventTypes);
  const types = scope.eventTypes === null ? wanted : typesOf(scope.eventTypes).filter((type) => wanted.includes(type));
  const isOneOf = (column: Column, values: readonly string[] | undefined): SQL[] =>
    values === undefined || values.length === 0 ? [] : [sql`${column} = any(${array(values, "text")})`];
  const conditions = [
    isMadeWithin(events.id, events.createdAt, scope),
    sql`${events.type} = any(${array(types, "text")})`,
    sql`(${events.teamId} is null or ${events.teamId} = ${subscription.teamId})`,
    sql`not ${events.isTest}`,
    ...isOneOf(events.environment, environments),
    ...isOneOf(events.institutionId, institution_ids),
    ...isOneOf(events.errorCode, error_codes),
    ...isOneOf(events.whoActs, who_acts),
    ...(products === undefined || products.length === 0 ? [] : [sql`${events.products} && ${array(products, "text")}`]),
    // One look into the index of an event's deliveries for each: `not exists` could become a reading of all there are, for every
    // hundred events that are taken.
    sql`(select true from ${deliveries} where ${deliveries.eventId} = ${events.id}
      and ${deliveries.subscriptionId} = ${subscription.id} limit 1) is null`,
  ];
  return sql.join(conditions, sql` and `);
}

/** How many deliveries a recovery would make, were it asked for now. */
export async function countRecoverable(
  db: Executor,
  subscription: Pick<SubscriptionRow, "id" | "teamId" | "eventTypes" | "filter">,
  scope: RecoveryScope,
): Promise<number> {
  const again = await db.$count(deliveries, isToRecover(subscription.id, scope));
  return scope.includesUnattempted ? again + (await db.$count(events, isMissed(subscription, scope))) : again;
}

/** The recovery of a subscription that is not over. To be called with the subscription locked. */
export async function openRecoveryOf(tx: Tx, subscriptionId: string): Promise<RecoveryRow | null> {
  const [row] = await tx
    .select()
    .from(recoveries)
    .where(and(eq(recoveries.subscriptionId, subscriptionId), isOpen))
    .orderBy(desc(recoveries.id))
    .limit(1);
  return row ?? null;
}

export async function insertRecovery(
  tx: Tx,
  recovery: RecoveryScope & Pick<RecoveryRow, "id" | "subscriptionId" | "teamId" | "total" | "actor">,
): Promise<RecoveryRow> {
  const [row] = await tx
    .insert(recoveries)
    .values({ ...recovery, state: "queued" })
    .returning();
  if (row === undefined) throw new TypeError("an insert returns its row");
  return row;
}

export async function findRecovery(db: Db, id: string, teamId: TeamScope): Promise<RecoveryRow | null> {
  const [row] = await db
    .select()
    .from(recoveries)
    .where(and(eq(recoveries.id, id), teamId === undefined ? undefined : eq(recoveries.teamId, teamId)));
  return row ?? null;
}

/** Ends a recovery. What it has given to the workers is still sent. @returns false if it was over. */
export async function cancelRecovery(tx: Tx, id: string): Promise<boolean> {
  const ended = await tx
    .update(recoveries)
    .set({ state: "cancelled", finishedAt: sql`now()` })
    .where(and(eq(recoveries.id, id), isOpen))
    .returning({ id: recoveries.id });
  return ended.length > 0;
}

/** A page of the recoveries of a subscription, in the order in which they were asked for. */
export async function listRecoveries(db: Db, subscriptionId: string, page: OrderedPage): Promise<RecoveryRow[]> {
  return db
    .select()
    .from(recoveries)
    .where(and(eq(recoveries.subscriptionId, subscriptionId), isOnPage(recoveries.id, page)))
    .orderBy(ORDERS[page.order].sort(recoveries.id))
    .limit(page.limit);
}

/** What has become of the deliveries that a recovery has given to the workers. */
export interface RecoveryProgress {
  recoveryId: string;
  /** Not attempted yet. */
  waiting: number;
  succeeded: number;
  /** Attempted, and not delivered so far. */
  failed: number;
}

/** Recoveries that have given nothing to the workers are left out. */
export async function progressOf(db: Executor, recoveryIds: readonly string[]): Promise<RecoveryProgress[]> {
  if (recoveryIds.length === 0) return [];
  const isWaiting = sql`state in ('pending', 'in_flight') and trigger = 'bulk_replay'`;
  const result = await db.execute<Record<string, unknown> & RecoveryProgress>(sql`
    select recovery_id as "recoveryId",
      count(*) filter (where ${isWaiting})::int as waiting,
      count(*) filter (where state = 'delivered')::int as succeeded,
      count(*) filter (where state <> 'delivered' and not (${isWaiting}))::int as failed
    from ${deliveries} where ${isAnyOf(deliveries.recoveryId, recoveryIds, "uuid")} group by recovery_id`);
  return result.rows;
}
