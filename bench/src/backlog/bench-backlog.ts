import { parseArgs } from "node:util";
import { waitFor } from "@relink/testkit";
import { whole } from "../figures.ts";
import { describeMachine } from "../machine.ts";
import { addItems, fillItems } from "../stage/items.ts";
import { showMemory, watchMemory } from "../stage/process-usage.ts";
import { printProfile } from "../stage/read-profile.ts";
import { setStage, type Stage } from "../stage/set-stage.ts";
import { drained, processedBy } from "./drain.ts";
import { fillBacklog } from "./fill-backlog.ts";

/** So slow that the questions, of which there are so many a second however much waits, are no part of the figure. */
const PLAID_DELAY_MS = 10_000;
/** Items that Plaid knows. */
const KNOWN_ITEMS = 10_000;
const WARM_UP = 20_000;

/**
 * How fast one worker works off what waits, with more and more waiting, beside a small and a large table of Items. The
 * worker is halted while the rows and their jobs are put there, and one webhook in twenty tells of a broken Item.
 *
 * `--waiting` (10000,100000,1000000), `--items` (10000,5000000; the first is what is there at least); `--profile` tells
 * where the time of the worker goes.
 */
export async function benchBacklog(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      waiting: { type: "string", default: "10000,100000,1000000" },
      items: { type: "string", default: "10000,5000000" },
      profile: { type: "boolean", default: false },
    },
  });
  const sizes = values.waiting.split(",").map(Number);

  await using cleanUp = new AsyncDisposableStack();
  const stage = await setStage(cleanUp, { plaidDelayMs: PLAID_DELAY_MS });
  await addItems(stage, KNOWN_ITEMS);
  const ingress = await stage.startIngress();
  const worker = await stage.startWorker({ profile: values.profile });

  async function measure(waiting: number, items: number): Promise<number> {
    await stage.sql.query("truncate webhook_events");
    const before = await processedBy([worker]);
    worker.kill("SIGSTOP");
    await fillBacklog(stage, waiting, { breakable: KNOWN_ITEMS, items });
    worker.kill("SIGCONT");
    const seconds = await drained([worker], before + waiting);
    await nothingIsOpen(stage);
    return waiting / seconds;
  }

  console.log(`pnpm bench backlog ${args.join(" ")}`.trimEnd());
  console.log(describeMachine());
  for (const items of values.items.split(",").map(Number)) {
    await fillItems(stage, items);
    await measure(WARM_UP, items);
    const watched = [
      { name: "ingress", pid: ingress.pid },
      { name: "worker", pid: worker.pid },
      { name: "postgres", pid: stage.postgres.pid },
      { name: "redis", pid: stage.redis.pid },
    ];
    let first: number | undefined;
    for (const waiting of sizes) {
      const memory = watchMemory(watched);
      const perSecond = await measure(waiting, items);
      const peaks = await memory.end();
      first ??= perSecond;
      console.log(
        `${whole(items).padStart(9)} Items, ${whole(waiting).padStart(9)} waiting: ${whole(perSecond).padStart(6)}/s, ` +
          `${(perSecond / first).toFixed(2)} of that at ${whole(sizes[0] ?? 0)}; at most ${showMemory(peaks)}`,
      );
    }
  }
  if (values.profile) {
    await worker.stop();
    await printProfile("worker", stage.profileFolder("worker"));
  }
}

async function nothingIsOpen(stage: Stage): Promise<void> {
  await waitFor(async () => {
    const { rows } = await stage.sql.query<{ open: number }>(
      "select count(*)::int as open from webhook_events where processed_at is null",
    );
    return rows[0]?.open === 0;
  });
}
