import { and, asc, eq, isNotNull, isNull, sql } from "drizzle-orm";
import type { Db, Executor, Tx } from "../connect.ts";
import { webhookEvents } from "../schema/index.ts";
import { array, isAnyOf } from "./arrays.ts";

/** A webhook that still has to be processed. */
export interface OpenWebhookEvent {
  id: string;
  environment: "sandbox" | "production";
  body: Buffer;
  receivedAt: Date;
}

/**
 * Reads the webhooks among `ids` that nobody has processed or parked, oldest first, and locks them. One that another
 * transaction is working on is left out: whoever holds the lock finishes it.
 */
export async function lockOpenWebhookEvents(tx: Tx, ids: readonly string[]): Promise<OpenWebhookEvent[]> {
  return tx
    .select({
      id: webhookEvents.id,
      environment: webhookEvents.environment,
      body: webhookEvents.body,
      receivedAt: webhookEvents.receivedAt,
    })
    .from(webhookEvents)
    .where(
      and(isAnyOf(webhookEvents.id, ids, "uuid"), isNull(webhookEvents.processedAt), isNull(webhookEvents.parkedAt)),
    )
    .orderBy(asc(webhookEvents.receivedAt), asc(webhookEvents.id))
    .for("update", { skipLocked: true });
}

/** What was read out of a webhook's body, for the timeline. */
export interface WebhookLabels {
  webhookType: string | null;
  webhookCode: string | null;
  plaidItemId: string | null;
  errorCode: string | null;
}

export interface ProcessedWebhookEvent extends WebhookLabels {
  id: string;
  itemId: string | null;
  outcome: "applied" | "no_change" | "stored";
}

/** Marks webhooks as processed, in the transaction of their effects. */
export async function settleWebhookEvents(tx: Tx, events: readonly ProcessedWebhookEvent[]): Promise<void> {
  if (events.length === 0) return;
  const column = (pick: (event: ProcessedWebhookEvent) => unknown, type: "uuid" | "text") =>
    array(events.map(pick), type);
  await tx.execute(sql`
    update ${webhookEvents} set processed_at = clock_timestamp(), webhook_type = new.type, webhook_code = new.code,
      plaid_item_id = new.plaid_item_id, error_code = new.error_code, item_id = new.item_id, outcome = new.outcome
    from unnest(${column((event) => event.id, "uuid")}, ${column((event) => event.webhookType, "text")},
      ${column((event) => event.webhookCode, "text")}, ${column((event) => event.plaidItemId, "text")},
      ${column((event) => event.errorCode, "text")}, ${column((event) => event.itemId, "uuid")},
      ${column((event) => event.outcome, "text")}) as new (id, type, code, plaid_item_id, error_code, item_id, outcome)
    where ${webhookEvents.id} = new.id`);
}

export interface ParkedWebhookEvent extends WebhookLabels {
  id: string;
  reason: string;
}

/** Takes webhooks out of the way that cannot be processed, with the reason. They stay until somebody looks at them. */
export async function parkWebhookEvents(tx: Executor, events: readonly ParkedWebhookEvent[]): Promise<void> {
  if (events.length === 0) return;
  const column = (pick: (event: ParkedWebhookEvent) => unknown, type: "uuid" | "text") => array(events.map(pick), type);
  await tx.execute(sql`
    update ${webhookEvents} set parked_at = clock_timestamp(), parked_reason = new.reason, webhook_type = new.type,
      webhook_code = new.code, plaid_item_id = new.plaid_item_id, error_code = new.error_code
    from unnest(${column((event) => event.id, "uuid")}, ${column((event) => event.reason, "text")},
      ${column((event) => event.webhookType, "text")}, ${column((event) => event.webhookCode, "text")},
      ${column((event) => event.plaidItemId, "text")}, ${column((event) => event.errorCode, "text")})
      as new (id, reason, type, code, plaid_item_id, error_code)
    where ${webhookEvents.id} = new.id and ${webhookEvents.processedAt} is null`);
}

/** Counts a try that failed for a reason in the webhook itself, and returns how many there were. */
export async function countFailedAttempt(db: Executor, id: string): Promise<number> {
  const [row] = await db
    .update(webhookEvents)
    .set({ attempts: sql`${webhookEvents.attempts} + 1` })
    .where(eq(webhookEvents.id, id))
    .returning({ attempts: webhookEvents.attempts });
  return row?.attempts ?? 0;
}

/**
 * Finds webhooks that should have been processed by now, and notes that they are being handed off, so that no other
 * sweeper takes them within the lease. Rows that a worker holds at this moment are left out.
 *
 * @param options.overdueMs - age from which a webhook counts as forgotten.
 * @param options.leaseMs - how long one hand-off keeps others from repeating it.
 */
export async function claimOverdueWebhookEvents(
  db: Db,
  options: { overdueMs: number; leaseMs: number; limit: number },
): Promise<string[]> {
  const result = await db.execute<{ id: string }>(sql`
    update ${webhookEvents} set handed_off_at = now()
    where ${webhookEvents.id} in (
      select id from ${webhookEvents}
      where processed_at is null and parked_at is null
        and received_at < now() - ${options.overdueMs} * interval '1 millisecond'
        and (handed_off_at is null or handed_off_at < now() - ${options.leaseMs} * interval '1 millisecond')
      order by received_at, id
      limit ${options.limit}
      for update skip locked)
    returning ${webhookEvents.id}`);
  return result.rows.map((row) => row.id);
}

/** Which parked webhooks: these, or those that came before these Items of Plaid's were registered. */
export type ParkedWebhooks = { ids: readonly string[] } | { cameBefore: readonly string[] };

/** Gives parked webhooks back to the workers: the sweeper takes them from there. @returns how many they were. */
export async function unparkWebhookEvents(db: Executor, which: ParkedWebhooks): Promise<number> {
  const isMeant =
    "ids" in which
      ? isAnyOf(webhookEvents.id, which.ids, "uuid")
      : // The reason is no parameter, so that the plan is sure to use the index of these rows.
        and(
          isAnyOf(webhookEvents.plaidItemId, which.cameBefore, "text"),
          sql`${webhookEvents.parkedReason} = 'unknown_item'`,
        );
  const result = await db
    .update(webhookEvents)
    .set({ parkedAt: null, parkedReason: null, handedOffAt: null })
    .where(and(isMeant, isNotNull(webhookEvents.parkedAt), isNull(webhookEvents.processedAt)));
  return result.rowCount ?? 0;
}

/** How much waits and for how long, for the metrics. */
export async function webhookBacklog(db: Db): Promise<{ open: number; oldestSeconds: number; parked: number }> {
  const result = await db.execute<{ open: number; oldest: number; parked: number }>(sql`
    select (select count(*)::int from ${webhookEvents} where processed_at is null and parked_at is null) as open,
      (select coalesce(extract(epoch from now() - min(received_at)), 0)::float from ${webhookEvents}
        where processed_at is null and parked_at is null) as oldest,
      (select count(*)::int from ${webhookEvents} where parked_at is not null) as parked`);
  const row = result.rows[0];
  return { open: row?.open ?? 0, oldestSeconds: row?.oldest ?? 0, parked: row?.parked ?? 0 };
}
