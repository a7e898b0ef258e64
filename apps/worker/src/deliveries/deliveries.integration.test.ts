import { Writable } from "node:stream";
import { DEFAULT_RETRY_WAITS } from "@relink/core";
import { cancelDelivery, claimDeliveries, type DeliveryRow, resendDelivery } from "@relink/db";
import type { Mail } from "@relink/email";
import { createLogger, showId } from "@relink/service";
import { waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import {
  type Answer,
  answerWith,
  neverAnswer,
  type Received,
  type Receiver,
  startReceiver,
} from "../testing/receiver.ts";
import { createSubscribers, type Subscribers } from "../testing/subscribers.ts";

const database = useDatabase();
let world: Subscribers;
let teamId: string;
beforeAll(() => {
  world = createSubscribers({ owner: database.url, worker: database.urlFor("relink_worker") });
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.pool.query("truncate teams cascade; truncate events cascade");
  world.mails.length = 0;
  teamId = await world.addTeam();
});
afterEach(() => world.stopAll());

async function receiver(answer?: Answer): Promise<Receiver> {
  const made = await startReceiver(answer);
  onTestFinished(() => made.close());
  return made;
}

async function subscribed(answer?: Answer, columns: Parameters<Subscribers["subscribe"]>[2] = {}) {
  const endpoint = await receiver(answer);
  const { id, secret } = await world.subscribe(teamId, endpoint.url, columns);
  return { endpoint, id, secret };
}

const becomes = async (deliveryId: string, state: string) =>
  waitFor(async () => {
    const delivery = await world.delivery(deliveryId);
    return delivery.state === state && delivery;
  });
/** That an attempt has ended, and what it left of the delivery. */
const attempted = async (deliveryId: string, number: number) =>
  waitFor(async () => {
    const attempts = await world.attempts(deliveryId);
    return attempts.length === number && world.delivery(deliveryId);
  });

/** Whether a receiver with this secret takes the request for genuine. */
function verifies(secret: string, { headers, body }: Received): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

test("an event arrives once, signed, byte for byte as it was written, and its attempt is in the log", async () => {
  const { endpoint, id, secret } = await subscribed(answerWith(200, { "x-not-kept": "1" }, "thank\0you"));
  // Neither in the order of keys that JSONB would give it, nor in ASCII.
  const body = '{"type":"item.error","b":1,"a":"Zürich \\u00e9 — 1.50","data":{}}';
  const { deliveryId, eventId } = await world.owe(id, { body });
  world.start();
  const delivery = await becomes(deliveryId, "delivered");

  expect(endpoint.received).toHaveLength(1);
  const [request] = endpoint.received;
  expect(request?.body).toBe(body);
  expect(request?.headers).toMatchObject({
    "content-type": "application/json",
    "user-agent": expect.stringMatching(/^Relink-Webhooks\/\d/),
    "webhook-id": showId("evt", eventId),
    "relink-attempt": "1",
    "relink-delivery": showId("dlv", deliveryId),
  });
  expect(request && verifies(secret, request)).toBe(true);
  expect(delivery).toMatchObject({ attempts: 1, failures: 0, lastStatus: 200, lastErrorCode: null, leaseUntil: null });
  expect(delivery.settledAt).not.toBeNull();
  const [attempt, ...others] = await world.attempts(deliveryId);
  expect(others).toEqual([]);
  expect(attempt).toMatchObject({
    number: 1,
    trigger: "initial",
    url: endpoint.url,
    responseStatus: 200,
    responseBody: "thank\uFFFDyou",
    errorCode: null,
    requestBytes: Buffer.byteLength(body),
    resolvedAddress: "127.0.0.1",
    nextAttemptAt: null,
  });
  expect(attempt?.signatureKeyIds).toEqual([expect.stringMatching(/^sec_/)]);
});

test("values of a query are masked in the log", async () => {
  const endpoint = await receiver();
  const { id } = await world.subscribe(teamId, `${endpoint.url}?token=hush&x=1`);
  const { deliveryId } = await world.owe(id);
  world.start();
  await becomes(deliveryId, "delivered");
  expect(endpoint.received[0]?.path).toBe("/in?token=hush&x=1");
  expect((await world.attempts(deliveryId))[0]?.url).toBe(`${endpoint.url}?token=***&x=***`);
});

test("nine failures and a success are ten attempts on schedule, with one id, one body and fresh signatures", async () => {
  const { endpoint, id, secret } = await subscribed(answerWith(500));
  const { deliveryId, body } = await world.owe(id);
  for (const [index, seconds] of DEFAULT_RETRY_WAITS.entries()) {
    // Another process each time: what is sent comes from the database.
    world.start();
    const delivery = await attempted(deliveryId, index + 1);
    await world.stopAll();
    expect(delivery).toMatchObject({ state: "pending", failures: index + 1, priority: 1, trigger: "schedule" });
    const waitSeconds = (delivery.dueAt.getTime() - (delivery.lastAttemptAt?.getTime() ?? 0)) / 1_000;
    expect(waitSeconds).toBeGreaterThanOrEqual(0.8 * seconds);
    expect(waitSeconds).toBeLessThanOrEqual(1.2 * seconds + 0.002);
    await world.makeDue(deliveryId);
  }
  endpoint.answer = answerWith(204);
  world.start();
  await becomes(deliveryId, "delivered");

  expect(endpoint.received).toHaveLength(10);
  expect(new Set(endpoint.received.map((request) => request.body))).toEqual(new Set([body]));
  expect(new Set(endpoint.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  expect(endpoint.received.map(({ headers }) => headers["relink-attempt"])).toEqual(
    Array.from({ length: 10 }, (_, index) => String(index + 1)),
  );
  const timestamps = endpoint.received.map(({ headers }) => Number(headers["webhook-timestamp"]));
  expect(timestamps).toEqual(timestamps.toSorted((a, b) => a - b));
  expect(endpoint.received.every((request) => verifies(secret, request))).toBe(true);
  const attempts = await world.attempts(deliveryId);
  expect(attempts.map(({ trigger }) => trigger)).toEqual(["initial", ...Array.from({ length: 9 }, () => "schedule")]);
});

test("after its last attempt a delivery is given up, and its team and owner are told", async () => {
  const { id } = await subscribed(answerWith(500), { retrySchedule: [600], ownerContact: "owner@example.com" });
  const listener = await subscribed(answerWith(204), { eventTypes: ["delivery.exhausted"] });
  const deliveries = [await world.owe(id), await world.owe(id)];
  world.start();
  for (const { deliveryId } of deliveries) {
    await attempted(deliveryId, 1);
    await world.makeDue(deliveryId);
  }
  for (const { deliveryId } of deliveries) await becomes(deliveryId, "exhausted");
  const events = await world.events("delivery.exhausted");
  expect(new Set(events.map(({ data }) => data["delivery_id"]))).toEqual(
    new Set(deliveries.map(({ deliveryId }) => showId("dlv", deliveryId))),
  );
  expect(events[0]).toMatchObject({ teamId, data: { attempts: 2, last_status: 500, last_error_code: "HTTP_STATUS" } });
  await waitFor(() => listener.endpoint.received.length === 2);
  const isAboutThem = ({ to, subject }: Mail): boolean =>
    to === "owner@example.com" && subject.includes("could not be delivered");
  await waitFor(() => world.mails.some(isAboutThem));
  // One mail a day, however many there are.
  const { rows } = await world.pool.query("select from notices where kind = 'exhausted'");
  expect(rows).toHaveLength(1);
});

test("whoever listens for exhausted deliveries is not told of one that told of another", async () => {
  const { id } = await subscribed(answerWith(500), { retrySchedule: [600], eventTypes: ["delivery.exhausted"] });
  const { deliveryId } = await world.owe(id, { type: "delivery.exhausted" });
  world.start();
  await attempted(deliveryId, 1);
  await world.makeDue(deliveryId);
  await becomes(deliveryId, "exhausted");
  expect(await world.events("delivery.exhausted")).toHaveLength(1);
});

test("410 disables the endpoint at once: what waits is held, its owner is told once, and other endpoints of the team", async () => {
  const { endpoint, id } = await subscribed(answerWith(410), { maxConcurrency: 1, ownerContact: "owner@example.com" });
  const listener = await subscribed(answerWith(204), { eventTypes: ["endpoint.*"] });
  const first = await world.owe(id, { dueAt: new Date(0) });
  const waiting = await Promise.all(Array.from({ length: 5 }, () => world.owe(id, { dueAt: new Date(1) })));
  world.start();
  for (const { deliveryId } of [first, ...waiting]) await becomes(deliveryId, "held");
  expect(endpoint.received).toHaveLength(1);
  expect(await world.subscription(id)).toMatchObject({ status: "disabled", disabledReason: "gone", version: 2 });
  expect(await world.attempts(first.deliveryId)).toMatchObject([{ errorCode: "GONE", nextAttemptAt: null }]);
  expect(await world.events("endpoint.disabled")).toMatchObject([
    { teamId, data: { subscription_id: showId("sub", id), status: "disabled", reason: "gone" } },
  ]);
  await waitFor(() => listener.endpoint.received.length === 1);
  await waitFor(() => world.mails.length > 0);
  expect(world.mails).toHaveLength(1);
  expect(world.mails[0]).toMatchObject({ to: "owner@example.com", subject: expect.stringContaining("is disabled") });
});

test.each<[string, Answer, string, string]>([
  ["a 2xx that asks to be left alone", answerWith(200, { "webhook-delivery": "disable" }), "delivered", "disabled"],
  ["a failure that asks to be left alone", answerWith(500, { "webhook-delivery": "disable" }), "held", "disabled"],
  [
    "a failure that wants no more of this event",
    answerWith(500, { "webhook-delivery": "abort-message" }),
    "aborted",
    "active",
  ],
])("%s is heeded", async (_what, answer, state, status) => {
  const { id } = await subscribed(answer);
  const { deliveryId } = await world.owe(id);
  world.start();
  await becomes(deliveryId, state);
  expect(await world.subscription(id)).toMatchObject({ status });
});

test("an address that must not be called is tried twice more; then its endpoint is disabled", async () => {
  const { id } = await world.subscribe(teamId, "https://10.0.0.1/");
  const { deliveryId } = await world.owe(id);
  world.start();
  for (const number of [1, 2]) {
    expect(await attempted(deliveryId, number)).toMatchObject({ state: "pending", lastErrorCode: "TARGET_FORBIDDEN" });
    await world.makeDue(deliveryId);
  }
  await becomes(deliveryId, "held");
  expect(await world.subscription(id)).toMatchObject({ status: "disabled", disabledReason: "target_forbidden" });
});

test("429 leaves the whole endpoint alone for as long as it asked, and what waits loses no attempt by it", async () => {
  const { endpoint, id } = await subscribed(answerWith(429, { "retry-after": "120" }), { maxConcurrency: 1 });
  const first = await world.owe(id, { dueAt: new Date(0) });
  const other = await world.owe(id, { dueAt: new Date(1) });
  world.start();
  const { dueAt, lastAttemptAt } = await attempted(first.deliveryId, 1);
  const end = lastAttemptAt?.getTime() ?? 0;
  expect(dueAt.getTime() - end).toBeGreaterThanOrEqual(120_000);
  const { throttledUntil, rateLimitedSince, status } = await world.subscription(id);
  expect(throttledUntil?.getTime()).toBe(end + 120_000);
  expect(rateLimitedSince?.getTime()).toBe(end);
  expect(status).toBe("active");
  expect(await world.attempts(first.deliveryId)).toMatchObject([{ errorCode: "RATE_LIMITED", retryAfterSeconds: 120 }]);
  expect(await world.delivery(other.deliveryId)).toMatchObject({ state: "pending", attempts: 0 });

  endpoint.answer = answerWith(204);
  await world.makeDue(first.deliveryId);
  await becomes(first.deliveryId, "delivered");
  await becomes(other.deliveryId, "delivered");
  expect(await world.subscription(id)).toMatchObject({ rateLimitedSince: null });
});

test.each<[string, Record<string, string>, number, number]>([
  ["no Retry-After", {}, 4, 6.01],
  ["one that is later than the schedule", { "retry-after": "300" }, 300, 330.01],
  ["one that is earlier", { "retry-after": "1" }, 4, 6.01],
  ["one that is no number", { "retry-after": "soon" }, 4, 6.01],
  ["one of ten days", { "retry-after": "864000" }, 86_400, 86_400.01],
])("503 with %s is tried again in its time", async (_what, headers, atLeast, atMost) => {
  const { id } = await subscribed(answerWith(503, headers));
  const { deliveryId } = await world.owe(id);
  world.start();
  const { dueAt, lastAttemptAt } = await attempted(deliveryId, 1);
  const seconds = (dueAt.getTime() - (lastAttemptAt?.getTime() ?? 0)) / 1_000;
  expect(seconds).toBeGreaterThanOrEqual(atLeast);
  expect(seconds).toBeLessThanOrEqual(atMost);
});

test("signs of overload bring an endpoint down to one request at a time, until it takes one", async () => {
  const { endpoint, id } = await subscribed(answerWith(502));
  const first = await world.owe(id);
  world.start();
  await attempted(first.deliveryId, 1);
  expect(await world.subscription(id)).toMatchObject({ concurrency: 1, maxConcurrency: 5 });
  endpoint.answer = answerWith(204);
  await world.makeDue(first.deliveryId);
  await becomes(first.deliveryId, "delivered");
  expect(await world.subscription(id)).toMatchObject({ concurrency: 5 });
});

test("an endpoint that hangs holds up none of twenty that do not, and has five requests at most", async () => {
  const hanging = await subscribed(neverAnswer);
  // Before all others, so that it is asked first.
  for (let index = 0; index < 30; index += 1) await world.owe(hanging.id, { dueAt: new Date(index - 30) });
  const healthy = await Promise.all(Array.from({ length: 20 }, () => subscribed()));
  const owed = [];
  for (const { id } of healthy) {
    for (let index = 0; index < 10; index += 1) owed.push(await world.owe(id));
  }
  world.start();
  await waitFor(async () => {
    const { rows } = await world.pool.query<{ left: number }>(
      "select count(*)::int as left from deliveries where state <> 'delivered' and subscription_id <> $1",
      [hanging.id],
    );
    return rows[0]?.left === 0;
  });
  expect(healthy.flatMap(({ endpoint }) => endpoint.received)).toHaveLength(owed.length);
  await waitFor(() => hanging.endpoint.received.length >= 5);
  expect(hanging.endpoint.received).toHaveLength(5);
  expect(hanging.endpoint.open).toBe(5);
});

test("a delivery is its worker's alone for the time of an attempt, and fifteen seconds to write down what came of it", async () => {
  const { endpoint, id } = await subscribed(neverAnswer);
  const { deliveryId } = await world.owe(id);
  world.start({ timeoutMs: 30_000 });
  await waitFor(() => endpoint.received.length === 1);
  const { leaseUntil } = await world.delivery(deliveryId);
  expect(Math.abs((leaseUntil?.getTime() ?? 0) - Date.now() - 45_000)).toBeLessThan(10_000);
});

test("an endpoint never has more requests at a time than it takes, with several workers", async () => {
  const slow: Answer = (response) => void setTimeout(() => response.writeHead(204).end(), 20);
  const { endpoint, id } = await subscribed(slow, { maxConcurrency: 3 });
  const owed = await Promise.all(Array.from({ length: 30 }, () => world.owe(id)));
  for (let workers = 0; workers < 3; workers += 1) world.start();
  for (const { deliveryId } of owed) await becomes(deliveryId, "delivered");
  expect(endpoint.mostOpen).toBe(3);
  expect(endpoint.received).toHaveLength(30);
});

test("a delivery whose worker died is sent again after its lease, with its id and the next number", async () => {
  const { endpoint, id, secret } = await subscribed();
  const { deliveryId, eventId } = await world.owe(id);
  const other = await world.owe(id);
  expect(await claimDeliveries(world.db, { limit: 10, laterLimit: 5 }, 30_000)).toHaveLength(2);
  const endLease = (ended: string) =>
    world.pool.query("update deliveries set lease_until = now() - interval '1 ms' where id = $1", [ended]);
  await endLease(other.deliveryId);
  world.start();
  await becomes(other.deliveryId, "delivered");
  // Its lease holds: nobody touches it, while they look for those that are lost.
  expect(await world.delivery(deliveryId)).toMatchObject({ state: "in_flight", attempts: 1 });
  endpoint.received.length = 0;
  await endLease(deliveryId);
  await becomes(deliveryId, "delivered");
  expect(await world.attempts(deliveryId)).toMatchObject([
    { number: 1, errorCode: "INTERNAL", responseStatus: null, trigger: "initial" },
    { number: 2, errorCode: null, responseStatus: 204 },
  ]);
  expect(await world.delivery(deliveryId)).toMatchObject({ failures: 0 });
  expect(endpoint.received.map(({ headers }) => [headers["webhook-id"], headers["relink-attempt"]])).toEqual([
    [showId("evt", eventId), "2"],
  ]);
  expect(verifies(secret, endpoint.received[0] as Received)).toBe(true);
});

test("a delivery that ends its worker each time is made again at once twice, then on its schedule, and is given up at last", async () => {
  const { endpoint, id } = await subscribed(neverAnswer, { retrySchedule: [600] });
  const { deliveryId } = await world.owe(id);
  const loseItsWorker = async (number: number): Promise<DeliveryRow> => {
    await waitFor(() => endpoint.received.length === number);
    await world.pool.query("update deliveries set lease_until = now() - interval '1 ms' where id = $1", [deliveryId]);
    return attempted(deliveryId, number);
  };
  world.start();
  await loseItsWorker(1);
  await loseItsWorker(2);
  const third = await loseItsWorker(3);
  expect(third).toMatchObject({ state: "pending", failures: 1, trigger: "schedule", lastErrorCode: "INTERNAL" });
  expect(third.dueAt.getTime() - (third.lastAttemptAt?.getTime() ?? 0)).toBeGreaterThanOrEqual(480_000);
  expect(await world.subscription(id)).toMatchObject({ status: "active", health: { failures: 0 } });
  await world.makeDue(deliveryId);
  expect(await loseItsWorker(4)).toMatchObject({ state: "exhausted", failures: 2 });
  expect(await world.events("delivery.exhausted")).toMatchObject([{ data: { attempts: 4 } }]);
});

test("an answer that comes after its lease has ended changes nothing", async () => {
  let release = (): void => {};
  const { endpoint, id } = await subscribed((response) => {
    release = () => void response.writeHead(500).end();
  });
  const { deliveryId } = await world.owe(id);
  world.start();
  await waitFor(() => endpoint.received.length === 1);
  const late = release;
  endpoint.answer = answerWith(204);
  await world.pool.query("update deliveries set lease_until = now() - interval '1 ms' where id = $1", [deliveryId]);
  const delivered = await becomes(deliveryId, "delivered");
  late();
  await world.stopAll(5_000);
  expect(await world.delivery(deliveryId)).toEqual(delivered);
  expect(await world.attempts(deliveryId)).toMatchObject([{ errorCode: "INTERNAL" }, { errorCode: null }]);
});

test("an answer is kept while it cannot be stored, and the event does not come twice", async () => {
  let take = (): void => {};
  const { endpoint, id } = await subscribed((response) => (take = () => void response.writeHead(204).end()));
  const { deliveryId } = await world.owe(id);
  let log = "";
  const lines = new Writable({
    write(line, _encoding, done) {
      log += String(line);
      done();
    },
  });
  world.start({ logger: createLogger({ app: "worker", level: "warn" }, lines) });
  await waitFor(() => endpoint.received.length === 1);
  await world.pool.query("alter table delivery_attempts rename to away");
  take();
  await waitFor(() => log.includes("deliveries.settle_failed"));
  await world.pool.query("alter table away rename to delivery_attempts");
  await becomes(deliveryId, "delivered");
  expect(await world.attempts(deliveryId)).toMatchObject([{ number: 1, errorCode: null }]);
  expect(endpoint.received).toHaveLength(1);
});

test("a worker that closes lets attempts end, and gives back those that do not", async () => {
  let answerNow = (): void => {};
  const quick = await subscribed((response) => (answerNow = () => void response.writeHead(204).end()));
  const hanging = await subscribed(neverAnswer);
  const [ends, doesNot] = [await world.owe(quick.id), await world.owe(hanging.id)];
  world.start();
  await waitFor(() => quick.endpoint.received.length + hanging.endpoint.received.length === 2);
  const stopped = world.stopAll(6_500);
  answerNow();
  await stopped;
  expect(await world.delivery(ends.deliveryId)).toMatchObject({ state: "delivered" });
  expect(await becomes(doesNot.deliveryId, "pending")).toMatchObject({ attempts: 1, failures: 0 });
  expect(await world.attempts(doesNot.deliveryId)).toMatchObject([{ errorCode: "INTERNAL" }]);
  hanging.endpoint.answer = answerWith(204);
  world.start();
  await becomes(doesNot.deliveryId, "delivered");
});

test("while our own way out is down no attempt is counted, and the first that goes out is the first", async () => {
  const { endpoint, id } = await subscribed();
  const { deliveryId } = await world.owe(id);
  const { client } = world.deps;
  let isDown = true;
  world.start({
    client: {
      send: async (request) => {
        const result = await client.send(request);
        return isDown ? { ...result, status: null, errorCode: "EGRESS_UNAVAILABLE" } : result;
      },
    },
  });
  const down = await waitFor(async () => {
    const delivery = await world.delivery(deliveryId);
    return delivery.lastErrorCode === "EGRESS_UNAVAILABLE" && delivery;
  });
  expect(down).toMatchObject({ state: "pending", attempts: 0, failures: 0, priority: 0, trigger: "initial" });
  expect(down.dueAt.getTime()).toBeGreaterThan(Date.now() + 10_000);
  isDown = false;
  await world.makeDue(deliveryId);
  await becomes(deliveryId, "delivered");
  expect(await world.attempts(deliveryId)).toMatchObject([{ number: 1, errorCode: null }]);
  expect(endpoint.received.at(-1)?.headers["relink-attempt"]).toBe("1");
});

test("what cannot be signed is not sent, and is no attempt", async () => {
  const { endpoint, id } = await subscribed();
  const { deliveryId } = await world.owe(id);
  world.start({ encryptionKeys: new Map([["other", new Uint8Array(32)]]) });
  const kept = await waitFor(async () => {
    const delivery = await world.delivery(deliveryId);
    return delivery.lastErrorCode === "INTERNAL" && delivery;
  });
  expect(kept).toMatchObject({ state: "pending", attempts: 0 });
  expect(await world.attempts(deliveryId)).toEqual([]);
  expect(endpoint.received).toEqual([]);
});

test("during a rotation both secrets sign, each attempt with those that are valid then", async () => {
  const { endpoint, id, secret: old } = await subscribed(answerWith(500));
  const { deliveryId } = await world.owe(id);
  const verdicts = async (number: number, ...secrets: string[]): Promise<boolean[]> => {
    world.start();
    await attempted(deliveryId, number);
    await world.stopAll();
    await world.makeDue(deliveryId);
    const request = endpoint.received.at(-1) as Received;
    return secrets.map((secret) => verifies(secret, request));
  };
  expect(await verdicts(1, old)).toEqual([true]);
  await world.pool.query("update subscription_secrets set expires_at = now() + interval '1 day'");
  const fresh = await world.addSecret(id);
  expect(await verdicts(2, old, fresh)).toEqual([true, true]);
  const signatures = String(endpoint.received.at(-1)?.headers["webhook-signature"]).split(" ");
  expect(signatures).toHaveLength(2);
  await world.pool.query("update subscription_secrets set expires_at = now() where expires_at is not null");
  expect(await verdicts(3, old, fresh)).toEqual([false, true]);
  expect((await world.attempts(deliveryId)).map(({ signatureKeyIds }) => signatureKeyIds.length)).toEqual([1, 2, 1]);
});

test.each<[string, string, string]>([
  [
    "paused",
    "update subscriptions set status = 'paused', health = health || '{\"state\":\"paused\"}' where id = $1",
    "pending",
  ],
  [
    "disabled",
    "update subscriptions set status = 'disabled', health = health || '{\"state\":\"disabled\"}' where id = $1",
    "held",
  ],
  ["deleted", "update subscriptions set deleted_at = now() where id = $1", "cancelled"],
  [
    "deleted with its team",
    "update teams set deleted_at = now() from subscriptions where subscriptions.id = $1",
    "cancelled",
  ],
])(
  "an endpoint that is %s while it is called gets nothing more, and its log is complete",
  async (_how, change, state) => {
    let fail = (): void => {};
    const { endpoint, id } = await subscribed((response) => (fail = () => void response.writeHead(500).end()), {
      maxConcurrency: 1,
    });
    const underWay = await world.owe(id, { dueAt: new Date(0) });
    const waiting = await world.owe(id, { dueAt: new Date(1) });
    world.start();
    await waitFor(() => endpoint.received.length === 1);
    await world.pool.query(change, [id]);
    fail();
    const delivery = await attempted(underWay.deliveryId, 1);
    expect(delivery.state).toBe(state);
    await becomes(waiting.deliveryId, state);
    await world.stopAll();
    expect(endpoint.received).toHaveLength(1);
    expect(await world.attempts(underWay.deliveryId)).toMatchObject([
      { errorCode: "HTTP_STATUS", responseStatus: 500 },
    ]);
  },
);

test.each<[string, string, Record<string, number>]>([
  ["disabled", "update subscriptions set status = 'disabled' where id = $1", { held: 5_000 }],
  ["deleted", "update subscriptions set deleted_at = now() where id = $1", { cancelled: 5_000 }],
  [
    "deleted with its team",
    "update teams set deleted_at = now() from subscriptions where subscriptions.id = $1 and teams.id = team_id",
    { cancelled: 5_000 },
  ],
])(
  "thousands that wait for an endpoint which is %s are ended, and none of them is sent",
  async (_how, change, states) => {
    const { endpoint, id } = await subscribed();
    const bystander = await world.subscribe(await world.addTeam(), endpoint.url);
    await world.oweMany(bystander.id, 3, "held");
    await world.oweMany(id, 4_000);
    await world.oweMany(id, 1_000, "held");
    await world.pool.query(change, [id]);
    world.start();
    await waitFor(async () => expect(await world.states(id)).toEqual(states));
    expect(endpoint.received).toEqual([]);
    expect(await world.states(bystander.id)).toEqual({ held: 3 });
  },
);

test("what waits for an endpoint that is enabled again is sent, and not held", async () => {
  const { endpoint, id } = await subscribed(answerWith(204), { status: "disabled" });
  const { deliveryId } = await world.owe(id);
  const lock = await world.pool.connect();
  await lock.query("begin");
  await lock.query("update subscriptions set status = 'active' where id = $1", [id]);
  world.start();
  await waitFor(async () => {
    const { rows } = await world.pool.query(
      `select from pg_locks join pg_stat_activity using (pid)
       where not granted and datname = current_database() and usename = 'relink_worker'`,
    );
    return rows.length > 0;
  });
  await lock.query("commit");
  lock.release();
  await becomes(deliveryId, "delivered");
  expect(endpoint.received).toHaveLength(1);
});

test("a delivery that is cancelled while it is sent stays so, and its attempt is in the log", async () => {
  let take = (): void => {};
  const { endpoint, id } = await subscribed((response) => (take = () => void response.writeHead(204).end()));
  const { deliveryId } = await world.owe(id);
  world.start();
  await waitFor(() => endpoint.received.length === 1);
  await world.pool.query("update deliveries set state = 'cancelled', settled_at = now() where id = $1", [deliveryId]);
  take();
  expect(await attempted(deliveryId, 1)).toMatchObject({ state: "cancelled" });
});

test("an alarm that fails while its end is published is not sent again, if the subscription wants it so", async () => {
  const itemId = await world.addItem();
  for (const supersede of [true, false]) {
    let fail = (): void => {};
    const { endpoint, id } = await subscribed((response) => (fail = () => void response.writeHead(500).end()), {
      supersede,
      maxConcurrency: 1,
    });
    const { deliveryId } = await world.owe(id, { itemId });
    world.start();
    await waitFor(() => endpoint.received.length === 1);
    const newer = await world.owe(id, { type: "item.repaired", itemId });
    const failNow = fail;
    endpoint.answer = answerWith(204);
    failNow();
    const { state } = await attempted(deliveryId, 1);
    expect(state).toBe(supersede ? "superseded" : "pending");
    await becomes(newer.deliveryId, "delivered");
    await world.stopAll();
  }
});

test.each([
  ["says that it is gone", answerWith(410)],
  ["fails", answerWith(500)],
  ["is to be left alone", answerWith(429, { "retry-after": "3600" })],
])(
  "what a receiver that was moved answers at its old place is no matter of the new one: it %s",
  async (_what, answer) => {
    let answerNow = (): void => {};
    const { endpoint, id } = await subscribed((response, request) => {
      answerNow = () => answer(response, request);
    });
    const moved = await receiver();
    const { deliveryId } = await world.owe(id);
    world.start();
    await waitFor(() => endpoint.received.length === 1);
    await world.pool.query("update subscriptions set url = $1", [moved.url]);
    answerNow();
    expect(await becomes(deliveryId, "delivered")).toMatchObject({ failures: 0, attempts: 2 });
    expect(moved.received).toHaveLength(1);
    expect((await world.attempts(deliveryId)).map(({ url }) => url)).toEqual([endpoint.url, moved.url]);
    const { health, ...subscription } = await world.subscription(id);
    expect(subscription).toMatchObject({ status: "active", throttledUntil: null, rateLimitedSince: null });
    expect(health).toMatchObject({ failures: 0 });
  },
);

test("which event is the newer one is what the Item counts, whatever the clocks of those who wrote them down said", async () => {
  const itemId = await world.addItem();
  const { id } = await subscribed(answerWith(500), { supersede: true });
  const alarm = await world.owe(id, { itemId });
  const yearsBefore = "01900000-0000-7000-8000-000000000001";
  const end = await world.owe(id, { itemId, type: "item.repaired", eventId: yearsBefore });
  world.start();
  expect(await attempted(alarm.deliveryId, 1)).toMatchObject({ state: "superseded" });
  expect(await attempted(end.deliveryId, 1)).toMatchObject({ state: "pending" });
});

test("what a person sends again succeeds, or leaves everything as it was", async () => {
  const { endpoint, id } = await subscribed(answerWith(500), { retrySchedule: [600] });
  const { deliveryId } = await world.owe(id);
  world.start();
  const before = await attempted(deliveryId, 1);
  const resend = () => world.owner.transaction((tx) => resendDelivery(tx, deliveryId, "key_x"));

  await resend();
  const failed = await attempted(deliveryId, 2);
  expect(failed).toMatchObject({
    state: "pending",
    dueAt: before.dueAt,
    failures: 1,
    trigger: "schedule",
    priority: 1,
  });
  endpoint.answer = answerWith(204);
  await resend();
  expect(await becomes(deliveryId, "delivered")).toMatchObject({ resumeState: null });
  endpoint.answer = answerWith(500);
  await resend();
  const again = await attempted(deliveryId, 4);
  expect(again).toMatchObject({ state: "delivered", resumeState: null, lastErrorCode: "HTTP_STATUS" });
  const attempts = await world.attempts(deliveryId);
  expect(attempts.map(({ trigger, actor }) => [trigger, actor])).toEqual([
    ["initial", null],
    ["manual", "key_x"],
    ["manual", "key_x"],
    ["manual", "key_x"],
  ]);
});

test("what was cancelled while it waited to be sent again stays so if it fails after yet another wish", async () => {
  const { id } = await subscribed(answerWith(500));
  const { deliveryId } = await world.owe(id, { dueAt: new Date() });
  const resend = () => world.owner.transaction((tx) => resendDelivery(tx, deliveryId, "key_x"));
  await resend();
  await world.owner.transaction((tx) => cancelDelivery(tx, deliveryId));
  await resend();
  world.start();
  expect(await attempted(deliveryId, 1)).toMatchObject({ state: "cancelled", resumeState: null });
});

test("a test that fails is not made again", async () => {
  const { id } = await subscribed(answerWith(500));
  const { deliveryId } = await world.owe(id, { type: "webhook.test" });
  await world.pool.query("update deliveries set trigger = 'test' where id = $1", [deliveryId]);
  world.start();
  await becomes(deliveryId, "exhausted");
  expect(await world.events("delivery.exhausted")).toEqual([]);
});

test("a machine whose clock is wrong signs with the right time, and nothing is early", async () => {
  const { endpoint, id, secret } = await subscribed(answerWith(500));
  const { deliveryId } = await world.owe(id);
  for (const [index, minutes] of [10, -10].entries()) {
    vi.useFakeTimers({ now: Date.now() + minutes * 60_000, toFake: ["Date"] });
    world.start();
    const delivery = await attempted(deliveryId, index + 1);
    await world.stopAll();
    vi.useRealTimers();
    expect(verifies(secret, endpoint.received.at(-1) as Received)).toBe(true);
    const [least = 0] = DEFAULT_RETRY_WAITS.slice(index).map((seconds) => 800 * seconds);
    expect(delivery.dueAt.getTime()).toBeGreaterThan(Date.now() - 60_000 + least);
    expect(delivery.dueAt.getTime()).toBeLessThan(Date.now() + 2 * least);
    const attempts = await world.attempts(deliveryId);
    expect(Math.abs((attempts.at(-1)?.startedAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    await world.makeDue(deliveryId);
  }
});

test("the figures tell results and codes, and no endpoint", async () => {
  const good = await subscribed();
  const bad = await subscribed(answerWith(500));
  const owed = [await world.owe(good.id), await world.owe(bad.id)];
  world.start();
  for (const { deliveryId } of owed) await attempted(deliveryId, 1);
  await world.stopAll();
  const figures = await world.registry.metrics();
  expect(figures).toMatch(/relink_delivery_attempts_total\{result="delivered",error_code="none",app="test"\} \d/);
  expect(figures).toMatch(/relink_delivery_attempts_total\{result="pending",error_code="HTTP_STATUS",app="test"\} \d/);
  expect(figures).toContain('relink_delivery_in_flight{app="test"} 0');
  expect(figures).not.toContain("127.0.0.1");
});

test("the figures tell how many endpoints are in each state, how far recoveries are, and how old the log is", async () => {
  const url = "https://hooks.example.com/in";
  for (const status of ["active", "active", "failing"] as const) await world.subscribe(teamId, url, { status });
  const { id } = await world.subscribe(teamId, url, { status: "disabled" });
  const { deliveryId } = await world.owe(id, { state: "held" });
  await world.pool.query("update deliveries set created_at = now() - interval '1 hour' where id = $1", [deliveryId]);
  world.start();
  await waitFor(async () => {
    const figures = await world.registry.metrics();
    for (const [state, count] of Object.entries({ active: 2, failing: 1, disabled: 1, paused: 0 })) {
      expect(figures).toContain(`relink_delivery_endpoint_state{state="${state}",app="test"} ${count}`);
    }
    expect(figures).toMatch(/relink_delivery_oldest_kept_seconds\{app="test"\} 36\d\d/);
    expect(figures).toContain('relink_delivery_replay_progress{part="left",app="test"} 0');
    return true;
  });
});
