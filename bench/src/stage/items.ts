import { randomUUIDv7 } from "node:crypto";
import type { ItemError } from "@relink/core";
import { seal } from "@relink/db";
import { Secret } from "@relink/service";
import pg from "pg";
import type { Stage } from "./set-stage.ts";

/** The Plaid ids of the Items that {@link addItems} made, by their number. */
export const plaidItemId = (index: number): string => `item-${index}`;

const LOGIN_REQUIRED: ItemError = { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: null };

/** Adds Items, each with a user of its own. The stage's Plaid says that they are broken; their rows do not know it yet. */
export async function addItems(stage: Stage, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) => {
    const id = randomUUIDv7();
    const accessToken = new Secret(stage.plaid.addItem(plaidItemId(index)));
    stage.plaid.setError(plaidItemId(index), LOGIN_REQUIRED);
    const place = { column: "items.access_token", rowId: id, environment: "sandbox" } as const;
    return { id, userId: randomUUIDv7(), index, sealed: seal(accessToken, place, stage.encryptionKeys) };
  });
  await stage.sql.query(
    `insert into users (id, external_id, email)
      select id, 'user-' || index, 'user-' || index || '@example.com' from unnest($1::uuid[], $2::int[]) as new (id, index)`,
    [rows.map(({ userId }) => userId), rows.map(({ index }) => index)],
  );
  await stage.sql.query(
    `insert into items (id, environment, plaid_item_id, user_id, access_token, status)
      select id, 'sandbox', 'item-' || index, user_id, sealed, 'healthy'
      from unnest($1::uuid[], $2::int[], $3::uuid[], $4::bytea[]) as new (id, index, user_id, sealed)`,
    [
      rows.map(({ id }) => id),
      rows.map(({ index }) => index),
      rows.map(({ userId }) => userId),
      rows.map(({ sealed }) => sealed),
    ],
  );
  await stage.sql.query("analyze items, users");
}

/** Fills the table up to `total` with Items whose tokens cannot be opened: for webhooks that ask nothing about them. */
export async function fillItems(stage: Stage, total: number): Promise<void> {
  const client = new pg.Client({ connectionString: stage.postgres.url });
  await client.connect();
  try {
    // The check of the user once per row would take most of the time; all of these rows name the same one.
    await client.query("set session_replication_role = replica");
    await client.query("set maintenance_work_mem = '512MB'");
    await client.query(
      `insert into items (id, environment, plaid_item_id, user_id, institution_id, access_token, status)
        select uuidv7(), 'sandbox', 'item-' || index, (select id from users limit 1), 'ins_' || index % 1000,
          decode(repeat('00', 80), 'hex'), 'healthy'
        from generate_series((select count(*) from items), $1::bigint - 1) as index`,
      [total],
    );
    await client.query("vacuum analyze items");
  } finally {
    await client.end();
  }
}
