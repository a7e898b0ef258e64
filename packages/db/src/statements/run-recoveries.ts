import { randomUUIDv7 } from "node:crypto";
import { and, asc, eq, gt, inArray, sql } from "drizzle-orm";
import type { Db, Executor, Tx } from "../connect.ts";
import { deliveries, events, recoveries } from "../schema/index.ts";
import { array } from "./arrays.ts";
import { REPLAY } from "./deliveries.ts";
import { isMissed, isToRecover, type RecoveryRow } from "./recoveries.ts";
import { NIL_UUID } from "./retention.ts";
import type { SubscriptionRow } from "./subscriptions.ts";

const isOpen = inArray(recoveries.state, ["queued", "running"]);

/** Recoveries that are not over, the oldest first. */
export async function listOpenRecoveries(db: Db): Promise<Pick<RecoveryRow, "id" | "subscriptionId">[]> {
  return db
    .select({ id: recoveries.id, subscriptionId: recoveries.subscriptionId })
    .from(recoveries)
    .where(isOpen)
    .orderBy(asc(recoveries.id));
}

/** How many deliveries the recoveries that are not over have given to the workers, and about how many are left. */
export async function recoveryProgress(db: Executor): Promise<{ done: number; left: number }> {
  const { processed, total } = recoveries;
  const [progress] = await db
    .select({
      done: sql<number>`coalesce(sum(${processed}), 0)::int`,
      left: sql<number>`coalesce(sum(greatest(${total} - ${processed}, 0)), 0)::int`,
    })
    .from(recoveries)
    .where(isOpen);
  return progress ?? { done: 0, left: 0 };
}

/** Locks a recovery that is not over; `null` if it is, or if another worker has it. To be called with its subscription locked. */
export async function lockRecovery(tx: Tx, id: string): Promise<RecoveryRow | null> {
  const [row] = await tx
    .select()
    .from(recoveries)
    .where(and(eq(recoveries.id, id), isOpen))
    .for("update", { skipLocked: true });
  return row ?? null;
}

/** The deliveries that were given to the workers, and how far that brings the recovery. */
export type Batch = Pick<RecoveryRow, "cursor" | "missedCursor"> & { count: number };

/**
 * Makes the next deliveries of a locked recovery due, one after the other: first those that are made again, in their order,
 * then those for events that were never meant for the subscription.
 *
 * @param pace.from - when the first is due; each of the others `everyMs` after the one before.
 * @returns a count of 0 if there are no more.
 */
export async function takeBatch(
  tx: Tx,
  recovery: RecoveryRow,
  subscription: SubscriptionRow,
  limit: number,
  pace: { from: Date; everyMs: number },
): Promise<Batch> {
  const { cursor, missedCursor } = recovery;
  if (missedCursor === null) {
    const again = await replayDeliveries(tx, recovery, limit, pace);
    if (again.length > 0) return { count: again.length, cursor: again.at(-1) ?? cursor, missedCursor };
  }
  if (!recovery.includesUnattempted) return { count: 0, cursor, missedCursor };
  const missed = await deliverMissed(tx, recovery, subscription, limit, pace);
  return { count: missed.length, cursor, missedCursor: missed.at(-1) ?? missedCursor ?? NIL_UUID };
}

const dueAt = ({ from, everyMs }: { from: Date; everyMs: number }) =>
  sql`${from}::timestamptz + (place - 1) * ${everyMs} * interval '1 millisecond'`;

async function replayDeliveries(
  tx: Tx,
  recovery: RecoveryRow,
  limit: number,
  pace: { from: Date; everyMs: number },
): Promise<string[]> {
  const rows = await tx
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(and(isToRecover(recovery.subscriptionId, recovery), gt(deliveries.id, recovery.cursor ?? NIL_UUID)))
    .orderBy(asc(deliveries.id))
    .limit(limit)
    .for("no key update");
  const ids = rows.map(({ id }) => id);
  await tx.execute(sql`
    update ${deliveries} set state = 'pending', priority = ${REPLAY}, trigger = 'bulk_replay', due_at = ${dueAt(pace)},
      actor = ${recovery.actor}, recovery_id = ${recovery.id}, failures = 0, settled_at = null, resume_state = null,
      resume_due_at = null
    from unnest(${array(ids, "uuid")}) with ordinality as taken (id, place) where ${deliveries.id} = taken.id`);
  return ids;
}

async function deliverMissed(
  tx: Tx,
  recovery: RecoveryRow,
  subscription: SubscriptionRow,
  limit: number,
  pace: { from: Date; everyMs: number },
): Promise<string[]> {
  const rows = await tx
    .select({ id: events.id, type: events.type, itemId: events.itemId })
    .from(events)
    .where(and(isMissed(subscription, recovery), gt(events.id, recovery.missedCursor ?? NIL_UUID)))
    .orderBy(asc(events.id))
    .limit(limit);
  const column = (pick: (row: (typeof rows)[number]) => unknown, type: "uuid" | "text") => array(rows.map(pick), type);
  await tx.execute(sql`
    insert into ${deliveries} (id, event_id, subscription_id, item_id, event_type, state, priority, trigger, due_at, actor,
      recovery_id)
    select id, event_id, ${recovery.subscriptionId}, item_id, event_type, 'pending', ${REPLAY}, 'bulk_replay',
      ${dueAt(pace)}, ${recovery.actor}, ${recovery.id}
    from unnest(${column(() => randomUUIDv7(), "uuid")}, ${column(({ id }) => id, "uuid")},
      ${column(({ itemId }) => itemId, "uuid")}, ${column(({ type }) => type, "text")})
      with ordinality as missed (id, event_id, item_id, event_type, place)
    on conflict (event_id, subscription_id) do nothing`);
  return rows.map(({ id }) => id);
}

/** True if the endpoint has as many replays waiting as it is given at once. */
export async function isReplayQueueFull(
  tx: Tx,
  subscriptionId: string,
  limit: number,
  withinMs: number,
): Promise<boolean> {
  const result = await tx.execute<{ count: number }>(sql`
    select count(*)::int as count from (select from ${deliveries}
      where ${deliveries.subscriptionId} = ${subscriptionId} and ${deliveries.priority} = ${REPLAY}
        and ${deliveries.state} = 'pending' and ${deliveries.dueAt} <= now() + ${withinMs} * interval '1 millisecond'
      limit ${limit}) as waiting`);
  return (result.rows[0]?.count ?? 0) >= limit;
}

/** True if a recovery has deliveries that were not attempted since it took them. */
export async function isReplaying(tx: Tx, { id, subscriptionId }: RecoveryRow): Promise<boolean> {
  const isOwn = sql`${deliveries.subscriptionId} = ${subscriptionId} and ${deliveries.recoveryId} = ${id}
    and ${deliveries.trigger} = 'bulk_replay'`;
  const result = await tx.execute<{ found: boolean }>(sql`
    select exists (select from ${deliveries} where ${isOwn} and ${deliveries.state} = 'pending'
        and ${deliveries.priority} = ${REPLAY})
      or exists (select from ${deliveries} where ${isOwn} and ${deliveries.state} = 'in_flight') as found`);
  return result.rows[0]?.found ?? false;
}

/** Stores how far a locked recovery has come. */
export async function advanceRecovery(
  tx: Tx,
  id: string,
  changes: Pick<RecoveryRow, "cursor" | "missedCursor" | "processed" | "nextBatchAt">,
): Promise<void> {
  await tx
    .update(recoveries)
    .set({ ...changes, state: "running", startedAt: sql`coalesce(${recoveries.startedAt}, now())` })
    .where(eq(recoveries.id, id));
}

/** Ends a locked recovery. `failed`: its endpoint takes nothing any more. */
export async function endRecovery(tx: Tx, id: string, state: "completed" | "failed"): Promise<void> {
  await tx
    .update(recoveries)
    .set({ state, finishedAt: sql`now()` })
    .where(eq(recoveries.id, id));
}
