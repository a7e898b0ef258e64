import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createProducer } from "@relink/jobs";
import { Secret } from "@relink/service";
import { waitFor } from "@relink/testkit";
import { Redis } from "ioredis";
import { median, percentile, whole } from "../figures.ts";
import { describeMachine } from "../machine.ts";
import { setStage, type Stage, type StagedApp } from "../stage/set-stage.ts";
import { type Arrival, startReceiver, subscribe } from "../stage/subscribers.ts";
import { commitTimes, oweSteadily, oweToAll } from "./owe.ts";

/** Of each endpoint, over both workers. */
const CONCURRENCY = 20;
const SLOW_MS = 200;
/** In seconds: whoever fails is tried again soon, as often as is allowed. */
const RETRY_SCHEDULE = [...Array.from({ length: 10 }, () => 1), ...Array.from({ length: 10 }, () => 5)];
const HEALTHY = 7;
const TROUBLED = ["slow", "flapping", "dead"] as const;
const WARM_UP_SECONDS = 10;

type Behaviour = "good" | (typeof TROUBLED)[number];

/** One subscriber's server, and when what came to it was first taken. */
interface Endpoint {
  readonly subscriptionId: string;
  /** Of those that do not stay good it changes. */
  behaviour: Behaviour;
  /** By event, in milliseconds since 1970. */
  readonly takenAt: Map<string, number>;
  /** Arrivals beyond the first of an event. */
  twice: number;
}

/**
 * What trouble does to those that have none: two workers deliver to ten endpoints at a steady rate, in turn while all of
 * them answer at once and while three are slow, flapping and dead; and at last while workers are killed and Redis is wiped
 * as well. Prints how long it takes from the commit that holds an event to its arrival at the seven that stay good, what
 * came twice, and whether all of it came. The receivers, Postgres and Redis share the cores with the workers.
 *
 * `--rate` of deliveries per second (1000), `--rounds` (8) of two parts of `--seconds` (15), `--every`: seconds from one kill
 * to the next (10), for as long as all rounds took together.
 */
export async function benchDeliveryTroubles(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: { type: "string", default: "1000" },
      rounds: { type: "string", default: "8" },
      seconds: { type: "string", default: "15" },
      every: { type: "string", default: "10" },
    },
  });
  const [rate, rounds, seconds] = [Number(values.rate), Number(values.rounds), Number(values.seconds)];
  await using cleanUp = new AsyncDisposableStack();
  const stage = await setStage(cleanUp);
  const endpoints: Endpoint[] = [];
  for (let index = 0; index < HEALTHY + TROUBLED.length; index += 1) endpoints.push(await open(stage, cleanUp));
  const healthy = endpoints.slice(0, HEALTHY);
  const troubled = endpoints.slice(HEALTHY);
  const ids = endpoints.map(({ subscriptionId }) => subscriptionId);
  const producer = createProducer({
    redisUrl: new Secret(stage.redis.url),
    onError() {
      // While it connects; whatever is wrong later, `add` tells.
    },
  });
  cleanUp.defer(() => producer.close());
  const published: string[] = [];
  const workers = [await stage.startWorker(), await stage.startWorker()];

  async function measure(what: string, forSeconds: number): Promise<number> {
    const pace = { rate: rate / endpoints.length, seconds: forSeconds };
    const events = await oweSteadily(producer, ids, pace, (count) => oweToAll(stage, ids, count));
    const committedAt = await commitTimes(stage, events);
    const eventIds = [...committedAt.keys()];
    published.push(...eventIds);
    await waitFor(() => healthy.every(({ takenAt }) => eventIds.every((id) => takenAt.has(id))), {
      timeoutMs: 120_000,
      everyMs: 200,
    });
    const times = healthy.flatMap(({ takenAt }) =>
      [...committedAt].map(([id, at]) => (takenAt.get(id) ?? Number.NaN) - at),
    );
    const [p50, p95, p99, max] = [50, 95, 99, 100].map((percent) => percentile(times, percent));
    const figures = [p50, p95, p99, max].map((figure) => figure?.toFixed(1).padStart(9)).join("");
    console.log(`${what.padEnd(44)}${figures}${whole(times.length).padStart(10)}`);
    return p95 ?? Number.NaN;
  }

  console.log(`pnpm bench delivery-troubles ${args.join(" ")}`.trimEnd());
  console.log(describeMachine());
  console.log(
    `${whole(rate)}/s to ${endpoints.length} endpoints; committed → arrived at ${HEALTHY} good ones, in ms\n` +
      `${"".padEnd(44)}      p50      p95      p99      max   arrived`,
  );
  await measure("warm-up", WARM_UP_SECONDS);
  const [before, amongTroubled]: [number[], number[]] = [[], []];
  for (let round = 1; round <= rounds; round += 1) {
    before.push(await measure("all endpoints answer", seconds));
    for (const [index, behaviour] of TROUBLED.entries()) {
      const endpoint = troubled[index];
      if (endpoint !== undefined) endpoint.behaviour = behaviour;
    }
    amongTroubled.push(await measure("three are slow, flapping and dead", seconds));
    if (round === rounds) break;
    for (const endpoint of troubled) endpoint.behaviour = "good";
    await nothingWaits(stage, endpoints);
  }
  const kills = killAgainAndAgain(stage, workers, Number(values.every) * 1_000);
  const underKills = await measure("and workers are killed, and Redis is wiped", rounds * seconds);
  const killed = await kills.end();
  console.log(
    `p95 to that while all answer, at the median of the rounds: ${(median(amongTroubled) / median(before)).toFixed(2)}, ` +
      `and ${(underKills / median(before)).toFixed(2)} with ${killed} kills, each with a FLUSHALL`,
  );

  // What was owed to the others meanwhile arrives too, but for the dead one's; and what a killed worker had sent, again.
  for (const endpoint of troubled) if (endpoint.behaviour !== "dead") endpoint.behaviour = "good";
  const living = endpoints.filter(({ behaviour }) => behaviour === "good");
  await nothingWaits(stage, living);
  const missing = living.flatMap(({ takenAt }) => published.filter((id) => !takenAt.has(id)));
  const again = living.reduce((sum, { twice }) => sum + twice, 0);
  console.log(
    `${whole(published.length)} events, ${living.length} living endpoints: ${whole(missing.length)} did not arrive, ` +
      `${whole(again)} came twice`,
  );
  if (missing.length > 0) process.exitCode = 1;
}

async function open(stage: Stage, cleanUp: AsyncDisposableStack): Promise<Endpoint> {
  const answer = (endpoint: Endpoint, arrival: Arrival, response: ServerResponse): void => {
    const take = (): void => {
      if (endpoint.takenAt.has(arrival.id)) endpoint.twice += 1;
      else endpoint.takenAt.set(arrival.id, arrival.at);
      response.writeHead(204).end();
    };
    switch (endpoint.behaviour) {
      case "good":
        return take();
      case "slow":
        return void setTimeout(take, SLOW_MS);
      case "flapping": {
        const luck = Math.random();
        if (luck < 0.6) return take();
        if (luck < 0.8) return void arrival.socket.destroy();
        return void response.writeHead(500).end();
      }
      case "dead":
    }
  };
  const receiver = await startReceiver((arrival, response) => answer(endpoint, arrival, response));
  cleanUp.defer(() => receiver.close());
  const options = { maxConcurrency: CONCURRENCY, retrySchedule: RETRY_SCHEDULE };
  const { id } = await subscribe(stage.sql, stage.encryptionKeys, receiver.url, options);
  const endpoint: Endpoint = { subscriptionId: id, behaviour: "good", takenAt: new Map(), twice: 0 };
  return endpoint;
}

/** Kills one worker and then the other, without warning, starts it again, and wipes Redis each time. */
function killAgainAndAgain(
  stage: Stage,
  workers: StagedApp[],
  everyMs: number,
): {
  /** @returns how many there were. */
  end(): Promise<number>;
} {
  const redis = new Redis(stage.redis.url);
  const abort = new AbortController();
  let kills = 0;
  const running = (async () => {
    for (;;) {
      await delay(everyMs, undefined, { signal: abort.signal });
      const which = kills % workers.length;
      workers[which]?.kill("SIGKILL");
      await redis.flushall();
      kills += 1;
      workers[which] = await stage.startWorker();
    }
  })().catch((error: unknown) => {
    if (!abort.signal.aborted) throw error;
  });
  return {
    async end() {
      abort.abort();
      await running;
      redis.disconnect();
      return kills;
    },
  };
}

/** @throws if something is still owed to one of them after minutes. */
async function nothingWaits(stage: Stage, endpoints: readonly Endpoint[]): Promise<void> {
  const ids = endpoints.map(({ subscriptionId }) => subscriptionId);
  await waitFor(
    async () => {
      const { rows } = await stage.sql.query(
        "select from deliveries where subscription_id = any($1) and state in ('pending', 'in_flight') limit 1",
        [ids],
      );
      return rows.length === 0;
    },
    { timeoutMs: 300_000, everyMs: 500 },
  );
}
