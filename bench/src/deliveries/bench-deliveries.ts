import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createProducer } from "@relink/jobs";
import { Secret } from "@relink/service";
import { waitFor } from "@relink/testkit";
import { percentile, whole } from "../figures.ts";
import { describeMachine } from "../machine.ts";
import { showMemory, watchMemory } from "../stage/process-usage.ts";
import { printProfile } from "../stage/read-profile.ts";
import { setStage } from "../stage/set-stage.ts";
import { startReceiver, subscribe } from "../stage/subscribers.ts";
import { commitTimes, oweInTurn, oweSteadily } from "./owe.ts";

const WARM_UP = 2_000;
/** Of all endpoints together, more than the slots of a worker. */
const CONCURRENCY = 20;
const WAITING_FOR_HANGING = 10_000;

/**
 * How fast one worker delivers events to endpoints that answer at once, over plain HTTP on this machine: how many a second
 * when that many wait, and at a steady rate how long it takes from the commit that holds an event to its arrival, without
 * and with another endpoint that hangs. The receiver, Postgres and Redis share the cores with the worker.
 *
 * `--waiting` (20000,200000), `--endpoints` (10), `--rate` per second (500), `--seconds` (20); `--profile` tells where the
 * time of the worker goes.
 */
export async function benchDeliveries(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      waiting: { type: "string", default: "20000,200000" },
      endpoints: { type: "string", default: "10" },
      rate: { type: "string", default: "500" },
      seconds: { type: "string", default: "20" },
      profile: { type: "boolean", default: false },
    },
  });
  await using cleanUp = new AsyncDisposableStack();
  const stage = await setStage(cleanUp);
  const arrivedAt = new Map<string, number>();
  let count = 0;
  const receiver = await startReceiver(({ id, at }, response) => {
    count += 1;
    if (!arrivedAt.has(id)) arrivedAt.set(id, at);
    response.writeHead(204).end();
  });
  cleanUp.defer(() => receiver.close());
  const subscriptionIds: string[] = [];
  for (let endpoint = 0; endpoint < Number(values.endpoints); endpoint += 1) {
    const { id } = await subscribe(stage.sql, stage.encryptionKeys, `${receiver.url}${endpoint}`, {
      maxConcurrency: CONCURRENCY,
    });
    subscriptionIds.push(id);
  }
  const producer = createProducer({
    redisUrl: new Secret(stage.redis.url),
    onError() {
      // While it connects; whatever is wrong later, `add` tells.
    },
  });
  cleanUp.defer(() => producer.close());
  const worker = await stage.startWorker({ profile: values.profile });

  async function measure(waiting: number): Promise<number> {
    worker.kill("SIGSTOP");
    arrivedAt.clear();
    count = 0;
    for (let rest = waiting; rest > 0; rest -= 10_000) await oweInTurn(stage, subscriptionIds, Math.min(rest, 10_000));
    await stage.sql.query("analyze events, deliveries");
    worker.kill("SIGCONT");
    const startedAt = performance.now();
    while (count < waiting) await delay(20);
    return waiting / ((performance.now() - startedAt) / 1_000);
  }

  console.log(`pnpm bench deliveries ${args.join(" ")}`.trimEnd());
  console.log(describeMachine());
  await measure(WARM_UP);
  const watched = [
    { name: "worker", pid: worker.pid },
    { name: "postgres", pid: stage.postgres.pid },
    { name: "this process, with the receiver", pid: process.pid },
  ];
  for (const waiting of values.waiting.split(",").map(Number)) {
    const memory = watchMemory(watched);
    const perSecond = await measure(waiting);
    const [peaks, twice] = [await memory.end(), count - arrivedAt.size];
    console.log(
      `${whole(waiting).padStart(9)} waiting: ${whole(perSecond).padStart(6)}/s to ${subscriptionIds.length} endpoints, ` +
        `${twice} of them twice; at most ${showMemory(peaks)}`,
    );
  }

  const [rate, seconds] = [Number(values.rate), Number(values.seconds)];
  async function measureSteadily(what: string): Promise<void> {
    arrivedAt.clear();
    const steady = await oweSteadily(producer, subscriptionIds, { rate, seconds }, (due) =>
      oweInTurn(stage, subscriptionIds, due),
    );
    const committedAt = await commitTimes(stage, steady);
    await waitFor(() => [...committedAt.keys()].every((id) => arrivedAt.has(id)), { timeoutMs: 60_000 });
    const times = [...committedAt].map(([id, at]) => (arrivedAt.get(id) ?? Number.NaN) - at);
    const figures = [50, 95, 99, 100].map((percent) => percentile(times, percent).toFixed(1).padStart(8));
    console.log(`${what.padEnd(40)}${figures.join("")}`);
  }
  console.log(`\ncommitted → arrived at ${whole(rate)}/s, in ms       p50     p95     p99     max`);
  await measureSteadily("all endpoints answer");
  const hanging = await startReceiver(() => {});
  cleanUp.defer(() => hanging.close());
  const { id } = await subscribe(stage.sql, stage.encryptionKeys, hanging.url, { maxConcurrency: CONCURRENCY });
  await oweInTurn(stage, [id], WAITING_FOR_HANGING);
  await measureSteadily(`${whole(WAITING_FOR_HANGING)} wait for one that does not`);
  if (values.profile) {
    await worker.stop();
    await printProfile("worker", stage.profileFolder("worker"));
  }
}
