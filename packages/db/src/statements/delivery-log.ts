import type { DeliveryErrorCode, EventType } from "@relink/core";
import {
  and,
  asc,
  type Column,
  desc,
  eq,
  getTableColumns,
  gt,
  gte,
  isNotNull,
  isNull,
  lt,
  lte,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import type { Db, Executor, Tx } from "../connect.ts";
import { deliveries, deliveryAttempts, events, subscriptions, webhookEvents } from "../schema/index.ts";
import { isAnyOf } from "./arrays.ts";
import type { EventRow } from "./events.ts";
import { firstIdAt, NIL_UUID } from "./retention.ts";
import type { SubscriptionRow, TeamScope } from "./subscriptions.ts";

export type DeliveryRow = typeof deliveries.$inferSelect;
export type DeliveryState = DeliveryRow["state"];
export type DeliveryAttemptRow = typeof deliveryAttempts.$inferSelect;

/** From `since` on, and before `until`. */
export interface Period {
  since?: Date | undefined;
  until?: Date | undefined;
}

const MAX_UUID = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/** How far the time in an id may lie from the one in its row: clocks differ, and transactions last. */
const ID_SLACK_MS = 5 * 60_000;

/** The ids that rows of a period can have: from the first on, and before the last. */
function idBounds({ since, until }: Period): { first: string; last: string } {
  return {
    first: since === undefined ? NIL_UUID : firstIdAt(new Date(since.getTime() - ID_SLACK_MS)),
    last: until === undefined ? MAX_UUID : firstIdAt(new Date(until.getTime() + ID_SLACK_MS)),
  };
}

/** The same for the rows of a page, which begins after the one before. One condition for each end: an index heeds no more. */
function idRange(period: Period, { order, from }: OrderedPage): { from: { is: SQL; id: SQL }; to: SQL } {
  const { first, last } = idBounds(period);
  return {
    from:
      order === "asc" && from !== undefined
        ? { is: sql`>`, id: sql`${from}::uuid` }
        : { is: sql`>=`, id: sql`${first}::uuid` },
    to: sql`${order === "desc" && from !== undefined ? from : last}::uuid`,
  };
}

function isAtWithin(at: Column, { since, until }: Period): SQL {
  const conditions = [
    ...(since === undefined ? [] : [sql`${at} >= ${since}`]),
    ...(until === undefined ? [] : [sql`${at} < ${until}`]),
  ];
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
}

/**
 * True for rows made within a period, by a column of theirs. What an index on the id understands comes first: without it,
 * a page of the last hour would be looked for in all rows there are.
 */
export function isMadeWithin(id: Column, at: Column, period: Period): SQL {
  const { first, last } = idBounds(period);
  return sql`${id} >= ${first}::uuid and ${id} < ${last}::uuid and ${isAtWithin(at, period)}`;
}

/** A page of a list in the order of time. */
export interface OrderedPage<Place = string> {
  limit: number;
  order: "asc" | "desc";
  /** The place that the last page ended with: an id, unless it is said otherwise. */
  from?: Place | undefined;
}

/** How rows are sorted, and which of them come after a place, in either order. */
export const ORDERS = { asc: { sort: asc, isAfter: gt }, desc: { sort: desc, isAfter: lt } } as const;

/** True for the rows that come after the page before, by their ids. */
export function isOnPage(id: Column, { order, from }: OrderedPage): SQL | undefined {
  return from === undefined ? undefined : ORDERS[order].isAfter(id, from);
}

export interface DeliveryFilter extends Period {
  teamId: TeamScope;
  subscriptionId?: string | undefined;
  eventId?: string | undefined;
  state?: DeliveryState | undefined;
  eventType?: EventType | undefined;
  /** Of the last attempt. */
  errorCode?: DeliveryErrorCode | undefined;
  /** Of the last answer; 0 where the last attempt had none. */
  statusClass?: number | undefined;
}

const isOfTeam = (teamId: TeamScope): SQL | undefined =>
  teamId === undefined
    ? undefined
    : sql`exists (select from ${subscriptions} where ${subscriptions.id} = ${deliveries.subscriptionId}
        and ${subscriptions.teamId} = ${teamId})`;

/**
 * True for deliveries in one of these states. The words stand in the query's text: only then is the index of what was not
 * delivered used.
 */
export function isInState(states: readonly string[]): SQL {
  const words = deliveries.state.enumValues.filter((state) => states.includes(state)).map((state) => `'${state}'`);
  return words.length === 0 ? sql`false` : sql`${deliveries.state} in (${sql.raw(words.join(", "))})`;
}

/** A page of deliveries. */
export async function listDeliveries(db: Db, filter: DeliveryFilter, page: OrderedPage): Promise<DeliveryRow[]> {
  const { teamId, subscriptionId, eventId, state, eventType, errorCode, statusClass } = filter;
  const isMeant = and(
    eventId === undefined ? undefined : eq(deliveries.eventId, eventId),
    state === undefined ? undefined : isInState([state]),
    eventType === undefined ? undefined : eq(deliveries.eventType, eventType),
    errorCode === undefined ? undefined : eq(deliveries.lastErrorCode, errorCode),
    hasStatusClass(deliveries.lastStatus, statusClass),
    // Before the first attempt there is no status either.
    statusClass === 0 ? gt(deliveries.attempts, 0) : undefined,
    isAtWithin(deliveries.createdAt, filter),
  );
  const { sort } = ORDERS[page.order];
  const { from, to } = idRange(filter, page);
  const isOfSubscription = subscriptionId === undefined ? undefined : eq(deliveries.subscriptionId, subscriptionId);
  if (eventId !== undefined || (teamId === undefined && subscriptionId === undefined)) {
    return db
      .select()
      .from(deliveries)
      .where(
        and(
          isMeant,
          sql`${deliveries.id} ${from.is} ${from.id} and ${deliveries.id} < ${to}`,
          isOfSubscription,
          isOfTeam(teamId),
        ),
      )
      .orderBy(sort(deliveries.id))
      .limit(page.limit);
  }
  // The first of each subscription, and of these the first. Compared and sorted as pairs, they can only come from the
  // index of each subscription: along the ids alone, whoever has few deliveries would wait for those of all others.
  const pair = sql`(${deliveries.subscriptionId}, ${deliveries.id})`;
  const firstOfEach = db
    .select()
    .from(deliveries)
    .where(
      and(
        sql`${pair} ${from.is} (${subscriptions.id}, ${from.id}) and ${pair} < (${subscriptions.id}, ${to})`,
        isMeant,
      ),
    )
    .orderBy(sort(deliveries.subscriptionId), sort(deliveries.id))
    .limit(page.limit)
    .as("first_of_each");
  const rows = await db
    .select({ delivery: firstOfEach._.selectedFields })
    .from(subscriptions)
    .crossJoinLateral(firstOfEach)
    .where(
      and(
        teamId === undefined ? undefined : eq(subscriptions.teamId, teamId),
        subscriptionId === undefined ? undefined : eq(subscriptions.id, subscriptionId),
      ),
    )
    .orderBy(sort(firstOfEach.id))
    .limit(page.limit);
  return rows.map((row) => row.delivery);
}

/** Of which kind subscriptions are, by their ids; those that are deleted too. */
export async function subscriptionKinds(
  db: Executor,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SubscriptionRow["kind"]>> {
  const rows = await db
    .select({ id: subscriptions.id, kind: subscriptions.kind })
    .from(subscriptions)
    .where(isAnyOf(subscriptions.id, ids, "uuid"));
  return new Map(rows.map(({ id, kind }) => [id, kind]));
}

export async function findDelivery(db: Executor, id: string, teamId: TeamScope): Promise<DeliveryRow | null> {
  const [row] = await db
    .select()
    .from(deliveries)
    .where(and(eq(deliveries.id, id), isOfTeam(teamId)));
  return row ?? null;
}

/** As {@link findDelivery}, and keeps workers from taking it until the transaction ends. */
export async function lockDelivery(tx: Tx, id: string, teamId: TeamScope): Promise<DeliveryRow | null> {
  const [row] = await tx
    .select()
    .from(deliveries)
    .where(and(eq(deliveries.id, id), isOfTeam(teamId)))
    .for("no key update");
  return row ?? null;
}

/** A delivery that is made because somebody asked for it. */
export async function insertRequestedDelivery(
  tx: Tx,
  delivery: Pick<DeliveryRow, "id" | "eventId" | "subscriptionId" | "eventType" | "trigger" | "actor">,
): Promise<DeliveryRow> {
  const [row] = await tx
    .insert(deliveries)
    .values({ ...delivery, state: "pending" })
    .returning();
  if (row === undefined) throw new TypeError("an insert returns its row");
  return row;
}

/** Takes a locked delivery back for good. */
export async function cancelDelivery(tx: Tx, id: string): Promise<DeliveryRow> {
  const [row] = await tx
    .update(deliveries)
    .set({ state: "cancelled", settledAt: sql`now()` })
    .where(eq(deliveries.id, id))
    .returning();
  if (row === undefined) throw new TypeError("a locked row is there");
  return row;
}

/** An attempt with what its log line shows of its delivery. */
export type AttemptListing = DeliveryAttemptRow & Pick<DeliveryRow, "eventId" | "eventType">;

const attemptListing = {
  ...getTableColumns(deliveryAttempts),
  eventId: deliveries.eventId,
  eventType: deliveries.eventType,
};

/** All attempts of a delivery, in their order. */
export async function attemptsOf(db: Executor, deliveryId: string): Promise<AttemptListing[]> {
  return db
    .select(attemptListing)
    .from(deliveryAttempts)
    .innerJoin(deliveries, eq(deliveries.id, deliveryAttempts.deliveryId))
    .where(eq(deliveryAttempts.deliveryId, deliveryId))
    .orderBy(asc(deliveryAttempts.number));
}

export interface AttemptFilter extends Period {
  subscriptionId: string;
  isOk?: boolean | undefined;
  /** 2 for 200 to 299, and so on; 0 where no answer came. */
  statusClass?: number | undefined;
  errorCode?: DeliveryErrorCode | undefined;
  eventType?: EventType | undefined;
}

/** A page of the attempts for a subscription, in the order in which they began. */
export async function listAttempts(
  db: Db,
  filter: AttemptFilter,
  page: OrderedPage<{ startedAt: Date; id: string }>,
): Promise<AttemptListing[]> {
  const { subscriptionId, isOk, statusClass, errorCode, eventType, since, until } = filter;
  const { id, startedAt, responseStatus } = deliveryAttempts;
  const { from } = page;
  const { sort, isAfter } = ORDERS[page.order];
  return db
    .select(attemptListing)
    .from(deliveryAttempts)
    .innerJoin(deliveries, eq(deliveries.id, deliveryAttempts.deliveryId))
    .where(
      and(
        eq(deliveryAttempts.subscriptionId, subscriptionId),
        isOk === undefined ? undefined : (isOk ? isNull : isNotNull)(deliveryAttempts.errorCode),
        hasStatusClass(responseStatus, statusClass),
        errorCode === undefined ? undefined : eq(deliveryAttempts.errorCode, errorCode),
        eventType === undefined ? undefined : eq(deliveries.eventType, eventType),
        since === undefined ? undefined : gte(startedAt, since),
        until === undefined ? undefined : lt(startedAt, until),
        // The first of the two is what the index understands.
        from === undefined ? undefined : (page.order === "asc" ? gte : lte)(startedAt, from.startedAt),
        from === undefined
          ? undefined
          : or(isAfter(startedAt, from.startedAt), and(eq(startedAt, from.startedAt), isAfter(id, from.id))),
      ),
    )
    .orderBy(sort(startedAt), sort(id))
    .limit(page.limit);
}

/** Whether a status is of a class: 2 for 200 to 299, and so on; 0 for none. All are of an undefined one. */
function hasStatusClass(status: Column, wanted: number | undefined): SQL | undefined {
  if (wanted === undefined) return undefined;
  if (wanted === 0) return isNull(status);
  return and(gte(status, wanted * 100), lt(status, (wanted + 1) * 100));
}

/** What the attempts of a time were like. */
export interface AttemptStats {
  attempts: number;
  succeeded: number;
  /** First attempts alone: retries of one bad event do not count many times. */
  firstAttempts: number;
  firstSucceeded: number;
  /** In milliseconds, of all attempts; null if there were none. */
  p50Ms: number | null;
  p95Ms: number | null;
}

const attemptStats = sql`count(*)::int as "attempts", count(*) filter (where error_code is null)::int as "succeeded",
  count(*) filter (where number = 1)::int as "firstAttempts",
  count(*) filter (where number = 1 and error_code is null)::int as "firstSucceeded",
  percentile_disc(0.5) within group (order by total_ms) as "p50Ms",
  percentile_disc(0.95) within group (order by total_ms) as "p95Ms"`;

/** The attempts of a subscription since a moment. */
export async function attemptStatsOf(db: Executor, subscriptionId: string, since: Date): Promise<AttemptStats> {
  const result = await db.execute<Record<string, unknown> & AttemptStats>(sql`
    select ${attemptStats} from ${deliveryAttempts}
    where ${deliveryAttempts.subscriptionId} = ${subscriptionId} and ${deliveryAttempts.startedAt} >= ${since}`);
  const [row] = result.rows;
  if (row === undefined) throw new TypeError("a count returns its row");
  return row;
}

/** The same by day of UTC, such as `2026-11-22`; days without attempts are missing. */
export async function attemptStatsByDay(
  db: Executor,
  subscriptionId: string,
  since: Date,
): Promise<(AttemptStats & { day: string })[]> {
  const day = sql`to_char(started_at at time zone 'UTC', 'YYYY-MM-DD')`;
  const result = await db.execute<Record<string, unknown> & AttemptStats & { day: string }>(sql`
    select ${day} as day, ${attemptStats} from ${deliveryAttempts}
    where ${deliveryAttempts.subscriptionId} = ${subscriptionId} and ${deliveryAttempts.startedAt} >= ${since}
    group by 1 order by 1`);
  return result.rows;
}

/** How many deliveries of a subscription wait, and how many are held; none is counted beyond the limit. */
export async function countOpenDeliveries(
  db: Executor,
  subscriptionId: string,
  limit: number,
): Promise<{ pending: number; held: number }> {
  const count = (state: DeliveryState): SQL => sql`(select count(*)::int from (
    select from ${deliveries} where ${deliveries.subscriptionId} = ${subscriptionId} and ${isInState([state])}
    limit ${limit}) counted)`;
  const result = await db.execute<{ pending: number; held: number }>(
    sql`select ${count("pending")} as pending, ${count("held")} as held`,
  );
  return result.rows[0] ?? { pending: 0, held: 0 };
}

const isVisibleTo = (teamId: TeamScope): SQL | undefined =>
  teamId === undefined ? undefined : or(isNull(events.teamId), eq(events.teamId, teamId));

export interface EventFilter extends Period {
  teamId: TeamScope;
  type?: EventType | undefined;
  itemId?: string | undefined;
  /** Of events with a delivery in this state, to one of the team's subscriptions. */
  deliveryState?: DeliveryState | undefined;
}

/** A page of events, in the order in which they were written down. */
export async function listEvents(db: Db, filter: EventFilter, page: OrderedPage): Promise<EventRow[]> {
  const { teamId, type, itemId, deliveryState } = filter;
  return db
    .select()
    .from(events)
    .where(
      and(
        isVisibleTo(teamId),
        type === undefined ? undefined : eq(events.type, type),
        itemId === undefined ? undefined : eq(events.itemId, itemId),
        deliveryState === undefined
          ? undefined
          : sql`exists (select from ${deliveries} where ${deliveries.eventId} = ${events.id}
              and ${isInState([deliveryState])} and ${isOfTeam(teamId) ?? sql`true`})`,
        isMadeWithin(events.id, events.createdAt, filter),
        isOnPage(events.id, page),
      ),
    )
    .orderBy(ORDERS[page.order].sort(events.id))
    .limit(page.limit);
}

export async function findEvent(db: Executor, id: string, teamId: TeamScope): Promise<EventRow | null> {
  const [row] = await db
    .select()
    .from(events)
    .where(and(eq(events.id, id), isVisibleTo(teamId)));
  return row ?? null;
}

const {
  body: _body,
  bodySha256: _hash,
  deliveryKey: _key,
  attempts: _attempts,
  handedOffAt: _at,
  ...webhookListing
} = getTableColumns(webhookEvents);

/** A provider's webhook without its body, which may hold what is nobody's business. */
export type WebhookListing = { [Column in keyof typeof webhookListing]: (typeof webhookEvents.$inferSelect)[Column] };

export interface WebhookFilter extends Period {
  itemId?: string | undefined;
  webhookType?: string | undefined;
  webhookCode?: string | undefined;
  /** Of webhooks that wait for a person, or of all others. */
  isParked?: boolean | undefined;
}

/** A page of the provider's webhooks that were verified, in the order in which they came. */
export async function listWebhookEvents(db: Db, filter: WebhookFilter, page: OrderedPage): Promise<WebhookListing[]> {
  const { itemId, webhookType, webhookCode, isParked } = filter;
  return db
    .select(webhookListing)
    .from(webhookEvents)
    .where(
      and(
        itemId === undefined ? undefined : eq(webhookEvents.itemId, itemId),
        webhookType === undefined ? undefined : eq(webhookEvents.webhookType, webhookType),
        webhookCode === undefined ? undefined : eq(webhookEvents.webhookCode, webhookCode),
        isParked === undefined ? undefined : (isParked ? isNotNull : isNull)(webhookEvents.parkedAt),
        isMadeWithin(webhookEvents.id, webhookEvents.receivedAt, filter),
        isOnPage(webhookEvents.id, page),
      ),
    )
    .orderBy(ORDERS[page.order].sort(webhookEvents.id))
    .limit(page.limit);
}
