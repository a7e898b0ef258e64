import { randomUUIDv7 } from "node:crypto";
import type { ItemError } from "@relink/core";
import { itemTimeline } from "@relink/db";
import { recordLinkSuccess } from "@relink/items";
import { showId } from "@relink/service";
import { useDatabase } from "@relink/testkit/vitest";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createHarness, type Harness, HOLD_MS } from "./testing/harness.ts";

const loginRequired: ItemError = { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: null };
const locked: ItemError = { type: "ITEM_ERROR", code: "ITEM_LOCKED", reason: null };
const down: ItemError = { type: "INSTITUTION_ERROR", code: "INSTITUTION_DOWN", reason: null };
const DAY_MS = 24 * 60 * 60_000;

const database = useDatabase();
let harness: Harness;
let count = 0;
let plaidItemId: string;
let itemId: string;
beforeAll(() => {
  harness = createHarness({ owner: database.url, worker: database.urlFor("relink_worker") });
});
afterAll(() => harness.close());
beforeEach(async () => {
  await harness.owner.execute(sql`truncate teams cascade`);
  count += 1;
  plaidItemId = `item-${count}-`;
  itemId = await harness.addItem(plaidItemId);
});

interface Body {
  id: string;
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}

const rows = async <Row extends Record<string, unknown>>(query: ReturnType<typeof sql>) =>
  (await harness.owner.execute<Row>(query)).rows;
const eventsOf = async (id = itemId): Promise<Body[]> =>
  (await rows<{ body: string }>(sql`select body from events where item_id = ${id} order by sequence`)).map(
    ({ body }) => JSON.parse(body) as Body,
  );
const deliveriesTo = (subscriptionId: string) =>
  rows<{ event_type: string; state: string }>(
    sql`select event_type, state from deliveries where subscription_id = ${subscriptionId} order by created_at, id`,
  );

async function subscribe(wishes: { types: string[]; filter?: object; supersede?: boolean; status?: string }) {
  const [team, id] = [randomUUIDv7(), randomUUIDv7()];
  await harness.owner.execute(sql`insert into teams (id, name) values (${team}, ${team})`);
  await harness.owner.execute(sql`insert into subscriptions
    (id, team_id, kind, url, event_types, filter, supersede, signature_schemes, api_version, status, health)
    values (${id}, ${team}, 'webhook', 'https://example.com', ${sql.param(wishes.types)}, ${JSON.stringify(wishes.filter ?? {})},
      ${wishes.supersede ?? false}, '{v1}', '2026-11-22', ${wishes.status ?? "active"}, '{}')`);
  return id;
}

const itemWebhook = (code: string, more: object = {}) => ({
  webhook_type: "ITEM",
  webhook_code: code,
  item_id: plaidItemId,
  environment: "sandbox",
  ...more,
});
const plaidError = ({ type, code }: ItemError) => ({ error_type: type, error_code: code });
const receive = async (body: object) => harness.jobs.webhooks({ eventIds: [await harness.store(body)] });
const ask = async () => {
  await harness.elapse(1_500);
  await harness.jobs.confirm({ itemId });
};
async function becomes(error: ItemError | null): Promise<void> {
  harness.truth.set(plaidItemId, error);
  await receive(error === null ? itemWebhook("LOGIN_REPAIRED") : itemWebhook("ERROR", { error: plaidError(error) }));
  await ask();
}

test("a break, its change and its repair are three events of one episode, numbered, and a repetition is none", async () => {
  await becomes(loginRequired);
  await receive(itemWebhook("ERROR", { error: plaidError(loginRequired) }));
  await ask();
  await becomes(locked);
  await becomes(null);
  const events = await eventsOf();
  expect(events.map(({ type, data }) => [type, data["sequence"], data["state"], data["who_acts"]])).toEqual([
    ["item.error", 1, "login_required", "user"],
    ["item.error", 2, "bank_action_required", "user"],
    ["item.repaired", 3, "healthy", "nobody"],
  ]);
  expect(events[0]).toMatchObject({
    environment: "sandbox",
    data: { item_id: showId("itm", itemId), plaid_item_id: plaidItemId, error: loginRequired },
  });
  expect(events[2]?.data).toMatchObject({ repair_path: "elsewhere", previous_state: "bank_action_required" });
  expect(new Set(events.map(({ data }) => data["episode_id"])).size).toBe(1);
});

test("the timeline tells each event, to how many teams it goes, and how many have it", async () => {
  await subscribe({ types: ["item.*"] });
  await becomes(loginRequired);
  const entries = await itemTimeline(harness.owner, itemId, { limit: 50 });
  expect(entries.find(({ kind }) => kind === "event_published")?.details).toMatchObject({
    type: "item.error",
    sequence: 1,
    subscriptions: 1,
    delivered: 0,
    under_way: 1,
  });
});

test("an unconfirmed hint is told to nobody", async () => {
  await receive(itemWebhook("ERROR", { error: plaidError(loginRequired) }));
  await ask();
  expect(await eventsOf()).toEqual([]);
});

test("a repair through our own link is told as such", async () => {
  await becomes(loginRequired);
  harness.truth.set(plaidItemId, null);
  const policy = { holdMs: HOLD_MS, reminderDays: [], expiringDays: [], tellsOfNewAccounts: false };
  await recordLinkSuccess({ db: harness.db, policy }, itemId);
  await ask();
  expect((await eventsOf()).at(-1)).toMatchObject({ type: "item.repaired", data: { repair_path: "own_link" } });
});

test("mails, withdrawn accounts, new accounts and announced ends are events too", async () => {
  await receive(itemWebhook("NEW_ACCOUNTS_AVAILABLE"));
  await receive(itemWebhook("USER_ACCOUNT_REVOKED", { account_id: "acc-1" }));
  const endsAt = new Date(Date.now() + 6 * DAY_MS);
  await receive(itemWebhook("PENDING_DISCONNECT", { disconnect_time: endsAt, reason: "INSTITUTION_MIGRATION" }));
  await ask();
  for (const { id } of await rows<{ id: string }>(
    sql`select id from emails where item_id = ${itemId} and state = 'owed'`,
  )) {
    await harness.jobs.email({ emailId: id });
  }
  const events = await eventsOf();
  expect(events.map(({ type }) => type)).toEqual([
    "item.new_accounts_available",
    "item.account_revoked",
    "item.expiring",
    "reauth.email_sent",
  ]);
  expect(events[1]?.data).toMatchObject({ account_id: "acc-1" });
  expect(events[2]?.data).toMatchObject({ reason: "INSTITUTION_MIGRATION", state: "expiring" });
  expect(events[3]?.data).toMatchObject({ template: "expiring", step: 0, sequence: 4 });
});

test("an event goes to those who want it, is held for a disabled endpoint, and counts its listeners", async () => {
  const all = await subscribe({ types: ["item.*"] });
  const disabled = await subscribe({ types: ["item.error"], status: "disabled" });
  const operator = await subscribe({ types: ["item.*"], filter: { who_acts: ["operator"] } });
  const unproven = await subscribe({ types: ["*"], status: "pending_verification" });
  const bank = await subscribe({
    types: ["*"],
    filter: { institution_ids: ["ins_109508"], products: ["transactions"] },
  });
  await becomes(loginRequired);
  expect(await deliveriesTo(all)).toEqual([{ event_type: "item.error", state: "pending" }]);
  expect(await deliveriesTo(disabled)).toEqual([{ event_type: "item.error", state: "held" }]);
  expect(await deliveriesTo(operator)).toEqual([]);
  expect(await deliveriesTo(unproven)).toEqual([]);
  // The webhook itself is about no institution.
  expect((await deliveriesTo(bank)).map(({ event_type }) => event_type)).toEqual(["item.error"]);
  expect(await rows(sql`select matched from events where item_id = ${itemId}`)).toEqual([{ matched: 3 }]);
});

test("a repair takes back the alarm that was not sent yet, where that is wished, and reaches whoever filtered for the break", async () => {
  const patient = await subscribe({
    types: ["item.*"],
    supersede: true,
    filter: { error_codes: ["ITEM_LOGIN_REQUIRED"] },
  });
  const complete = await subscribe({ types: ["item.*"] });
  await becomes(loginRequired);
  await becomes(null);
  expect(await deliveriesTo(patient)).toEqual([
    { event_type: "item.error", state: "superseded" },
    { event_type: "item.repaired", state: "pending" },
  ]);
  expect((await deliveriesTo(complete)).map(({ state }) => state)).toEqual(["pending", "pending"]);
});

test("webhooks are told one by one to whoever asks, with nothing of their content, and kept for nobody else", async () => {
  await receive(itemWebhook("LOGIN_REPAIRED"));
  expect(await rows(sql`select from events where type = 'webhook.received'`)).toEqual([]);
  const raw = await subscribe({ types: ["webhook.received"] });
  await receive({ ...itemWebhook("ERROR", { error: plaidError(down) }), secret: "do-not-tell" });
  expect(await deliveriesTo(raw)).toEqual([{ event_type: "webhook.received", state: "pending" }]);
  const [told] = await rows<{ body: string }>(sql`select body from events where type = 'webhook.received'`);
  expect(told?.body).not.toContain("do-not-tell");
  expect(JSON.parse(told?.body ?? "")).toMatchObject({
    data: { webhook_type: "ITEM", webhook_code: "ERROR", error_code: "INSTITUTION_DOWN", plaid_item_id: plaidItemId },
  });
});

test("an outage is told once and its end as a repair; one that hides a break is told to nobody", async () => {
  await becomes(down);
  await becomes(null);
  expect((await eventsOf()).map(({ type }) => type)).toEqual(["item.degraded", "item.repaired"]);
  await becomes(loginRequired);
  await becomes(down);
  await becomes(loginRequired);
  expect((await eventsOf()).map(({ type }) => type).slice(2)).toEqual(["item.error"]);
});
