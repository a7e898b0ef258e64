import { setTimeout as delay } from "node:timers/promises";
import { waitFor } from "@relink/testkit";
import { createProducer } from "@relink/jobs";
import { Secret } from "@relink/service";
import { randomUUID } from "node:crypto";
import { drains, type FaultCase, repeatedly, seconds, strike, within } from "../case.ts";
import { probe, type World } from "../world.ts";

const SLOW_MS = 1_000;
const MAX_IN_FLIGHT_ROWS = 256;
const TIMES = 5;

export const overload: FaultCase = {
  name: "overload",
  title: "five times what can be stored: each statement takes 1 s, so 256 webhooks a second; 1,280 a second come",
  async run(world, plan) {
    const { relink, deliverer } = world;
    const perSecond = (MAX_IN_FLIGHT_ROWS / (SLOW_MS / 1_000)) * TIMES;
    relink.postgresProxy.setLatency(SLOW_MS / 2);
    deliverer.takeWorstAnswer();
    strike(plan, "overload");
    const lastMs = plan.isShort ? 3_000 : 8_000;
    const startedAt = performance.now();
    for (let sent = 0; performance.now() - startedAt < lastMs;) {
      const due = ((performance.now() - startedAt) / 1_000) * perSecond;
      for (; sent < due; sent += 1) world.deliver(probe()).catch(() => {});
      await delay(10);
    }
    relink.postgresProxy.setLatency(0);
    await deliverer.settled();
    await drains(world, plan, 30_000);
    const worstMs = deliverer.takeWorstAnswer();
    plan.seen.notes.push(`worst answer under overload ${seconds(worstMs)}`);
    // Plaid waits so long.
    within(plan, "a webhook was answered", worstMs, 10_000);
  },
};

export const sweeperAgainstWorker: FaultCase = {
  name: "sweeper-against-worker",
  title: "the same rows are handed to both workers several times at once, while the sweepers take them too",
  async run(world, plan) {
    const { relink, database } = world;
    const producer = createProducer({ redisUrl: new Secret(relink.redis.url), onError() {} });
    try {
      // Slow enough that whoever comes second comes while the first is still at it.
      relink.postgresProxy.setLatency(30);
      await repeatedly(plan, async () => {
        const eventIds = await waitFor(async () => {
          const { rows } = await database.pool.query<{ id: string }>(
            "select id from webhook_events where processed_at is null and parked_at is null limit 400",
          );
          return rows.length > 5 && rows.map(({ id }) => id);
        });
        strike(plan, "rows handed out twice");
        // Old enough for the sweepers. Not those about an Item's status: a hint that is made older than it is would count
        // as older than an answer that came before it. Nor those that a worker holds: to wait for it could take too long.
        await database.pool.query(
          `update webhook_events set received_at = received_at - interval '6 s' where id in (
            select id from webhook_events
            where id = any($1) and handed_off_at is null and position('"ITEM"'::bytea in body) = 0
            for update skip locked)`,
          [eventIds],
        );
        await Promise.all(
          [eventIds, eventIds.toReversed(), eventIds, eventIds.slice(5)].map((ids) =>
            producer.add("webhooks", { jobId: `wh-again-${randomUUID()}`, payload: { eventIds: ids } }),
          ),
        );
      });
      relink.postgresProxy.setLatency(0);
    } finally {
      await producer.close();
    }
    await drains(world, plan);
  },
};

export const poisonRows: FaultCase = {
  name: "poison-rows",
  title: "validly signed bodies that cannot be processed, or hardly, among good ones",
  async run(world, plan) {
    const { load } = world;
    const item = world.stories[0]?.plaidItemId ?? "";
    const about = (rest: string): string =>
      `{"webhook_type":"ITEM","webhook_code":"ERROR","item_id":"${item}",${rest}}`;
    const bodies: (string | Buffer)[] = [
      "",
      "null",
      "[]",
      '"text"',
      "{}",
      Buffer.from([0xff, 0xfe, 0x00]),
      Buffer.concat([Buffer.from(about('"error":null,"x":"')), Buffer.from([0xc3, 0x28])]),
      `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
      about(`"error":${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`),
      about('"error":{"error_type":"ITEM_ERROR","error_code":"A\\u0000B"}'),
      about('"error":{"error_type":"\\ud800","error_code":"\\udfff"}'),
      about('"error":{"error_type":7,"error_code":[]}'),
      about('"error":"ITEM_LOGIN_REQUIRED"'),
      about(`"error":{"error_type":"ITEM_ERROR","error_code":"${"X".repeat(60_000)}"}`),
      about('"__proto__":{"kind":"removed"},"constructor":1'),
      '{"webhook_type":"ITEM","webhook_code":"ERROR","item_id":7}',
      '{"webhook_type":"ITEM","webhook_code":"ERROR","item_id":""}',
      '{"webhook_type":"ITEM","webhook_code":"ERROR","item_id":"a\\u0000b"}',
      `{"webhook_type":"ITEM","webhook_code":"ERROR","item_id":"${"i".repeat(50_000)}"}`,
      '{"webhook_type":1e400,"webhook_code":1e999999}',
      '{"webhook_type":"ITEM","webhook_type":"ITEM","webhook_code":"LOGIN_REPAIRED","environment":"production"}',
    ];
    await repeatedly(plan, async () => {
      strike(plan, "poison rows");
      await Promise.all(
        bodies.flatMap((body) => {
          const webhook = world.sign(body);
          world.poison.add(webhook.key);
          return [world.deliverer.deliver(webhook), world.deliver(load.body("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE"))];
        }),
      );
      await drains(world, plan, 30_000);
      await nothingWaits(world);
    });
  },
};

/** A row that is hopeless is parked at its third failure, and until then the rows beside it are not held up. */
async function nothingWaits(world: World): Promise<void> {
  await waitFor(
    async () => {
      const { rows } = await world.database.pool.query<{ open: number }>(
        `select count(*)::int as open from webhook_events
          where processed_at is null and parked_at is null and received_at < now() - interval '5 s'`,
      );
      return rows[0]?.open === 0;
    },
    { timeoutMs: 60_000, everyMs: 100 },
  );
}
