import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { waitFor } from "@relink/testkit";
import { Redis } from "ioredis";
import { median, whole } from "../figures.ts";
import { describeMachine } from "../machine.ts";
import { addItems } from "../stage/items.ts";
import { itemError } from "../stage/payloads.ts";
import { cpuSecondsBy, showMemory, type Watched, watchMemory } from "../stage/process-usage.ts";
import { printProfile } from "../stage/read-profile.ts";
import { setStage, type Stage } from "../stage/set-stage.ts";
import { spawnPlainWorker, spawnVariant } from "../stage/spawn-rival.ts";
import { fire } from "../wire/fire.ts";
import { signRequests } from "../wire/sign-requests.ts";

/** About what `/item/get` takes over the internet. */
const PLAID_DELAY_MS = 100;

interface Contender {
  name: string;
  port: number;
  /** All that work for it. */
  processes: readonly Watched[];
}

/**
 * How many webhooks a second get all the way: received on a socket, and their Item's status and their log row committed.
 * Every one of them is about a broken Item. Beside it the plain way: the whole body on a queue, and one transaction per
 * job. In turns, in one run, each with one process that receives and one that works.
 *
 * Relink's worker also asks Plaid about the broken Items meanwhile, as it does in production.
 *
 * `--rounds` (3), `--webhooks` per round (20,000), `--items` (2,000), `--connections` (64); `--profile` tells where the
 * time of the worker goes.
 */
export async function benchEndToEnd(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "3" },
      webhooks: { type: "string", default: "20000" },
      items: { type: "string", default: "2000" },
      connections: { type: "string", default: "64" },
      profile: { type: "boolean", default: false },
    },
  });
  const rounds = Number(values.rounds);
  const webhooks = Number(values.webhooks);
  const items = Number(values.items);
  const connections = Number(values.connections);

  await using cleanUp = new AsyncDisposableStack();
  const stage = await setStage(cleanUp, { plaidDelayMs: PLAID_DELAY_MS });
  await addItems(stage, items);
  const ingress = await stage.startIngress();
  const worker = await stage.startWorker({ profile: values.profile });
  const plainIngress = await spawnVariant("queue", stage);
  cleanUp.defer(() => plainIngress.stop());
  const plainWorker = await spawnPlainWorker(stage);
  cleanUp.defer(() => plainWorker.stop());
  const stores = [
    { name: "postgres", pid: stage.postgres.pid },
    { name: "redis", pid: stage.redis.pid },
    { name: "generator", pid: process.pid },
  ];
  const contenders: Contender[] = [
    {
      name: "Relink",
      port: ingress.port,
      processes: [{ name: "ingress", pid: ingress.pid }, { name: "worker", pid: worker.pid }, ...stores],
    },
    {
      name: "(d) one transaction per job",
      port: plainIngress.port,
      processes: [{ name: "receiver", pid: plainIngress.pid }, { name: "worker", pid: plainWorker.pid }, ...stores],
    },
  ];

  const speeds = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  const costs = new Map<string, string>();
  const memory = watchMemory(contenders[0]?.processes ?? []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, port, processes } of round % 2 === 0 ? contenders : contenders.toReversed()) {
      await reset(stage);
      const requests = signRequests(stage.signer, webhooks, (index) => itemError(index % items));
      const before = await cpuSecondsBy(processes);
      const startedAt = Date.now();
      const shots = await fire([port], requests, connections);
      if (shots.acked !== webhooks) throw new Error(`${name}: ${shots.failed} were not answered with 200`);
      const endedAt = await allCommitted(stage, webhooks);
      const after = await cpuSecondsBy(processes);
      if (round === 0) continue; // for the compiler and the connections to warm up
      speeds.get(name)?.push(webhooks / ((endedAt.getTime() - startedAt) / 1_000));
      const cost = processes.map((one) => {
        const seconds = (after.get(one.name) ?? 0) - (before.get(one.name) ?? 0);
        return `${one.name} ${((seconds / webhooks) * 1e6).toFixed(0)}`;
      });
      costs.set(name, cost.join(", "));
    }
  }
  const peaks = await memory.end();

  console.log(`pnpm bench end-to-end ${args.join(" ")}`.trimEnd());
  console.log(describeMachine());
  console.log(
    `${rounds} rounds in turns, ${whole(webhooks)} webhooks about ${whole(items)} Items each, ${connections} connections; ` +
      "medians (least to most)\n",
  );
  for (const { name } of contenders) {
    const all = speeds.get(name) ?? [];
    console.log(
      `${name.padEnd(28)} ${whole(median(all)).padStart(6)}/s (${whole(Math.min(...all))} to ${whole(Math.max(...all))})` +
        `   µs of CPU each: ${costs.get(name) ?? ""}`,
    );
  }
  const [relink, plain] = contenders.map(({ name }) => median(speeds.get(name) ?? []));
  console.log(`\nRelink / (d)  ${((relink ?? 0) / (plain ?? 0)).toFixed(2)}`);
  console.log(`at most in memory: ${showMemory(peaks)}`);
  if (values.profile) {
    await worker.stop();
    await printProfile("worker", stage.profileFolder("worker"));
  }
}

/** All Items healthy, no webhook, no job. */
async function reset(stage: Stage): Promise<void> {
  await stage.sql.query("update items set confirm_due_at = null where confirm_due_at is not null");
  await delay(PLAID_DELAY_MS + 200); // for the questions under way
  const redis = new Redis(stage.redis.url);
  await redis.flushall();
  redis.disconnect();
  await stage.sql.query("truncate webhook_events, emails, episodes, link_sessions, link_events, plaid_api_events");
  await stage.sql.query(
    `update items set status = 'healthy', error_type = null, error_code = null, error_reason = null, asked_at = null,
       hint_at = null, confirm_due_at = null`,
  );
  await stage.sql.query("vacuum analyze items");
}

/** Waits for the last of them. @returns the moment of the last commit, by the clock that this process has too. */
async function allCommitted(stage: Stage, count: number): Promise<Date> {
  await waitFor(
    async () => {
      const { rows } = await stage.sql.query<{ done: number }>(
        "select count(*)::int as done from webhook_events where processed_at is not null",
      );
      if (rows[0]?.done !== count) throw new Error(`${rows[0]?.done} of ${count} are processed`);
      return true;
    },
    { timeoutMs: 30_000, everyMs: 200 },
  );
  const { rows } = await stage.sql.query<{ at: Date; broken: number }>(
    `select (select max(pg_xact_commit_timestamp(xmin)) from webhook_events) as at,
       (select count(*)::int from items where status <> 'login_required') as broken`,
  );
  const [row] = rows;
  if (row === undefined || row.broken > 0) throw new Error(`${row?.broken} Items are not shown as broken`);
  return row.at;
}
