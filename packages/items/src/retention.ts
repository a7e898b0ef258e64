import { databaseNow, type Db, deleteExpiredBatch, type ExpiringTable } from "@relink/db";
import type { retentionSettings } from "@relink/service";

/** How long what has happened is kept, in days per table; 0 keeps it for good. */
export interface RetentionPolicy {
  webhookEventsDays: number;
  plaidApiEventsDays: number;
  /** Of Link's events, and of the sessions that they belong to. */
  linkEventsDays: number;
  emailsDays: number;
  /** Of deliveries, from their end, with their attempts; of messages to teams; and of notices to the owners of endpoints. */
  deliveriesDays: number;
  /** Of events, as long as none of their deliveries is kept for longer. */
  eventsDays: number;
}

export function toRetentionPolicy(settings: Readonly<Record<keyof typeof retentionSettings, number>>): RetentionPolicy {
  return {
    webhookEventsDays: settings.RETENTION_DAYS_WEBHOOK_EVENTS,
    plaidApiEventsDays: settings.RETENTION_DAYS_PLAID_API_EVENTS,
    linkEventsDays: settings.RETENTION_DAYS_LINK_EVENTS,
    emailsDays: settings.RETENTION_DAYS_EMAILS,
    deliveriesDays: settings.RETENTION_DAYS_DELIVERIES,
    eventsDays: settings.RETENTION_DAYS_EVENTS,
  };
}

/** How long the rows of each table are kept; events of Link before their sessions, deliveries before their events. */
const TABLES: readonly (readonly [ExpiringTable, (policy: RetentionPolicy) => number])[] = [
  ["webhook_events", ({ webhookEventsDays }) => webhookEventsDays],
  ["plaid_api_events", ({ plaidApiEventsDays }) => plaidApiEventsDays],
  ["link_events", ({ linkEventsDays }) => linkEventsDays],
  ["link_sessions", ({ linkEventsDays }) => linkEventsDays],
  ["emails", ({ emailsDays }) => emailsDays],
  ["deliveries", ({ deliveriesDays }) => deliveriesDays],
  ["notices", ({ deliveriesDays }) => deliveriesDays],
  ["notifications", ({ deliveriesDays }) => deliveriesDays],
  ["events", ({ eventsDays }) => eventsDays],
  // As long as the API promises to answer a repeated request as it did the first time.
  ["idempotency_keys", () => 1],
];

const DAY_MS = 24 * 60 * 60_000;
const BATCH_SIZE = 1_000;

/**
 * Deletes what is older than the policy keeps. What is owed, open, parked for a person to look at, or belongs to an open
 * episode stays, however old it is. Items, users, episodes and what reconciliation found are kept: they are few.
 *
 * Each batch is a transaction of its own, so nothing waits for it, and cutting it short loses nothing.
 *
 * @param options.signal - stops after the batch that is under way.
 * @returns how many rows went from each table.
 * @throws what the database throws; what was deleted before stays deleted.
 */
export async function deleteExpired(
  db: Db,
  policy: RetentionPolicy,
  options: { signal?: AbortSignal } = {},
): Promise<Record<ExpiringTable, number>> {
  const deleted = Object.fromEntries(TABLES.map(([table]) => [table, 0])) as Record<ExpiringTable, number>;
  const now = await databaseNow(db);
  for (const [table, daysOf] of TABLES) {
    const days = daysOf(policy);
    if (days === 0) continue;
    const before = new Date(now.getTime() - days * DAY_MS);
    let after: string | null = null;
    while (options.signal?.aborted !== true) {
      const batch: Awaited<ReturnType<typeof deleteExpiredBatch>> = await deleteExpiredBatch(db, table, {
        before,
        after,
        limit: BATCH_SIZE,
      });
      deleted[table] += batch.deleted;
      if (batch.lastId === null) break;
      after = batch.lastId;
    }
  }
  return deleted;
}
