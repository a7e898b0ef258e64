import { createServer } from "node:http";
import { insertWebhookEvents, type NewWebhookEvent, openPool } from "@relink/db/append";
import { createProducer, mergeBatches, warnAboutRedis } from "@relink/jobs";
import { createKeyStore, createTokenHasher, createWebhookKeyFetcher, type FetchKey } from "@relink/plaid/verification";
import {
  type App,
  closeServer,
  createLogger,
  createErrorLog,
  createPublicServer,
  createRegistry,
  insideRoutes,
  listen,
  type Logger,
} from "@relink/service";
import express from "express";
import type { IngressConfig } from "./config.ts";
import { createGroupCommit } from "./group-commit.ts";
import { createIngressMetrics } from "./ingress-metrics.ts";
import { createWebhookRoute } from "./webhook-route.ts";

export interface Ingress extends App {
  /** The ports it listens on, once started. */
  readonly ports: { public: number; inside: number };
}

/** What a test may bring instead of the real thing. */
export interface IngressOverrides {
  logger?: Logger;
  fetchKey?: FetchKey;
  /** Of the queue's keys in Redis. */
  redisPrefix?: string;
}

/** Strict freshness would refuse everything with a clock that is off by minutes; better not to take part before that. */
const MAX_CLOCK_DIFFERENCE_MS = 30_000;
const DRAIN_GRACE_MS = 2_000;

/**
 * Receives Plaid's webhooks: verifies them, stores them, answers 200, and puts them on the queue.
 *
 * It starts with all its stores away and answers 429 until they are back, but not with a Postgres that would not keep
 * what is acknowledged; should one come up later, no connection to it is used, and the answer stays 429. It holds no encryption key and may do nothing
 * in the database but append.
 */
export function createIngress(config: IngressConfig, overrides: IngressOverrides = {}): Ingress {
  const logger = overrides.logger ?? createLogger({ app: "ingress", level: config.logLevel });
  const onError = createErrorLog(logger);

  const registry = createRegistry("ingress");
  const metrics = createIngressMetrics(registry);
  const database = openPool({ url: config.databaseUrl, app: "ingress", max: 4, onError: onError("postgres.error") });
  const producer = createProducer({
    redisUrl: config.redisUrl,
    ...(overrides.redisPrefix !== undefined && { prefix: overrides.redisPrefix }),
    onError: onError("redis.error"),
  });
  const fetchKey = createWebhookKeyFetcher({
    ...config.plaid,
    // The ingress may not write the table of API calls, and key fetches concern no Item: its log is their record.
    record: async (call) => logger.info({ event: "plaid.call", ...call }),
    onRecordFailed: onError("plaid.call_not_logged"),
  });
  const keys = createKeyStore({
    fetchKey: (keyId) => {
      metrics.keyFetches.inc();
      return (overrides.fetchKey ?? fetchKey)(keyId);
    },
    onRecheckFailed: onError("webhook.key_recheck_failed"),
  });

  const store = createGroupCommit<NewWebhookEvent>({
    sizeOf: (event) => event.body.length,
    write: async (events) => {
      const startedAt = performance.now();
      const inserted = await insertWebhookEvents(database.pool, events);
      metrics.batchRows.observe(events.length);
      metrics.batchSeconds.observe((performance.now() - startedAt) / 1_000);
      metrics.duplicates.inc(events.length - inserted);
      // A batch of nothing but repetitions has no new row, and must not make a job each time it is replayed.
      if (inserted > 0) handOff(events);
    },
  });

  /** Not awaited: the rows are safe, and what the queue does not hear of, the sweeper finds. */
  function handOff(events: readonly NewWebhookEvent[]): void {
    enqueue(events.map((event) => event.id)).catch((error: unknown) => {
      metrics.handOffFailures.inc();
      onError("webhook.hand_off_failed")(error);
    });
  }
  const enqueue = mergeBatches((eventIds) =>
    producer.add("webhooks", { jobId: `wh-${eventIds[0] ?? ""}`, payload: { eventIds: [...eventIds] } }),
  );

  let isShuttingDown = false;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("trust proxy", config.trustedProxies);
  app.all(
    "/webhooks/plaid",
    createWebhookRoute({
      environment: config.plaid.env,
      keys,
      hashToken: createTokenHasher(config.plaid.secret),
      store,
      logger,
      metrics,
      isShuttingDown: () => isShuttingDown,
    }),
  );
  const publicServer = createPublicServer(app, { registry, logger });
  // "Expect: 100-continue" is answered by the route, once the token is good.
  publicServer.on("checkContinue", (request, response) => publicServer.emit("request", request, response));

  const inside = express();
  inside.use(
    insideRoutes({
      registry,
      checks: {
        postgres: () => database.ping(),
        clock: async () => {
          const differenceMs = Math.abs((await database.now()).getTime() - Date.now());
          if (differenceMs > MAX_CLOCK_DIFFERENCE_MS) throw new Error(`the clock is off by ${differenceMs} ms`);
        },
      },
    }),
  );
  const insideServer = createServer(inside);

  const ports = { public: config.port, inside: config.insidePort };
  return {
    ports,
    async start() {
      await database.checkAtStart();
      void warnAboutRedis(config.redisUrl, logger);
      ports.public = await listen(publicServer, config.port);
      ports.inside = await listen(insideServer, config.insidePort);
      logger.info({ event: "app.started", port: ports.public, insidePort: ports.inside });
    },
    async close() {
      isShuttingDown = true;
      await closeServer(publicServer);
      // A database that hangs may never say whether it has stored something; who was waiting for it has gone by now.
      await store.drain(DRAIN_GRACE_MS);
      await producer.close();
      await database.close();
      await closeServer(insideServer, 0);
      logger.info({ event: "app.stopped" });
    },
  };
}
