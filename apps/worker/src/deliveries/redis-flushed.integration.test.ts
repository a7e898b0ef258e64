import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_POLICY } from "@relink/core";
import { createTargetPolicy } from "@relink/delivery";
import { toRetentionPolicy } from "@relink/items";
import { createProducer } from "@relink/jobs";
import { createLogger, readSettings, retentionSettings, Secret } from "@relink/service";
import { startRedis, waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import { expect, test } from "vitest";
import { createWorker } from "../create-worker.ts";
import { startReceiver } from "../testing/receiver.ts";
import { createSubscribers } from "../testing/subscribers.ts";

const database = useDatabase();

const ENDPOINTS = 10;
const EVENTS = 1_000;

test("ten thousand deliveries that are pending when Redis loses everything all arrive, once each", async () => {
  await using cleanUp = new AsyncDisposableStack();
  // One that is nobody else's, for it forgets everything.
  const dir = await mkdtemp(join(tmpdir(), "relink-redis-"));
  cleanUp.defer(() => rm(dir, { recursive: true, force: true }));
  const redis = await startRedis({ dir: join(dir, "data"), appendonly: false });
  cleanUp.defer(() => redis.stop());
  const flush = async (): Promise<void> => {
    const socket = connect(redis.port, "127.0.0.1");
    socket.end("FLUSHALL\r\nQUIT\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^\+OK/);
    socket.destroy();
  };

  const world = createSubscribers({ owner: database.url, worker: database.urlFor("relink_worker") });
  cleanUp.defer(() => world.close());
  const teamId = await world.addTeam();
  const endpoint = await startReceiver();
  cleanUp.defer(() => endpoint.close());
  const url = new URL(endpoint.url);
  const subscriptionIds: string[] = [];
  for (let index = 0; index < ENDPOINTS; index += 1) {
    const { id } = await world.subscribe(teamId, `${url.href}/${index}`, { maxConcurrency: 50 });
    subscriptionIds.push(id);
  }
  await world.pool.query(
    `with event as (insert into events (id, type, environment, occurred_at, body, matched)
      select uuidv7(), 'item.error', 'sandbox', now(), '{}', $2::int from generate_series(1, $1::int) returning id)
    insert into deliveries (id, event_id, subscription_id, event_type, state)
    select uuidv7(), event.id, subscriptions.id, 'item.error', 'pending' from event, subscriptions`,
    [EVENTS, ENDPOINTS],
  );

  const redisUrl = new Secret(redis.url);
  const producer = createProducer({ redisUrl, onError: () => {} });
  cleanUp.defer(() => producer.close());
  await waitFor(() =>
    producer.ping().then(
      () => true,
      () => false,
    ),
  );
  await producer.add("deliveries", { jobId: "wake-lost", payload: { subscriptionIds } });
  await flush();

  const worker = createWorker(
    {
      databaseUrl: new Secret(database.urlFor("relink_worker")),
      redisUrl,
      plaid: { clientId: "client", secret: new Secret("secret"), env: "sandbox" },
      smtpUrl: new Secret("smtp://127.0.0.1:9"),
      emailFrom: "relink@example.com",
      brand: { productName: "Acme" },
      defaultTimeZone: "UTC",
      linkPublicUrl: "http://127.0.0.1:9",
      encryptionKeys: world.deps.encryptionKeys,
      linkTokenKeys: world.deps.encryptionKeys,
      policy: DEFAULT_POLICY,
      countryCodes: ["US"],
      readsUndelivered: false,
      retention: toRetentionPolicy(readSettings("test", retentionSettings, {})),
      deliveryTimeoutMs: 15_000,
      targetPolicy: createTargetPolicy({
        allowed: ["127.0.0.1"],
        allowLocal: true,
        allowHttp: true,
        extraPorts: [Number(url.port)],
      }),
      insidePort: 0,
      logLevel: "silent",
    },
    { logger: createLogger({ app: "worker", level: "silent" }) },
  );
  cleanUp.defer(() => worker.close());
  await worker.start();
  // Once more while they are on their way.
  await waitFor(() => endpoint.received.length > 1_000, { everyMs: 10 });
  await flush();

  await waitFor(() => endpoint.received.length >= ENDPOINTS * EVENTS, { timeoutMs: 150_000 });
  const states = async () =>
    (
      await world.pool.query(
        "select state, count(*)::int as count, max(attempts) as attempts from deliveries group by state",
      )
    ).rows;
  await waitFor(async () =>
    expect(await states()).toEqual([{ state: "delivered", count: ENDPOINTS * EVENTS, attempts: 1 }]),
  );
  expect(new Set(endpoint.received.map(({ headers }) => headers["relink-delivery"])).size).toBe(ENDPOINTS * EVENTS);
  expect(endpoint.received).toHaveLength(ENDPOINTS * EVENTS);
}, 200_000);
