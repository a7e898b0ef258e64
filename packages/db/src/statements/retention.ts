import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../connect.ts";

/** Tables that grow with what happens, and not with the number of Items. */
export type ExpiringTable =
  | "webhook_events"
  | "plaid_api_events"
  | "link_events"
  | "link_sessions"
  | "emails"
  | "deliveries"
  | "events"
  | "notices"
  | "notifications"
  | "idempotency_keys";

interface Expiry {
  /** The moment that a row's age is counted from. */
  at: SQL;
  /** True for rows of which nothing is owed and nothing is open. The row is `old`. */
  isDone: SQL;
}

const isOfOpenEpisode = (at: SQL): SQL => sql`exists (select from episodes
  where episodes.item_id = old.item_id and episodes.closed_at is null and episodes.opened_at <= ${at})`;

const EXPIRIES: Readonly<Record<ExpiringTable, Expiry>> = {
  webhook_events: {
    at: sql`old.received_at`,
    // One for an Item that nobody has registered in all that time is of no use: a registration asks Plaid anew. Others that
    // are parked wait for a person.
    isDone: sql`(old.processed_at is not null or old.parked_reason = 'unknown_item')
      and not ${isOfOpenEpisode(sql`old.received_at`)}`,
  },
  plaid_api_events: { at: sql`old.at`, isDone: sql`not ${isOfOpenEpisode(sql`old.at`)}` },
  link_events: {
    at: sql`old.received_at`,
    isDone: sql`not exists (select from link_sessions join episodes on episodes.id = link_sessions.episode_id
      where link_sessions.id = old.session_id and episodes.closed_at is null)`,
  },
  link_sessions: {
    at: sql`old.expires_at`,
    isDone: sql`old.link_token is null
      and not exists (select from link_events where link_events.session_id = old.id)
      and not exists (select from episodes where episodes.id = old.episode_id and episodes.closed_at is null)`,
  },
  emails: {
    at: sql`old.settled_at`,
    isDone: sql`old.state in ('sent', 'failed', 'unknown', 'cancelled')
      and not exists (select from episodes where episodes.id = old.episode_id and episodes.closed_at is null)`,
  },
  // With their attempts, however late the last of these was. What is held for a disabled endpoint has no end: its age is all
  // there is.
  deliveries: {
    at: sql`coalesce(old.settled_at, case when old.state = 'held' then old.created_at end)`,
    isDone: sql`old.state not in ('pending', 'in_flight') and not ${isOfOpenEpisode(sql`old.created_at`)}`,
  },
  events: {
    at: sql`old.created_at`,
    isDone: sql`not exists (select from deliveries where deliveries.event_id = old.id)
      and not ${isOfOpenEpisode(sql`old.created_at`)}`,
  },
  notices: { at: sql`old.settled_at`, isDone: sql`old.state in ('sent', 'failed', 'unknown')` },
  // With the Items in them: what is repaired after that is news.
  notifications: {
    at: sql`coalesce(old.sent_at, old.first_at)`,
    isDone: sql`old.state = 'idle' and old.due_at is null and not exists (select from deliveries
      where deliveries.notification_id = old.id and deliveries.state in ('pending', 'in_flight'))`,
  },
  idempotency_keys: { at: sql`old.created_at`, isDone: sql`true` },
};

/**
 * Looks at the next `limit` rows made before a moment, the oldest first, and deletes those that are as old and done. One
 * statement and so one short transaction. It goes along the primary key, which sorts by age, so it needs no other index.
 *
 * @param batch.after - the `lastId` of the batch before; `null` for the first.
 * @returns how many went, and the last row that was looked at; `null` when there are no more.
 */
export async function deleteExpiredBatch(
  db: Db,
  table: ExpiringTable,
  batch: { before: Date; after: string | null; limit: number },
): Promise<{ deleted: number; lastId: string | null }> {
  const { at, isDone } = EXPIRIES[table];
  const name = sql.identifier(table);
  const result = await db.execute<{ deleted: number; last_id: string | null }>(sql`
    with looked_at as materialized (
      select id from ${name}
      where id > ${batch.after ?? NIL_UUID}::uuid and id < ${firstIdAt(batch.before)}::uuid
      order by id limit ${batch.limit}),
    gone as (
      delete from ${name} old using looked_at
      where old.id = looked_at.id and ${at} < ${batch.before} and ${isDone} returning old.id)
    select (select count(*)::int from gone) as deleted,
      (select id from looked_at order by id desc limit 1) as last_id`);
  const [row] = result.rows;
  return { deleted: row?.deleted ?? 0, lastId: row?.last_id ?? null };
}

export const NIL_UUID = "00000000-0000-0000-0000-000000000000";

/** Not less than any UUIDv7 made before the moment: its first 48 bits are milliseconds since 1970 (RFC 9562, 5.7). */
export function firstIdAt(moment: Date): string {
  const time = moment.getTime().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}
