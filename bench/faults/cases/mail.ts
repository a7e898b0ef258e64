import assert from "node:assert/strict";
import { waitFor } from "@relink/testkit";
import { drains, type FaultCase, strike } from "../case.ts";
import { MAIL_STAGES, type MailFault } from "../mail-sink.ts";
import type { World } from "../world.ts";

export const mailServerDies: FaultCase = {
  name: "smtp-crash-grid",
  title: "the mail server breaks off at each stage of a message, or says to come back later",
  async run(world, plan) {
    const { mailSink } = world;
    const grid: MailFault[] = [
      ...MAIL_STAGES.map((stage): MailFault => ({ stage, how: "cut" })),
      { stage: "recipient", how: "refuse" },
    ];
    for (let round = 0; round < (plan.isShort ? 1 : 3); round += 1) {
      mailSink.faults.push(...grid);
      for (const fault of grid) strike(plan, `SMTP, ${fault.how} at ${fault.stage}`);
      await breakItems(world, grid.length, () => mailSink.faults.length === 0);
    }
    await drains(world, plan);
  },
};

export const workerDiesOnMail: FaultCase = {
  name: "smtp-worker-killed",
  title: "both workers are killed while mails stand still at every stage of SMTP",
  async run(world, plan) {
    const { relink, mailSink } = world;
    // The last first: without a greeting a worker waits for 10 s only, and by then the others have to stand still as well.
    const stages = MAIL_STAGES.filter((stage) => stage !== "greeting").toReversed();
    mailSink.faults.push(...stages.map((stage): MailFault => ({ stage, how: "hold" })));
    await breakItems(world, stages.length, () => mailSink.held === stages.length);
    for (const worker of relink.workers) {
      strike(plan, "worker");
      worker.kill();
    }
    await Promise.all(relink.workers.map((worker) => worker.exited));
    await Promise.all([relink.startWorker(0), relink.startWorker(1)]);
    await drains(world, plan);
    // The database cannot tell whether they arrived. They stand as on their way, and are not sent a second time.
    const { rows } = await world.database.pool.query<{ count: number }>(
      "select count(*)::int as count from emails where state in ('transmitting', 'unknown')",
    );
    assert.ok((rows[0]?.count ?? 0) >= stages.length, "a mail that was on its way when its worker died is owed again");
  },
};

/** Breaks that many Items, and then more, until their mails have met what was prepared for them. */
async function breakItems(world: World, count: number, isDone: () => boolean): Promise<void> {
  // As if a day had passed: whoever has got as many mails as anybody gets in a day would get none now.
  await world.database.pool.query(
    "update emails set transmitting_at = transmitting_at - interval '1 day' where state in ('sent', 'unknown')",
  );
  for (let broken = 0; broken < count; broken += 1) breakOrRepair(world);
  let waited = 0;
  await waitFor(
    () => {
      waited += 1;
      // The load may have repaired some before their mail went out.
      if (waited % 20 === 0) breakOrRepair(world);
      return isDone();
    },
    { timeoutMs: 60_000, everyMs: 100 },
  );
}

function breakOrRepair({ load, stories }: World): void {
  if (stories.filter(({ truth, truths }) => truth === null && truths.length > 2).length > 0) load.breakSomeItem();
  else for (const story of stories.filter(({ truth }) => truth !== null).slice(0, 10)) load.tellNext(story);
}
