import { parseArgs } from "node:util";
import { describeMachine } from "../machine.ts";
import { median, whole } from "../figures.ts";
import { syncUpdates } from "../stage/payloads.ts";
import { cpuSecondsBy, showMemory, watchMemory } from "../stage/process-usage.ts";
import { printProfile } from "../stage/read-profile.ts";
import { setStage } from "../stage/set-stage.ts";
import { spawnVariant } from "../stage/spawn-rival.ts";
import { fire } from "../wire/fire.ts";
import { signRequests } from "../wire/sign-requests.ts";

interface Contender {
  name: string;
  port: number;
  pid: number;
}

interface Round {
  perSecond: number;
  /** CPU for each webhook, in microseconds, by what used it. */
  cost: ReadonlyMap<string, number>;
}

const RELINK = "verify and commit";

/**
 * How many webhooks a second the ingress verifies and commits, beside what the same server does with less to do (answers
 * 200 once it has read the body, or once it has verified it), and beside a plain one that verifies and puts the whole
 * body on a queue. All in one run and in turns, so that whatever else the machine does falls on all of them.
 *
 * `--rounds` (5), `--webhooks` per round and server (10,000), `--connections` (64); `--profile` tells where the time of
 * the ingress goes, and makes it slower.
 */
export async function benchIngress(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      webhooks: { type: "string", default: "10000" },
      connections: { type: "string", default: "64" },
      profile: { type: "boolean", default: false },
    },
  });
  const rounds = Number(values.rounds);
  const webhooks = Number(values.webhooks);
  const connections = Number(values.connections);

  await using cleanUp = new AsyncDisposableStack();
  const stage = await setStage(cleanUp);
  const ingress = await stage.startIngress({ profile: values.profile });
  const [read, verify, queue] = [
    await spawnVariant("read", stage),
    await spawnVariant("verify", stage),
    await spawnVariant("queue", stage),
  ];
  for (const rival of [read, verify, queue]) cleanUp.defer(() => rival.stop());

  const contenders: Contender[] = [
    { ...read, name: "(a) answer 200" },
    { ...verify, name: "(b) verify" },
    { ...queue, name: "(c) verify and queue" },
    { ...ingress, name: RELINK },
  ];
  const others = [
    { name: "postgres", pid: stage.postgres.pid },
    { name: "redis", pid: stage.redis.pid },
    { name: "generator", pid: process.pid },
  ];
  const memory = watchMemory([ingress]);
  const results = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]));
  let acked = 0;

  for (let round = 0; round <= rounds; round += 1) {
    const requests = signRequests(stage.signer, webhooks, syncUpdates);
    const shift = round % contenders.length;
    for (const contender of [...contenders.slice(shift), ...contenders.slice(0, shift)]) {
      const processes = [{ name: "server", pid: contender.pid }, ...others];
      const before = await cpuSecondsBy(processes);
      const shots = await fire([contender.port], requests, connections);
      const after = await cpuSecondsBy(processes);
      if (shots.acked !== webhooks)
        throw new Error(`${contender.name}: ${shots.failed} of ${webhooks} were not answered with 200`);
      if (contender.name === RELINK) acked += shots.acked;
      if (round === 0) continue; // for the compiler and the connections to warm up
      results.get(contender.name)?.push({
        perSecond: webhooks / shots.seconds,
        cost: new Map([...after].map(([name, at]) => [name, ((at - (before.get(name) ?? 0)) / webhooks) * 1e6])),
      });
    }
  }

  const peaks = await memory.end();

  const count = await stage.sql.query<{ rows: number }>("select count(*)::int as rows from webhook_events");
  const rows = count.rows[0]?.rows ?? 0;
  if (rows !== acked) throw new Error(`${acked} webhooks were acknowledged, and ${rows} are stored`);

  const speed = (name: string): number => median((results.get(name) ?? []).map(({ perSecond }) => perSecond));
  console.log(`pnpm bench ingress ${args.join(" ")}`.trimEnd());
  console.log(describeMachine());
  console.log(
    `${rounds} rounds in turns, ${whole(webhooks)} webhooks each, ${connections} connections; medians (least to most)\n`,
  );
  for (const { name } of contenders) {
    const all = (results.get(name) ?? []).map(({ perSecond }) => perSecond);
    const cost = ["server", ...others.map((other) => other.name)].map((process) => {
      const each = median((results.get(name) ?? []).map((round) => round.cost.get(process) ?? 0));
      return `${process} ${each.toFixed(0)}`;
    });
    console.log(
      `${name.padEnd(22)} ${whole(speed(name)).padStart(7)}/s (${whole(Math.min(...all))} to ${whole(Math.max(...all))})` +
        `   µs of CPU each: ${cost.join(", ")}`,
    );
  }
  console.log("");
  for (const { name } of contenders.filter((contender) => contender.name !== RELINK)) {
    console.log(`${RELINK} / ${name.padEnd(22)} ${(speed(RELINK) / speed(name)).toFixed(2)}`);
  }
  console.log(`rows committed ${whole(rows)} = acknowledged ${whole(acked)}; at most in memory: ${showMemory(peaks)}`);

  if (values.profile) {
    await ingress.stop();
    await printProfile("ingress", stage.profileFolder("ingress"));
  }
}
