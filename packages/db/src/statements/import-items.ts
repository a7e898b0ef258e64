import { sql } from "drizzle-orm";
import type { Executor, Tx } from "../connect.ts";
import { items, users } from "../schema/index.ts";
import { array } from "./arrays.ts";
import type { ItemRow } from "./items.ts";

/** A user as a file of Items describes one. Null where the file says nothing: then what is known stays. */
export interface ImportedUser {
  id: string;
  externalId: string;
  email: string | null;
  name: string | null;
  locale: string | null;
  timeZone: string | null;
}

/** What a file of Items says about one of them, its token sealed for the row `id`. */
export type ImportedItem = Pick<
  ItemRow,
  "id" | "environment" | "plaidItemId" | "userId" | "institutionId" | "accessToken" | "registrationHash"
>;

/**
 * As `lockPlaidItemId`, for many at once.
 *
 * @param sortedPlaidItemIds - in the order of `toSorted()`, as everybody takes them who takes several, so that two cannot
 * wait for each other.
 */
export async function lockPlaidItemIds(tx: Tx, sortedPlaidItemIds: readonly string[]): Promise<void> {
  await tx.execute(sql`
    select pg_advisory_xact_lock(hashtextextended(id, 0)) from unnest(${array(sortedPlaidItemIds, "text")}) as new (id)`);
}

/** Plaid's ids of Items by the hashes that they were registered with, in hexadecimal. */
export async function findPlaidItemIdsByRegistration(
  db: Executor,
  registrationHashes: readonly Buffer[],
): Promise<Map<string, string>> {
  if (registrationHashes.length === 0) return new Map();
  const result = await db.execute<{ hash: string; plaidItemId: string }>(sql`
    select encode(registration_hash, 'hex') as hash, plaid_item_id as "plaidItemId" from ${items}
    where registration_hash = any(${array(registrationHashes, "bytea")})`);
  return new Map(result.rows.map((row) => [row.hash, row.plaidItemId]));
}

/**
 * Adds users and brings known ones up to date, each external id once. What is the same already is not written.
 *
 * @returns the id of each user by external id, and the external ids of those that are new or changed.
 */
export async function importUsers(
  tx: Tx,
  imported: readonly ImportedUser[],
): Promise<{ ids: Map<string, string>; changed: Set<string> }> {
  // In one order, so that two imports wait for each other instead of deadlocking.
  const sorted = imported.toSorted((a, b) => (a.externalId < b.externalId ? -1 : 1));
  const column = (pick: (user: ImportedUser) => unknown, type: "uuid" | "text") => array(sorted.map(pick), type);
  const changed = await tx.execute<{ externalId: string }>(sql`
    insert into ${users} as known (id, external_id, email, name, locale, time_zone)
    select * from unnest(${column((user) => user.id, "uuid")}, ${column((user) => user.externalId, "text")},
      ${column((user) => user.email, "text")}, ${column((user) => user.name, "text")},
      ${column((user) => user.locale, "text")}, ${column((user) => user.timeZone, "text")})
    on conflict (external_id) do update set
      email = coalesce(excluded.email, known.email), name = coalesce(excluded.name, known.name),
      locale = coalesce(excluded.locale, known.locale), time_zone = coalesce(excluded.time_zone, known.time_zone),
      updated_at = now()
    where (known.email, known.name, known.locale, known.time_zone) is distinct from
      (coalesce(excluded.email, known.email), coalesce(excluded.name, known.name),
      coalesce(excluded.locale, known.locale), coalesce(excluded.time_zone, known.time_zone))
    returning known.external_id as "externalId"`);
  const all = await tx.execute<{ id: string; externalId: string }>(sql`
    select id, external_id as "externalId" from ${users}
    where external_id = any(${column((user) => user.externalId, "text")})`);
  return {
    ids: new Map(all.rows.map((row) => [row.externalId, row.id])),
    changed: new Set(changed.rows.map((row) => row.externalId)),
  };
}

/**
 * Adds Items that are not known yet; their ids must be locked ({@link lockPlaidItemIds}). Nothing is due about them:
 * whoever was never asked about is first in the reconciliation sweep.
 */
export async function insertImportedItems(tx: Tx, imported: readonly ImportedItem[]): Promise<void> {
  if (imported.length === 0) return;
  await tx.execute(sql`
    insert into ${items}
      (id, environment, plaid_item_id, user_id, institution_id, access_token, registration_hash, status)
    select *, 'healthy' from unnest(${columns(imported)})`);
}

/** Gives known Items the owner, the token and the bank that a file says. They must be locked. */
export async function updateImportedItems(tx: Tx, imported: readonly ImportedItem[]): Promise<void> {
  if (imported.length === 0) return;
  await tx.execute(sql`
    update ${items} set user_id = new.user_id, access_token = new.access_token, updated_at = now(),
      institution_id = coalesce(new.institution_id, items.institution_id),
      registration_hash = coalesce(new.registration_hash, items.registration_hash)
    from unnest(${columns(imported)})
      as new (id, environment, plaid_item_id, user_id, institution_id, access_token, registration_hash)
    where ${items.id} = new.id`);
}

function columns(imported: readonly ImportedItem[]) {
  const column = (pick: (item: ImportedItem) => unknown, type: "uuid" | "text" | "bytea") =>
    array(imported.map(pick), type);
  return sql`${column((item) => item.id, "uuid")}, ${column((item) => item.environment, "text")},
    ${column((item) => item.plaidItemId, "text")}, ${column((item) => item.userId, "uuid")},
    ${column((item) => item.institutionId, "text")}, ${column((item) => item.accessToken, "bytea")},
    ${column((item) => item.registrationHash, "bytea")}`;
}
