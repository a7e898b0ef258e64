import type { ItemError } from "@relink/core";
import { itemTimeline } from "@relink/db";
import { oweFreshMail, recordLinkSuccess } from "@relink/items";
import { Secret } from "@relink/service";
import { useDatabase } from "@relink/testkit/vitest";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createHarness, type Harness, HOLD_MS } from "./testing/harness.ts";

const database = useDatabase();
let harness: Harness;
let count = 0;
let plaidItemId: string;
let itemId: string;

const DAY_MS = 24 * 60 * 60_000;
const loginRequired: ItemError = { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: null };
const down: ItemError = { type: "INSTITUTION_ERROR", code: "INSTITUTION_DOWN", reason: null };
const policy = { holdMs: HOLD_MS, reminderDays: [1, 3, 7], expiringDays: [7, 3, 1], tellsOfNewAccounts: false };

beforeAll(() => {
  harness = createHarness({ owner: database.url, worker: database.urlFor("relink_worker") });
});
afterAll(() => harness.close());
beforeEach(async () => {
  count += 1;
  plaidItemId = `item-${count}-`;
  harness.handed.length = 0;
  harness.queued.length = 0;
  Object.assign(harness.outside, {
    institutionName: "First Platypus Bank",
    institutionHealth: "unknown",
    smtp: { kind: "accepted", response: "250 ok" },
  });
  itemId = await harness.addItem(plaidItemId);
});

const rows = async <Row extends Record<string, unknown>>(query: ReturnType<typeof sql>) =>
  (await harness.owner.execute<Row>(query)).rows;
const item = async () => (await rows<Record<string, unknown>>(sql`select * from items where id = ${itemId}`))[0];
const mails = (id = itemId) =>
  rows<{ id: string; step: number; state: string; template: string | null; problem: string | null; days: number }>(
    sql`select id, step, state, template, problem, round(extract(epoch from due_at - now()) / 86400)::int as days
      from emails where item_id = ${id} order by created_at, step`,
  );
const itemWebhook = (code: string, more: object = {}, id = plaidItemId) => ({
  webhook_type: "ITEM",
  webhook_code: code,
  item_id: id,
  environment: "sandbox",
  ...more,
});
async function receive(body: object): Promise<void> {
  await harness.jobs.webhooks({ eventIds: [await harness.store(body)] });
}
async function ask(id = itemId): Promise<void> {
  await harness.elapse(1_500);
  await harness.jobs.confirm({ itemId: id });
}
/** Sends all that is owed and due about this test's Items. */
async function sendDue(): Promise<void> {
  const owed = await rows<{ id: string }>(sql`select emails.id from emails join items on items.id = emails.item_id
    where state = 'owed' and plaid_item_id like ${`${plaidItemId}%`} order by due_at`);
  for (const { id } of owed) await harness.jobs.email({ emailId: id });
}
async function breakAndWrite(): Promise<void> {
  harness.truth.set(plaidItemId, loginRequired);
  await receive(itemWebhook("ERROR", { error: { error_type: "ITEM_ERROR", error_code: "ITEM_LOGIN_REQUIRED" } }));
  await ask();
  await harness.elapse(HOLD_MS);
  await sendDue();
}

describe("an announced end", () => {
  const inDays = (days: number): Date => new Date(Date.now() + days * DAY_MS);
  const expiration = (date: Date) => itemWebhook("PENDING_EXPIRATION", { consent_expiration_time: date.toISOString() });
  const disconnect = (date: Date) =>
    itemWebhook("PENDING_DISCONNECT", { disconnect_time: date.toISOString(), reason: "INSTITUTION_MIGRATION" });

  test("of a consent is written about 7, 3 and 1 days before, and no more once it was renewed", async () => {
    harness.consents.set(plaidItemId, inDays(7));
    await receive(expiration(inDays(7)));
    await ask();
    expect(await item()).toMatchObject({ status: "expiring", error_code: null, pending_reason: "CONSENT" });
    await sendDue();
    expect(await mails()).toMatchObject([
      { step: 0, state: "sent", template: "expiring" },
      { step: 1, state: "owed", days: 4 },
    ]);
    await harness.elapse(4 * DAY_MS);
    await sendDue();
    expect(await mails()).toMatchObject([{}, { step: 1, state: "sent" }, { step: 2, state: "owed", days: 2 }]);

    harness.consents.set(plaidItemId, inDays(365));
    await harness.elapse(2 * DAY_MS);
    await sendDue();
    expect(harness.handed).toHaveLength(2);
    expect(await item()).toMatchObject({ status: "healthy", pending_at: null });
    expect(await mails()).toMatchObject([{}, {}, { step: 2, state: "cancelled" }]);
  });

  test("of a connection lasts until Link was gone through, for /item/get says nothing of it", async () => {
    await receive(disconnect(inDays(7)));
    await ask();
    await sendDue();
    expect(await item()).toMatchObject({ status: "expiring", pending_kind: "disconnect" });
    expect(harness.handed[0]?.text).toContain("First Platypus Bank");

    const owed = await recordLinkSuccess({ db: harness.db, policy }, itemId);
    expect(owed.questions).toHaveLength(1);
    await ask();
    expect(await item()).toMatchObject({ status: "healthy", pending_at: null });
  });

  test("that passes with a break becomes a break of its own, with its own mails", async () => {
    await receive(disconnect(inDays(2)));
    await ask();
    await sendDue();
    harness.truth.set(plaidItemId, loginRequired);
    await harness.elapse(3 * DAY_MS);
    await harness.jobs.confirm({ itemId });
    expect(await item()).toMatchObject({ status: "login_required" });
    expect(await rows(sql`select cause, close_reason from episodes where item_id = ${itemId} order by id`)).toEqual([
      { cause: "expiring", close_reason: "superseded" },
      { cause: "broken", close_reason: null },
    ]);
    await harness.elapse(HOLD_MS);
    await sendDue();
    expect(harness.handed).toHaveLength(2);
  });

  test("without its date is a reason to ask, and nothing else", async () => {
    await receive(itemWebhook("PENDING_EXPIRATION"));
    await ask();
    expect(await item()).toMatchObject({ status: "healthy" });
    expect(await mails()).toEqual([]);
  });
});

describe("reminders", () => {
  test("come after one, three and seven days, then no more", async () => {
    await breakAndWrite();
    for (const days of [1, 2, 4, 30]) {
      await harness.elapse(days * DAY_MS);
      await sendDue();
    }
    expect(harness.handed).toHaveLength(4);
    expect((await mails()).map(({ step, state }) => `${step} ${state}`)).toEqual([
      "0 sent",
      "1 sent",
      "2 sent",
      "3 sent",
    ]);
  });

  test("stop when the Item is repaired, and who was written to hears that all is well", async () => {
    await breakAndWrite();
    harness.truth.set(plaidItemId, null);
    await harness.elapse(DAY_MS);
    await sendDue();
    expect((await mails()).map(({ step, state }) => `${step} ${state}`)).toEqual(["0 sent", "1 cancelled", "100 owed"]);
    await sendDue();
    expect(harness.handed.map(({ subject }) => subject).at(-1)).toContain("connected again");
    await harness.elapse(30 * DAY_MS);
    await sendDue();
    expect(harness.handed).toHaveLength(2);
  });

  test("good news are not sent about an Item that broke again meanwhile", async () => {
    await breakAndWrite();
    harness.truth.set(plaidItemId, null);
    await receive(itemWebhook("LOGIN_REPAIRED"));
    await ask();
    harness.truth.set(plaidItemId, loginRequired);
    await sendDue();
    expect(harness.handed).toHaveLength(1);
    expect(await mails()).toMatchObject([{}, {}, { step: 100, state: "cancelled" }, { step: 0, state: "owed" }]);
  });

  test("wait for the morning where the user is", async () => {
    const hour = new Date().getUTCHours();
    // Where it is midnight; the signs of these names are the other way round.
    const night = hour < 12 ? `Etc/GMT+${hour}` : `Etc/GMT-${24 - hour}`;
    await rows(sql`update users set time_zone = ${night} where id = (select user_id from items where id = ${itemId})`);
    await breakAndWrite();
    expect(harness.handed, "the first mail comes at once").toHaveLength(1);
    await harness.elapse(DAY_MS);
    await sendDue();
    expect(await mails()).toMatchObject([{}, { step: 1, state: "owed", problem: "it is night where the user is" }]);
  });

  test("of a muted Item stop", async () => {
    await breakAndWrite();
    await rows(sql`update items set muted_at = now() where id = ${itemId}`);
    await harness.elapse(DAY_MS);
    await sendDue();
    expect(harness.handed).toHaveLength(1);
    expect(await mails()).toMatchObject([{}, { step: 1, state: "cancelled" }]);
  });
});

describe("who is not written to", () => {
  test("a user without an address", async () => {
    await rows(sql`update users set email = null where id = (select user_id from items where id = ${itemId})`);
    await breakAndWrite();
    expect(harness.handed).toEqual([]);
    expect(await mails()).toMatchObject([{ state: "failed", problem: "the user has no address" }]);
  });

  test("an address that its server said does not exist", async () => {
    harness.outside.smtp = { kind: "refused", permanent: true, stage: "rcpt_to", reason: "550 5.1.1 no such user" };
    await breakAndWrite();
    expect(await rows(sql`select reason from suppressions where address = ${`${plaidItemId}@example.com`}`)).toEqual([
      { reason: "bounced" },
    ]);
    harness.outside.smtp = { kind: "accepted", response: "250 ok" };
    harness.truth.set(plaidItemId, null);
    await receive(itemWebhook("LOGIN_REPAIRED"));
    await ask();
    harness.handed.length = 0;
    await breakAndWrite();
    expect(harness.handed).toEqual([]);
    expect((await mails()).at(-1)).toMatchObject({ state: "failed", problem: expect.stringContaining("suppression") });
  });

  test("anybody a fourth time within a day, however many of their Items break", async () => {
    const ids = [itemId];
    for (const other of [1, 2, 3]) {
      ids.push(await harness.addItem(`${plaidItemId}-${other}`, { externalId: `user-of-${plaidItemId}` }));
    }
    for (const [index, id] of ids.entries()) {
      const name = index === 0 ? plaidItemId : `${plaidItemId}-${index}`;
      harness.truth.set(name, loginRequired);
      await receive(itemWebhook("ERROR", { error: null }, name));
      await ask(id);
    }
    await harness.elapse(HOLD_MS);
    await sendDue();
    expect(harness.handed).toHaveLength(3);
    await harness.elapse(DAY_MS + 3_600_000);
    await sendDue();
    expect(harness.handed.length).toBeGreaterThan(3);
  });

  test("a user whose newer Item has put this one out: there is nothing to sign in to", async () => {
    harness.outside.institutionName = "Chase";
    const older = await harness.addItem(`${plaidItemId}-old`);
    await harness.addItem(`${plaidItemId}-new`, { externalId: `user-of-${plaidItemId}-old` });
    harness.truth.set(`${plaidItemId}-old`, loginRequired);
    await receive(itemWebhook("ERROR", { error: null }, `${plaidItemId}-old`));
    await ask(older);
    expect(
      await rows(sql`select status, displaced_by is not null as displaced from items where id = ${older}`),
    ).toEqual([{ status: "needs_developer", displaced: true }]);
    expect(await mails(older)).toEqual([]);
  });
});

test("an outage of a bank mails none of its thousand users; those still broken after it get one mail each", async () => {
  const ids = new Map<string, string>();
  for (let index = 0; index < 1_000; index += 1) {
    const name = `${plaidItemId}-outage-${index}`;
    ids.set(name, await harness.addItem(name));
    harness.truth.set(name, down);
  }
  const bodies = [...ids.keys()].map((name, index) =>
    itemWebhook(
      "ERROR",
      {
        error: {
          error_type: index % 2 ? down.type : loginRequired.type,
          error_code: index % 2 ? down.code : loginRequired.code,
        },
      },
      name,
    ),
  );
  // One after the other: of a thousand at once, some would wait for a connection for longer than the pool lets them.
  const eventIds: string[] = [];
  for (const body of bodies) eventIds.push(await harness.store(body));
  await harness.jobs.webhooks({ eventIds });
  await harness.elapse(1_500);
  for (const id of ids.values()) await harness.jobs.confirm({ itemId: id });
  await harness.elapse(HOLD_MS);
  await sendDue();
  expect(harness.handed).toEqual([]);

  let broken = 0;
  for (const [index, name] of [...ids.keys()].entries()) {
    harness.truth.set(name, index % 10 === 0 ? loginRequired : null);
    broken += index % 10 === 0 ? 1 : 0;
  }
  await harness.elapse(16 * 60_000);
  for (const id of ids.values()) await harness.jobs.confirm({ itemId: id });
  await harness.elapse(HOLD_MS);
  await sendDue();
  expect(harness.handed).toHaveLength(broken);
  expect(new Set(harness.handed.map(({ to }) => to)).size).toBe(broken);
}, 300_000);

test("while Plaid refuses every question for an hour nobody is written to, few are asked, and all is known soon after it", async () => {
  harness.outside.isRateLimited = true;
  harness.truth.set(plaidItemId, loginRequired);
  await receive(itemWebhook("ERROR", { error: { error_type: "ITEM_ERROR", error_code: "ITEM_LOGIN_REQUIRED" } }));
  let asked = 0;
  for (let minute = 0; minute < 60; minute += 1) {
    await harness.elapse(60_000);
    const before = Number((await item())?.["confirm_attempts"]);
    await harness.jobs.confirm({ itemId });
    asked += Number((await item())?.["confirm_attempts"]) - before;
  }
  await sendDue();
  expect(harness.handed).toEqual([]);
  expect(await item()).toMatchObject({ status: "login_required" });
  expect(asked).toBeGreaterThanOrEqual(5);
  expect(asked).toBeLessThanOrEqual(12);

  harness.outside.isRateLimited = false;
  await harness.elapse(15 * 60_000);
  await harness.jobs.confirm({ itemId });
  await sendDue();
  expect(await mails()).toMatchObject([{ step: 0, state: "sent" }, { step: 1 }]);
}, 60_000);

test("an alert about a bank holds its users' mails back until Plaid says that it is well", async () => {
  const alert = { webhook_type: "DASHBOARD_CONFIGURED_ALERT", webhook_code: "INSTITUTION_STATUS_ALERT_TRIGGERED" };
  await receive({
    ...alert,
    institution_id: "ins_109508",
    institution_overall_success_rate: 0.2,
    environment: "sandbox",
  });
  await breakAndWrite();
  expect(harness.handed).toEqual([]);
  expect(await mails()).toMatchObject([{ state: "owed", problem: "the bank has trouble" }]);

  harness.outside.institutionHealth = "healthy";
  await harness.elapse(16 * 60_000);
  await harness.jobs.maintenance({ task: "recheck_troubles" });
  await sendDue();
  expect(harness.handed).toHaveLength(1);
});

test("an account that was withdrawn is noted, and its Item stays as it is", async () => {
  await receive(itemWebhook("USER_ACCOUNT_REVOKED", { account_id: "acc-1" }));
  await receive(itemWebhook("USER_ACCOUNT_REVOKED", { account_id: "acc-1" }));
  expect(await item()).toMatchObject({ status: "healthy" });
  expect(
    await rows(sql`select plaid_account_id, revoked_at is not null as revoked from accounts where item_id = ${itemId}`),
  ).toEqual([{ plaid_account_id: "acc-1", revoked: true }]);
});

test("permission that was withdrawn is told once, without reminders", async () => {
  const revoked = { type: "ITEM_ERROR", code: "USER_PERMISSION_REVOKED", reason: null };
  harness.truth.set(plaidItemId, revoked);
  await receive(itemWebhook("USER_PERMISSION_REVOKED"));
  expect(await item()).toMatchObject({ status: "revoked" });
  await ask();
  await harness.elapse(HOLD_MS);
  await sendDue();
  await harness.elapse(30 * DAY_MS);
  await sendDue();
  expect(harness.handed).toHaveLength(1);
});

test("a user whose time zone nobody knows is written to and reminded by the clock of the default zone", async () => {
  await rows(
    sql`update users set time_zone = 'Mars/Olympus' where id = (select user_id from items where id = ${itemId})`,
  );
  await breakAndWrite();
  await harness.elapse(DAY_MS);
  await sendDue();
  expect(await mails()).toMatchObject([
    { step: 0, state: "sent", problem: null },
    { step: 1, state: "sent", problem: null },
    { step: 2, state: "owed" },
  ]);
});

test("a webhook at the new URL proves that it works", async () => {
  await receive(itemWebhook("WEBHOOK_UPDATE_ACKNOWLEDGED", { new_webhook_url: "https://new.example/webhooks/plaid" }));
  expect(await item()).toMatchObject({ webhook_url: "https://new.example/webhooks/plaid" });
  expect((await item())?.["webhook_acknowledged_at"]).not.toBeNull();
});

test("a webhook that never came is made up for by the sweep, and the timeline says so", async () => {
  await harness.elapse(2 * DAY_MS);
  harness.truth.set(plaidItemId, loginRequired);
  harness.lastWebhooks.set(plaidItemId, { code: "ERROR", sentAt: new Date(Date.now() - 3_600_000) });
  await harness.jobs.maintenance({ task: "reconcile" });
  await ask();
  expect(await item()).toMatchObject({ status: "login_required", is_sweep: false });
  expect(
    await rows(
      sql`select status_before, status_after, missed_webhook_code from reconciliations where item_id = ${itemId}`,
    ),
  ).toEqual([{ status_before: "healthy", status_after: "login_required", missed_webhook_code: "ERROR" }]);
  const timeline = await itemTimeline(harness.owner, itemId, { limit: 50 });
  expect(timeline.map(({ kind }) => kind)).toContain("status_corrected");
});

test("the sweep goes by the database's clock, whatever this machine's says", async () => {
  await harness.jobs.maintenance({ task: "reconcile" });
  const clock = vi.spyOn(Date, "now").mockImplementation(() => new Date().getTime() + DAY_MS);
  try {
    await harness.jobs.maintenance({ task: "reconcile" });
    expect(await item(), "no outage came to an end, and no day has passed").toMatchObject({ confirm_due_at: null });

    await harness.elapse(2 * DAY_MS);
    harness.truth.set(plaidItemId, loginRequired);
    harness.lastWebhooks.set(plaidItemId, { code: "ERROR", sentAt: new Date(new Date().getTime() - 60_000) });
    await harness.jobs.maintenance({ task: "reconcile" });
    await ask();
    expect(
      await rows(sql`select status_after, missed_webhook_code from reconciliations where item_id = ${itemId}`),
      "a webhook of a minute ago may still be on its way",
    ).toEqual([{ status_after: "login_required", missed_webhook_code: null }]);
  } finally {
    clock.mockRestore();
  }
});

test("a webhook that Plaid could not deliver is made up for, where Plaid tells", async () => {
  harness.truth.set(plaidItemId, loginRequired);
  await harness.elapse(3_600_000);
  const sentAt = new Date(Date.now() - 60_000);
  harness.outside.undelivered = [
    {
      messageId: "m1",
      webhookType: "ITEM",
      webhookCode: "ERROR",
      plaidItemId,
      sentAt,
      status: "failed",
      lastHttpStatus: 500,
      attemptCount: 7,
      destinationUrl: "https://in.example",
      body: new Secret("{}"),
    },
  ];
  await harness.jobs.maintenance({ task: "make_up_for_undelivered" });
  await ask();
  expect(await item()).toMatchObject({ status: "login_required", confirm_due_at: null });
  await harness.jobs.maintenance({ task: "make_up_for_undelivered" });
  expect(await item(), "asked about since").toMatchObject({ confirm_due_at: null });
  harness.outside.undelivered = [];
});

test("the sweep leaves alone whom somebody asked about today", async () => {
  await harness.jobs.maintenance({ task: "reconcile" });
  expect(await item()).toMatchObject({ confirm_due_at: null });
});

test("an old link brings one fresh mail an hour, and only while there is something to repair", async () => {
  await breakAndWrite();
  const [episode] = await rows<{ id: string }>(sql`select id from episodes where item_id = ${itemId}`);
  expect(await oweFreshMail(harness.db, episode?.id ?? "")).not.toBeNull();
  expect(await oweFreshMail(harness.db, episode?.id ?? "")).toBeNull();
  await sendDue();
  expect(harness.handed).toHaveLength(2);
  harness.truth.set(plaidItemId, null);
  await receive(itemWebhook("LOGIN_REPAIRED"));
  await ask();
  expect(await oweFreshMail(harness.db, episode?.id ?? "")).toBeNull();
});
