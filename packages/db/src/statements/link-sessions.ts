import { and, count, desc, eq, gt, isNotNull, isNull, lt, ne, or, sql } from "drizzle-orm";
import type { Db, Executor } from "../connect.ts";
import { linkEvents, linkSessions } from "../schema/index.ts";

export type LinkSessionRow = typeof linkSessions.$inferSelect;

export async function insertLinkSession(db: Executor, session: typeof linkSessions.$inferInsert): Promise<void> {
  await db.insert(linkSessions).values(session);
}

/** The newest session of an episode whose link token can still be used, so that pressing twice makes one. */
export async function findFreshLinkSession(
  db: Executor,
  episodeId: string,
  minimumLifeMs: number,
): Promise<LinkSessionRow | null> {
  const [row] = await db
    .select()
    .from(linkSessions)
    .where(
      and(
        eq(linkSessions.episodeId, episodeId),
        isNotNull(linkSessions.linkToken),
        // A token that was closed without trying is as good as new; after a failed try or a success it is spent.
        or(isNull(linkSessions.outcome), eq(linkSessions.outcome, "closed_without_trying")),
        gt(linkSessions.expiresAt, sql`now() + ${minimumLifeMs} * interval '1 millisecond'`),
      ),
    )
    .orderBy(desc(linkSessions.createdAt))
    .limit(1);
  return row ?? null;
}

export async function findLinkSession(db: Executor, id: string): Promise<LinkSessionRow | null> {
  const [row] = await db.select().from(linkSessions).where(eq(linkSessions.id, id));
  return row ?? null;
}

/** The session that a LINK webhook speaks of, by the keyed hash of its link token. */
export async function findLinkSessionByToken(db: Executor, linkTokenHash: Buffer): Promise<LinkSessionRow | null> {
  const [row] = await db.select().from(linkSessions).where(eq(linkSessions.linkTokenHash, linkTokenHash));
  return row ?? null;
}

/** Notes how Plaid names a session. */
export async function nameLinkSession(db: Executor, id: string, linkSessionId: string): Promise<void> {
  await db
    .update(linkSessions)
    .set({ linkSessionId })
    .where(and(eq(linkSessions.id, id), isNull(linkSessions.linkSessionId)));
}

/** How many link tokens were made for an episode since a time ago. */
export async function countLinkSessions(db: Executor, episodeId: string, withinMs: number): Promise<number> {
  const [row] = await db
    .select({ sessions: count() })
    .from(linkSessions)
    .where(
      and(
        eq(linkSessions.episodeId, episodeId),
        gt(linkSessions.createdAt, sql`now() - ${withinMs} * interval '1 millisecond'`),
      ),
    );
  return row?.sessions ?? 0;
}

/**
 * Notes how a session ended. A success stays one, whatever the browser says afterwards.
 *
 * @returns true if that was not known before.
 */
export async function finishLinkSession(
  db: Executor,
  id: string,
  outcome: NonNullable<LinkSessionRow["outcome"]>,
): Promise<boolean> {
  const result = await db
    .update(linkSessions)
    .set({ outcome, finishedAt: sql`now()` })
    .where(
      and(
        eq(linkSessions.id, id),
        or(isNull(linkSessions.outcome), and(ne(linkSessions.outcome, "success"), ne(linkSessions.outcome, outcome))),
      ),
    );
  return (result.rowCount ?? 0) > 0;
}

/** Forgets link tokens that have expired. */
export async function forgetExpiredLinkTokens(db: Db): Promise<number> {
  const result = await db
    .update(linkSessions)
    .set({ linkToken: null })
    .where(and(isNotNull(linkSessions.linkToken), lt(linkSessions.expiresAt, sql`now()`)));
  return result.rowCount ?? 0;
}

/** Stores callbacks of one session; one that came before is left out. */
export async function insertLinkEvents(
  db: Executor,
  events: readonly (typeof linkEvents.$inferInsert)[],
): Promise<void> {
  if (events.length > 0)
    await db
      .insert(linkEvents)
      .values([...events])
      .onConflictDoNothing();
}

export async function countLinkEvents(db: Executor, sessionId: string): Promise<number> {
  const [row] = await db.select({ events: count() }).from(linkEvents).where(eq(linkEvents.sessionId, sessionId));
  return row?.events ?? 0;
}
