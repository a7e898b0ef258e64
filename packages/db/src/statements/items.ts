import type { ItemStatusKind } from "@relink/core";
import { and, asc, desc, eq, getTableColumns, gt, inArray, lt, lte, sql } from "drizzle-orm";
import type { Db, Executor, Tx } from "../connect.ts";
import { items, users } from "../schema/index.ts";
import { array, isAnyOf } from "./arrays.ts";

export type ItemRow = typeof items.$inferSelect;

/** Locks the Items that Plaid knows by these ids, in the order of our own ids, so that two batches cannot deadlock. */
export async function lockItemsByPlaidId(tx: Tx, plaidItemIds: readonly string[]): Promise<ItemRow[]> {
  if (plaidItemIds.length === 0) return [];
  return tx
    .select()
    .from(items)
    .where(isAnyOf(items.plaidItemId, plaidItemIds, "text"))
    .orderBy(asc(items.id))
    .for("no key update");
}

/** Reads one Item and locks it until the transaction ends, so that what happens to it happens one after the other. */
export async function lockItem(tx: Tx, id: string): Promise<ItemRow | null> {
  const [row] = await tx.select().from(items).where(eq(items.id, id)).for("no key update");
  return row ?? null;
}

/** Our ids of the Items that Plaid knows by these, without locking them. */
export async function findItemIds(db: Executor, plaidItemIds: readonly string[]): Promise<Map<string, string>> {
  if (plaidItemIds.length === 0) return new Map();
  const rows = await db
    .select({ id: items.id, plaidItemId: items.plaidItemId })
    .from(items)
    .where(isAnyOf(items.plaidItemId, plaidItemIds, "text"));
  return new Map(rows.map((row) => [row.plaidItemId, row.id]));
}

export async function findItem(db: Executor, id: string): Promise<ItemRow | null> {
  const [row] = await db.select().from(items).where(eq(items.id, id));
  return row ?? null;
}

export async function findItemByPlaidId(db: Executor, plaidItemId: string): Promise<ItemRow | null> {
  const [row] = await db.select().from(items).where(eq(items.plaidItemId, plaidItemId));
  return row ?? null;
}

/** Lets one transaction at a time register an Item, also one that has no row yet. */
export async function lockPlaidItemId(tx: Tx, plaidItemId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${plaidItemId}, 0))`);
}

/** Finds the Item that was registered with a public token. */
export async function findItemByRegistration(db: Executor, registrationHash: Buffer): Promise<ItemRow | null> {
  const [row] = await db.select().from(items).where(eq(items.registrationHash, registrationHash));
  return row ?? null;
}

/** Notes what an answer of Plaid's says besides the status. */
export async function setItemFacts(
  tx: Tx,
  id: string,
  facts: Partial<
    Pick<
      ItemRow,
      | "institutionId"
      | "institutionName"
      | "products"
      | "webhookUrl"
      | "lastWebhookAt"
      | "displacedBy"
      | "mutedAt"
      | "told"
    >
  >,
): Promise<void> {
  await tx.update(items).set(facts).where(eq(items.id, id));
}

/** Notes that a webhook came at the URL where Plaid was told to send them. */
export async function acknowledgeWebhookUrl(tx: Tx, id: string, url: string | null, at: Date): Promise<void> {
  await tx
    .update(items)
    .set({ webhookAcknowledgedAt: at, ...(url !== null && { webhookUrl: url }) })
    .where(eq(items.id, id));
}

/** A newer Item of the same user at the same bank that works. */
export async function findRival(
  tx: Executor,
  item: Pick<ItemRow, "id" | "userId" | "institutionId">,
): Promise<string | null> {
  if (item.institutionId === null) return null;
  const [row] = await tx
    .select({ id: items.id })
    .from(items)
    .where(
      and(
        eq(items.userId, item.userId),
        eq(items.institutionId, item.institutionId),
        gt(items.id, item.id),
        inArray(items.status, ["healthy", "expiring"]),
      ),
    )
    .limit(1);
  return row?.id ?? null;
}

/**
 * Makes questions due about Items of which Plaid sent word that never came, unless somebody has asked since.
 *
 * @returns how many.
 */
export async function requestReconciliationOf(
  db: Db,
  missed: readonly { plaidItemId: string; sentAt: Date }[],
): Promise<number> {
  if (missed.length === 0) return 0;
  const column = (pick: (one: (typeof missed)[number]) => unknown, type: "text" | "timestamptz") =>
    array(missed.map(pick), type);
  const result = await db.execute(sql`
    update ${items} set confirm_due_at = now(), is_sweep = true
    from unnest(${column((one) => one.plaidItemId, "text")}, ${column((one) => one.sentAt, "timestamptz")})
      as missed (plaid_item_id, sent_at)
    where ${items}.plaid_item_id = missed.plaid_item_id and ${items}.status <> 'removed'
      and (${items}.asked_at is null or ${items}.asked_at < missed.sent_at)
      and (${items}.confirm_due_at is null or ${items}.confirm_due_at > now() + interval '1 day')`);
  return result.rowCount ?? 0;
}

/**
 * Makes questions due about the Items that were never asked about, and then about those not asked about for longest.
 * Items about which a question is due soon are left out.
 *
 * @param options.notSince - Items asked about after that are left alone.
 */
export async function requestReconciliation(db: Db, options: { notSince: Date; limit: number }): Promise<string[]> {
  const result = await db.execute<{ id: string }>(sql`
    update ${items} set confirm_due_at = now(), is_sweep = true
    where ${items.id} in (
      select id from ${items}
      where status <> 'removed' and (confirm_due_at is null or confirm_due_at > now() + interval '1 day')
        and (asked_at is null or asked_at < ${options.notSince})
      order by asked_at nulls first
      limit ${options.limit}
      for update skip locked)
    returning ${items.id}`);
  return result.rows.map((row) => row.id);
}

/** Adds an Item, with a question about it due at once, or gives one that is known its new access token and owner. */
export async function upsertItem(
  tx: Tx,
  item: Pick<ItemRow, "id" | "environment" | "plaidItemId" | "userId" | "accessToken" | "registrationHash">,
): Promise<ItemRow> {
  const { userId, accessToken, registrationHash } = item;
  const [row] = await tx
    .insert(items)
    .values({ ...item, status: "healthy", confirmDueAt: sql`now()` })
    .onConflictDoUpdate({
      target: items.plaidItemId,
      set: { userId, accessToken, ...(registrationHash !== null && { registrationHash }), updatedAt: sql`now()` },
    })
    .returning();
  if (row === undefined) throw new TypeError("an upsert returns its row");
  return row;
}

/** What a transition changes about an Item. */
export interface ItemChange {
  id: string;
  status: ItemStatusKind;
  errorType: string | null;
  errorCode: string | null;
  errorReason: string | null;
  pendingKind: ItemRow["pendingKind"];
  pendingReason: string | null;
  pendingAt: Date | null;
  pendingSince: Date | null;
  avertedAt: Date | null;
  consentExpiresAt: Date | null;
  renewedAt: Date | null;
  askedAt: Date | null;
  hintAt: Date | null;
  /** The question that is owed now, if any. */
  askDueAt: Date | null;
  /** True if an answer was applied: whatever was owed before is settled by it. */
  isAnswered: boolean;
}

/** Stores the new states of locked Items in one statement. An earlier due time wins unless an answer has settled it. */
export async function storeItemChanges(tx: Tx, changes: readonly ItemChange[]): Promise<void> {
  if (changes.length === 0) return;
  const column = (pick: (change: ItemChange) => unknown, type: "uuid" | "text" | "timestamptz" | "int") =>
    array(changes.map(pick), type);
  await tx.execute(sql`
    update ${items} set
      status_since = case when ${items.status} = new.status then status_since else now() end,
      status = new.status, error_type = new.error_type, error_code = new.error_code, error_reason = new.error_reason,
      pending_kind = new.pending_kind, pending_reason = new.pending_reason, pending_at = new.pending_at,
      pending_since = new.pending_since, averted_at = new.averted_at,
      consent_expires_at = new.consent_expires_at, renewed_at = new.renewed_at,
      asked_at = new.asked_at, hint_at = new.hint_at, updated_at = now(),
      confirm_due_at = case when new.answered = 1 then new.ask_due_at else least(confirm_due_at, new.ask_due_at) end,
      confirm_attempts = case when new.answered = 1 then 0 else confirm_attempts end,
      is_sweep = is_sweep and new.answered = 0 and new.ask_due_at is null
    from unnest(${column((change) => change.id, "uuid")}, ${column((change) => change.status, "text")},
      ${column((change) => change.errorType, "text")}, ${column((change) => change.errorCode, "text")},
      ${column((change) => change.errorReason, "text")}, ${column((change) => change.pendingKind, "text")},
      ${column((change) => change.pendingReason, "text")}, ${column((change) => change.pendingAt, "timestamptz")},
      ${column((change) => change.pendingSince, "timestamptz")}, ${column((change) => change.avertedAt, "timestamptz")},
      ${column((change) => change.consentExpiresAt, "timestamptz")}, ${column((change) => change.renewedAt, "timestamptz")},
      ${column((change) => change.askedAt, "timestamptz")}, ${column((change) => change.hintAt, "timestamptz")},
      ${column((change) => change.askDueAt, "timestamptz")}, ${column((change) => (change.isAnswered ? 1 : 0), "int")})
      as new (id, status, error_type, error_code, error_reason, pending_kind, pending_reason, pending_at, pending_since,
        averted_at, consent_expires_at, renewed_at, asked_at, hint_at, ask_due_at, answered)
    where ${items.id} = new.id`);
}

/**
 * Takes the question that is due for an Item, if one is. Nobody else asks it within the lease; if this process dies, it
 * is due again when the lease ends.
 *
 * @returns how often it was tried, this time included, and whether the reconciliation sweep asks; `null` if nothing is
 * due, or somebody else is asking.
 */
export async function claimConfirmation(
  db: Db,
  id: string,
  leaseMs: number,
): Promise<{ attempts: number; isSweep: boolean } | null> {
  const [claimed] = await db
    .update(items)
    .set({
      confirmDueAt: sql`now() + ${leaseMs} * interval '1 millisecond'`,
      confirmAttempts: sql`${items.confirmAttempts} + 1`,
    })
    .where(and(eq(items.id, id), lte(items.confirmDueAt, sql`now()`)))
    .returning({ attempts: items.confirmAttempts, isSweep: items.isSweep });
  return claimed ?? null;
}

/** Makes a question due at a later time, after a try that got no answer. A hint that came meanwhile may ask earlier. */
export async function postponeConfirmation(db: Db, id: string, delayMs: number): Promise<void> {
  await db
    .update(items)
    .set({ confirmDueAt: sql`now() + ${delayMs} * interval '1 millisecond'` })
    .where(eq(items.id, id));
}

/** Makes a question due at once unless one is. */
export async function requestConfirmation(db: Executor, id: string): Promise<void> {
  await db
    .update(items)
    .set({ confirmDueAt: sql`least(${items.confirmDueAt}, now())` })
    .where(eq(items.id, id));
}

/** Items whose question is overdue by `overdueMs`, the longest waiting first. */
export async function listOverdueConfirmations(
  db: Db,
  options: { overdueMs: number; limit: number },
): Promise<{ itemId: string; isUrgent: boolean }[]> {
  return db
    .select({ itemId: items.id, isUrgent: sql<boolean>`${items.status} not in ('healthy', 'expiring')` })
    .from(items)
    .where(lte(items.confirmDueAt, sql`now() - ${options.overdueMs} * interval '1 millisecond'`))
    .orderBy(asc(items.confirmDueAt))
    .limit(options.limit);
}

/** The database's clock, by which all questions and hints are compared. */
export async function databaseNow(db: Executor): Promise<Date> {
  const result = await db.execute<{ now: string }>(sql`select clock_timestamp()::timestamptz(3)::text as now`);
  return new Date(result.rows[0]?.now ?? Number.NaN);
}

export interface ItemFilter {
  status?: ItemStatusKind | undefined;
  institutionId?: string | undefined;
  userId?: string | undefined;
  userExternalId?: string | undefined;
}

/** An Item with its owner's external id, as the API shows it. Without the token. */
export type ItemListing = Omit<ItemRow, "accessToken"> & { userExternalId: string };

/**
 * A page of Items, newest first.
 *
 * @param page.before - the id that the last page ended with.
 */
export async function listItems(
  db: Db,
  filter: ItemFilter & { id?: string },
  page: { limit: number; before?: string | undefined },
): Promise<ItemListing[]> {
  const { accessToken: _secret, ...columns } = getTableColumns(items);
  return db
    .select({ ...columns, userExternalId: users.externalId })
    .from(items)
    .innerJoin(users, eq(users.id, items.userId))
    .where(
      and(
        filter.id === undefined ? undefined : eq(items.id, filter.id),
        filter.status === undefined ? undefined : eq(items.status, filter.status),
        filter.institutionId === undefined ? undefined : eq(items.institutionId, filter.institutionId),
        filter.userId === undefined ? undefined : eq(items.userId, filter.userId),
        filter.userExternalId === undefined ? undefined : eq(users.externalId, filter.userExternalId),
        page.before === undefined ? undefined : lt(items.id, page.before),
      ),
    )
    .orderBy(desc(items.id))
    .limit(page.limit);
}
