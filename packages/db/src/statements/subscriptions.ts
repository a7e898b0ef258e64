import { and, asc, desc, eq, getTableColumns, gt, inArray, isNull, lt, lte, or, type SQL, sql } from "drizzle-orm";
import type { Db, Executor, Tx } from "../connect.ts";
import { subscriptions, subscriptionSecrets } from "../schema/index.ts";
import { isAnyOf } from "./arrays.ts";

export type SubscriptionRow = typeof subscriptions.$inferSelect;
export type NewSubscription = typeof subscriptions.$inferInsert;
export type SubscriptionSecretRow = typeof subscriptionSecrets.$inferSelect;
export type SubscriptionSecretKind = SubscriptionSecretRow["kind"];

/** Whose rows are meant: those of one team, or `undefined` for those of all. */
export type TeamScope = string | undefined;

const isOfTeam = (teamId: TeamScope): SQL | undefined =>
  teamId === undefined ? undefined : eq(subscriptions.teamId, teamId);

/** How many subscriptions a team has. */
export async function countSubscriptions(db: Executor, teamId: string): Promise<number> {
  return db.$count(subscriptions, and(eq(subscriptions.teamId, teamId), isNull(subscriptions.deletedAt)));
}

export async function insertSubscription(tx: Tx, subscription: NewSubscription): Promise<SubscriptionRow> {
  const [row] = await tx.insert(subscriptions).values(subscription).returning();
  if (row === undefined) throw new TypeError("an insert returns its row");
  return row;
}

/** One that is not deleted. */
export async function findSubscription(db: Executor, id: string, teamId: TeamScope): Promise<SubscriptionRow | null> {
  const [row] = await db
    .select()
    .from(subscriptions)
    .where(and(eq(subscriptions.id, id), isOfTeam(teamId), isNull(subscriptions.deletedAt)));
  return row ?? null;
}

/** As {@link findSubscription}, and locks it until the transaction ends: one change comes after the other. */
export async function lockSubscription(tx: Tx, id: string, teamId: TeamScope): Promise<SubscriptionRow | null> {
  const [row] = await tx
    .select()
    .from(subscriptions)
    .where(and(eq(subscriptions.id, id), isOfTeam(teamId), isNull(subscriptions.deletedAt)))
    .for("no key update");
  return row ?? null;
}

/** Locks those of a team that mail an address, until the transaction ends. */
export async function lockSubscriptionsTo(tx: Tx, teamId: string, address: string): Promise<SubscriptionRow[]> {
  return tx
    .select()
    .from(subscriptions)
    .where(
      and(
        isOfTeam(teamId),
        eq(subscriptions.kind, "email"),
        eq(sql`lower(${subscriptions.address})`, address.toLowerCase()),
        isNull(subscriptions.deletedAt),
      ),
    )
    .orderBy(asc(subscriptions.id))
    .for("no key update");
}

/**
 * A page of the subscriptions that are not deleted, newest first.
 *
 * @param page.before - the id that the last page ended with.
 */
export async function listSubscriptions(
  db: Db,
  filter: {
    teamId: TeamScope;
    kind?: SubscriptionRow["kind"] | undefined;
    status?: SubscriptionRow["status"] | undefined;
  },
  page: { limit: number; before?: string | undefined },
): Promise<SubscriptionRow[]> {
  return db
    .select()
    .from(subscriptions)
    .where(
      and(
        isNull(subscriptions.deletedAt),
        isOfTeam(filter.teamId),
        filter.kind === undefined ? undefined : eq(subscriptions.kind, filter.kind),
        filter.status === undefined ? undefined : eq(subscriptions.status, filter.status),
        page.before === undefined ? undefined : lt(subscriptions.id, page.before),
      ),
    )
    .orderBy(desc(subscriptions.id))
    .limit(page.limit);
}

/** Changes a locked subscription, and counts the change. */
export async function updateSubscription(
  tx: Tx,
  id: string,
  changes: Partial<Omit<NewSubscription, "id" | "teamId" | "kind" | "version">>,
): Promise<SubscriptionRow> {
  const [row] = await tx
    .update(subscriptions)
    .set({ ...changes, version: sql`${subscriptions.version} + 1`, updatedAt: sql`now()` })
    .where(eq(subscriptions.id, id))
    .returning();
  if (row === undefined) throw new TypeError("a locked row is there");
  return row;
}

/** Notes how a receiver answered. It is no change: the version stays. */
export async function noteVerification(
  db: Db,
  id: string,
  lastVerification: NonNullable<SubscriptionRow["lastVerification"]>,
): Promise<void> {
  await db.update(subscriptions).set({ lastVerification }).where(eq(subscriptions.id, id));
}

export async function insertSubscriptionSecrets(
  tx: Tx,
  secrets: readonly (typeof subscriptionSecrets.$inferInsert)[],
): Promise<void> {
  if (secrets.length > 0) await tx.insert(subscriptionSecrets).values([...secrets]);
}

const isValid = or(isNull(subscriptionSecrets.expiresAt), gt(subscriptionSecrets.expiresAt, sql`now()`));

/** The secrets of a subscription that are valid now, sealed, the newest first. */
export async function secretsOf(db: Executor, subscriptionId: string): Promise<SubscriptionSecretRow[]> {
  return db
    .select()
    .from(subscriptionSecrets)
    .where(and(eq(subscriptionSecrets.subscriptionId, subscriptionId), isValid))
    .orderBy(desc(subscriptionSecrets.id));
}

/** What is known about a secret besides itself. */
export type SecretListing = Omit<SubscriptionSecretRow, "secret">;

const { secret: _secret, ...secretListing } = getTableColumns(subscriptionSecrets);

/** The secrets of these subscriptions that are valid now, the newest first, without what is secret about them. */
export async function listSecretsOf(db: Executor, subscriptionIds: readonly string[]): Promise<SecretListing[]> {
  if (subscriptionIds.length === 0) return [];
  return db
    .select(secretListing)
    .from(subscriptionSecrets)
    .where(and(isAnyOf(subscriptionSecrets.subscriptionId, subscriptionIds, "uuid"), isValid))
    .orderBy(desc(subscriptionSecrets.id));
}

/**
 * A page of the public keys that are valid now, oldest first.
 *
 * @param page.after - the id that the last page ended with.
 */
export async function listPublicKeys(
  db: Db,
  teamId: TeamScope,
  page: { limit: number; after?: string | undefined },
): Promise<SecretListing[]> {
  return db
    .select(secretListing)
    .from(subscriptionSecrets)
    .innerJoin(subscriptions, eq(subscriptions.id, subscriptionSecrets.subscriptionId))
    .where(
      and(
        eq(subscriptionSecrets.kind, "v1a"),
        isValid,
        isNull(subscriptions.deletedAt),
        isOfTeam(teamId),
        page.after === undefined ? undefined : gt(subscriptionSecrets.id, page.after),
      ),
    )
    .orderBy(asc(subscriptionSecrets.id))
    .limit(page.limit);
}

/**
 * Lets the secrets of these kinds sign for that long at most: one that was to go earlier still does. What is over is
 * deleted, so with 0 they are gone.
 */
export async function retireSecrets(
  tx: Tx,
  subscriptionId: string,
  kinds: readonly SubscriptionSecretKind[],
  overlapSeconds: number,
): Promise<void> {
  const isMeant = and(
    eq(subscriptionSecrets.subscriptionId, subscriptionId),
    inArray(subscriptionSecrets.kind, [...kinds]),
  );
  await tx
    .update(subscriptionSecrets)
    // `least` leaves null out.
    .set({ expiresAt: sql`least(${subscriptionSecrets.expiresAt}, now() + ${overlapSeconds} * interval '1 second')` })
    .where(isMeant);
  // In the precision of the column, or what has just been set could lie ahead.
  await tx
    .delete(subscriptionSecrets)
    .where(and(isMeant, lte(subscriptionSecrets.expiresAt, sql`now()::timestamptz(3)`)));
}

/** Deletes all secrets of a subscription. */
export async function deleteSecrets(tx: Tx, subscriptionId: string): Promise<void> {
  await tx.delete(subscriptionSecrets).where(eq(subscriptionSecrets.subscriptionId, subscriptionId));
}
