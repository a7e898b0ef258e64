import { and, asc, desc, eq, inArray, isNull, lt, sql } from "drizzle-orm";
import type { Db, Executor, Tx } from "../connect.ts";
import { sqlState } from "../database-errors.ts";
import { recoveries, subscriptions, teams } from "../schema/index.ts";
import { deleteSecrets } from "./subscriptions.ts";

export type TeamRow = typeof teams.$inferSelect;

/** Adds a team. @returns null if another one has the name. */
export async function insertTeam(tx: Tx, name: string): Promise<TeamRow | null> {
  const [row] = await tx.insert(teams).values({ name }).onConflictDoNothing().returning();
  return row ?? null;
}

/** A team that is not deleted. */
export async function findTeam(db: Executor, id: string): Promise<TeamRow | null> {
  const [row] = await db
    .select()
    .from(teams)
    .where(and(eq(teams.id, id), isNull(teams.deletedAt)));
  return row ?? null;
}

/** As {@link findTeam}, and locks it until the transaction ends: one change comes after the other, and what is counted of it holds. */
export async function lockTeam(tx: Tx, id: string): Promise<TeamRow | null> {
  const [row] = await tx
    .select()
    .from(teams)
    .where(and(eq(teams.id, id), isNull(teams.deletedAt)))
    .for("no key update");
  return row ?? null;
}

/** A page of the teams that are not deleted, newest first. */
export async function listTeams(db: Db, page: { limit: number; before?: string | undefined }): Promise<TeamRow[]> {
  return db
    .select()
    .from(teams)
    .where(and(isNull(teams.deletedAt), page.before === undefined ? undefined : lt(teams.id, page.before)))
    .orderBy(desc(teams.id))
    .limit(page.limit);
}

const UNIQUE_VIOLATION = "23505";

/** Renames a locked team, and counts the change. @returns null if another one has the name: nothing more can be done in the
 *  transaction then. */
export async function renameTeam(tx: Tx, id: string, name: string): Promise<TeamRow | null> {
  try {
    const [row] = await tx
      .update(teams)
      .set({ name, version: sql`${teams.version} + 1` })
      .where(eq(teams.id, id))
      .returning();
    return row ?? null;
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) return null;
    throw error;
  }
}

/**
 * Deletes a locked team: its keys open nothing from then on ({@link findLiveApiKey}), its subscriptions are deleted too,
 * and nothing more is sent to them. The rows stay for the logs, but for the secrets. What was still to be sent can be a
 * million rows: workers cancel it, a little at a time ({@link listStopped}).
 */
export async function deleteTeam(tx: Tx, id: string): Promise<void> {
  const isOfTeam = and(eq(subscriptions.teamId, id), isNull(subscriptions.deletedAt));
  const theirs = await tx
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(isOfTeam)
    .orderBy(asc(subscriptions.id))
    .for("no key update");
  await tx
    .update(subscriptions)
    .set({ deletedAt: sql`now()`, version: sql`${subscriptions.version} + 1`, updatedAt: sql`now()` })
    .where(isOfTeam);
  for (const subscription of theirs) await deleteSecrets(tx, subscription.id);
  await tx
    .update(recoveries)
    .set({ state: "cancelled", finishedAt: sql`now()` })
    .where(and(eq(recoveries.teamId, id), inArray(recoveries.state, ["queued", "running"])));
  await tx
    .update(teams)
    .set({ deletedAt: sql`now()` })
    .where(eq(teams.id, id));
}
