import { GOOD_NEWS_STEP, REQUESTED_STEP } from "@relink/core";
import { and, asc, count, eq, gt, gte, lt, lte, min, sql } from "drizzle-orm";
import type { Db, Executor, Tx } from "../connect.ts";
import { emails, items } from "../schema/index.ts";

export type EmailRow = typeof emails.$inferSelect;

/**
 * Owes the mail of one step of an episode. One that is held back is released; one that was sent, or is owed already,
 * stays as it is: there is at most one per step.
 *
 * @returns the id of a mail that is owed by this call, or null.
 */
export async function oweEmail(
  tx: Tx,
  email: { episodeId: string; itemId: string; userId: string; step: number; dueAt: Date },
): Promise<string | null> {
  const [row] = await tx
    .insert(emails)
    .values({ ...email, state: "owed" })
    .onConflictDoUpdate({
      target: [emails.episodeId, emails.step],
      set: { state: "owed", dueAt: email.dueAt },
      setWhere: eq(emails.state, "held"),
    })
    .returning({ id: emails.id });
  return row?.id ?? null;
}

/** Lets go what was held back, at once or when it is due. */
export async function releaseEmails(tx: Tx, episodeId: string, at: Date): Promise<{ id: string; dueAt: Date }[]> {
  return tx
    .update(emails)
    .set({ state: "owed", dueAt: sql`greatest(${emails.dueAt}, ${at})` })
    .where(and(eq(emails.episodeId, episodeId), eq(emails.state, "held")))
    .returning({ id: emails.id, dueAt: emails.dueAt });
}

/** When the first mail of an episode went out. */
export async function firstTransmission(tx: Executor, episodeId: string): Promise<Date | null> {
  const [row] = await tx
    .select({ at: min(emails.transmittingAt) })
    .from(emails)
    .where(eq(emails.episodeId, episodeId));
  return row?.at ?? null;
}

/** How many mails a user was sent since a time ago. */
export async function countTransmissions(tx: Executor, userId: string, withinMs: number): Promise<number> {
  const [row] = await tx
    .select({ mails: count() })
    .from(emails)
    .where(
      and(eq(emails.userId, userId), gt(emails.transmittingAt, sql`now() - ${withinMs} * interval '1 millisecond'`)),
    );
  return row?.mails ?? 0;
}

/** The mails of an episode that its user asked for, oldest first. */
export async function requestedMailsOf(tx: Executor, episodeId: string): Promise<{ createdAt: Date }[]> {
  return tx
    .select({ createdAt: emails.createdAt })
    .from(emails)
    .where(and(eq(emails.episodeId, episodeId), gte(emails.step, REQUESTED_STEP)))
    .orderBy(asc(emails.step));
}

/** Holds back what is owed for an episode, until the user can do something again. */
export async function holdEmails(tx: Tx, episodeId: string): Promise<void> {
  await tx
    .update(emails)
    .set({ state: "held" })
    .where(and(eq(emails.episodeId, episodeId), eq(emails.state, "owed")));
}

/**
 * Takes a mail that is due. Nobody else takes it within the lease; if this process dies before it transmits, the mail
 * is due again when the lease ends.
 */
export async function claimEmail(db: Db, id: string, leaseMs: number): Promise<EmailRow | null> {
  const [row] = await db
    .update(emails)
    .set({ dueAt: sql`now() + ${leaseMs} * interval '1 millisecond'`, attempts: sql`${emails.attempts} + 1` })
    .where(and(eq(emails.id, id), eq(emails.state, "owed"), lte(emails.dueAt, sql`now()`)))
    .returning();
  return row ?? null;
}

/**
 * Makes a mail due at a later time, because it could not be sent now and surely was not.
 *
 * @param from - where the caller has brought it: `transmitting` only if it was the caller who began the transmission.
 * Whoever only prepared the mail must not make it owed again while somebody else transmits it.
 */
export async function postponeEmail(
  db: Db,
  id: string,
  from: "owed" | "transmitting",
  delayMs: number,
  problem: string,
): Promise<void> {
  await db
    .update(emails)
    .set({
      state: "owed",
      transmittingAt: null,
      dueAt: sql`now() + ${delayMs} * interval '1 millisecond'`,
      problem,
    })
    .where(and(eq(emails.id, id), eq(emails.state, from)));
}

/**
 * Commits that the message is about to go out. From here on the mail is never sent again unless the server refused it.
 *
 * @returns when that is, by the database's clock; `null` if it is not owed any more.
 */
export async function beginTransmission(tx: Tx, id: string, template: string, messageId: string): Promise<Date | null> {
  const [started] = await tx
    .update(emails)
    .set({ state: "transmitting", transmittingAt: sql`now()`, template, messageId })
    .where(and(eq(emails.id, id), eq(emails.state, "owed")))
    .returning({ transmittingAt: emails.transmittingAt });
  return started?.transmittingAt ?? null;
}

export async function settleEmail(
  db: Executor,
  id: string,
  state: "sent" | "failed" | "unknown",
  problem: string | null,
): Promise<void> {
  await db
    .update(emails)
    .set({ state, settledAt: sql`now()`, problem })
    .where(and(eq(emails.id, id), eq(emails.state, "transmitting")));
}

/** Gives a mail up before it went out: it cannot be written to this user. */
export async function refuseEmail(db: Executor, id: string, problem: string): Promise<void> {
  await db
    .update(emails)
    .set({ state: "failed", settledAt: sql`now()`, problem })
    .where(and(eq(emails.id, id), eq(emails.state, "owed")));
}

/** Drops a mail whose reason has gone. */
export async function cancelEmail(tx: Tx, id: string): Promise<void> {
  await tx
    .update(emails)
    .set({ state: "cancelled", settledAt: sql`now()` })
    .where(and(eq(emails.id, id), eq(emails.state, "owed")));
}

/** Transmissions that began longer ago than any can last: their process died, and nobody knows whether they arrived. */
export async function settleLostTransmissions(db: Executor, olderThanMs: number): Promise<EmailRow[]> {
  const lost = await db
    .update(emails)
    .set({ state: "unknown", settledAt: sql`now()`, problem: "the process ended while it was sending" })
    .where(
      and(
        eq(emails.state, "transmitting"),
        lt(emails.transmittingAt, sql`now() - ${olderThanMs} * interval '1 millisecond'`),
      ),
    )
    .returning();
  return lost;
}

/** Mails that are overdue by `overdueMs`, the longest waiting first. */
export async function listOverdueEmails(
  db: Db,
  options: { overdueMs: number; limit: number },
): Promise<{ emailId: string; isUrgent: boolean }[]> {
  return db
    .select({
      emailId: emails.id,
      isUrgent: sql<boolean>`${items.status} not in ('healthy', 'expiring') and ${emails.step} = 0
        or ${emails.step} >= ${GOOD_NEWS_STEP}`,
    })
    .from(emails)
    .innerJoin(items, eq(items.id, emails.itemId))
    .where(
      and(eq(emails.state, "owed"), lte(emails.dueAt, sql`now() - ${options.overdueMs} * interval '1 millisecond'`)),
    )
    .orderBy(asc(emails.dueAt))
    .limit(options.limit);
}
