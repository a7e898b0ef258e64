import { showId } from "@relink/service";
import { freePortRange, type RunningApp, spawnApp, waitFor } from "@relink/testkit";
import { useDatabase, useRedis } from "@relink/testkit/vitest";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Answer, answerWith, neverAnswer, startReceiver } from "../testing/receiver.ts";
import { createSubscribers, type Subscribers } from "../testing/subscribers.ts";

const database = useDatabase();
const redis = useRedis();
let world: Subscribers;
beforeAll(() => {
  world = createSubscribers({ owner: database.url, worker: database.urlFor("relink_worker") });
});
afterAll(() => world.close());

/** As it runs in production. */
async function startWorker(receiver: string): Promise<RunningApp> {
  const keys = [...world.deps.encryptionKeys].map(([id, key]) => `${id}:${Buffer.from(key).toString("base64")}`).join();
  const worker = await spawnApp(
    "worker",
    {
      DATABASE_URL: database.urlFor("relink_worker"),
      // Nobody else's: processes share the names of their queues.
      REDIS_URL: `${redis.url}/9`,
      PLAID_CLIENT_ID: "client",
      PLAID_SECRET: "secret",
      PLAID_ENV: "sandbox",
      SMTP_URL: "smtp://127.0.0.1:9",
      EMAIL_FROM: "relink@acme.example",
      LINK_PUBLIC_URL: "https://link.acme.example",
      DELIVERY_ALLOWED_TARGETS: "127.0.0.1",
      DELIVERY_ALLOWED_PORTS: new URL(receiver).port,
      DELIVERY_ALLOW_LOOPBACK: "true",
      DELIVERY_ALLOW_HTTP: "true",
      ENCRYPTION_KEYS: keys,
      LINK_TOKEN_KEYS: keys,
    },
    { port: await freePortRange() },
  );
  onTestFinished(async () => void (await worker.stop()));
  return worker;
}

/** Whether somebody waits to write down what became of an attempt. */
const isSettling = async (): Promise<boolean> => {
  const { rows } = await world.pool.query(
    `select from pg_locks join pg_stat_activity using (pid)
     where not granted and datname = current_database() and usename = 'relink_worker'`,
  );
  return rows.length > 0;
};

test.each<[string, Answer]>([
  ["while the receiver is at it", neverAnswer],
  ["after the receiver has taken it, before that is written down", answerWith(204)],
])(
  "a worker that is killed %s loses nothing, and the event comes twice at most, with one id",
  async (_when, answer) => {
    const endpoint = await startReceiver(answer);
    onTestFinished(() => endpoint.close());
    const { id } = await world.subscribe(await world.addTeam(), endpoint.url);
    const first = await startWorker(endpoint.url);
    // Whoever settles waits for this. Not taken before: a connection that is silent for ten seconds is ended.
    const lock = await world.pool.connect();
    onTestFinished(() => lock.release());
    await lock.query("begin");
    await lock.query("lock table delivery_attempts in exclusive mode");
    const { deliveryId, eventId } = await world.owe(id);
    await waitFor(() => endpoint.received.length === 1);
    if (answer !== neverAnswer) await waitFor(isSettling);
    first.kill();
    await first.exited;
    await lock.query("rollback");
    expect(await world.delivery(deliveryId)).toMatchObject({ state: "in_flight", attempts: 1 });

    endpoint.answer = answerWith(204);
    await world.pool.query("update deliveries set lease_until = now() - interval '1 ms' where id = $1", [deliveryId]);
    await startWorker(endpoint.url);
    await waitFor(async () => (await world.delivery(deliveryId)).state === "delivered");
    const eventIds = endpoint.received.map(({ headers }) => headers["webhook-id"]);
    expect(eventIds).toEqual([showId("evt", eventId), showId("evt", eventId)]);
    expect(await world.attempts(deliveryId)).toMatchObject([
      { number: 1, errorCode: "INTERNAL", responseStatus: null },
      { number: 2, errorCode: null, responseStatus: 204 },
    ]);
  },
  120_000,
);
