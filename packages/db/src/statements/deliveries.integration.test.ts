import { randomUUIDv7 } from "node:crypto";
import { Secret } from "@relink/service";
import { waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { connect, type Database } from "../connect.ts";
import { claimDeliveries, type ClaimedDelivery } from "./claim-deliveries.ts";
import { listLostDeliveries, listStopped, lockDeliveries, updateDeliveries } from "./deliveries.ts";
import { countEndpoints, oldestDueSeconds, oldestKeptSeconds } from "./delivery-counts.ts";
import { supersedeDeliveries } from "./events.ts";
import { recoveryProgress } from "./run-recoveries.ts";

const testDatabase = useDatabase();
let owner: Database;
let worker: Database;
const teamId = randomUUIDv7();

beforeAll(async () => {
  const onError = (): void => {};
  owner = connect({ url: new Secret(testDatabase.url), app: "test", onError, statementTimeoutMs: 60_000 });
  worker = connect({ url: new Secret(testDatabase.urlFor("relink_worker")), app: "worker", onError });
  await owner.pool.query("insert into teams (id, name) values ($1, 'payments')", [teamId]);
  // It would read what the tests count the reading of, and its snapshots keep a vacuum of theirs from its work.
  for (const table of ["deliveries", "events"]) {
    await owner.pool.query(`alter table ${table} set (autovacuum_enabled = off)`);
  }
});
afterAll(async () => {
  await worker.close();
  await owner.close();
});
beforeEach(() => owner.pool.query("truncate deliveries, delivery_attempts, events, subscriptions cascade"));

/** A live subscription; `columns` go over what is usual. */
async function subscribe(columns: Record<string, unknown> = {}): Promise<string> {
  const row = {
    id: randomUUIDv7(),
    team_id: teamId,
    kind: "webhook",
    url: "https://hooks.example.com/in",
    event_types: ["*"],
    signature_schemes: ["v1"],
    api_version: "2026-11-22",
    status: "active",
    health: {},
    ...columns,
  };
  const names = Object.keys(row);
  await owner.pool.query(
    `insert into subscriptions (${names.join()}) values (${names.map((_, index) => `$${index + 1}`).join()})`,
    Object.values(row),
  );
  return row.id;
}

/** Deliveries that have been due for `dueSecondsAgo`. */
async function owe(
  subscriptionId: string,
  { count = 1, priority = 0, dueSecondsAgo = 1 }: { count?: number; priority?: number; dueSecondsAgo?: number } = {},
): Promise<void> {
  await owner.pool.query(
    `with event as (
      insert into events (id, type, occurred_at, body, matched)
      select uuidv7(), 'item.error', now(), '{"n":' || n || '}', 1 from generate_series(1, $2::int) n returning id)
    insert into deliveries (id, event_id, subscription_id, event_type, state, priority, due_at)
    select uuidv7(), id, $1, 'item.error', 'pending', $3, now() - $4 * interval '1 second' from event`,
    [subscriptionId, count, priority, dueSecondsAgo],
  );
}

const LEASE_MS = 30_000;
const claim = (limit = 100, laterLimit = limit) => claimDeliveries(worker.db, { limit, laterLimit }, LEASE_MS);
const countBy = (claimed: readonly ClaimedDelivery[], subscriptionId: string): number =>
  claimed.filter((delivery) => delivery.subscriptionId === subscriptionId).length;

test("what is claimed has all that it takes to send it, and nobody else gets it", async () => {
  const subscriptionId = await subscribe({ signature_schemes: ["v1"] });
  // Those made in one millisecond are in no order.
  const secretIds = Array.from({ length: 4 }, () => randomUUIDv7()).toSorted((a, b) => (a < b ? -1 : 1));
  await owner.pool.query(
    `insert into subscription_secrets (id, subscription_id, kind, secret, expires_at)
    values ($1, $5, 'v1', 'old', now() + interval '1 hour'), ($2, $5, 'v1', 'over', now() - interval '1 hour'),
      ($3, $5, 'v1a', 'of another scheme', null), ($4, $5, 'v1', 'new', null)`,
    [...secretIds, subscriptionId],
  );
  await owe(subscriptionId);
  const [delivery] = await claim();
  expect(delivery).toMatchObject({
    subscriptionId,
    number: 1,
    trigger: "initial",
    event: { type: "item.error", body: '{"n":1}' },
    url: "https://hooks.example.com/in",
  });
  expect(delivery?.secrets.map(({ id, secret }) => [id, secret.toString()])).toEqual([
    [secretIds[3], "new"],
    [secretIds[0], "old"],
  ]);
  expect(Math.abs(Date.now() - (delivery?.claimedAt.getTime() ?? 0))).toBeLessThan(10_000);
  expect(await claim()).toEqual([]);
});

test("headers that are named together with a new URL never go to the old one", async () => {
  const subscriptionId = await subscribe();
  await owe(subscriptionId);
  const other = await owner.pool.connect();
  await other.query("begin");
  await other.query("lock table subscription_secrets");
  const claiming = claim();
  await waitFor(async () => {
    const { rowCount } = await owner.pool.query("select from deliveries where state = 'in_flight'");
    return rowCount === 1;
  });
  await other.query("update subscriptions set url = 'https://new.example.com/in'");
  await other.query(
    "insert into subscription_secrets (id, subscription_id, kind, secret) values (uuidv7(), $1, 'headers', 'new')",
    [subscriptionId],
  );
  await other.query("commit");
  other.release();
  expect(await claiming).toMatchObject([{ url: "https://hooks.example.com/in", headers: null }]);
});

test("an endpoint gets no more at a time than it takes, however many workers claim at once", async () => {
  const [five, one, two] = [
    await subscribe(),
    await subscribe({ concurrency: 1 }),
    await subscribe({ max_concurrency: 2 }),
  ];
  for (const id of [five, one, two]) await owe(id, { count: 20 });
  const claims = await Promise.all(Array.from({ length: 6 }, () => claim(4)));
  const claimed = claims.flat();
  expect([five, one, two].map((id) => countBy(claimed, id))).toEqual([5, 1, 2]);
  expect(new Set(claimed.map(({ id }) => id)).size).toBe(8);
  expect(await claim()).toEqual([]);

  await owner.pool.query("update deliveries set state = 'delivered' where id = any($1)", [
    claimed.filter(({ subscriptionId }) => subscriptionId === two).map(({ id }) => id),
  ]);
  expect(countBy(await claim(), two)).toBe(2);
});

test("an endpoint gets no more in a second than it asked for, whether that is under way or done", async () => {
  const id = await subscribe({ rate_limit: 3, max_concurrency: 50 });
  await owe(id, { count: 10 });
  /** The second in which these were claimed does not end while the test goes on. */
  const holdSecond = () =>
    owner.pool.query("update deliveries set lease_until = now() + interval '1 hour' where state = 'in_flight'");
  expect(await claim(2)).toHaveLength(2);
  await holdSecond();
  expect(await claim(100)).toHaveLength(1);
  await holdSecond();
  expect(await claim()).toEqual([]);
  // In the log now, and still within the second.
  await owner.pool.query(
    `with done as (update deliveries set state = 'delivered' where state = 'in_flight' returning id)
    insert into delivery_attempts (id, delivery_id, subscription_id, number, trigger, scheduled_for, started_at, total_ms,
      request_bytes, signature_key_ids)
    select uuidv7(), id, $1, 1, 'initial', now(), now() + interval '1 hour', 1, 1, '{}' from done`,
    [id],
  );
  expect(await claim()).toEqual([]);
  await owner.pool.query("update delivery_attempts set started_at = now() - interval '1 second'");
  expect(await claim()).toHaveLength(3);
});

test("first attempts go before retries and these before replays, each by its due time", async () => {
  const id = await subscribe({ max_concurrency: 50 });
  const other = await subscribe({ max_concurrency: 50 });
  await owe(id, { priority: 2, dueSecondsAgo: 300 });
  await owe(other, { priority: 1, dueSecondsAgo: 200 });
  await owe(id, { priority: 0, dueSecondsAgo: 1 });
  await owe(other, { priority: 0, dueSecondsAgo: 100 });
  await owe(id, { priority: 0, dueSecondsAgo: -60 });
  const order = [];
  for (let claimed = await claim(1); claimed[0] !== undefined; claimed = await claim(1)) {
    order.push([claimed[0].subscriptionId === id ? "id" : "other", claimed[0].priority]);
  }
  expect(order).toEqual([
    ["other", 0],
    ["id", 0],
    ["other", 1],
    ["id", 2],
  ]);
});

test("retries and replays together take no more than their share", async () => {
  const id = await subscribe({ max_concurrency: 50 });
  await owe(id, { count: 10, priority: 1, dueSecondsAgo: 100 });
  await owe(id, { count: 10, priority: 2, dueSecondsAgo: 100 });
  await owe(id, { count: 3, priority: 0 });
  const claimed = await claim(20, 4);
  expect([0, 1, 2].map((each) => claimed.filter(({ priority }) => priority === each).length)).toEqual([3, 4, 0]);
});

test.each<[string, Record<string, unknown>]>([
  ["paused", { status: "paused" }],
  ["disabled", { status: "disabled" }],
  ["not verified yet", { status: "pending_verification" }],
  ["deleted", { deleted_at: new Date() }],
  ["throttled", { throttled_until: new Date(Date.now() + 3_600_000) }],
  ["not a webhook", { kind: "slack" }],
])("nothing is claimed for a subscription that is %s", async (_what, columns) => {
  await owe(await subscribe(columns));
  expect(await claim()).toEqual([]);
  expect(await oldestDueSeconds(worker.db)).toBe(0);
});

test("nothing is claimed for a team that is deleted, and everything for an endpoint that is failing", async () => {
  const id = await subscribe({ status: "failing", throttled_until: new Date(Date.now() - 1_000) });
  await owe(id, { dueSecondsAgo: 100 });
  await owner.pool.query("update teams set deleted_at = now()");
  expect(await claim()).toEqual([]);
  await owner.pool.query("update teams set deleted_at = null");
  expect(await oldestDueSeconds(worker.db)).toBeGreaterThanOrEqual(100);
  expect(await claim()).toHaveLength(1);
});

test("a delivery that somebody is changing is passed over, and nobody waits for it", async () => {
  const id = await subscribe();
  await owe(id);
  const other = await owner.pool.connect();
  await other.query("begin");
  await other.query("select from deliveries for update");
  expect(await claim()).toEqual([]);
  await other.query("commit");
  other.release();
  expect(await claim()).toHaveLength(1);
});

test("a delivery is lost when its lease has ended, and not before", async () => {
  await owe(await subscribe(), { count: 2 });
  const [first] = await claim(1);
  await claim(1);
  expect(await listLostDeliveries(worker.db, 10)).toEqual([]);
  await owner.pool.query("update deliveries set lease_until = now() - interval '1 second' where id = $1", [first?.id]);
  expect(await listLostDeliveries(worker.db, 10)).toMatchObject([{ id: first?.id, attempts: 1 }]);
});

test("what is taken back while its attempt is being written down as failed is not tried again", async () => {
  const subscriptionId = await subscribe({ supersede: true });
  await owe(subscriptionId);
  const itemId = randomUUIDv7();
  await owner.pool.query("update deliveries set item_id = $1", [itemId]);
  const [{ id } = { id: "" }] = await claim();
  let superseding: Promise<void> = Promise.resolve();
  await worker.db.transaction(async (tx) => {
    const [row] = await lockDeliveries(tx, [id]);
    if (row === undefined) throw new TypeError("it was claimed");
    superseding = owner.db.transaction((other) =>
      supersedeDeliveries(other, { itemId, subscriptionIds: [subscriptionId], eventTypes: ["item.error"] }),
    );
    await waitFor(async () => {
      const { rowCount } = await owner.pool.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      return rowCount === 1;
    });
    await updateDeliveries(tx, [{ ...row, state: "pending" }]);
  });
  await superseding;
  const { rows } = await owner.pool.query("select state from deliveries");
  expect(rows).toEqual([{ state: "superseded" }]);
});

/** How much of the table and of its indexes was looked at so far. */
async function blocks(): Promise<number> {
  await owner.pool.query("select pg_stat_force_next_flush()");
  const { rows } = await owner.pool.query<{ blocks: number }>(
    `select (heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read)::int as blocks
    from pg_statio_user_tables where relname = 'deliveries'`,
  );
  return rows[0]?.blocks ?? 0;
}

test("what waits for a dead endpoint is not read when others are served", async () => {
  const dead = await subscribe({ max_concurrency: 5 });
  await owe(dead, { count: 20_000, dueSecondsAgo: 500 });
  await owe(dead, { count: 20_000, priority: 1, dueSecondsAgo: -5_000 });
  const healthy = await subscribe();
  await owe(healthy);
  await owner.pool.query("vacuum analyze deliveries");
  expect(countBy(await claim(), dead)).toBe(5);

  await owe(healthy);
  await worker.pool.query("select pg_stat_force_next_flush()");
  const before = await blocks();
  expect(await claim()).toHaveLength(1);
  await worker.pool.query("select pg_stat_force_next_flush()");
  // All rows of the dead endpoint fill a thousand.
  expect((await blocks()) - before).toBeLessThan(200);
});

test.each([0, 1, 2])(
  "however much of priority %i waits for longer and cannot be sent, all else goes in its order",
  async (blocked) => {
    const paused = await subscribe({ status: "paused" });
    await owe(paused, { count: 600, priority: blocked, dueSecondsAgo: 1_000 });
    const id = await subscribe();
    for (const priority of [2, 1, 0]) await owe(id, { priority, dueSecondsAgo: 10 + priority });
    const claimed: number[] = [];
    for (let next = await claim(1); next[0] !== undefined; next = await claim(1)) claimed.push(next[0].priority);
    expect(claimed).toEqual([0, 1, 2]);
  },
);

test("however many retries wait, those that there is room for are claimed beside all first attempts", async () => {
  const [one, two] = [await subscribe({ max_concurrency: 500 }), await subscribe()];
  await owe(one, { count: 600, priority: 1, dueSecondsAgo: 100 });
  await owe(two, { count: 2 });
  const claimed = await claim(100, 40);
  expect([0, 1].map((each) => claimed.filter(({ priority }) => priority === each).length)).toEqual([2, 40]);
});

test("of an endpoint that is gone, what it did not get is not read to see that nothing is left to stop", async () => {
  const gone = await subscribe({ deleted_at: new Date() });
  await owe(gone, { count: 20_000 });
  await owner.pool.query("update deliveries set state = 'exhausted'");
  await owner.pool.query("vacuum analyze deliveries");
  await listStopped(worker.db);
  await worker.pool.query("select pg_stat_force_next_flush()");
  const before = await blocks();
  expect(await listStopped(worker.db)).toEqual([]);
  await worker.pool.query("select pg_stat_force_next_flush()");
  expect((await blocks()) - before).toBeLessThan(50);
  await owe(gone);
  await owner.pool.query("update deliveries set state = 'held' where state = 'pending'");
  expect(await listStopped(worker.db)).toEqual([{ subscriptionId: gone, from: "held", to: "cancelled" }]);
});

test("endpoints are counted by state: of webhooks alone, and without those that are gone", async () => {
  for (const status of ["active", "active", "failing"]) await subscribe({ status });
  await subscribe({ kind: "slack" });
  await subscribe({ deleted_at: new Date() });
  expect(Object.fromEntries(await countEndpoints(worker.db))).toEqual({ active: 2, failing: 1 });
});

test("the progress of recoveries is that of those under way", async () => {
  expect(await recoveryProgress(worker.db)).toEqual({ done: 0, left: 0 });
  await owner.pool.query(
    `insert into recoveries (id, subscription_id, team_id, since, until, states, state, total, processed, actor)
    select uuidv7(), $1, $2, now(), now(), '{held}', state, total, processed, 'key_x'
    from (values ('queued', 500, 0), ('running', 500, 200), ('running', 5, 7), ('completed', 9, 9)) as of (state, total, processed)`,
    [await subscribe(), teamId],
  );
  expect(await recoveryProgress(worker.db)).toEqual({ done: 207, left: 800 });
});

test("the oldest delivery that is kept has an age", async () => {
  expect(await oldestKeptSeconds(worker.db)).toBe(0);
  await owe(await subscribe(), { count: 2 });
  await owner.pool.query(
    `update deliveries set created_at = now() - interval '1 hour' where id = (select id from deliveries order by id limit 1)`,
  );
  const seconds = await oldestKeptSeconds(worker.db);
  expect(seconds).toBeGreaterThanOrEqual(3_600);
  expect(seconds).toBeLessThan(3_660);
});
