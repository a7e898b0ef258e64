import { randomUUID } from "node:crypto";
import { connect, type Database } from "@relink/db";
import { readSettings, retentionSettings, Secret } from "@relink/service";
import { useDatabase } from "@relink/testkit/vitest";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { deleteExpired, type RetentionPolicy, toRetentionPolicy } from "./retention.ts";

const stores = useDatabase();
let owner: Database;
/** With the rights of the app that deletes. */
let worker: Database;
beforeAll(() => {
  owner = connect({ url: new Secret(stores.url), app: "test", onError: () => {}, statementTimeoutMs: 60_000 });
  worker = connect({ url: new Secret(stores.urlFor("relink_worker")), app: "test", onError: () => {} });
});
afterAll(() => Promise.all([owner.close(), worker.close()]));

const query = async (text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> =>
  (await owner.pool.query<Record<string, unknown>>(text, values)).rows;

const policy: RetentionPolicy = {
  webhookEventsDays: 90,
  plaidApiEventsDays: 90,
  linkEventsDays: 400,
  emailsDays: 400,
  deliveriesDays: 30,
  eventsDays: 90,
};
const clean = (changed: Partial<RetentionPolicy> = {}) => deleteExpired(worker.db, { ...policy, ...changed });

/** A UUIDv7 as a writer of that moment would have made it. */
const ID_AT = (moment: string, salt: string) =>
  `(lpad(to_hex((extract(epoch from ${moment}) * 1000)::bigint), 12, '0') || '70008' || substr(md5(${salt}), 1, 15))::uuid`;
const AGO = (days: string) => `(now() - ${days} * interval '1 day')`;

/** The Item whose episode is over, and the one whose episode has been open for 500 days. */
const quiet = randomUUID();
const broken = randomUUID();
const over = randomUUID();
const open = randomUUID();

beforeEach(async () => {
  await query(
    "truncate webhook_events, plaid_api_events, link_events, link_sessions, emails, episodes, items, users cascade",
  );
  const user = randomUUID();
  await query("insert into users (id, external_id) values ($1, 'u')", [user]);
  for (const [item, status] of [
    [quiet, "healthy"],
    [broken, "login_required"],
  ]) {
    await query(
      `insert into items (id, environment, plaid_item_id, user_id, access_token, status, error_type, error_code)
       values ($1::uuid, 'sandbox', $1::text, $2, '', $3, $4, $5)`,
      [item, user, status, ...(status === "healthy" ? [null, null] : ["ITEM_ERROR", "ITEM_LOGIN_REQUIRED"])],
    );
  }
  await query(
    `insert into episodes (id, item_id, opened_at, closed_at, close_reason)
     values ($1, $2, ${AGO("900")}, ${AGO("800")}, 'repaired'), ($3, $4, ${AGO("500")}, null, null)`,
    [over, quiet, open, broken],
  );
});

async function addWebhook(daysAgo: number, row: Record<string, unknown> = {}): Promise<string> {
  const columns = { processed_at: new Date(), item_id: quiet, ...row };
  const names = Object.keys(columns);
  const [made] = await query(
    `insert into webhook_events (id, delivery_key, environment, body, body_sha256, signed_at, key_id, received_at,
       ${names.join(", ")})
     values (${ID_AT(AGO(String(daysAgo)), "$1::text")}, convert_to($1::text, 'UTF8'), 'sandbox', '', '', now(), 'k', ${AGO(String(daysAgo))},
       ${names.map((_name, index) => `$${index + 2}`).join(", ")}) returning id`,
    [randomUUID(), ...Object.values(columns)],
  );
  return String(made?.["id"]);
}

// It takes ten seconds, and may take far more beside others; the next row is too old after 77.
test("of a hundred thousand webhooks and calls, those that are too old go, and all others stay", async () => {
  await query(
    `insert into webhook_events (id, delivery_key, environment, body, body_sha256, signed_at, key_id, received_at,
       processed_at, item_id)
     select ${ID_AT("at", "n::text")}, decode(md5(n::text), 'hex'), 'sandbox', '', '', at, 'k', at, at, $1
     from (select n, date_trunc('milliseconds', now() - (n - 0.5) * interval '0.0018 day') as at
       from generate_series(1, 100000) n) rows`,
    [quiet],
  );
  await query(
    `insert into plaid_api_events (id, at, method, item_id, duration_ms, arguments)
     select ${ID_AT("at", "n::text")}, at, '/item/get', $1, 1, '{}'
     from (select n, date_trunc('milliseconds', now() - (n - 0.5) * interval '0.0018 day') as at
       from generate_series(1, 100000) n) rows`,
    [quiet],
  );
  const deleted = await clean();
  expect(Object.entries(deleted).filter(([, rows]) => rows > 0)).toEqual([
    ["webhook_events", 50_000],
    ["plaid_api_events", 50_000],
  ]);
  for (const [table, at] of [
    ["webhook_events", "received_at"],
    ["plaid_api_events", "at"],
  ]) {
    const [left] = await query(
      `select count(*)::int as rows, count(*) filter (where ${at} < ${AGO("90")})::int as old from ${table}`,
    );
    expect(left).toEqual({ rows: 50_000, old: 0 });
  }
  expect(await clean(), "nothing is left to do").toMatchObject({ webhook_events: 0, plaid_api_events: 0 });
}, 70_000);

describe("however old they are,", () => {
  test.each<[string, boolean, Record<string, unknown>]>([
    ["a webhook that was processed goes", false, {}],
    ["one that was not processed stays", true, { processed_at: null }],
    [
      "one that waits for a person stays",
      true,
      { processed_at: null, parked_at: new Date(), parked_reason: "failed_X" },
    ],
    [
      "one about an Item that was never registered goes",
      false,
      { processed_at: null, parked_at: new Date(), parked_reason: "unknown_item", item_id: null },
    ],
    ["one that belongs to no Item goes", false, { item_id: null }],
    ["one of an open episode stays", true, { item_id: broken }],
  ])("%s", async (_title, isKept, row) => {
    const id = await addWebhook(100, row);
    await clean();
    expect(await query("select id from webhook_events")).toEqual(isKept ? [{ id }] : []);
  });

  test("a webhook from before the open episode goes", async () => {
    await addWebhook(501, { item_id: broken });
    expect(await clean()).toMatchObject({ webhook_events: 1 });
  });

  test.each([
    ["of an open episode stay", () => broken, 0],
    ["of an Item without one go", () => quiet, 1],
    ["about no Item go", () => null, 1],
  ])("calls to Plaid %s", async (_title, item, gone) => {
    await query(
      `insert into plaid_api_events (id, at, method, item_id, duration_ms, arguments)
       values (${ID_AT(AGO("100"), "'x'")}, ${AGO("100")}, '/item/get', $1, 1, '{}')`,
      [item()],
    );
    expect(await clean()).toMatchObject({ plaid_api_events: gone });
  });

  test.each([
    ["sent", () => over, 1],
    ["cancelled", () => over, 1],
    ["unknown", () => over, 1],
    ["owed", () => over, 0],
    ["held", () => over, 0],
    ["transmitting", () => over, 0],
    ["sent", () => open, 0],
  ])("a mail that is %s", async (state, episode, gone) => {
    const isSettled = ["sent", "cancelled", "unknown"].includes(state);
    await query(
      `insert into emails (id, episode_id, item_id, user_id, step, state, due_at, settled_at, created_at)
       select ${ID_AT(AGO("450"), "'x'")}, $1, $2, id, 0, $3, now(), ${isSettled ? AGO("450") : "null"}, ${AGO("450")}
       from users`,
      [episode(), quiet, state],
    );
    expect(await clean()).toMatchObject({ emails: gone });
  });

  test.each<[string, () => string, { link_events: number; link_sessions: number }]>([
    ["of an episode that is over go, with what happened in them", () => over, { link_events: 1, link_sessions: 1 }],
    ["of an open episode stay", () => open, { link_events: 0, link_sessions: 0 }],
  ])("Link sessions %s", async (_title, episode, gone) => {
    await query(
      `with session as (
         insert into link_sessions (id, episode_id, item_id, link_token_hash, created_at, expires_at)
         values (${ID_AT(AGO("450"), "'s'")}, $1, $2, '', ${AGO("450")}, ${AGO("450")}) returning id, item_id)
       insert into link_events (id, session_id, item_id, callback_id, callback, received_at)
       select ${ID_AT(AGO("450"), "'e'")}, id, item_id, id, 'exit', ${AGO("450")} from session`,
      [episode(), quiet],
    );
    expect(await clean()).toMatchObject(gone);
  });

  test("a Link session stays as long as one of its events or its token does", async () => {
    await query(
      `with sessions as (
         insert into link_sessions (id, episode_id, item_id, link_token, link_token_hash, created_at, expires_at)
         values (${ID_AT(AGO("450"), "'s'")}, $1, $2, null, '', ${AGO("450")}, ${AGO("450")}),
           (${ID_AT(AGO("450"), "'t'")}, $1, $2, 'sealed', '', ${AGO("450")}, ${AGO("450")}) returning id, item_id, link_token)
       insert into link_events (id, session_id, item_id, callback_id, callback, received_at)
       select ${ID_AT(AGO("1"), "'e'")}, id, item_id, id, 'exit', ${AGO("1")} from sessions where link_token is null`,
      [over, quiet],
    );
    expect(await clean()).toMatchObject({ link_events: 0, link_sessions: 0 });
  });
});

describe("of what product teams were told,", () => {
  const subscription = randomUUID();
  beforeAll(async () => {
    const team = randomUUID();
    await query("insert into teams (id, name) values ($1, 'payments')", [team]);
    await query(
      `insert into subscriptions (id, team_id, kind, event_types, signature_schemes, api_version, status, health)
       values ($1, $2, 'webhook', '{*}', '{v1}', '2026-11-22', 'active', '{}')`,
      [subscription, team],
    );
  });
  beforeEach(() =>
    query("truncate events, deliveries, delivery_attempts, notices, notifications, idempotency_keys cascade"),
  );

  /** A delivery with one attempt; both and its event were made `daysAgo`. */
  async function addDelivery(
    daysAgo: number,
    { state, settledDaysAgo = null, item = quiet }: { state: string; settledDaysAgo?: number | null; item?: string },
  ): Promise<void> {
    await query(
      `with event as (
         insert into events (id, type, item_id, occurred_at, body, matched, created_at)
         values (${ID_AT(AGO("$1::int"), "'e'")}, 'item.error', $5, now(), '{}', 1, ${AGO("$1::int")}) returning id),
       delivery as (
         insert into deliveries (id, event_id, subscription_id, item_id, event_type, state, settled_at, created_at)
         select ${ID_AT(AGO("$1::int"), "'d'")}, id, $2, $5, 'item.error', $3, ${AGO("$4::int")}, ${AGO("$1::int")}
         from event returning id)
       insert into delivery_attempts (id, delivery_id, subscription_id, number, trigger, scheduled_for, started_at, total_ms,
         request_bytes, signature_key_ids)
       select id, id, $2, 1, 'initial', now(), ${AGO("$1::int")}, 1, 1, '{}' from delivery`,
      [daysAgo, subscription, state, settledDaysAgo, item],
    );
  }

  test.each<[string, Parameters<typeof addDelivery>, Record<string, number>]>([
    ["what ended long ago goes", [40, { state: "delivered", settledDaysAgo: 31 }], { deliveries: 1, events: 0 }],
    ["what ended lately stays", [40, { state: "exhausted", settledDaysAgo: 29 }], { deliveries: 0, events: 0 }],
    ["what is held for long goes", [40, { state: "held" }], { deliveries: 1, events: 0 }],
    ["what is still to be sent stays", [400, { state: "pending" }], { deliveries: 0, events: 0 }],
    [
      "what belongs to an open episode stays",
      [400, { state: "delivered", settledDaysAgo: 400, item: broken }],
      { deliveries: 0, events: 0 },
    ],
    [
      "an event goes with its last delivery",
      [91, { state: "delivered", settledDaysAgo: 91 }],
      { deliveries: 1, events: 1 },
    ],
    [
      "an event stays with its last delivery",
      [91, { state: "delivered", settledDaysAgo: 5 }],
      { deliveries: 0, events: 0 },
    ],
  ])("%s", async (_title, delivery, gone) => {
    await addDelivery(...delivery);
    expect(await clean()).toMatchObject(gone);
    const [left] = await query("select count(*)::int as attempts from delivery_attempts");
    expect(left).toEqual({ attempts: 1 - (gone["deliveries"] ?? 0) });
  });

  test("notices go with the deliveries of their time, but for those that are owed", async () => {
    await query(
      `insert into notices (id, subscription_id, kind, details, state, settled_at)
       select ${ID_AT(AGO("40"), "state")}, $1, 'failing', '{}', state, case when state <> 'owed' then ${AGO("40")} end
       from unnest(array['sent', 'owed']) as state`,
      [subscription],
    );
    expect(await clean()).toMatchObject({ notices: 1 });
    expect(await query("select state from notices")).toEqual([{ state: "owed" }]);
  });

  test("messages go with their Items a month after their last change, but for those that have something to tell", async () => {
    await query(
      `with message as (
         insert into notifications (id, subscription_id, group_key, topic, first_at, sent_at, due_at, state)
         select ${ID_AT(AGO("400"), "key")}, $1, key, '{}', ${AGO("400")}, sent, due, state
         from (values ('old', ${AGO("31")}, null, 'idle'), ('changed', ${AGO("29")}, null, 'idle'),
           ('due', ${AGO("31")}, now(), 'idle'), ('under way', ${AGO("31")}, null, 'transmitting'))
           as messages (key, sent, due, state) returning id)
       insert into notification_items (notification_id, item_id, sequence, state, since)
       select id, $2, 1, 'open', now() from message`,
      [subscription, quiet],
    );
    expect(await clean()).toMatchObject({ notifications: 1 });
    expect(await query("select group_key as key from notifications order by key")).toEqual([
      { key: "changed" },
      { key: "due" },
      { key: "under way" },
    ]);
    expect(await query("select from notification_items")).toHaveLength(3);
  });

  test("an answer is given again for a day", async () => {
    await query(
      `insert into idempotency_keys (id, actor, key, fingerprint, created_at)
       select ${ID_AT("at", "key")}, 'admin', key, '', at
       from (values ('old', ${AGO("1.1")}), ('new', ${AGO("0.9")})) as keys (key, at)`,
    );
    expect(await clean()).toMatchObject({ idempotency_keys: 1 });
    expect(await query("select key from idempotency_keys")).toEqual([{ key: "new" }]);
  });
});

test("0 keeps everything", async () => {
  await addWebhook(5_000);
  expect(await clean({ webhookEventsDays: 0 })).toMatchObject({ webhook_events: 0 });
});

test("it stops when it is told to, between two batches", async () => {
  await addWebhook(100);
  const deleted = await deleteExpired(worker.db, policy, { signal: AbortSignal.abort() });
  expect(deleted).toMatchObject({ webhook_events: 0 });
});

test("the settings are days, with a default each", () => {
  const read = (env: Record<string, string>) => toRetentionPolicy(readSettings("test", retentionSettings, env));
  expect(read({})).toEqual(policy);
  expect(read({ RETENTION_DAYS_WEBHOOK_EVENTS: "0" })).toMatchObject({ webhookEventsDays: 0 });
  expect(() => read({ RETENTION_DAYS_EMAILS: "-1" })).toThrow("RETENTION_DAYS_EMAILS");
  expect(() => read({ RETENTION_DAYS_EMAILS: "a month" })).toThrow("RETENTION_DAYS_EMAILS");
});
