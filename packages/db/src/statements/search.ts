import { type SQL, sql } from "drizzle-orm";
import type { Executor } from "../connect.ts";

/** Identifiers that Plaid's support, a log line or a user's screenshot may name. */
export type IdentifierKind = "request_id" | "link_session_id" | "institution_id" | "account_id" | "item_id";

/** What was found: one call, one Link session, one account, one Item, or webhooks about an Item that is not registered. */
export type FoundKind = "api_call" | "link_session" | "account" | "item" | "parked_webhook";

/** One thing that a text identifies, and the Item that it belongs to. */
export interface SearchHit {
  identifier: IdentifierKind;
  found: FoundKind;
  at: Date;
  /** Of the row; with `at` and `found` it makes the place in the list unique. */
  id: string;
  details: Record<string, unknown>;
  itemId: string | null;
}

interface Source {
  identifier: IdentifierKind;
  found: FoundKind;
  at: SQL;
  itemId: SQL;
  details: SQL;
  from: SQL;
  /** True for rows that the text identifies. Byte by byte: the columns are collated "C". */
  isMeant: (text: string) => SQL;
}

const sessionOf = (identifier: "request_id" | "link_session_id"): Source => ({
  identifier,
  found: "link_session",
  at: sql`created_at`,
  itemId: sql`item_id`,
  details: sql`jsonb_build_object('episode_id', episode_id, 'mode', mode, 'request_id', request_id,
    'link_session_id', link_session_id, 'outcome', outcome)`,
  from: sql`link_sessions`,
  isMeant: (text) => sql`id in (select id from link_sessions where ${sql.identifier(identifier)} = ${text}
    union select session_id from link_events where ${sql.identifier(identifier)} = ${text})`,
});

const itemBy = (identifier: IdentifierKind, column: "plaid_item_id" | "institution_id"): Source => ({
  identifier,
  found: "item",
  at: sql`created_at`,
  itemId: sql`id`,
  details: sql`jsonb_build_object()`,
  from: sql`items`,
  isMeant: (text) => sql`${sql.identifier(column)} = ${text}`,
});

const SOURCES: readonly Source[] = [
  {
    identifier: "request_id",
    found: "api_call",
    at: sql`at`,
    itemId: sql`item_id`,
    details: sql`jsonb_build_object('method', method, 'http_status', http_status, 'error_type', error_type,
      'error_code', error_code, 'item_error_code', item_error_code)`,
    from: sql`plaid_api_events`,
    isMeant: (text) => sql`request_id = ${text}`,
  },
  sessionOf("request_id"),
  sessionOf("link_session_id"),
  itemBy("institution_id", "institution_id"),
  {
    identifier: "account_id",
    found: "account",
    at: sql`created_at`,
    itemId: sql`item_id`,
    details: sql`jsonb_build_object('revoked_at', revoked_at)`,
    from: sql`accounts`,
    isMeant: (text) => sql`plaid_account_id = ${text}`,
  },
  itemBy("item_id", "plaid_item_id"),
  {
    identifier: "item_id",
    found: "parked_webhook",
    at: sql`received_at`,
    itemId: sql`null::uuid`,
    details: sql`jsonb_build_object('webhook_type', webhook_type, 'webhook_code', webhook_code)`,
    from: sql`webhook_events`,
    isMeant: (text) => sql`parked_reason = 'unknown_item' and plaid_item_id = ${text}`,
  },
];

/**
 * Everything that a text identifies, newest first. It has to be the whole identifier, in its own case; each source
 * answers from an index.
 *
 * @param page.before - the place that the last page ended with.
 */
export async function findByIdentifier(
  db: Executor,
  text: string,
  page: { limit: number; before?: Pick<SearchHit, "at" | "id" | "found"> | undefined },
): Promise<SearchHit[]> {
  const { before, limit } = page;
  const branches = SOURCES.map(({ identifier, found, at, itemId, details, from, isMeant }) => {
    const after =
      before === undefined
        ? sql``
        : sql` and (${at}, id, ${found}::text) < (${before.at}, ${before.id}::uuid, ${before.found}::text)`;
    return sql`(select ${identifier}::text as identifier, ${found}::text as found, ${at} as at, id, ${details} as details,
      ${itemId} as item_id from ${from} where ${isMeant(text)}${after} order by 3 desc, 4 desc limit ${limit})`;
  });
  const result = await db.execute<{
    identifier: IdentifierKind;
    found: FoundKind;
    at: string;
    id: string;
    details: SearchHit["details"];
    item_id: string | null;
  }>(sql`
    select identifier, found, at::text as at, id, details, item_id from (${sql.join(branches, sql` union all `)}) hits
    order by hits.at desc, id desc, found desc limit ${limit}`);
  return result.rows.map(({ item_id: itemId, ...row }) => ({ ...row, at: new Date(row.at), itemId }));
}
