import { parseArgs } from "node:util";
import { drained, processedBy } from "../backlog/drain.ts";
import { fillBacklog } from "../backlog/fill-backlog.ts";
import { median, whole } from "../figures.ts";
import { describeMachine } from "../machine.ts";
import { addItems } from "../stage/items.ts";
import { syncUpdates } from "../stage/payloads.ts";
import { setStage, type StagedApp } from "../stage/set-stage.ts";
import { fire } from "../wire/fire.ts";
import { signRequests } from "../wire/sign-requests.ts";

const ITEMS = 10_000;
const PLAID_DELAY_MS = 100;

/**
 * One ingress beside two, and one worker beside two: what another process adds on this machine. Webhooks are received
 * while no worker runs, and worked off while none comes in.
 *
 * `--rounds` (3), `--webhooks` per round (15,000), `--connections` (64).
 */
export async function benchScale(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "3" },
      webhooks: { type: "string", default: "15000" },
      connections: { type: "string", default: "64" },
    },
  });
  const rounds = Number(values.rounds);
  const webhooks = Number(values.webhooks);

  await using cleanUp = new AsyncDisposableStack();
  const stage = await setStage(cleanUp, { plaidDelayMs: PLAID_DELAY_MS });
  await addItems(stage, ITEMS);
  const ingresses = [await stage.startIngress(), await stage.startIngress()];
  const workers = [await stage.startWorker(), await stage.startWorker()];
  const halt = (apps: readonly StagedApp[], how: "SIGSTOP" | "SIGCONT"): void => {
    for (const app of apps) app.kill(how);
  };

  async function receive(count: number): Promise<number> {
    const ports = ingresses.slice(0, count).map(({ port }) => port);
    const requests = signRequests(stage.signer, webhooks, (index) => syncUpdates(index % ITEMS));
    const before = await processedBy(workers);
    halt(workers, "SIGSTOP");
    const shots = await fire(ports, requests, Number(values.connections));
    if (shots.acked !== webhooks) throw new Error(`${shots.failed} were not answered with 200`);
    halt(workers, "SIGCONT");
    await drained(workers, before + webhooks);
    return webhooks / shots.seconds;
  }

  async function workOff(count: number): Promise<number> {
    const chosen = workers.slice(0, count);
    const before = await processedBy(chosen);
    halt(workers, "SIGSTOP");
    await fillBacklog(stage, webhooks, { breakable: ITEMS, items: ITEMS });
    halt(chosen, "SIGCONT");
    const seconds = await drained(chosen, before + webhooks);
    halt(workers, "SIGCONT");
    return webhooks / seconds;
  }

  const results = {
    receive: { 1: [] as number[], 2: [] as number[] },
    workOff: { 1: [] as number[], 2: [] as number[] },
  };
  for (let round = 0; round <= rounds; round += 1) {
    for (const count of [1, 2] as const) {
      const received = await receive(count);
      const workedOff = await workOff(count);
      if (round === 0) continue; // for the compiler and the connections to warm up
      results.receive[count].push(received);
      results.workOff[count].push(workedOff);
    }
  }

  console.log(`pnpm bench scale ${args.join(" ")}`.trimEnd());
  console.log(describeMachine());
  console.log(`${rounds} rounds of ${whole(webhooks)} webhooks; medians\n`);
  for (const [what, unit] of [
    ["receive", "ingress"],
    ["workOff", "worker"],
  ] as const) {
    const [one, two] = [median(results[what][1]), median(results[what][2])];
    console.log(
      `1 ${unit.padEnd(8)} ${whole(one).padStart(6)}/s   2: ${whole(two).padStart(6)}/s   ratio ${(two / one).toFixed(2)}`,
    );
  }
}
