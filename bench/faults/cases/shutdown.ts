import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { childrenOf, signal } from "@relink/testkit";
import { drains, type FaultCase, type Plan, repeatedly, seconds, strike } from "../case.ts";
import type { World } from "../world.ts";

/** Whoever stops processes kills them after 30 s; Relink gives up after 20. */
const EXIT_LIMIT_MS = 21_000;

/** Sends SIGTERM to the ingress and a worker. @throws if one of them does not end by itself, in time. */
async function closes(world: World, plan: Plan, circumstance: string, mend: () => Promise<void>): Promise<void> {
  const { relink } = world;
  strike(plan, "SIGTERM");
  const startedAt = performance.now();
  const ends = await Promise.all(
    [relink.ingress, relink.workers[0]].map(async (app) => {
      const { code } = await app.stop();
      return { name: app.name, code, tookMs: performance.now() - startedAt };
    }),
  );
  await mend();
  await Promise.all([relink.startIngress(), relink.startWorker(0)]);
  for (const { name, code, tookMs } of ends) {
    plan.seen.notes.push(`${circumstance}: ${name} ended after ${seconds(tookMs)} with ${code}`);
    assert.ok(tookMs <= EXIT_LIMIT_MS, `${circumstance}: the ${name} took ${seconds(tookMs)} to end`);
    assert.equal(code, 0, `${circumstance}: the ${name} ended with ${code}`);
  }
  await drains(world, plan);
}

export const sigterm: FaultCase = {
  name: "sigterm",
  title: "SIGTERM under load with each store well, gone and hung",
  async run(world, plan) {
    const { relink } = world;
    const nothing = async (): Promise<void> => {};
    await closes(world, plan, "all is well", nothing);

    const { pid } = relink.postgres;
    const pids = [pid, ...(await childrenOf(pid))];
    for (const each of pids) signal(each, "SIGSTOP");
    await delay(500);
    await closes(world, plan, "Postgres hung", async () => {
      for (const each of pids) signal(each, "SIGCONT");
    });
    if (plan.isShort) return;

    signal(relink.redis.pid, "SIGSTOP");
    await delay(500);
    await closes(world, plan, "Redis hung", async () => void signal(relink.redis.pid, "SIGCONT"));

    await relink.redis.kill();
    await closes(world, plan, "Redis gone", () => relink.startRedis());
    await relink.postgres.kill();
    await closes(world, plan, "Postgres gone", () => relink.startPostgres());
  },
};

export const rollingRestart: FaultCase = {
  name: "rolling-restart",
  title: "every app is replaced under load: the new one is started, then the old one gets SIGTERM",
  run: (world, plan) =>
    repeatedly(plan, async () => {
      const { relink, deliverer, ledger } = world;
      const before = ledger.attempts.unknown;
      const old = relink.ingress;
      await relink.startIngress({ isSecond: true });
      deliverer.redirect(relink.webhookUrl);
      const exits = [await old.stop()];
      for (const which of [0, 1] as const) {
        exits.push(await relink.workers[which].stop());
        await relink.startWorker(which);
      }
      strike(plan, "rolling restart");
      assert.deepEqual(
        exits.map(({ code }) => code),
        [0, 0, 0],
        "an app did not close in good order",
      );
      assert.equal(ledger.attempts.unknown, before, "a delivery got no answer while the apps were replaced");
      await drains(world, plan);
    }),
};
