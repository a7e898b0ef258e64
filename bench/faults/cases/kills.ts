import { waitFor } from "@relink/testkit";
import { type FaultCase, drains, repeatedly, reRuns, strike } from "../case.ts";

export const killIngress: FaultCase = {
  name: "kill-ingress",
  title: "`kill -9` of the ingress every few seconds",
  run: (world, plan) =>
    repeatedly(plan, async () => {
      strike(plan, "ingress");
      world.relink.ingress.kill();
      await world.relink.ingress.exited;
      await world.relink.startIngress();
      await drains(world, plan);
    }),
};

export const killWorkers: FaultCase = {
  name: "kill-workers",
  title: "`kill -9` of one worker or both, while Plaid and Postgres are slow enough for them to have work under way",
  async run(world, plan) {
    const { relink, plaid } = world;
    plaid.behave({ delayMs: 400 });
    relink.postgresProxy.setLatency(5);
    await repeatedly(plan, async () => {
      const victims = plan.random.one([[0], [1], [0, 1]] as const);
      await reRuns(world, plan, async () => {
        for (const which of victims) {
          strike(plan, "worker");
          relink.workers[which].kill();
        }
        await Promise.all(victims.map((which) => relink.workers[which].exited));
        await Promise.all(victims.map((which) => relink.startWorker(which)));
      });
    });
    relink.postgresProxy.setLatency(0);
    plaid.behave({ delayMs: 0 });
    await drains(world, plan);
  },
};

export const killOneJob: FaultCase = {
  name: "kill-one-job",
  title: "one job killed under way, with both workers, five times over (short: twice)",
  async run(world, plan) {
    const { relink, plaid, database } = world;
    // No worker runs for much of the time: this is about the one job, not about a backlog.
    world.load.pause();
    // Long enough to be killed while its worker waits for Plaid, however late that is noticed.
    plaid.behave({ delayMs: 6_000 });
    const { plaidItemId } = world.load.breakSomeItem();
    const attempts = async (): Promise<number> => {
      const { rows } = await database.pool.query<{ attempts: number }>(
        "select confirm_attempts as attempts from items where plaid_item_id = $1",
        [plaidItemId],
      );
      return rows[0]?.attempts ?? 0;
    };
    for (let begun = 0, kills = 0; kills < (plan.isShort ? 2 : 5); kills += 1) {
      begun = await waitFor(
        async () => {
          const now = await attempts();
          return now > begun && now;
        },
        { timeoutMs: 60_000 },
      );
      for (const worker of relink.workers) {
        strike(plan, "worker");
        worker.kill();
      }
      await Promise.all(relink.workers.map((worker) => worker.exited));
      await Promise.all([relink.startWorker(0), relink.startWorker(1)]);
    }
    plaid.behave({ delayMs: 0 });
    await waitFor(async () => (await attempts()) === 0, { timeoutMs: 60_000 });
    world.load.resume();
    await drains(world, plan);
  },
};
