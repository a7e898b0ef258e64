import { eq, sql } from "drizzle-orm";
import type { Db, Executor } from "../connect.ts";
import { idempotencyKeys, items, linkSessions, subscriptionSecrets } from "../schema/index.ts";
import { type SealedPlace, sealedPrefix } from "../sealed.ts";
import { array } from "./arrays.ts";

/** The columns that hold sealed values, by the name that is authenticated with them. */
export const SEALED_COLUMNS = [
  "items.access_token",
  "link_sessions.link_token",
  "subscription_secrets.secret",
  "idempotency_keys.body",
] as const satisfies SealedPlace["column"][];

export type SealedColumn = (typeof SEALED_COLUMNS)[number];

const COLUMNS = {
  "items.access_token": { table: items, id: items.id, sealed: items.accessToken, name: sql.identifier("access_token") },
  "link_sessions.link_token": {
    table: linkSessions,
    id: linkSessions.id,
    sealed: linkSessions.linkToken,
    name: sql.identifier("link_token"),
  },
  "subscription_secrets.secret": {
    table: subscriptionSecrets,
    id: subscriptionSecrets.id,
    sealed: subscriptionSecrets.secret,
    name: sql.identifier("secret"),
  },
  "idempotency_keys.body": {
    table: idempotencyKeys,
    id: idempotencyKeys.id,
    sealed: idempotencyKeys.body,
    name: sql.identifier("body"),
  },
} as const;

const environmentOf = {
  "items.access_token": items.environment,
  "link_sessions.link_token": items.environment,
  "subscription_secrets.secret": sql`'any'`,
  "idempotency_keys.body": sql`'any'`,
} as const;

/** A row of a page; `sealed` is null if there is nothing to do about it. */
export interface SealedRow {
  id: string;
  environment: string;
  sealed: Buffer | null;
}

/**
 * A page of a table in the order of its ids, whole, so that a walk over a large table is made of short statements. Of
 * rows whose value is sealed with `keyId` already, or that have none, only the id is read.
 *
 * @param page.after - the id that the last page ended with.
 */
export async function readSealedPage(
  db: Db,
  column: SealedColumn,
  keyId: string,
  page: { after: string | null; limit: number },
): Promise<SealedRow[]> {
  const { table, id, sealed } = COLUMNS[column];
  const prefix = sealedPrefix(keyId);
  const query = db
    .select({
      id,
      environment: sql<string>`${environmentOf[column]}`,
      sealed: sql<Buffer | null>`case when substring(${sealed} from 1 for ${prefix.length}) <> ${prefix} then ${sealed} end`,
    })
    .from(table);
  const rows =
    column === "link_sessions.link_token" ? query.innerJoin(items, eq(items.id, linkSessions.itemId)) : query;
  return rows
    .where(page.after === null ? undefined : sql`${id} > ${page.after}`)
    .orderBy(id)
    .limit(page.limit);
}

/**
 * Puts newly sealed values in the place of old ones, in one statement, each only if the old one is still there: a token
 * that was registered meanwhile stays. A row that somebody holds at this moment is left out, so that nobody waits for
 * this and no deadlock can come of it.
 *
 * @returns how many were replaced.
 */
export async function replaceSealed(
  db: Executor,
  column: SealedColumn,
  changes: readonly { id: string; from: Buffer; to: Buffer }[],
): Promise<number> {
  if (changes.length === 0) return 0;
  const { table, id, sealed, name } = COLUMNS[column];
  const result = await db.execute(sql`
    with new as (
      select * from unnest(${array(
        changes.map((change) => change.id),
        "uuid",
      )}, ${array(
        changes.map((change) => change.from),
        "bytea",
      )}, ${array(
        changes.map((change) => change.to),
        "bytea",
      )}) as new (id, before, after)),
    free as (
      select ${id} as id, new.after from ${table} join new on new.id = ${id} and new.before = ${sealed}
      for no key update of ${table} skip locked)
    update ${table} set ${name} = free.after from free where ${id} = free.id`);
  return result.rowCount ?? 0;
}

/**
 * How many values of a column each key has sealed; a null id stands for values of no known form. Reads every row, so the
 * connection needs a `statementTimeoutMs` that fits the table.
 */
export async function countSealedByKey(
  db: Db,
  column: SealedColumn,
): Promise<{ keyId: string | null; values: number }[]> {
  const { table, sealed } = COLUMNS[column];
  const result = await db.execute<{ keyId: string | null; values: string }>(sql`
    select case when length(${sealed}) > 2 and get_byte(${sealed}, 0) = 1
        then encode(substring(${sealed} from 3 for get_byte(${sealed}, 1)), 'escape') end as "keyId",
      count(*) as "values"
    from ${table} where ${sealed} is not null group by 1 order by 1`);
  return result.rows.map((row) => ({ keyId: row.keyId, values: Number(row.values) }));
}
