import { and, asc, desc, eq, gt, lt, lte, type SQL, sql } from "drizzle-orm";
import type { Db, Executor, Tx } from "../connect.ts";
import { notices, subscriptions, teams } from "../schema/index.ts";
import { databaseNow } from "./items.ts";
import type { SubscriptionRow } from "./subscriptions.ts";

export type NoticeRow = typeof notices.$inferSelect;

/** Owes the owner of an endpoint a mail. */
export async function oweNotice(
  tx: Tx,
  notice: Pick<NoticeRow, "subscriptionId" | "details"> & { kind: Exclude<NoticeRow["kind"], "confirm_address"> },
): Promise<void> {
  await tx.insert(notices).values({ ...notice, state: "owed" });
}

/** Owes an address the mail that asks whether it wants what a subscription would send. */
export async function oweConfirmation(
  tx: Tx,
  { subscriptionId, address }: { subscriptionId: string; address: string },
): Promise<void> {
  const details = { disableAt: null, disabledReason: null };
  await tx.insert(notices).values({ subscriptionId, address, kind: "confirm_address", details, state: "owed" });
}

/**
 * When an address was owed such mails within the last day, for whichever subscription, and when a team's subscriptions owed
 * them, to whomever, the newest first; and what time it is. Until the transaction ends nobody else counts those of this team
 * or of this address, so what is decided by their number holds.
 */
export async function lockConfirmations(
  tx: Tx,
  { teamId, address }: { teamId: string; address: string },
): Promise<{ now: Date; address: Date[]; team: Date[] }> {
  const lower = address.toLowerCase();
  for (const name of [`confirm for ${teamId}`, `confirm ${lower}`]) {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`);
  }
  const owedAt = async (whose: SQL): Promise<Date[]> => {
    const rows = await tx
      .select({ createdAt: notices.createdAt })
      .from(notices)
      .innerJoin(subscriptions, eq(subscriptions.id, notices.subscriptionId))
      .where(
        and(
          eq(notices.kind, "confirm_address"),
          gt(notices.createdAt, sql`clock_timestamp() - interval '1 day'`),
          whose,
        ),
      )
      .orderBy(desc(notices.createdAt));
    return rows.map(({ createdAt }) => createdAt);
  };
  return {
    address: await owedAt(eq(sql`lower(${notices.address})`, lower)),
    team: await owedAt(eq(subscriptions.teamId, teamId)),
    now: await databaseNow(tx),
  };
}

/** Owes a mail about deliveries that were given up, at most one in a day. To be called with the subscription locked. */
export async function oweExhaustedNotice(tx: Tx, subscriptionId: string): Promise<void> {
  const recent = await tx.$count(
    notices,
    and(
      eq(notices.subscriptionId, subscriptionId),
      eq(notices.kind, "exhausted"),
      sql`${notices.createdAt} > now() - interval '1 day'`,
    ),
  );
  if (recent > 0) return;
  await oweNotice(tx, { subscriptionId, kind: "exhausted", details: { disableAt: null, disabledReason: null } });
}

/** Notices that are due, the longest waiting first. */
export async function listDueNotices(db: Db, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: notices.id })
    .from(notices)
    .where(and(eq(notices.state, "owed"), lte(notices.dueAt, sql`now()`)))
    .orderBy(asc(notices.dueAt))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** A notice with what its mail says about the subscription. */
export interface ClaimedNotice {
  notice: NoticeRow;
  subscription: Pick<
    SubscriptionRow,
    | "id"
    | "teamId"
    | "kind"
    | "url"
    | "slackChannel"
    | "address"
    | "description"
    | "eventTypes"
    | "ownerContact"
    | "status"
    | "verifiedAt"
    | "deletedAt"
  >;
  teamName: string;
}

/**
 * Takes a notice that is due. Nobody else takes it within the lease; if this process dies before it transmits, it is due
 * again when the lease ends.
 */
export async function claimNotice(db: Db, id: string, leaseMs: number): Promise<ClaimedNotice | null> {
  const [notice] = await db
    .update(notices)
    .set({ dueAt: sql`now() + ${leaseMs} * interval '1 millisecond'`, attempts: sql`${notices.attempts} + 1` })
    .where(and(eq(notices.id, id), eq(notices.state, "owed"), lte(notices.dueAt, sql`now()`)))
    .returning();
  if (notice === undefined) return null;
  const [row] = await db
    .select({ subscription: subscriptions, teamName: teams.name })
    .from(subscriptions)
    .innerJoin(teams, eq(teams.id, subscriptions.teamId))
    .where(eq(subscriptions.id, notice.subscriptionId));
  if (row === undefined) throw new TypeError("a notice has a subscription, and that a team");
  return { notice, ...row };
}

/** Commits that the mail is about to go out. From here on it is never sent again unless the server refused it. */
export async function beginNotice(db: Db, id: string, messageId: string): Promise<boolean> {
  const started = await db
    .update(notices)
    .set({ state: "transmitting", transmittingAt: sql`now()`, messageId })
    .where(and(eq(notices.id, id), eq(notices.state, "owed")))
    .returning({ id: notices.id });
  return started.length === 1;
}

/** Makes a notice due later that was being transmitted, because it surely was not taken. */
export async function postponeNotice(db: Db, id: string, delayMs: number, problem: string): Promise<void> {
  await db
    .update(notices)
    .set({
      state: "owed",
      transmittingAt: null,
      dueAt: sql`now() + ${delayMs} * interval '1 millisecond'`,
      problem,
    })
    .where(and(eq(notices.id, id), eq(notices.state, "transmitting")));
}

/** @param from - where the caller has brought it. */
export async function settleNotice(
  db: Db,
  id: string,
  from: "owed" | "transmitting",
  state: "sent" | "failed" | "unknown",
  problem: string | null,
): Promise<void> {
  await db
    .update(notices)
    .set({ state, settledAt: sql`now()`, problem })
    .where(and(eq(notices.id, id), eq(notices.state, from)));
}

/** Transmissions that began longer ago than any can last: nobody knows whether they arrived. */
export async function settleLostNotices(db: Executor, olderThanMs: number): Promise<string[]> {
  const lost = await db
    .update(notices)
    .set({ state: "unknown", settledAt: sql`now()`, problem: "the process ended while it was sending" })
    .where(
      and(
        eq(notices.state, "transmitting"),
        lt(notices.transmittingAt, sql`now() - ${olderThanMs} * interval '1 millisecond'`),
      ),
    )
    .returning({ id: notices.id });
  return lost.map(({ id }) => id);
}
