import { randomBytes } from "node:crypto";
import { DEFAULT_POLICY } from "@relink/core";
import { connect } from "@relink/db";
import { createTargetPolicy } from "@relink/delivery";
import { toRetentionPolicy } from "@relink/items";
import { createProducer } from "@relink/jobs";
import { createLogger, readSettings, retentionSettings, Secret } from "@relink/service";
import { waitFor } from "@relink/testkit";
import { useDatabase, useRedis } from "@relink/testkit/vitest";
import { expect, test } from "vitest";
import { createWorker } from "./create-worker.ts";

const database = useDatabase();
const redis = useRedis();

/** Rows that are deleted in one transaction. */
const BATCH = 1_000;

test("a worker that closes ends the batch of deletions that is under way, and begins no other", async () => {
  await using cleanUp = new AsyncDisposableStack();
  const onError = (): void => {};
  const owner = connect({ url: new Secret(database.url), app: "test", onError });
  cleanUp.defer(() => owner.close());
  await owner.pool.query(
    `insert into webhook_events (id, delivery_key, environment, body, body_sha256, signed_at, key_id, received_at, processed_at)
     select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, convert_to(n::text, 'UTF8'), 'sandbox', '', '',
       now(), 'k', to_timestamp(0), now()
     from generate_series(1, $1::int) n`,
    [2 * BATCH],
  );
  const other = await owner.pool.connect();
  cleanUp.defer(() => other.release(true));
  await other.query("begin");
  await other.query("select from webhook_events order by id limit 1 for update");

  const keys = new Map([["k1", randomBytes(32)]]);
  const worker = createWorker(
    {
      databaseUrl: new Secret(database.urlFor("relink_worker")),
      redisUrl: new Secret(redis.url),
      plaid: { clientId: "client", secret: new Secret("secret"), env: "sandbox" },
      smtpUrl: new Secret("smtp://127.0.0.1:9"),
      emailFrom: "relink@example.com",
      brand: { productName: "Acme" },
      defaultTimeZone: "UTC",
      linkPublicUrl: "http://127.0.0.1:9",
      encryptionKeys: keys,
      linkTokenKeys: keys,
      policy: DEFAULT_POLICY,
      countryCodes: ["US"],
      readsUndelivered: false,
      retention: toRetentionPolicy(readSettings("test", retentionSettings, {})),
      deliveryTimeoutMs: 15_000,
      targetPolicy: createTargetPolicy(),
      insidePort: 0,
      logLevel: "silent",
    },
    { redisPrefix: redis.prefix, logger: createLogger({ app: "worker", level: "silent" }) },
  );
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= worker.close());
  cleanUp.defer(close);
  await worker.start();
  const producer = createProducer({ redisUrl: new Secret(redis.url), prefix: redis.prefix, onError });
  cleanUp.defer(() => producer.close());
  await waitFor(() =>
    producer.ping().then(
      () => true,
      () => false,
    ),
  );
  await producer.add("maintenance", { jobId: "delete-now", payload: { task: "delete_expired" } });
  await waitFor(async () => {
    const { rows } = await owner.pool.query(
      `select from pg_locks join pg_stat_activity using (pid)
       where not granted and datname = current_database() and usename = 'relink_worker'`,
    );
    return rows.length > 0;
  });

  const closing = close();
  await other.query("commit");
  await closing;
  const { rows } = await owner.pool.query("select count(*)::int as left from webhook_events");
  expect(rows).toEqual([{ left: BATCH }]);
});
