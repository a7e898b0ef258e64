import { databaseNow, type Db, deleteExpiredBatch, type ExpiringTable } from "@relink/db";
import type { retentionSettings } from "@relink/service";

/** How long what has happened is kept, in days per table; 0 keeps it for good. */
export interface RetentionPolicy {
  webhookEventsDays: number;
  plaidApiEventsDays: number;
  /** Of Link's events, and of the sessions that they belong to. */
  linkEventsDays: number;
  emailsDays: number;
}

export function toRetentionPolicy(settings: Readonly<Record<keyof typeof retentionSettings, number>>): RetentionPolicy {
  return {
    webhookEventsDays: settings.RETENTION_DAYS_WEBHOOK_EVENTS,
    plaidApiEventsDays: settings.RETENTION_DAYS_PLAID_API_EVENTS,
    linkEventsDays: settings.RETENTION_DAYS_LINK_EVENTS,
    emailsDays: settings.RETENTION_DAYS_EMAILS,
  };
}

/** Which setting each table goes by; events before their sessions. */
const TABLES = [
  ["webhook_events", "webhookEventsDays"],
  ["plaid_api_events", "plaidApiEventsDays"],
  ["link_events", "linkEventsDays"],
  ["link_sessions", "linkEventsDays"],
  ["emails", "emailsDays"],
] as const satisfies readonly (readonly [ExpiringTable, keyof RetentionPolicy])[];

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
  const deleted = { webhook_events: 0, plaid_api_events: 0, link_events: 0, link_sessions: 0, emails: 0 };
  const now = await databaseNow(db);
  for (const [table, setting] of TABLES) {
    if (policy[setting] === 0) continue;
    const before = new Date(now.getTime() - policy[setting] * DAY_MS);
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
