import { randomUUIDv7 } from "node:crypto";
import { cancelRecovery, insertRecovery, type RecoveryRow } from "@relink/db";
import { showId } from "@relink/service";
import { waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { type Answer, answerWith, neverAnswer, startReceiver } from "../testing/receiver.ts";
import { createSubscribers, type Subscribers } from "../testing/subscribers.ts";
import { runRecoveries } from "./run-recoveries.ts";

const database = useDatabase();
let world: Subscribers;
let teamId: string;
beforeAll(() => {
  world = createSubscribers({ owner: database.url, worker: database.urlFor("relink_worker") });
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.pool.query("truncate teams cascade; truncate events cascade");
  teamId = await world.addTeam();
});
afterEach(() => world.stopAll());

async function subscribed(answer?: Answer, columns: Parameters<Subscribers["subscribe"]>[2] = {}) {
  const endpoint = await startReceiver(answer);
  onTestFinished(() => endpoint.close());
  const { id } = await world.subscribe(teamId, endpoint.url, columns);
  return { endpoint, id };
}

/** Asks to be sent again what is held or exhausted, of the last hour. */
async function recover(subscriptionId: string, wishes: Partial<RecoveryRow> = {}): Promise<string> {
  const id = randomUUIDv7();
  await world.owner.transaction(async (tx) => {
    await insertRecovery(tx, {
      id,
      subscriptionId,
      teamId,
      since: new Date(Date.now() - 60 * 60_000),
      until: new Date(Date.now() + 60_000),
      states: ["held", "exhausted"],
      eventTypes: null,
      errorCode: null,
      includesUnattempted: false,
      total: 0,
      actor: "key_x",
      ...wishes,
    });
  });
  return id;
}

const recovery = async (id: string): Promise<RecoveryRow> => {
  const row = await world.owner.query.recoveries.findFirst({ where: (table, { eq }) => eq(table.id, id) });
  if (row === undefined) throw new TypeError("there is no such recovery");
  return row;
};
/** From when the first of its deliveries is due until the next one would be. */
async function givenMs(id: string): Promise<number> {
  const { subscriptionId, nextBatchAt } = await recovery(id);
  const { rows } = await world.pool.query<{ first: Date }>(
    "select min(due_at) as first from deliveries where subscription_id = $1 and state = 'pending'",
    [subscriptionId],
  );
  return Number(nextBatchAt) - Number(rows[0]?.first);
}
const ends = (id: string, state: string) =>
  waitFor(
    async () => {
      const row = await recovery(id);
      return row.state === state && row;
    },
    { timeoutMs: 40_000 },
  );
test("what is held is sent again, and the team hears of the end", async () => {
  const { endpoint, id } = await subscribed();
  const listener = await subscribed(answerWith(204), { eventTypes: ["recovery.completed"] });
  const held = await Promise.all([world.owe(id, { state: "held" }), world.owe(id, { state: "exhausted" })]);
  await world.owe(id, { state: "delivered" });
  const recoveryId = await recover(id, { total: 2 });
  world.start();
  expect(await ends(recoveryId, "completed")).toMatchObject({ processed: 2, finishedAt: expect.any(Date) });
  expect(endpoint.received.map(({ body }) => body).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
    held.map(({ body }) => body).toSorted((a, b) => (a < b ? -1 : 1)),
  );
  for (const { deliveryId } of held) {
    expect(await world.delivery(deliveryId)).toMatchObject({ state: "delivered", recoveryId, priority: 2 });
    expect(await world.attempts(deliveryId)).toMatchObject([{ trigger: "bulk_replay", actor: "key_x" }]);
  }
  expect(await world.events("recovery.completed")).toMatchObject([
    { teamId, data: { recovery_id: showId("rcv", recoveryId), total: 2, processed: 2 } },
  ]);
  await waitFor(() => listener.endpoint.received.length === 1);
});

test("a hundred a second are given to the workers, three seconds ahead at most, and cancelling leaves the rest alone", async () => {
  const { id } = await subscribed(neverAnswer);
  await world.oweMany(id, 1_000, "held");
  const recoveryId = await recover(id);
  expect(await runRecoveries(world.deps)).toEqual([]);
  const { processed } = await recovery(recoveryId);
  expect(processed).toBeGreaterThanOrEqual(100);
  expect(processed).toBeLessThanOrEqual(400);
  expect(await givenMs(recoveryId)).toBe(processed * 10);
  const { rows } = await world.pool.query<{ most: number }>(
    `select max(count)::int as most from (select count(*) from deliveries where state = 'pending'
      group by floor(extract(epoch from due_at))) as seconds`,
  );
  expect(rows[0]?.most).toBeLessThanOrEqual(101);
  // Another worker finds nothing to add.
  await runRecoveries(world.deps);
  expect(await recovery(recoveryId)).toMatchObject({ processed });

  await world.owner.transaction((tx) => cancelRecovery(tx, recoveryId));
  await world.pool.query("update recoveries set next_batch_at = null");
  await runRecoveries(world.deps);
  expect(await world.states(id)).toEqual({ held: 1_000 - processed, pending: processed });
});

test("it goes on where another worker broke off, and gives nothing twice", async () => {
  const { endpoint, id } = await subscribed(answerWith(204), { maxConcurrency: 50, rateLimit: 1_000 });
  await world.oweMany(id, 450, "held");
  const recoveryId = await recover(id);
  await runRecoveries(world.deps);
  expect((await recovery(recoveryId)).processed).toBeGreaterThanOrEqual(100);
  world.start();
  await world.stopAll();
  world.start();
  world.start();
  expect(await ends(recoveryId, "completed")).toMatchObject({ processed: 450 });
  expect(new Set(endpoint.received.map(({ headers }) => headers["relink-delivery"])).size).toBe(450);
  expect(await world.states(id)).toEqual({ delivered: 450 });
}, 60_000);

test("an endpoint's own limit sets the pace", async () => {
  const { id } = await subscribed(neverAnswer, { rateLimit: 2 });
  await world.oweMany(id, 150, "held");
  const recoveryId = await recover(id);
  await runRecoveries(world.deps);
  expect((await recovery(recoveryId)).processed).toBe(100);
  expect(await givenMs(recoveryId)).toBe(50_000);
});

test("a replay that fails is tried again on the whole schedule, and the recovery does not wait for that", async () => {
  const { id } = await subscribed(answerWith(500));
  const { deliveryId } = await world.owe(id, { state: "exhausted" });
  await world.pool.query("update deliveries set attempts = 10, failures = 10 where id = $1", [deliveryId]);
  const recoveryId = await recover(id);
  world.start();
  await ends(recoveryId, "completed");
  expect(await world.delivery(deliveryId)).toMatchObject({
    state: "pending",
    attempts: 11,
    failures: 1,
    priority: 2,
    trigger: "schedule",
  });
});

test("events from before the subscription are sent too, if that is wanted", async () => {
  const first = await subscribed();
  const before = await world.owe(first.id);
  const unwanted = await world.owe(first.id, { type: "reauth.completed" });
  const { endpoint, id } = await subscribed();
  const recoveryId = await recover(id, { includesUnattempted: true, states: ["held"] });
  world.start();
  expect(await ends(recoveryId, "completed")).toMatchObject({ processed: 1 });
  expect(endpoint.received.map(({ body }) => body)).toEqual([before.body]);
  expect(unwanted.body).not.toBe(before.body);
});

test("for a paused endpoint it waits; for a disabled one it has failed", async () => {
  const { id } = await subscribed(answerWith(204), { status: "paused" });
  await world.oweMany(id, 250, "held");
  const recoveryId = await recover(id);
  await runRecoveries(world.deps);
  await runRecoveries(world.deps);
  const { state, processed } = await recovery(recoveryId);
  expect(state).toBe("running");
  expect(processed).toBeLessThan(250);
  await world.pool.query("update subscriptions set status = 'disabled'");
  expect(await runRecoveries(world.deps)).toEqual([recoveryId]);
  expect(await recovery(recoveryId)).toMatchObject({ state: "failed" });
});
