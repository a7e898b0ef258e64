import { randomUUIDv7 } from "node:crypto";
import { and, asc, desc, eq, lt, or, type SQL, sql } from "drizzle-orm";
import type { Executor } from "../connect.ts";
import {
  accounts,
  emails,
  episodes,
  itemActions,
  items,
  linkSessions,
  plaidApiEvents,
  suppressions,
  users,
  webhookEvents,
} from "../schema/index.ts";
import { isAnyOf } from "./arrays.ts";
import type { AccountRow } from "./accounts.ts";
import type { EpisodeRow } from "./episodes.ts";
import type { ItemRow } from "./items.ts";
import type { SuppressionRow } from "./suppressions.ts";

/** Stops, or allows again, all mails about an Item, and notes it for the timeline. Repeated, it changes nothing. */
export async function setMuted(db: Executor, itemId: string, isMuted: boolean): Promise<void> {
  const [mutedAt, action] = isMuted ? [sql`now()`, "muted"] : [sql`null`, "unmuted"];
  await db.execute(sql`
    with changed as (
      update ${items} set muted_at = ${mutedAt}, updated_at = now()
      where id = ${itemId} and (muted_at is null) = ${isMuted}::boolean returning id)
    insert into ${itemActions} (id, item_id, action) select ${randomUUIDv7()}::uuid, id, ${action}::text from changed`);
}

/** The accounts of these Items, in the order in which they became known. */
export async function accountsOf(db: Executor, itemIds: readonly string[]): Promise<AccountRow[]> {
  if (itemIds.length === 0) return [];
  return db
    .select()
    .from(accounts)
    .where(isAnyOf(accounts.itemId, itemIds, "uuid"))
    .orderBy(asc(accounts.id));
}

/** What stands between the owner of an Item and a mail, besides a mute. */
export interface MailReach {
  itemId: string;
  hasAddress: boolean;
  suppressedFor: SuppressionRow["reason"] | null;
}

export async function mailReachOf(db: Executor, itemIds: readonly string[]): Promise<MailReach[]> {
  if (itemIds.length === 0) return [];
  return db
    .select({
      itemId: items.id,
      hasAddress: sql<boolean>`${users.email} is not null`,
      suppressedFor: suppressions.reason,
    })
    .from(items)
    .innerJoin(users, eq(users.id, items.userId))
    .leftJoin(suppressions, eq(suppressions.address, sql`lower(${users.email})`))
    .where(isAnyOf(items.id, itemIds, "uuid"));
}

/** A page of the addresses that are not written to, newest first. */
export async function listSuppressions(
  db: Executor,
  page: { limit: number; before?: { createdAt: Date; address: string } | undefined },
): Promise<SuppressionRow[]> {
  const { before } = page;
  return db
    .select()
    .from(suppressions)
    .where(
      before === undefined
        ? undefined
        : or(
            lt(suppressions.createdAt, before.createdAt),
            and(eq(suppressions.createdAt, before.createdAt), lt(suppressions.address, before.address)),
          ),
    )
    .orderBy(desc(suppressions.createdAt), desc(suppressions.address))
    .limit(page.limit);
}

/** Lets an address be written to again. @returns what stood on the list about it; `null` if nothing did. */
export async function deleteSuppression(db: Executor, address: string): Promise<SuppressionRow | null> {
  const [row] = await db.delete(suppressions).where(eq(suppressions.address, address.toLowerCase())).returning();
  return row ?? null;
}

/** Items as a search shows them. */
export type ItemName = Pick<
  ItemRow,
  "id" | "plaidItemId" | "environment" | "userId" | "institutionId" | "institutionName" | "status"
>;

export async function namesOfItems(db: Executor, itemIds: readonly string[]): Promise<ItemName[]> {
  if (itemIds.length === 0) return [];
  const { id, plaidItemId, environment, userId, institutionId, institutionName, status } = items;
  return db
    .select({ id, plaidItemId, environment, userId, institutionId, institutionName, status })
    .from(items)
    .where(isAnyOf(id, itemIds, "uuid"));
}

/** An episode of an Item: the one that is named, else the newest. */
export async function findEpisodeOf(
  db: Executor,
  itemId: string,
  episodeId: string | undefined,
): Promise<EpisodeRow | null> {
  const [row] = await db
    .select()
    .from(episodes)
    .where(and(eq(episodes.itemId, itemId), episodeId === undefined ? undefined : eq(episodes.id, episodeId)))
    .orderBy(desc(episodes.openedAt), desc(episodes.id))
    .limit(1);
  return row ?? null;
}

export interface LastWebhook {
  webhookType: string | null;
  webhookCode: string | null;
  errorCode: string | null;
  receivedAt: Date;
}

/** The newest webhook about an Item. */
export async function lastWebhookOf(db: Executor, itemId: string): Promise<LastWebhook | null> {
  const { webhookType, webhookCode, errorCode, receivedAt } = webhookEvents;
  const [row] = await db
    .select({ webhookType, webhookCode, errorCode, receivedAt })
    .from(webhookEvents)
    .where(eq(webhookEvents.itemId, itemId))
    .orderBy(desc(receivedAt))
    .limit(1);
  return row ?? null;
}

/** How much happened to an Item within a time, both ends included. */
export interface ItemCounts {
  webhooks: number;
  apiCalls: number;
  /** Calls that got no answer, or an error. */
  failedApiCalls: number;
  linkSessions: number;
  mailsSent: number;
}

export async function countItemEvents(
  db: Executor,
  itemId: string,
  { since, until }: { since: Date; until: Date },
): Promise<ItemCounts> {
  const within = (at: SQL): SQL => sql`item_id = ${itemId} and ${at} >= ${since} and ${at} <= ${until}`;
  const failed = sql`(http_status is null or error_code is not null)`;
  const result = await db.execute<Record<keyof ItemCounts, number>>(sql`
    select
      (select count(*)::int from ${webhookEvents} where ${within(sql`received_at`)}) as "webhooks",
      (select count(*)::int from ${plaidApiEvents} where ${within(sql`at`)}) as "apiCalls",
      (select count(*)::int from ${plaidApiEvents} where ${within(sql`at`)} and ${failed}) as "failedApiCalls",
      (select count(*)::int from ${linkSessions} where ${within(sql`created_at`)}) as "linkSessions",
      (select count(*)::int from ${emails} where ${within(sql`settled_at`)} and state = 'sent') as "mailsSent"`);
  const [counts] = result.rows;
  if (counts === undefined) throw new TypeError("a count returns its row");
  return counts;
}
