import type { ItemStatusKind } from "@relink/core";
import { and, asc, eq, gt, is, lt, ne, sql } from "drizzle-orm";
import { toSnakeCase } from "drizzle-orm/casing";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import type { Db } from "../connect.ts";
import * as schema from "../schema/index.ts";
import { array } from "./arrays.ts";
import type { ItemRow } from "./items.ts";

const { items, webhookEvents } = schema;

type Environment = ItemRow["environment"];

/** A walk over a large table: a page in the order of the rows' ids. */
interface Page {
  /** The id that the last page ended with. */
  after: string | null;
  limit: number;
}

/** A page of the Items that Plaid still has. */
export async function readItemPage(
  db: Db,
  filter: { environment: Environment; id?: string | undefined; status?: ItemStatusKind | undefined },
  page: Page,
): Promise<Pick<ItemRow, "id" | "status">[]> {
  return db
    .select({ id: items.id, status: items.status })
    .from(items)
    .where(
      and(
        eq(items.environment, filter.environment),
        ne(items.status, "removed"),
        filter.id === undefined ? undefined : eq(items.id, filter.id),
        filter.status === undefined ? undefined : eq(items.status, filter.status),
        page.after === null ? undefined : gt(items.id, page.after),
      ),
    )
    .orderBy(asc(items.id))
    .limit(page.limit);
}

/** How many Items {@link readItemPage} goes over. */
export async function countItems(
  db: Db,
  filter: { environment: Environment; status?: ItemStatusKind | undefined },
): Promise<number> {
  return db.$count(
    items,
    and(
      eq(items.environment, filter.environment),
      ne(items.status, "removed"),
      filter.status === undefined ? undefined : eq(items.status, filter.status),
    ),
  );
}

const isPointedAt = (url: string) => sql`(${items.webhookUrl} = ${url} and ${items.webhookAcknowledgedAt} is not null)`;

const isToRepoint = (environment: Environment, url: string) =>
  and(eq(items.environment, environment), ne(items.status, "removed"), sql`${isPointedAt(url)} is not true`);

/** A page of the Items whose webhooks have not been proven to go to a URL. */
export async function readItemsToRepoint(
  db: Db,
  target: { environment: Environment; url: string; id?: string | undefined },
  page: Page,
): Promise<Pick<ItemRow, "id" | "userId" | "environment" | "accessToken">[]> {
  return db
    .select({ id: items.id, userId: items.userId, environment: items.environment, accessToken: items.accessToken })
    .from(items)
    .where(
      and(
        isToRepoint(target.environment, target.url),
        target.id === undefined ? undefined : eq(items.id, target.id),
        page.after === null ? undefined : gt(items.id, page.after),
      ),
    )
    .orderBy(asc(items.id))
    .limit(page.limit);
}

/** How many Items {@link readItemsToRepoint} goes over. */
export async function countItemsToRepoint(db: Db, target: { environment: Environment; url: string }): Promise<number> {
  return db.$count(items, isToRepoint(target.environment, target.url));
}

/** Before an Item's webhooks are pointed elsewhere: what was proven of the old URL says nothing of the new one. */
export async function forgetWebhookAcknowledgement(db: Db, id: string): Promise<void> {
  await db.update(items).set({ webhookAcknowledgedAt: null }).where(eq(items.id, id));
}

/** Notes where an Item's webhooks go, as Plaid has just confirmed. */
export async function setWebhookUrl(db: Db, id: string, url: string): Promise<void> {
  await db.update(items).set({ webhookUrl: url }).where(eq(items.id, id));
}

/** What a replay needs to know of a stored webhook. */
export interface StoredWebhook {
  id: string;
  itemId: string | null;
  isProcessed: boolean;
  /** Null unless it is parked. */
  parkedReason: string | null;
}

/**
 * A page of the webhooks that were received from `since` on and before `until`.
 *
 * The ids are UUIDv7, made when a webhook was received, so a walk over the primary key finds them; the time in an id is
 * the ingress's and `received_at` the database's, so the walk begins and ends a little outside.
 */
export async function readWebhookPage(
  db: Db,
  filter: { since: Date; until: Date; webhookType?: string | undefined; plaidItemId?: string | undefined },
  page: Page,
): Promise<{ webhooks: StoredWebhook[]; lastId: string | null }> {
  const rows = await db
    .select({
      id: webhookEvents.id,
      itemId: webhookEvents.itemId,
      isProcessed: sql<boolean>`${webhookEvents.processedAt} is not null`,
      parkedReason: webhookEvents.parkedReason,
      isWanted: sql<boolean>`${and(
        sql`${webhookEvents.receivedAt} >= ${filter.since.toISOString()}::timestamptz`,
        sql`${webhookEvents.receivedAt} < ${filter.until.toISOString()}::timestamptz`,
        filter.webhookType === undefined
          ? undefined
          : sql`${webhookEvents.webhookType} is not distinct from ${filter.webhookType}`,
        filter.plaidItemId === undefined
          ? undefined
          : sql`${webhookEvents.plaidItemId} is not distinct from ${filter.plaidItemId}`,
      )}`,
    })
    .from(webhookEvents)
    .where(
      and(
        gt(webhookEvents.id, page.after ?? idAt(filter.since.getTime() - CLOCK_SLACK_MS)),
        lt(webhookEvents.id, idAt(filter.until.getTime() + CLOCK_SLACK_MS)),
      ),
    )
    .orderBy(asc(webhookEvents.id))
    .limit(page.limit);
  return { webhooks: rows.filter(({ isWanted }) => isWanted), lastId: rows.at(-1)?.id ?? null };
}

const CLOCK_SLACK_MS = 10 * 60_000;

/** Where the UUIDv7 of a moment begin. */
function idAt(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** Makes a question about each of these Items due at once, unless Plaid does not have it any more. */
export async function requestConfirmations(db: Db, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await db.execute(sql`
    update ${items} set confirm_due_at = least(confirm_due_at, now())
    where id = any(${array(ids, "uuid")}) and status <> 'removed'`);
}

/** How many connections of a bank end in one week unless their users act. */
export interface EndingConsents {
  /** The Monday it begins with, in UTC, as `2026-11-23`. */
  week: string;
  institutionId: string | null;
  institutionName: string | null;
  items: number;
}

/** The announced and the agreed ends of connections from now on, per week and bank; this week is the first of `weeks`. */
export async function endingConsents(
  db: Db,
  options: { environment: Environment; weeks: number },
): Promise<EndingConsents[]> {
  const result = await db.execute<EndingConsents & Record<string, unknown>>(sql`
    select to_char(date_trunc('week', ends_at at time zone 'UTC'), 'YYYY-MM-DD') as week,
      institution_id as "institutionId", max(institution_name) as "institutionName", count(*)::int as items
    from (select least(pending_at, consent_expires_at) as ends_at, institution_id, institution_name from ${items}
      where environment = ${options.environment} and status not in ('removed', 'revoked')
        and (pending_at is not null or consent_expires_at is not null)) ends
    where ends_at >= now()
      and ends_at at time zone 'UTC' < date_trunc('week', now() at time zone 'UTC') + ${options.weeks} * interval '1 week'
    group by 1, 2 order by 1, 4 desc, 2`);
  return result.rows;
}

/** Columns that this version works with and the database does not have, as `table.column`. Any role may ask. */
export async function missingColumns(db: Db): Promise<string[]> {
  const expected = Object.values(schema as Record<string, unknown>).flatMap((table) => {
    if (!is(table, PgTable)) return [];
    const { name, columns } = getTableConfig(table);
    return columns.map((column) => `${name}.${column.keyAsName ? toSnakeCase(column.name) : column.name}`);
  });
  const result = await db.execute<{ name: string }>(sql`
    select name from unnest(${array(expected, "text")}) as expected (name)
    where not exists (
      select from pg_attribute join pg_class on pg_class.oid = attrelid
        join pg_namespace on pg_namespace.oid = relnamespace
      where nspname = 'public' and attnum > 0 and not attisdropped and relname || '.' || attname = expected.name)
    order by name`);
  return result.rows.map(({ name }) => name);
}
