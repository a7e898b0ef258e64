import type { EventType } from "@relink/core";
import { and, asc, eq, getTableColumns, gt, inArray, type SQL, sql } from "drizzle-orm";
import { alias, unionAll } from "drizzle-orm/pg-core";
import type { Db, Tx } from "../connect.ts";
import { deliveries, deliveryAttempts, events, subscriptions, teams } from "../schema/index.ts";
import { isAnyOf } from "./arrays.ts";
import type { DeliveryAttemptRow, DeliveryRow } from "./delivery-log.ts";
import type { SubscriptionRow } from "./subscriptions.ts";

/** The values of `priority`: the lower ones go first. */
export const FIRST_ATTEMPT = 0;
export const RETRY = 1;
export const REPLAY = 2;

/** True for webhooks that are sent to at the moment. */
export const isCalled = sql`${subscriptions.kind} = 'webhook' and ${subscriptions.status} in ('active', 'failing')
  and ${subscriptions.deletedAt} is null
  and (${subscriptions.throttledUntil} is null or ${subscriptions.throttledUntil} <= now())
  and exists (select from ${teams} where ${teams.id} = ${subscriptions.teamId} and ${teams.deletedAt} is null)`;

/** Locks subscriptions until the transaction ends, in one order everywhere. Deleted ones too. */
export async function lockSubscriptions(
  tx: Tx,
  ids: readonly string[],
): Promise<(SubscriptionRow & { isTeamDeleted: boolean })[]> {
  return tx
    .select({
      ...getTableColumns(subscriptions),
      isTeamDeleted: sql<boolean>`${teams.deletedAt} is not null`,
    })
    .from(subscriptions)
    .innerJoin(teams, eq(teams.id, subscriptions.teamId))
    .where(isAnyOf(subscriptions.id, ids, "uuid"))
    .orderBy(asc(subscriptions.id))
    .for("no key update", { of: subscriptions });
}

/** Locks deliveries until the transaction ends. To be called with their subscriptions locked. */
export async function lockDeliveries(tx: Tx, ids: readonly string[]): Promise<DeliveryRow[]> {
  return tx
    .select()
    .from(deliveries)
    .where(isAnyOf(deliveries.id, ids, "uuid"))
    .orderBy(asc(deliveries.id))
    .for("no key update");
}

/** How many attempts of each delivery ended with an error code. Those without one are left out. */
export async function countAttemptsWith(
  tx: Tx,
  deliveryIds: readonly string[],
  errorCode: string,
): Promise<Map<string, number>> {
  if (deliveryIds.length === 0) return new Map();
  const rows = await tx
    .select({ id: deliveryAttempts.deliveryId, count: sql<number>`count(*)::int` })
    .from(deliveryAttempts)
    .where(and(isAnyOf(deliveryAttempts.deliveryId, deliveryIds, "uuid"), eq(deliveryAttempts.errorCode, errorCode)))
    .groupBy(deliveryAttempts.deliveryId);
  return new Map(rows.map(({ id, count }) => [id, count]));
}

/**
 * Which types of newer events of the same Item each delivery's subscription gets too. Those without any are left out. The
 * order is that of the Item's own count: ids have the clock of whoever made them.
 */
export async function newerEventTypes(tx: Tx, deliveryIds: readonly string[]): Promise<Map<string, EventType[]>> {
  if (deliveryIds.length === 0) return new Map();
  const own = alias(events, "own");
  const newer = alias(deliveries, "newer");
  const rows = await tx
    .select({ id: deliveries.id, types: sql<EventType[]>`array_agg(distinct ${events.type})` })
    .from(deliveries)
    .innerJoin(own, eq(own.id, deliveries.eventId))
    .innerJoin(events, and(eq(events.itemId, own.itemId), gt(events.sequence, own.sequence)))
    .innerJoin(newer, and(eq(newer.eventId, events.id), eq(newer.subscriptionId, deliveries.subscriptionId)))
    .where(isAnyOf(deliveries.id, deliveryIds, "uuid"))
    .groupBy(deliveries.id);
  return new Map(rows.map(({ id, types }) => [id, types]));
}

/** Writes down attempts. One that is in the log already, because its lease ended, stays as it is there. */
export async function insertAttempts(tx: Tx, attempts: readonly DeliveryAttemptRow[]): Promise<void> {
  if (attempts.length === 0) return;
  // Names of columns, by which the table is declared.
  const fields = Object.keys(getTableColumns(deliveryAttempts)) as (keyof DeliveryAttemptRow)[];
  await tx.execute(sql`
    insert into ${deliveryAttempts}
    select * from json_populate_recordset(null::${deliveryAttempts}, ${asRecords(attempts, fields)}::json)
    on conflict (delivery_id, number) do nothing`);
}

/** What an attempt can change of its delivery. */
const SETTLED = [
  "id",
  "state",
  "priority",
  "dueAt",
  "attempts",
  "failures",
  "trigger",
  "resumeState",
  "resumeDueAt",
  "lastStatus",
  "lastErrorCode",
  "lastAttemptAt",
  "settledAt",
] as const satisfies readonly (keyof DeliveryRow)[];

/** What becomes of a delivery that was in flight. */
export type SettledDelivery = Pick<DeliveryRow, (typeof SETTLED)[number]>;

/** Stores what became of deliveries. To be called with them locked. */
export async function updateDeliveries(tx: Tx, settled: readonly SettledDelivery[]): Promise<void> {
  if (settled.length === 0) return;
  await tx.execute(sql`
    update ${deliveries} set state = new.state, priority = new.priority, due_at = new.due_at, attempts = new.attempts,
      failures = new.failures, trigger = new.trigger, resume_state = new.resume_state,
      resume_due_at = new.resume_due_at, last_status = new.last_status, last_error_code = new.last_error_code,
      last_attempt_at = new.last_attempt_at, settled_at = new.settled_at, lease_until = null
    from json_populate_recordset(null::${deliveries}, ${asRecords(settled, SETTLED)}::json) as new
    where ${deliveries.id} = new.id`);
}

/** Rows as JSON with the names of their columns, so that one parameter holds any number of them. */
function asRecords<Row extends object>(rows: readonly Row[], fields: readonly (keyof Row & string)[]): string {
  const columns = fields.map(
    (field) => [field, field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] as const,
  );
  return JSON.stringify(rows.map((row) => Object.fromEntries(columns.map(([field, column]) => [column, row[field]]))));
}

/** What an endpoint's attempts change of its subscription. */
export type EndpointChanges = Pick<
  SubscriptionRow,
  | "status"
  | "disabledReason"
  | "disabledAt"
  | "health"
  | "healthDueAt"
  | "throttledUntil"
  | "rateLimitedSince"
  | "concurrency"
>;

/** Stores how an endpoint is. A new status is a new version; failures that are counted are not. */
export async function updateEndpoint(
  tx: Tx,
  { id, status }: Pick<SubscriptionRow, "id" | "status">,
  changes: Partial<EndpointChanges>,
): Promise<void> {
  const isNews = changes.status !== undefined && changes.status !== status;
  await tx
    .update(subscriptions)
    .set({
      ...changes,
      ...(isNews && { version: sql`${subscriptions.version} + 1`, updatedAt: sql`now()` }),
    })
    .where(eq(subscriptions.id, id));
}

/** A delivery whose worker is gone. */
export type LostDelivery = Pick<
  DeliveryRow,
  "id" | "subscriptionId" | "attempts" | "trigger" | "actor" | "dueAt" | "eventType" | "createdAt"
> & { leaseUntil: Date };

/** Deliveries to webhooks that are in flight for longer than any worker takes: nobody knows whether they were sent. */
export async function listLostDeliveries(db: Db, limit: number): Promise<LostDelivery[]> {
  const rows = await db
    .select({
      id: deliveries.id,
      subscriptionId: deliveries.subscriptionId,
      attempts: deliveries.attempts,
      trigger: deliveries.trigger,
      actor: deliveries.actor,
      dueAt: deliveries.dueAt,
      eventType: deliveries.eventType,
      createdAt: deliveries.createdAt,
      leaseUntil: deliveries.leaseUntil,
    })
    .from(deliveries)
    .innerJoin(subscriptions, eq(subscriptions.id, deliveries.subscriptionId))
    .where(
      and(eq(deliveries.state, "in_flight"), sql`${deliveries.leaseUntil} < now()`, eq(subscriptions.kind, "webhook")),
    )
    .orderBy(asc(deliveries.leaseUntil))
    .limit(limit);
  return rows.flatMap(({ leaseUntil, ...row }) => (leaseUntil === null ? [] : [{ ...row, leaseUntil }]));
}

/**
 * Makes a locked delivery due at once because somebody asked for it. If it fails, it is again what it was before; if it
 * was waiting for its next attempt, it waits on.
 */
export async function resendDelivery(tx: Tx, id: string, actor: string): Promise<DeliveryRow> {
  const [row] = await tx
    .update(deliveries)
    .set({
      state: "pending",
      priority: FIRST_ATTEMPT,
      dueAt: sql`now()`,
      trigger: "manual",
      actor,
      settledAt: null,
      // Pressed twice, it is still what it was before the first time; but not if it was taken back in between.
      resumeState: sql`case when ${deliveries.state} = 'pending' then coalesce(${deliveries.resumeState}, 'pending')
        else ${deliveries.state} end`,
      resumeDueAt: sql`case when ${deliveries.state} = 'pending' then coalesce(${deliveries.resumeDueAt}, ${deliveries.dueAt})
        else ${deliveries.dueAt} end`,
    })
    .where(eq(deliveries.id, id))
    .returning();
  if (row === undefined) throw new TypeError("a locked row is there");
  return row;
}

/** Deliveries of a subscription that nothing is sent to any more, and what becomes of them. */
export interface StoppedDeliveries {
  subscriptionId: string;
  from: "pending" | "held";
  to: "held" | "cancelled";
}

/**
 * True for subscriptions that something waits for. Asked in an order and with a limit, it is one look into an index for each
 * of them; `exists` could become a reading of all that waits for anybody.
 */
const hasPending = sql`(select true from ${deliveries} where ${deliveries.subscriptionId} = ${subscriptions.id}
  and ${deliveries.state} = 'pending' order by ${deliveries.priority}, ${deliveries.dueAt} limit 1)`;

/** What still waits for subscriptions that are disabled, and what waits or is held for those that are gone with their team. */
export async function listStopped(db: Db): Promise<StoppedDeliveries[]> {
  const isGone = sql`(${subscriptions.deletedAt} is not null or ${teams.deletedAt} is not null)`;
  const hasHeld = sql`(select true from ${deliveries} where ${deliveries.subscriptionId} = ${subscriptions.id}
    and ${deliveries.state} = 'held' order by ${deliveries.id} limit 1)`;
  const stopped = (from: StoppedDeliveries["from"], to: SQL, isMeant: SQL) =>
    db
      .select({
        subscriptionId: subscriptions.id,
        from: sql<StoppedDeliveries["from"]>`${from}`.as("from"),
        to: sql<StoppedDeliveries["to"]>`${to}`.as("to"),
      })
      .from(subscriptions)
      .innerJoin(teams, eq(teams.id, subscriptions.teamId))
      .where(isMeant);
  return unionAll(
    stopped(
      "pending",
      sql`case when ${isGone} then 'cancelled' else 'held' end`,
      sql`(${isGone} or ${subscriptions.status} = 'disabled') and ${hasPending}`,
    ),
    stopped("held", sql`'cancelled'`, sql`${isGone} and ${hasHeld}`),
  );
}

/**
 * Takes what waits or is held for a locked subscription out of the way, as much as one short transaction does.
 *
 * @returns how many there were; less than `limit` if none is left.
 */
export async function stopDeliveries(
  tx: Tx,
  { subscriptionId, from, to }: StoppedDeliveries,
  limit: number,
): Promise<number> {
  const { state, priority, dueAt, id } = deliveries;
  const stopping = tx
    .select({ id })
    .from(deliveries)
    // The state stands in the query's text, and the order is that of an index: only then is that one used.
    .where(and(eq(deliveries.subscriptionId, subscriptionId), sql`${state} = ${sql.raw(`'${from}'`)}`))
    .orderBy(...(from === "pending" ? [asc(priority), asc(dueAt)] : [asc(id)]))
    .limit(limit)
    .for("update", { skipLocked: true });
  const stopped = await tx
    .update(deliveries)
    .set({ state: to, settledAt: to === "held" ? null : sql`now()` })
    .where(inArray(id, stopping))
    .returning({ id });
  return stopped.length;
}

/** Failing endpoints whose clock is to be looked at. */
export async function listDueHealth(db: Db): Promise<string[]> {
  const rows = await db
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(sql`${subscriptions.healthDueAt} <= now()`)
    .orderBy(asc(subscriptions.healthDueAt))
    .limit(1_000);
  return rows.map(({ id }) => id);
}
