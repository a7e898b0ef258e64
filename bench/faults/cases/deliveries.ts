import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { findItem, type ItemRow } from "@relink/db";
import { itemFact, publishEvents } from "@relink/items";
import { setting, showId } from "@relink/service";
import { waitFor } from "@relink/testkit";
import { Redis } from "ioredis";
import { Webhook } from "standardwebhooks";
import { type Arrival, startReceiver, subscribe } from "../../src/stage/subscribers.ts";
import { type FaultCase, type Plan, repeatedly, strike } from "../case.ts";
import { quiet } from "../check-world.ts";
import type { World } from "../world.ts";

const EVENTS_PER_SECOND = 20;
/** So that some are always under way. */
const SLOW_MS = 250;
/** At the same time, over both workers: so many are lost to a kill at most, and may come twice. */
const CONCURRENCY = 5;
/** In seconds: whoever fails is tried again soon, as often as is allowed. */
const RETRY_SCHEDULE = [...Array.from({ length: 10 }, () => 1), ...Array.from({ length: 10 }, () => 3)];

/** An endpoint, and what arrived there. */
interface Endpoint {
  readonly name: string;
  readonly subscriptionId: string;
  /** What came, by id, as often as it was taken. */
  readonly taken: Map<string, number>;
  readonly problems: string[];
  close(): Promise<void>;
}

type Behaviour = (arrival: Arrival, response: ServerResponse, take: () => void) => void;

export const deliveriesUnderKills: FaultCase = {
  name: "deliveries-under-kills",
  title: "`kill -9` of workers and `FLUSHALL`, while events go to good, slow, flapping and dead endpoints",
  async run(world, plan) {
    let isHealed = false;
    const isFailing = (): boolean => !isHealed && plan.random.int(10) < 4;
    const behaviours: Record<string, Behaviour> = {
      good: (_arrival, _response, take) => take(),
      "good too": (_arrival, _response, take) => take(),
      slow: (_arrival, _response, take) => void setTimeout(take, SLOW_MS),
      flapping: ({ socket }, response, take) => {
        if (!isFailing()) take();
        else if (plan.random.int(2) === 0) socket.destroy();
        else response.writeHead(500).end();
      },
      dead: () => {},
    };
    const endpoints = await Promise.all(
      Object.entries(behaviours).map(([name, behaviour]) => openEndpoint(world, name, behaviour)),
    );
    const publisher = startPublisher(world, plan);
    try {
      let kills = 0;
      await repeatedly(plan, async () => {
        const victims = plan.random.one([[0], [1], [0, 1]] as const);
        kills += 1;
        await killAndWipe(world, plan, victims);
      });
      await delay(1_000);
      const published = await publisher.stop();
      isHealed = true;
      world.load.pause();
      // Whatever still happens to Items publishes events too.
      await world.deliverer.settled();
      await quiet(world.database);
      const living = endpoints.filter(({ name }) => name !== "dead");
      await nothingWaits(world, living);
      for (const endpoint of living) await hasAll(world, endpoint, published, kills);
      plan.seen.notes.push(`${published.length} events beside those of the load; ${living.map(show).join(", ")}`);
    } finally {
      await publisher.stop();
      await closeAll(world, endpoints);
      world.load.resume();
    }
  },
};

async function openEndpoint(world: World, name: string, behaviour: Behaviour): Promise<Endpoint> {
  const taken = new Map<string, number>();
  const problems: string[] = [];
  let secret = "";
  const receiver = await startReceiver((arrival, response) => {
    try {
      new Webhook(secret).verify(arrival.body, arrival.headers as Record<string, string>);
    } catch (error) {
      problems.push(`${name}: ${String(error)}`);
    }
    if ((JSON.parse(arrival.body) as { id?: unknown }).id !== arrival.id) problems.push(`${name}: another's body`);
    behaviour(arrival, response, () => {
      taken.set(arrival.id, (taken.get(arrival.id) ?? 0) + 1);
      response.writeHead(204).end();
    });
  });
  const keys = setting.keyRing.parse(world.relink.encryptionKeys);
  const options = { maxConcurrency: CONCURRENCY, retrySchedule: RETRY_SCHEDULE };
  const subscription = await subscribe(world.database.pool, keys, receiver.url, options);
  secret = subscription.secret;
  return { name, subscriptionId: subscription.id, taken, problems, close: () => receiver.close() };
}

/** Publishes at a steady rate, as Relink does wherever something happens to an Item. */
function startPublisher(world: World, plan: Plan): { stop(): Promise<string[]> } {
  const ids: string[] = [];
  let isStopped = false;
  const running = (async () => {
    const { rows } = await world.database.pool.query<{ id: string }>("select id from items");
    while (!isStopped) {
      await world.database.db.transaction(async (tx) => {
        const item: ItemRow | null = await findItem(tx, plan.random.one(rows).id);
        if (item === null) throw new TypeError("an Item that was there is gone");
        const fact = { item, episodeId: null, at: new Date(), data: {} };
        const { eventIds } = await publishEvents(tx, [itemFact("item.new_accounts_available", fact)]);
        ids.push(...eventIds);
      });
      await delay(1_000 / EVENTS_PER_SECOND);
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await running;
      return ids;
    },
  };
}

async function killAndWipe(world: World, plan: Plan, victims: readonly (0 | 1)[]): Promise<void> {
  const { relink } = world;
  for (const which of victims) {
    strike(plan, "worker");
    relink.workers[which].kill();
  }
  strike(plan, "Redis, wiped");
  const redis = new Redis(relink.redis.url);
  await redis.flushall();
  redis.disconnect();
  await Promise.all(victims.map((which) => relink.workers[which].exited));
  await Promise.all(victims.map((which) => relink.startWorker(which)));
}

/** What a killed worker had is sent again once its lease has ended. */
async function nothingWaits(world: World, endpoints: readonly Endpoint[]): Promise<void> {
  const ids = endpoints.map(({ subscriptionId }) => subscriptionId);
  await waitFor(
    async () => {
      const { rows } = await world.database.pool.query<{ waiting: number }>(
        "select count(*)::int as waiting from deliveries where subscription_id = any($1) and state in ('pending', 'in_flight')",
        [ids],
      );
      if (rows[0]?.waiting !== 0) throw new Error(`${rows[0]?.waiting} deliveries still wait`);
      return true;
    },
    { timeoutMs: 120_000, everyMs: 250 },
  );
}

/** @throws unless every event has arrived, genuine, and no more came twice than were under way at a kill. */
async function hasAll(world: World, endpoint: Endpoint, published: readonly string[], kills: number): Promise<void> {
  const { name, subscriptionId, taken } = endpoint;
  const { rows } = await world.database.pool.query<{ event_id: string; state: string }>(
    "select event_id, state from deliveries where subscription_id = $1",
    [subscriptionId],
  );
  assert.deepEqual(endpoint.problems, []);
  const undelivered = rows.filter(({ state }) => state !== "delivered");
  assert.deepEqual(undelivered, [], `${name}: not delivered`);
  const owed = new Set(rows.map(({ event_id }) => event_id));
  const forgotten = published.filter((id) => !owed.has(id));
  assert.deepEqual(forgotten, [], `${name}: published, and not meant for it`);
  const missing = [...owed].filter((id) => !taken.has(showId("evt", id)));
  assert.deepEqual(missing, [], `${name}: delivered, and never arrived`);
  assert.equal(taken.size, owed.size, `${name}: what nobody owed it has arrived`);
  assert.ok(twice(endpoint) <= kills * CONCURRENCY, `${name}: ${twice(endpoint)} came twice after ${kills} kills`);
}

/** Arrivals beyond the first of each event. */
function twice({ taken }: Endpoint): number {
  return [...taken.values()].reduce((sum, times) => sum + times - 1, 0);
}

function show(endpoint: Endpoint): string {
  return `${endpoint.name}: ${endpoint.taken.size} arrived, ${twice(endpoint)} of them twice`;
}

/** So that nothing goes to them while other cases run. */
async function closeAll(world: World, endpoints: readonly Endpoint[]): Promise<void> {
  const ids = endpoints.map(({ subscriptionId }) => subscriptionId);
  await world.database.pool.query("update subscriptions set deleted_at = now() where id = any($1)", [ids]);
  await Promise.all(endpoints.map((endpoint) => endpoint.close()));
}
