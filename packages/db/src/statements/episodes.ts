import type { CloseReason, EpisodeMail } from "@relink/core";
import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Executor, Tx } from "../connect.ts";
import { emails, episodes } from "../schema/index.ts";
import { array, isAnyOf } from "./arrays.ts";

export type EpisodeRow = typeof episodes.$inferSelect;

/** An open episode, whether its user was written to, and how its mails stand: one is held back, one is owed, all are done, or there is none. */
export type OpenEpisodeRow = EpisodeRow & { mail: EpisodeMail; isTold: boolean };

/**
 * The open episodes of these Items. To be read after the Items were locked, in a statement of its own: a join in the
 * locking statement would show the episodes as they were before the wait.
 */
export async function openEpisodesOf(tx: Executor, itemIds: readonly string[]): Promise<OpenEpisodeRow[]> {
  if (itemIds.length === 0) return [];
  const has = (state: string) => sql`bool_or(${emails.state} = ${state})`;
  const mail = sql<EpisodeMail>`case when ${has("held")} then 'held' when ${has("owed")} then 'owed'
    when count(${emails.id}) > 0 then 'done' else 'none' end`;
  const rows = await tx
    .select({ episode: episodes, mail, isTold: sql<boolean>`count(${emails.transmittingAt}) > 0` })
    .from(episodes)
    .leftJoin(emails, eq(emails.episodeId, episodes.id))
    .where(and(isAnyOf(episodes.itemId, itemIds, "uuid"), isNull(episodes.closedAt)))
    .groupBy(episodes.id);
  return rows.map(({ episode, ...rest }) => ({ ...episode, ...rest }));
}

export async function findEpisode(db: Executor, id: string): Promise<EpisodeRow | null> {
  const [row] = await db.select().from(episodes).where(eq(episodes.id, id));
  return row ?? null;
}

export type NewEpisode = Pick<EpisodeRow, "id" | "itemId" | "cause" | "openedAt" | "errorType" | "errorCode">;

export async function insertEpisodes(tx: Tx, rows: readonly NewEpisode[]): Promise<void> {
  if (rows.length === 0) return;
  const column = (pick: (row: NewEpisode) => unknown, type: "uuid" | "text" | "timestamptz") =>
    array(rows.map(pick), type);
  await tx.execute(sql`
    insert into ${episodes} (id, item_id, cause, opened_at, error_type, error_code)
    select * from unnest(${column((row) => row.id, "uuid")}, ${column((row) => row.itemId, "uuid")},
      ${column((row) => row.cause, "text")}, ${column((row) => row.openedAt, "timestamptz")}, ${column((row) => row.errorType, "text")},
      ${column((row) => row.errorCode, "text")})`);
}

/** Notes when Plaid first confirmed the break. */
export async function confirmEpisode(tx: Tx, id: string, at: Date): Promise<void> {
  await tx.update(episodes).set({ confirmedAt: at }).where(eq(episodes.id, id));
}

/** Ends an episode, and with it every mail that has not gone out. Its links say "already fixed" from now on. */
export async function closeEpisode(tx: Tx, id: string, at: Date, reason: CloseReason): Promise<void> {
  await tx.update(episodes).set({ closedAt: at, closeReason: reason }).where(eq(episodes.id, id));
  await tx
    .update(emails)
    .set({ state: "cancelled", settledAt: sql`now()` })
    .where(and(eq(emails.episodeId, id), inArray(emails.state, ["owed", "held"])));
}
