import { and, eq, gt, inArray, isNull, or, type SQL, sql } from "drizzle-orm";
import type { Db, Tx } from "../connect.ts";
import { deliveries, deliveryAttempts, events, subscriptions, subscriptionSecrets } from "../schema/index.ts";
import { isAnyOf } from "./arrays.ts";
import { FIRST_ATTEMPT, isCalled, REPLAY, RETRY } from "./deliveries.ts";
import type { DeliveryRow } from "./delivery-log.ts";
import type { SubscriptionSecretRow } from "./subscriptions.ts";

/** A delivery that is in flight from now on, with all that is needed to send it. */
export interface ClaimedDelivery {
  id: string;
  subscriptionId: string;
  /** Of this attempt, from 1. */
  number: number;
  trigger: DeliveryRow["trigger"];
  actor: string | null;
  priority: number;
  dueAt: Date;
  createdAt: Date;
  /** By the database's clock. The lease began then. */
  claimedAt: Date;
  event: { id: string; type: string; body: string };
  url: string;
  /** Sealed; those that sign now, the newest first. */
  secrets: readonly Pick<SubscriptionSecretRow, "id" | "secret">[];
  /** Sealed; what the subscriber wants to be sent along. */
  headers: Pick<SubscriptionSecretRow, "id" | "secret"> | null;
}

/** Any number that nobody else locks by. */
const CLAIM_LOCK = 0x64_6c_76;

/**
 * Takes what is due for webhooks, the most urgent first. Of each subscription no more than it takes at a time and in a
 * second, counted over all workers: they claim one after the other.
 *
 * What waits for an endpoint that takes no more is not even read, so a million deliveries for a dead one slow nobody down. It
 * takes a millisecond for about a hundred subscriptions that something waits for.
 *
 * @param room.limit - how many at most.
 * @param room.laterLimit - how many of them at most that are not first attempts.
 * @param leaseMs - how long they are the claimer's alone.
 */
export async function claimDeliveries(
  db: Db,
  room: { limit: number; laterLimit: number },
  leaseMs: number,
): Promise<ClaimedDelivery[]> {
  const claimed = await db.transaction(async (tx) => {
    // The planner cannot know how little is read, and would compile the statement each time: that takes far longer than it.
    await tx.execute(sql`select pg_advisory_xact_lock(${CLAIM_LOCK}), set_config('jit', 'off', true)`);
    const ids = await pickDue(tx, room, leaseMs);
    return ids.length === 0 ? [] : markInFlight(tx, ids, leaseMs);
  });
  if (claimed.length === 0) return [];
  const [bodies, secrets] = await Promise.all([
    eventsOf(db, [...new Set(claimed.map(({ eventId }) => eventId))]),
    secretsOf(db, [...new Set(claimed.map(({ subscriptionId }) => subscriptionId))]),
  ]);
  return claimed.map(({ eventId, ...delivery }) => {
    const event = bodies.get(eventId);
    if (event === undefined) throw new TypeError("a delivery has an event");
    const own = secrets.filter(({ subscriptionId }) => subscriptionId === delivery.subscriptionId);
    return {
      ...delivery,
      event,
      url: delivery.url ?? "",
      secrets: own.filter(({ kind }) => kind !== "headers"),
      // Those of a URL that has just taken the place of this one are not meant for this one.
      headers: own.find(({ kind, url }) => kind === "headers" && url === delivery.url) ?? null,
    };
  });
}

/** What one look of a worker may take. */
interface Room {
  limit: number;
  laterLimit: number;
}

/** Picks of each subscription what it takes now, and of that the most urgent. What waits beyond that is not read. */
async function pickDue(tx: Tx, room: Room, leaseMs: number): Promise<string[]> {
  // Asked in an order and with a limit, it is one look into an index for each subscription; `exists` could become a reading
  // of all that waits for anybody.
  const hasPending = sql`(select true from ${deliveries} where ${deliveries.subscriptionId} = ${subscriptions.id}
    and ${deliveries.state} = 'pending' order by ${deliveries.priority}, ${deliveries.dueAt} limit 1)`;
  // By each priority, because only then the index ends at what is not due yet.
  const result = await tx.execute<{ id: string }>(sql`
    with called as materialized (
      select ${subscriptions.id} as id, ${freePlaces(leaseMs)} as free
      from ${subscriptions} where ${isCalled} and ${hasPending}),
    placed as (
      select next.*, called.free,
        row_number() over (partition by called.id order by next.priority, next.due_at) as place
      from called cross join ${PRIORITIES}
      cross join lateral (
        select ${deliveries.id} as id, ${deliveries.priority} as priority, ${deliveries.dueAt} as due_at
        from ${deliveries}
        where ${deliveries.subscriptionId} = called.id and ${deliveries.priority} = of.priority
          and ${deliveries.state} = 'pending' and ${deliveries.dueAt} <= now()
        order by ${deliveries.dueAt} limit greatest(called.free, 0)) as next)
    ${pickPlaced(room)}`);
  return result.rows.map(({ id }) => id);
}

const PRIORITIES = sql`(values (${FIRST_ATTEMPT}::smallint), (${RETRY}::smallint), (${REPLAY}::smallint)) as of (priority)`;

/** How many requests more a subscription may get now. Less than none if it was lowered since. */
function freePlaces(leaseMs: number): SQL {
  const inFlight = sql`select count(*) from ${deliveries} where ${deliveries.subscriptionId} = ${subscriptions.id}
    and ${deliveries.state} = 'in_flight'`;
  // What was claimed within the last second is in flight still, or in the log.
  const begunThisSecond = sql`(${inFlight}
      and ${deliveries.leaseUntil} > now() + ${leaseMs - 1_000} * interval '1 millisecond')
    + (select count(*) from ${deliveryAttempts} where ${deliveryAttempts.subscriptionId} = ${subscriptions.id}
      and ${deliveryAttempts.startedAt} > now() - interval '1 second')`;
  return sql`least(
    case when ${subscriptions.concurrency} = 1 then 1 else ${subscriptions.maxConcurrency} end - (${inFlight}),
    case when ${subscriptions.rateLimit} is not null then ${subscriptions.rateLimit} - (${begunThisSecond}) end)`;
}

/** What of `placed` there is room for: what a subscription takes, and of what is no first attempt its share. */
function pickPlaced({ limit, laterLimit }: Room): SQL {
  return sql`select id from (
      select id, priority, due_at,
        row_number() over (partition by priority > ${FIRST_ATTEMPT}::smallint order by priority, due_at) as rank
      from placed where place <= free) as ranked
    where priority = ${FIRST_ATTEMPT}::smallint or rank <= ${laterLimit}
    order by priority, due_at limit ${limit}`;
}

type Marked = Omit<ClaimedDelivery, "event" | "url" | "secrets" | "headers"> & { eventId: string; url: string | null };

/**
 * Passes over rows that somebody else is changing, they are due the next time too; and over subscriptions that are not sent
 * to since: a new URL may have to be verified first.
 */
async function markInFlight(tx: Tx, ids: readonly string[], leaseMs: number): Promise<Marked[]> {
  const free = tx
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(and(isAnyOf(deliveries.id, ids, "uuid"), eq(deliveries.state, "pending")))
    .for("update", { skipLocked: true });
  return tx
    .update(deliveries)
    .set({
      state: "in_flight",
      leaseUntil: sql`clock_timestamp() + ${leaseMs} * interval '1 millisecond'`,
      attempts: sql`${deliveries.attempts} + 1`,
    })
    .from(subscriptions)
    .where(and(inArray(deliveries.id, free), eq(subscriptions.id, deliveries.subscriptionId), isCalled))
    .returning({
      id: deliveries.id,
      eventId: deliveries.eventId,
      subscriptionId: deliveries.subscriptionId,
      number: deliveries.attempts,
      trigger: deliveries.trigger,
      actor: deliveries.actor,
      priority: deliveries.priority,
      dueAt: deliveries.dueAt,
      createdAt: deliveries.createdAt,
      url: subscriptions.url,
      claimedAt: sql<Date>`clock_timestamp()`.mapWith(deliveries.dueAt),
    });
}

async function eventsOf(db: Db, ids: readonly string[]): Promise<Map<string, ClaimedDelivery["event"]>> {
  const rows = await db
    .select({ id: events.id, type: events.type, body: events.body })
    .from(events)
    .where(isAnyOf(events.id, ids, "uuid"));
  return new Map(rows.map((row) => [row.id, row]));
}

/** What subscriptions sign with and send along, the newest first, with the URL that goes with it. */
async function secretsOf(db: Db, subscriptionIds: readonly string[]) {
  return db
    .select({
      id: subscriptionSecrets.id,
      subscriptionId: subscriptionSecrets.subscriptionId,
      kind: subscriptionSecrets.kind,
      secret: subscriptionSecrets.secret,
      url: subscriptions.url,
    })
    .from(subscriptionSecrets)
    .innerJoin(subscriptions, eq(subscriptions.id, subscriptionSecrets.subscriptionId))
    .where(
      and(
        isAnyOf(subscriptions.id, subscriptionIds, "uuid"),
        or(
          sql`${subscriptionSecrets.kind} = any(${subscriptions.signatureSchemes})`,
          eq(subscriptionSecrets.kind, "headers"),
        ),
        or(isNull(subscriptionSecrets.expiresAt), gt(subscriptionSecrets.expiresAt, sql`now()`)),
      ),
    )
    .orderBy(sql`${subscriptionSecrets.id} desc`);
}
