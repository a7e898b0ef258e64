import { NEW_ENDPOINT_HEALTH } from "@relink/core";
import { readHealth, settleLostNotices } from "@relink/db";
import { showId } from "@relink/service";
import { waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { answerWith, type Receiver, startReceiver } from "../testing/receiver.ts";
import { createSubscribers, type Subscribers } from "../testing/subscribers.ts";
import { checkHealth } from "./check-health.ts";
import { sendNotices } from "./send-notices.ts";

const database = useDatabase();
let world: Subscribers;
let teamId: string;
beforeAll(() => {
  world = createSubscribers({ owner: database.url, worker: database.urlFor("relink_worker") });
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.pool.query("truncate teams cascade; truncate events cascade; truncate suppressions");
  world.mails.length = 0;
  world.outside.smtp = { kind: "accepted", response: "250 ok" };
  teamId = await world.addTeam();
});
afterEach(() => world.stopAll());

const HOUR_MS = 60 * 60_000;
const OWNER = "owner@example.com";

async function failing(
  columns: Parameters<Subscribers["subscribe"]>[2] = {},
): Promise<{ id: string; endpoint: Receiver }> {
  const endpoint = await startReceiver(answerWith(500));
  onTestFinished(() => endpoint.close());
  const { id } = await world.subscribe(teamId, `${endpoint.url}?token=hush`, { ownerContact: OWNER, ...columns });
  return { id, endpoint };
}

/** Lets a delivery fail that many times. */
async function fail(subscriptionId: string, times: number): Promise<string> {
  const { deliveryId } = await world.owe(subscriptionId);
  for (let number = 1; number <= times; number += 1) {
    await world.makeDue(deliveryId);
    await waitFor(async () => (await world.attempts(deliveryId)).length === number);
  }
  return deliveryId;
}

/** Moves all that an endpoint's health remembers into the past, and its clock's next turn to now. */
async function elapse(id: string, hours: number): Promise<void> {
  const stored = readHealth(await world.subscription(id));
  const earlier = Object.fromEntries(
    Object.entries(stored).map(([name, value]) => [
      name,
      value instanceof Date ? new Date(value.getTime() - hours * HOUR_MS) : value,
    ]),
  );
  await world.pool.query(
    "update subscriptions set health = $2, health_due_at = health_due_at - $3 * interval '1 hour' where id = $1",
    [id, JSON.stringify(earlier), hours],
  );
}

const subjects = (): string[] => world.mails.map(({ subject }) => subject.replace(/127\.0\.0\.1:\d+/, "HOST"));
const told = (count: number) => waitFor(() => world.mails.length >= count);

test("an endpoint that fails again and again is failing; its owner and its team are told once, and of its recovery", async () => {
  const { id, endpoint } = await failing();
  world.start();
  const deliveryId = await fail(id, 6);
  expect(await world.subscription(id)).toMatchObject({ status: "failing", healthDueAt: expect.any(Date) });
  await told(1);
  endpoint.answer = answerWith(204);
  await world.makeDue(deliveryId);
  await waitFor(async () => (await world.subscription(id)).status === "active");
  await told(2);
  await world.stopAll();

  expect(await world.subscription(id)).toMatchObject({ healthDueAt: null });
  expect(subjects()).toEqual(["Relink: the endpoint at HOST is failing", "Relink: the endpoint at HOST works again"]);
  const [mail] = world.mails;
  expect(mail).toMatchObject({ to: OWNER, messageId: expect.stringMatching(/^<ntc_[0-9a-z]{26}@acme\.example>$/) });
  expect(mail?.html).toBeUndefined();
  expect(mail?.text).toContain(showId("sub", id));
  expect(mail?.text).toContain(endpoint.url);
  expect(mail?.text).not.toContain("hush");
  expect(await world.events("endpoint.failing", "endpoint.recovered")).toMatchObject([
    { type: "endpoint.failing", teamId, data: { status: "failing", disable_at: null } },
    { type: "endpoint.recovered", teamId, data: { status: "active" } },
  ]);
});

test("an endpoint that fails for days is announced to be disabled twice, and then is", async () => {
  const { id } = await failing();
  world.start();
  await fail(id, 4);
  await elapse(id, 13);
  await fail(id, 1);
  await world.stopAll();
  const waiting = await world.owe(id);
  const check = () => checkHealth(world.deps);
  expect(await check()).toEqual([]);
  for (const hours of [50, 40]) {
    await elapse(id, hours);
    expect(await check()).toEqual([]);
    expect(await check(), "once").toEqual([]);
    await sendNotices(world.deps);
  }
  await elapse(id, 30);
  expect(await check()).toEqual([id]);
  expect(await world.subscription(id)).toMatchObject({ status: "disabled", disabledReason: "consecutive_failures" });

  world.start();
  await waitFor(async () => (await world.delivery(waiting.deliveryId)).state === "held");
  await told(4);
  await world.stopAll();
  expect(subjects()).toEqual([
    "Relink: the endpoint at HOST is failing",
    expect.stringMatching(
      /^Relink: the endpoint at HOST still fails, and will be disabled on \d{4}-\d\d-\d\d \d\d:\d\d UTC$/,
    ),
    expect.stringMatching(/still fails/),
    "Relink: the endpoint at HOST is disabled",
  ]);
  expect(await world.events("endpoint.disabled")).toMatchObject([{ data: { reason: "consecutive_failures" } }]);
});

test("an endpoint without an owner is disabled all the same, and its team hears of it", async () => {
  const { id } = await failing({ ownerContact: null });
  await world.pool.query(
    "update subscriptions set status = 'failing', health = $2, health_due_at = now() where id = $1",
    [
      id,
      JSON.stringify({
        ...NEW_ENDPOINT_HEALTH,
        state: "failing",
        failures: 9,
        failingSince: new Date(Date.now() - 121 * HOUR_MS),
        clockFrom: new Date(Date.now() - 121 * HOUR_MS),
        warnedHours: 96,
      }),
    ],
  );
  expect(await checkHealth(world.deps)).toEqual([id]);
  expect(await sendNotices(world.deps)).toEqual([]);
  expect(await world.events("endpoint.disabled")).toHaveLength(1);
});

test("of a failing endpoint that is deleted nobody is told any more", async () => {
  const { id } = await failing();
  await world.pool.query(
    "update subscriptions set status = 'failing', health = $2, health_due_at = now(), deleted_at = now() where id = $1",
    [id, JSON.stringify({ ...NEW_ENDPOINT_HEALTH, state: "failing", failures: 9, clockFrom: new Date(0) })],
  );
  expect(await checkHealth(world.deps)).toEqual([]);
  expect(await world.subscription(id)).toMatchObject({ status: "failing", healthDueAt: null });
});

test("a manual attempt that fails says nothing about an endpoint's health", async () => {
  const { id } = await failing();
  const before = await world.subscription(id);
  const { deliveryId } = await world.owe(id);
  await world.pool.query("update deliveries set trigger = 'test' where id = $1", [deliveryId]);
  world.start();
  await waitFor(async () => (await world.delivery(deliveryId)).state === "exhausted");
  expect((await world.subscription(id)).health).toEqual(before.health);
});

async function oweNotice(id: string): Promise<void> {
  await world.pool.query(
    `insert into notices (id, subscription_id, kind, details, state)
     values (uuidv7(), $1, 'disabled', '{"disableAt":null,"disabledReason":"gone"}', 'owed')`,
    [id],
  );
}
const notices = async () =>
  (
    await world.pool.query<{ state: string; problem: string | null; attempts: number }>(
      "select state, problem, attempts from notices",
    )
  ).rows;

test("a notice goes out once, however many send", async () => {
  const { id } = await failing();
  await oweNotice(id);
  await Promise.all([sendNotices(world.deps), sendNotices(world.deps), sendNotices(world.deps)]);
  expect(world.mails).toHaveLength(1);
  expect(world.mails[0]?.text).toContain("it answered 410 Gone");
  expect(await notices()).toEqual([{ state: "sent", problem: null, attempts: 1 }]);
});

test("a notice that the mail server refuses for now is sent later", async () => {
  const { id } = await failing();
  await oweNotice(id);
  world.outside.smtp = { kind: "refused", permanent: false, stage: "rcpt_to", reason: "451 try later" };
  expect(await sendNotices(world.deps)).toMatchObject([{ kind: "postponed" }]);
  expect(await sendNotices(world.deps)).toEqual([]);
  await world.pool.query("update notices set due_at = now()");
  world.outside.smtp = { kind: "accepted", response: "250 ok" };
  expect(await sendNotices(world.deps)).toMatchObject([{ kind: "sent" }]);
});

test("a notice that the mail server refuses for days is given up", async () => {
  const { id } = await failing();
  await oweNotice(id);
  await world.pool.query("update notices set created_at = now() - interval '73 hours'");
  world.outside.smtp = { kind: "refused", permanent: false, stage: "rcpt_to", reason: "451 try later" };
  expect(await sendNotices(world.deps)).toMatchObject([{ kind: "failed", problem: "rcpt_to: 451 try later" }]);
  expect(await notices()).toMatchObject([{ state: "failed" }]);
});

test.each(["active", "paused", "disabled"])("nobody is warned of an endpoint that is %s by now", async (status) => {
  const { id, endpoint } = await failing();
  world.start();
  await fail(id, 6);
  await told(1);
  await world.stopAll();
  await world.pool.query("update notices set state = 'owed', due_at = now()");
  await world.pool.query("update subscriptions set status = $2 where id = $1", [id, status]);
  const problem = `what it warns of is over: the endpoint is ${status}`;
  expect(await sendNotices(world.deps)).toMatchObject([{ kind: "dropped", problem }]);
  expect(world.mails).toHaveLength(1);
  expect(endpoint.received).toHaveLength(6);
});

test("an address that does not exist is not written to again", async () => {
  const { id } = await failing();
  await oweNotice(id);
  world.outside.smtp = { kind: "refused", permanent: true, stage: "rcpt_to", reason: "550 5.1.1 no such user" };
  expect(await sendNotices(world.deps)).toMatchObject([{ kind: "failed" }]);
  await oweNotice(id);
  expect(await sendNotices(world.deps)).toMatchObject([
    { kind: "failed", problem: "the owner's address is on the suppression list: bounced" },
  ]);
  expect(world.mails).toHaveLength(1);
});

test("a notice whose process died while it was sending is not sent again", async () => {
  const { id } = await failing();
  await oweNotice(id);
  await world.pool.query("update notices set state = 'transmitting', transmitting_at = now() - interval '10 minutes'");
  expect(await settleLostNotices(world.db, 5 * 60_000)).toHaveLength(1);
  expect(await sendNotices(world.deps)).toEqual([]);
  expect(await notices()).toMatchObject([{ state: "unknown" }]);
});
