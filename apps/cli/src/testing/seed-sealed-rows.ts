import { randomUUIDv7 } from "node:crypto";
import { seal } from "@relink/db";
import { type KeyRing, Secret } from "@relink/service";
import type pg from "pg";
import { accessTokenOf } from "./plaid-stand-in.ts";

const ROWS_PER_STATEMENT = 5_000;

/**
 * Stores healthy Items of one user, their access tokens sealed with the ring's first key.
 *
 * @param client - as the owner of the tables.
 * @returns the ids of the Items, in their order.
 */
export async function seedItems(client: pg.Client, keys: KeyRing, count: number): Promise<string[]> {
  const userId = randomUUIDv7();
  await client.query("insert into users (id, external_id, email) values ($1, $2, 'a@example.com')", [userId, userId]);
  const ids: string[] = [];
  while (ids.length < count) {
    const rows = Array.from({ length: Math.min(ROWS_PER_STATEMENT, count - ids.length) }, () => {
      const id = randomUUIDv7();
      const plaidItemId = `seeded-${id}`;
      const place = { column: "items.access_token", rowId: id, environment: "sandbox" } as const;
      return { id, plaidItemId, sealed: seal(new Secret(accessTokenOf(plaidItemId)), place, keys) };
    });
    await client.query(
      `insert into items (id, environment, plaid_item_id, user_id, access_token, status)
        select id, 'sandbox', plaid_item_id, $4, sealed, 'healthy'
        from unnest($1::uuid[], $2::text[], $3::bytea[]) as new (id, plaid_item_id, sealed)`,
      [rows.map(({ id }) => id), rows.map((row) => row.plaidItemId), rows.map(({ sealed }) => sealed), userId],
    );
    ids.push(...rows.map(({ id }) => id));
  }
  return ids.toSorted();
}

/** Stores a press of the button on the Link page for some Items each, their link tokens sealed with the first key. */
export async function seedLinkSessions(client: pg.Client, keys: KeyRing, itemIds: readonly string[]): Promise<void> {
  for (const itemId of itemIds) {
    const [episodeId, id] = [randomUUIDv7(), randomUUIDv7()];
    const place = { column: "link_sessions.link_token", rowId: id, environment: "sandbox" } as const;
    const sealed = seal(new Secret(`link-sandbox-${id}`), place, keys);
    await client.query(
      `insert into episodes (id, item_id, opened_at, error_type, error_code) values ($1, $2, now(), 'ITEM_ERROR', 'X')`,
      [episodeId, itemId],
    );
    await client.query(
      `insert into link_sessions (id, episode_id, item_id, link_token, link_token_hash, expires_at)
        values ($1, $2, $3, $4, '', now() + interval '1 hour')`,
      [id, episodeId, itemId, sealed],
    );
  }
}
