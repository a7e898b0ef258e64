import type { ItemError, ItemStatus } from "@relink/core";
import { createMailer } from "@relink/email";
import { findTeamMail, pauseTeamMail } from "@relink/items";
import { Secret, showId } from "@relink/service";
import { waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import PostalMime from "postal-mime";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Channels, createChannels } from "../testing/channels.ts";
import { claimMessage } from "./claim-message.ts";
import { sendMessage } from "./send-message.ts";
import { settleLost } from "./settle-message.ts";

const MINUTE = 60_000;
const error = (code: string): ItemError => ({ type: "ITEM_ERROR", code, reason: null });
const broken: ItemStatus = { kind: "login_required", error: error("ITEM_LOGIN_REQUIRED") };
const platypus = { id: "ins_109508", name: "First Platypus Bank" };

const database = useDatabase();
let channels: Channels;
let mailsBefore = 0;
beforeAll(async () => {
  channels = await createChannels({ owner: database.url, worker: database.urlFor("relink_worker") });
});
afterAll(() => channels?.close());
beforeEach(async () => {
  await channels.pool.query("truncate teams, users cascade");
  channels.outside.refuse = () => null;
  mailsBefore = channels.mails.length;
  channels.lines.length = 0;
});
afterEach(() => channels.stopAll());

/** The mails of this test, read. */
async function mails() {
  return Promise.all(
    channels.mails.slice(mailsBefore).map(async ({ to, raw }) => {
      const { subject = "", text = "", html = "", messageId, headers } = await PostalMime.parse(raw);
      return { to, subject, text, html, messageId, headers: new Map(headers.map(({ key, value }) => [key, value])) };
    }),
  );
}
const subjects = async () => (await mails()).map(({ subject }) => subject);
const becomes = (subscription: string, states: Record<string, number>) =>
  waitFor(
    async () => {
      expect(await channels.states(subscription)).toEqual(states);
      expect((await channels.notifications(subscription)).map(({ state }) => state)).not.toContain("sending");
      return true;
    },
    { timeoutMs: 30_000 },
  );

test("an outage is a few mails of one conversation, and the last one says that it is over", async () => {
  const address = await channels.addAddress();
  const items = await channels.addItems(400, platypus);
  channels.start();
  await channels.publish(items.slice(0, 1), broken);
  await becomes(address, { delivered: 1 });
  await channels.publish(items.slice(1), broken);
  await channels.elapse(MINUTE);
  await becomes(address, { delivered: 400 });
  await channels.publish(items.slice(0, 100), "repaired");
  await channels.elapse(MINUTE);
  await waitFor(async () => (await channels.notifications(address))[0]?.dueAt);
  expect(await channels.states(address)).toEqual({ delivered: 400, pending: 100 });
  await channels.publish(items.slice(100), "repaired");
  await channels.elapse(MINUTE);
  await becomes(address, { delivered: 800 });

  expect(await subjects()).toEqual([
    "[Acme] First Platypus Bank: 1 connection broke (ITEM_LOGIN_REQUIRED)",
    "[Acme] First Platypus Bank: 400 connections broke (ITEM_LOGIN_REQUIRED)",
    "[Acme] First Platypus Bank: all 400 connections work again (ITEM_LOGIN_REQUIRED)",
  ]);
  const [first, second, last] = await mails();
  expect(first?.to).toEqual(["team@example.com"]);
  expect(first?.messageId).toMatch(/^<ntf_\w{26}-1@acme\.example>$/);
  for (const next of [second, last]) expect(next?.headers.get("in-reply-to")).toBe(first?.messageId);
  expect(new Set([first, second, last].map((mail) => mail?.messageId)).size).toBe(3);
  expect(second?.text).toContain("Who must act: the user");
  expect(second?.text.match(/https:\/\/api\.acme\.example\/v1\/items\/itm_\w+\/timeline/g)).toHaveLength(5);
  expect(second?.text).toContain("and 395 more");
  expect(second?.text).toContain(showId("sub", address));
  expect(await channels.attempts(address)).toMatchObject([
    { responseStatus: 250, errorCode: null, url: null },
    { responseStatus: 250 },
    { responseStatus: 250 },
  ]);
}, 60_000);

test("a reader can stop the mails with one request, and what happens then waits", async () => {
  const address = await channels.addAddress();
  const items = await channels.addItems(2, platypus);
  channels.start();
  await channels.publish(items.slice(0, 1), broken);
  await becomes(address, { delivered: 1 });
  const [mail] = await mails();
  const url = /^<(.*)>$/.exec(mail?.headers.get("list-unsubscribe") ?? "")?.[1] ?? "";
  expect(mail?.headers.get("list-unsubscribe-post")).toBe("List-Unsubscribe=One-Click");
  expect(mail?.text).toContain(url);
  expect(mail?.html).toContain(url);
  const [, token = ""] = /^https:\/\/link\.acme\.example\/team-mail\/(.+)$/.exec(url) ?? [];
  const found = await findTeamMail(channels.owner, token, { keys: channels.linkTokenKeys, now: new Date() });
  expect(found?.id).toBe(address);
  await pauseTeamMail(channels.owner, address);

  await channels.publish(items.slice(1), broken);
  const other = await channels.addAddress({ address: "other@example.com" });
  await channels.elapse(MINUTE);
  await channels.publish(items.slice(1), "repaired");
  await becomes(other, { delivered: 1 });
  expect(await channels.states(address)).toEqual({ delivered: 1, pending: 2 });
  expect((await mails()).filter(({ to }) => to.includes("team@example.com"))).toHaveLength(1);
});

test("an address that the mail server does not know is disabled, and its owner is told", async () => {
  const address = await channels.addAddress({ ownerContact: "owner@example.com" });
  channels.outside.refuse = (recipient) => (recipient === "team@example.com" ? "550 5.1.1 no such user" : null);
  channels.start();
  await channels.publish(await channels.addItems(3, platypus), broken);
  await becomes(address, { held: 3 });
  expect(await channels.subscription(address)).toMatchObject({ status: "disabled", disabledReason: "gone" });
  const { rows } = await channels.pool.query("select kind from notices where subscription_id = $1", [address]);
  expect(rows).toEqual([{ kind: "disabled" }]);
  const [attempt] = await channels.attempts(address);
  expect(attempt).toMatchObject({ responseStatus: 550, errorCode: "GONE" });
  expect(JSON.stringify([attempt, ...(await channels.notifications(address))])).not.toContain("team@example.com");
});

test("a mail that is refused for now is sent later, and one that is refused for what is in it is not", async () => {
  const address = await channels.addAddress({ retrySchedule: [60] });
  channels.outside.refuse = () => "451 4.7.1 greylisted, come again";
  channels.start();
  await channels.publish(await channels.addItems(1, platypus), broken);
  await waitFor(async () => expect(await channels.deliveries(address)).toMatchObject([{ failures: 1 }]));
  expect(await channels.states(address)).toEqual({ pending: 1 });
  channels.outside.refuse = () => null;
  await channels.elapse(MINUTE);
  await becomes(address, { delivered: 1 });

  channels.outside.refuse = () => "554 5.7.1 looks like spam";
  await channels.publish(await channels.addItems(2, { id: "ins_2", name: "Other Bank" }), broken);
  await becomes(address, { delivered: 1, exhausted: 2 });
  expect((await channels.subscription(address)).status).toBe("active");
  expect((await channels.attempts(address)).at(-1)).toMatchObject({
    errorCode: "MESSAGE_REFUSED",
    responseStatus: 554,
  });
  const { rows } = await channels.pool.query("select from events where type = 'delivery.exhausted'");
  expect(rows).toHaveLength(2);
});

test("a mail server of ours that is away is nobody else's fault: no attempt is counted, and the mail goes out later", async () => {
  const address = await channels.addAddress();
  const away = createMailer({ smtpUrl: new Secret("smtp://127.0.0.1:9"), from: "Acme <relink@acme.example>" });
  channels.start({ mailer: away });
  await channels.publish(await channels.addItems(1, platypus), broken);
  await waitFor(async () => {
    expect(await channels.deliveries(address)).toMatchObject([
      { state: "pending", lastErrorCode: "EGRESS_UNAVAILABLE", attempts: 0, failures: 0 },
    ]);
    return true;
  });
  expect((await channels.subscription(address)).health).toMatchObject({ failures: 0 });
  expect(await channels.attempts(address)).toEqual([]);
  await channels.stopAll();
  channels.start();
  await channels.elapse(MINUTE);
  await becomes(address, { delivered: 1 });
  expect(await subjects()).toHaveLength(1);
});

test("a mail that may have arrived is not sent again, and the log says so", async () => {
  const address = await channels.addAddress();
  channels.start({
    mailer: { send: async () => ({ kind: "unknown", stage: "body", reason: "the connection broke" }) },
  });
  const items = await channels.addItems(2, platypus);
  await channels.publish(items.slice(0, 1), broken);
  await becomes(address, { exhausted: 1 });
  expect(await channels.attempts(address)).toMatchObject([
    { errorCode: "INTERNAL", errorDetail: "the connection broke", nextAttemptAt: null },
  ]);
  await channels.stopAll();

  // What comes later is told with all that there is to tell.
  channels.start();
  await channels.publish(items.slice(1), broken);
  await channels.elapse(MINUTE);
  await becomes(address, { exhausted: 1, delivered: 1 });
  expect(await subjects()).toEqual(["[Acme] First Platypus Bank: 2 connections broke (ITEM_LOGIN_REQUIRED)"]);
});

test("a worker that is killed while a mail is on its way sends it once at most; before that, it is sent by another one", async () => {
  const address = await channels.addAddress();
  const { deps, db } = channels;
  const claim = async () => {
    const claimed = await claimMessage(db, address, (tx, subscription, lost) =>
      settleLost(tx, deps, subscription, lost),
    );
    if (claimed.kind !== "message") throw new TypeError("there is something to send");
    return claimed.message;
  };

  await channels.publish(await channels.addItems(3, platypus), broken);
  await claim();
  await channels.elapse(MINUTE, { isWorkerDead: true });
  channels.start();
  await becomes(address, { delivered: 3 });
  expect(await subjects()).toHaveLength(1);
  await channels.stopAll();

  await channels.publish(await channels.addItems(3, { id: "ins_2", name: "Other Bank" }), broken);
  await channels.elapse(MINUTE);
  await sendMessage(deps, await claim(), new AbortController().signal);
  expect(await channels.states(address)).toEqual({ delivered: 3, in_flight: 3 });
  await channels.elapse(3 * MINUTE, { isWorkerDead: true });
  channels.start();
  await becomes(address, { delivered: 3, exhausted: 3 });
  expect(await subjects()).toHaveLength(2);
  expect((await channels.attempts(address)).map(({ errorCode }) => errorCode)).toContain("INTERNAL");
  expect(channels.lines.filter((line) => line.includes("notification.unknown"))).toHaveLength(1);
  expect(channels.lines.join()).not.toContain("team@example.com");
});

test("two workers send each mail once", async () => {
  const address = await channels.addAddress();
  channels.start();
  channels.start();
  const items = await channels.addItems(20, platypus);
  for (const item of items) await channels.publish([item], broken);
  await waitFor(async () => (await channels.states(address))["delivered"]);
  await waitFor(async () =>
    (await channels.deliveries(address)).every(({ state, dueAt }) => state === "delivered" || dueAt > new Date()),
  );
  await channels.elapse(MINUTE);
  await becomes(address, { delivered: 20 });
  expect((await subjects()).length).toBeLessThanOrEqual(2);
  expect((await subjects()).at(-1)).toBe("[Acme] First Platypus Bank: 20 connections broke (ITEM_LOGIN_REQUIRED)");
});
