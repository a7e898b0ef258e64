import { sql } from "drizzle-orm";
import { useDatabase } from "@relink/testkit/vitest";
import { itemTimeline } from "@relink/db";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createSweeper } from "./sweeper.ts";
import { createHarness, type Harness, HOLD_MS } from "./testing/harness.ts";

const database = useDatabase();
let harness: Harness;
let count = 0;
let plaidItemId: string;
let itemId: string;

const loginRequired = { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: null };
const errorWebhook = (code = "ITEM_LOGIN_REQUIRED", type = "ITEM_ERROR") => ({
  webhook_type: "ITEM",
  webhook_code: "ERROR",
  item_id: plaidItemId,
  error: { error_type: type, error_code: code, error_message: "…", display_message: null, status: 400 },
  environment: "sandbox",
});
const repairedWebhook = () => ({
  webhook_type: "ITEM",
  webhook_code: "LOGIN_REPAIRED",
  item_id: plaidItemId,
  environment: "sandbox",
});

beforeAll(() => {
  harness = createHarness({ owner: database.url, worker: database.urlFor("relink_worker") });
});
afterAll(() => harness.close());
beforeEach(async () => {
  count += 1;
  plaidItemId = `item${count}`;
  harness.handed.length = 0;
  harness.queued.length = 0;
  Object.assign(harness.outside, {
    isPlaidDown: false,
    isRedisDown: false,
    smtp: { kind: "accepted", response: "250 ok" },
  });
  itemId = await harness.addItem(plaidItemId);
});

async function one<Row extends Record<string, unknown>>(query: ReturnType<typeof sql>) {
  return (await harness.owner.execute<Row>(query)).rows[0];
}
const item = () =>
  one<{ status: string; error_code: string | null; confirm_due_at: string | null; asked: boolean }>(
    sql`select status, error_code, confirm_due_at, asked_at is not null and (hint_at is null or hint_at < asked_at) as asked
      from items where id = ${itemId}`,
  );
const email = () =>
  one<{ id: string; state: string; problem: string | null; attempts: number; template: string | null }>(
    sql`select id, state, problem, attempts, template from emails where item_id = ${itemId} and step = 0`,
  );
const webhook = (id: string) =>
  one<{ processed: boolean; parked_reason: string | null; outcome: string | null; item_id: string | null }>(
    sql`select processed_at is not null as processed, parked_reason, outcome, item_id from webhook_events where id = ${id}`,
  );

/** From the webhook to a confirmed break with a mail that is due. */
async function breakItem(error = loginRequired): Promise<void> {
  harness.truth.set(plaidItemId, error);
  await harness.jobs.webhooks({ eventIds: [await harness.store(errorWebhook(error.code, error.type))] });
  await harness.elapse(1_500);
  await harness.jobs.confirm({ itemId });
}

async function sendDueMail(): Promise<void> {
  const owed = await email();
  if (owed === undefined) throw new Error("no mail is owed");
  await harness.jobs.email({ emailId: owed.id });
}

test("a confirmed break leads to one mail, not before the hold has passed, and never to a second", async () => {
  await breakItem();
  expect(await item()).toMatchObject({ status: "login_required", error_code: "ITEM_LOGIN_REQUIRED", asked: true });
  await sendDueMail();
  expect(harness.handed).toEqual([]);

  await harness.elapse(HOLD_MS);
  await sendDueMail();
  await sendDueMail();
  expect(harness.handed).toHaveLength(1);
  expect(harness.handed[0]).toMatchObject({ to: `${plaidItemId}@example.com` });
  expect(harness.handed[0]?.messageId).toMatch(/^<eml_[0-9a-z]{26}@acme\.example>$/);
  expect(await email()).toMatchObject({ state: "sent", template: "login_required" });
});

test("the legacy body, without environment and with a line break in its message, goes the whole way", async () => {
  harness.truth.set(plaidItemId, loginRequired);
  const body = {
    error: {
      display_message: "The user’s OAuth connection to this institution has been invalidated.\nPlease reconnect.",
      error_code: "ITEM_LOGIN_REQUIRED",
      error_message: "the login details of this item have changed (credentials, MFA, or required user action)",
      error_type: "ITEM_ERROR",
      status: 400,
    },
    item_id: plaidItemId,
    webhook_code: "ERROR",
    webhook_type: "ITEM",
  };
  const id = await harness.store(body);
  await harness.jobs.webhooks({ eventIds: [id] });
  expect(await webhook(id)).toMatchObject({ processed: true, outcome: "applied", item_id: itemId });
  await harness.elapse(HOLD_MS + 2_000);
  await harness.jobs.confirm({ itemId });
  await sendDueMail();
  expect(harness.handed).toHaveLength(1);
});

test("a false alarm mails nobody and closes its episode", async () => {
  await harness.jobs.webhooks({ eventIds: [await harness.store(errorWebhook())] });
  expect(await item()).toMatchObject({ status: "login_required", asked: false });
  await harness.elapse(1_500);
  await harness.jobs.confirm({ itemId });
  expect(await item()).toMatchObject({ status: "healthy", asked: true, confirm_due_at: null });
  expect(await email()).toBeUndefined();
  expect(await one(sql`select close_reason from episodes where item_id = ${itemId}`)).toEqual({
    close_reason: "false_alarm",
  });
});

test("a connection that was repaired within the hold is not written about, even if no webhook says so", async () => {
  await breakItem();
  harness.truth.set(plaidItemId, null);
  await harness.elapse(HOLD_MS);
  await sendDueMail();
  expect(harness.handed).toEqual([]);
  expect(await email()).toMatchObject({ state: "cancelled" });
  expect(await item()).toMatchObject({ status: "healthy" });
});

test("LOGIN_REPAIRED within the hold wins", async () => {
  await breakItem();
  harness.truth.set(plaidItemId, null);
  await harness.jobs.webhooks({ eventIds: [await harness.store(repairedWebhook())] });
  await harness.elapse(HOLD_MS);
  await harness.jobs.confirm({ itemId });
  expect(await email()).toMatchObject({ state: "cancelled" });
  expect(harness.handed).toEqual([]);
});

test("an outage of the bank mails nobody, and what is still broken afterwards gets its mail", async () => {
  await breakItem();
  harness.truth.set(plaidItemId, { type: "INSTITUTION_ERROR", code: "INSTITUTION_DOWN", reason: null });
  await harness.elapse(HOLD_MS);
  await sendDueMail();
  expect(await item()).toMatchObject({ status: "degraded" });
  expect(await email()).toMatchObject({ state: "held" });

  harness.truth.set(plaidItemId, loginRequired);
  await harness.elapse(16 * 60_000);
  await harness.jobs.confirm({ itemId });
  await sendDueMail();
  expect(harness.handed).toHaveLength(1);
});

test("what the user must do at the bank first is what the mail says", async () => {
  await breakItem({ type: "ITEM_ERROR", code: "ITEM_LOCKED", reason: null });
  await harness.elapse(HOLD_MS);
  await sendDueMail();
  expect(await email()).toMatchObject({ state: "sent", template: "bank_action_required" });
  expect(harness.handed[0]?.text).toContain("lock");
});

test("Plaid being away postpones the question and the mail, and loses neither", async () => {
  harness.truth.set(plaidItemId, loginRequired);
  harness.outside.isPlaidDown = true;
  await harness.jobs.webhooks({ eventIds: [await harness.store(errorWebhook())] });
  await harness.elapse(1_500);
  await harness.jobs.confirm({ itemId });
  expect(await item()).toMatchObject({ status: "login_required", asked: false });
  expect((await item())?.confirm_due_at).not.toBeNull();

  harness.outside.isPlaidDown = false;
  await harness.elapse(HOLD_MS);
  await harness.jobs.confirm({ itemId });
  harness.outside.isPlaidDown = true;
  await sendDueMail();
  expect(await email()).toMatchObject({ state: "owed", attempts: 1 });
  harness.outside.isPlaidDown = false;
  await harness.elapse(60_000);
  await sendDueMail();
  expect(harness.handed).toHaveLength(1);
});

test("a mail server that refuses for now is tried again; one that refuses for good is not", async () => {
  await breakItem();
  await harness.elapse(HOLD_MS);
  harness.outside.smtp = { kind: "refused", permanent: false, stage: "rcpt_to", reason: "450 busy" };
  await sendDueMail();
  expect(await email()).toMatchObject({ state: "owed", problem: "rcpt_to: 450 busy" });
  harness.outside.smtp = { kind: "refused", permanent: true, stage: "rcpt_to", reason: "550 no such user" };
  await harness.elapse(60_000);
  await sendDueMail();
  expect(await email()).toMatchObject({ state: "failed", problem: "rcpt_to: 550 no such user" });
  await harness.elapse(60 * 60_000);
  await sendDueMail();
  expect(harness.handed.map(({ result }) => result)).toEqual(["refused", "refused"]);
});

test("a connection lost while the message was on its way is unknown, and never sent again", async () => {
  await breakItem();
  await harness.elapse(HOLD_MS);
  harness.outside.smtp = { kind: "unknown", stage: "body", reason: "connection lost" };
  await sendDueMail();
  await harness.elapse(60 * 60_000);
  await sendDueMail();
  expect(await email()).toMatchObject({ state: "unknown" });
  expect(harness.handed).toHaveLength(1);
});

test("a process that dies while it sends leaves a mail that is unknown, and is never sent again", async () => {
  await breakItem();
  await harness.elapse(HOLD_MS);
  const owed = await email();
  await harness.owner.execute(
    sql`update emails set state = 'transmitting', transmitting_at = now(), message_id = '<m>' where id = ${owed?.id}`,
  );
  await harness.jobs.maintenance({ task: "settle_lost_transmissions" });
  expect(await email()).toMatchObject({ state: "transmitting" });
  await harness.elapse(6 * 60_000);
  await harness.jobs.maintenance({ task: "settle_lost_transmissions" });
  await sendDueMail();
  expect(await email()).toMatchObject({ state: "unknown" });
  expect(harness.handed).toEqual([]);
});

test("a webhook before its Item is parked, and takes effect when the Item is registered", async () => {
  plaidItemId = `late${count}`;
  const id = await harness.store(errorWebhook());
  await harness.jobs.webhooks({ eventIds: [id] });
  expect(await webhook(id)).toMatchObject({ processed: false, parked_reason: "unknown_item" });

  harness.truth.set(plaidItemId, loginRequired);
  itemId = await harness.addItem(plaidItemId);
  await harness.jobs.webhooks({ eventIds: [id] });
  expect(await webhook(id)).toMatchObject({ processed: true, parked_reason: null, item_id: itemId });
  expect(await item()).toMatchObject({ status: "login_required" });
});

test.each([
  ["not_utf8", Buffer.from([0xff, 0xfe, 0x7b])],
  ["not_json", Buffer.from("{")],
  ["not_object", Buffer.from("[]")],
  ["bad_fields", Buffer.from('{"webhook_type":"ITEM","webhook_code":"ERROR","item_id":"a\\u0000b"}')],
  ["bad_fields", Buffer.from(`{"webhook_type":"ITEM","webhook_code":"ERROR","item_id":"${"x".repeat(8_000)}"}`)],
  [
    "environment",
    Buffer.from('{"webhook_type":"ITEM","webhook_code":"ERROR","item_id":"x","environment":"production"}'),
  ],
])("a signed body that cannot be used is parked as %s, and its neighbours are processed", async (reason, body) => {
  const bad = await harness.store(body);
  const good = await harness.store(errorWebhook());
  await harness.jobs.webhooks({ eventIds: [bad, good] });
  expect(await webhook(bad)).toMatchObject({ processed: false, parked_reason: reason });
  expect(await webhook(good)).toMatchObject({ processed: true });
});

test("a webhook of a type that is not known is stored, logged and left alone", async () => {
  const id = await harness.store({ webhook_type: "NEW_THING", webhook_code: "HAPPENED", item_id: plaidItemId });
  await harness.jobs.webhooks({ eventIds: [id] });
  expect(await webhook(id)).toMatchObject({ processed: true, outcome: "stored", item_id: itemId });
  expect(await item()).toMatchObject({ status: "healthy" });
});

test("with Redis away the sweeper does everything itself", async () => {
  harness.truth.set(plaidItemId, loginRequired);
  harness.outside.isRedisDown = true;
  const sweeper = createSweeper({ ...harness, intervalMs: 1_000 });
  await harness.store(errorWebhook());
  await harness.elapse(6_000);
  await sweeper.sweep();
  expect(await item()).toMatchObject({ status: "login_required" });
  await harness.elapse(HOLD_MS);
  await sweeper.sweep();
  await harness.elapse(3_000);
  await sweeper.sweep();
  expect(harness.handed.filter(({ to }) => to.startsWith(`${plaidItemId}@`))).toHaveLength(1);
});

test("with Redis back the sweeper hands off what was forgotten, once per lease", async () => {
  const sweeper = createSweeper({ ...harness, intervalMs: 1_000 });
  const id = await harness.store(errorWebhook());
  await harness.elapse(6_000);
  await sweeper.sweep();
  await sweeper.sweep();
  const jobs = harness.queued.filter(
    ({ queue, payload }) => queue === "webhooks" && JSON.stringify(payload).includes(id),
  );
  expect(jobs).toHaveLength(1);
});

test("the timeline tells the whole story, newest first, in pages without gaps", async () => {
  await breakItem();
  await harness.elapse(HOLD_MS);
  await sendDueMail();
  const whole = await itemTimeline(harness.owner, itemId, { limit: 100 });
  expect(whole.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(["webhook_received", "episode_opened", "episode_confirmed", "email"]),
  );
  const pages = [];
  let before: (typeof whole)[number] | undefined;
  do {
    const page = await itemTimeline(harness.owner, itemId, { limit: 2, before });
    pages.push(...page);
    before = page.at(-1);
  } while (before !== undefined);
  expect(pages).toEqual(whole);
});
