import { randomUUIDv7 } from "node:crypto";
import { showId } from "@relink/service";
import { useDatabase } from "@relink/testkit/vitest";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { fleetKeys } from "../testing/fleet-env.ts";
import { runRelink } from "../testing/run-relink.ts";
import { seedItems } from "../testing/seed-sealed-rows.ts";

const database = useDatabase();
let owner: pg.Client;
let items: string[];
beforeAll(async () => {
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
});
afterAll(() => owner.end());
beforeEach(async () => {
  items = await seedItems(owner, fleetKeys(), 3);
});
afterEach(async () => void (await owner.query("truncate items, users, webhook_events cascade")));

/** A UUIDv7 as it would have been made then. */
function idAt(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}${randomUUIDv7().slice(13)}`;
}

async function store(webhook: { hoursAgo: number; item?: number; type?: string; parked?: string }): Promise<string> {
  const at = new Date(Date.now() - webhook.hoursAgo * 3_600_000);
  const id = idAt(at);
  const itemId = webhook.item === undefined ? null : items[webhook.item];
  await owner.query(
    `insert into webhook_events (id, delivery_key, environment, body, body_sha256, signed_at, key_id, received_at,
      processed_at, parked_at, parked_reason, webhook_type, item_id, plaid_item_id)
      values ($1, $2, 'sandbox', '', '', $3, 'k', $3, $4, $5, $6, $7, $8, $9)`,
    [
      id,
      Buffer.from(id),
      at,
      webhook.parked === undefined ? at : null,
      webhook.parked === undefined ? null : at,
      webhook.parked ?? null,
      webhook.type ?? "ITEM",
      webhook.parked === undefined ? itemId : null,
      itemId === null ? null : `seeded-${itemId}`,
    ],
  );
  return id;
}

const replay = async (...args: string[]) => {
  const run = await runRelink(["webhooks", "replay", "--json", ...args], {
    DATABASE_URL: database.urlFor("relink_api"),
  });
  return { ...run, result: run.code === 0 ? run.json().at(-1) : undefined };
};

async function due(): Promise<string[]> {
  const { rows } = await owner.query<{ id: string }>("select id from items where confirm_due_at <= now() order by id");
  return rows.map(({ id }) => id);
}

async function open(): Promise<string[]> {
  const { rows } = await owner.query<{ id: string }>(
    "select id from webhook_events where processed_at is null and parked_at is null order by id",
  );
  return rows.map(({ id }) => id);
}

test("parked webhooks of the window go back to the workers, and the Items of processed ones are asked about again", async () => {
  await store({ hoursAgo: 30, item: 0 });
  await store({ hoursAgo: 30, parked: "no_json" });
  await store({ hoursAgo: 3, item: 1 });
  await store({ hoursAgo: 2, item: 1 });
  const parked = [
    await store({ hoursAgo: 3, parked: "no_json" }),
    await store({ hoursAgo: 2, parked: "failed_TypeError" }),
    await store({ hoursAgo: 2, parked: "unknown_item" }),
  ];
  await store({ hoursAgo: 0.5, item: 2 });
  const { result } = await replay("--since", "24h", "--until", "1h");
  expect(result).toEqual({
    state: "complete",
    webhooks: 5,
    returned: { no_json: 1, failed_TypeError: 1, unknown_item: 1 },
    items: 1,
  });
  expect(await due()).toEqual([items[1]]);
  expect(await open()).toEqual(parked.toSorted());
});

test("a processed webhook stays processed, however often it is replayed", async () => {
  await store({ hoursAgo: 1, item: 0 });
  const before = (await owner.query("select * from webhook_events")).rows;
  await replay("--since", "1d");
  await replay("--since", "1d");
  expect((await owner.query("select * from webhook_events")).rows).toEqual(before);
});

test("--type and --item choose", async () => {
  const mine = await store({ hoursAgo: 1, item: 0, parked: "failed_TypeError" });
  await store({ hoursAgo: 1, item: 1, parked: "failed_TypeError" });
  await store({ hoursAgo: 1, item: 0 });
  await store({ hoursAgo: 1, item: 2, type: "TRANSACTIONS" });
  expect((await replay("--since", "1d", "--item", showId("itm", items[0] ?? ""))).result).toMatchObject({
    webhooks: 2,
    items: 1,
  });
  expect([await open(), await due()]).toEqual([[mine], [items[0]]]);
  expect((await replay("--since", "1d", "--type", "TRANSACTIONS")).result).toMatchObject({ webhooks: 1, items: 1 });
  expect(await due()).toEqual([items[0], items[2]]);
});

test("an Item that is gone is asked about no more, and one that is unknown is said to be", async () => {
  await store({ hoursAgo: 1, item: 0 });
  await owner.query("update items set status = 'removed'");
  await replay("--since", "1d");
  expect(await due()).toEqual([]);
  const { code, err } = await replay("--since", "1d", "--item", showId("itm", randomUUIDv7()));
  expect([code, err]).toEqual([1, expect.stringContaining("there is no Item of this id")]);
});
