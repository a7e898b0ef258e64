import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import { connect, databaseNow, insertWebhookEvents, type NewWebhookEvent } from "@relink/db";
import { createProducer } from "@relink/jobs";
import { createKeyStore, createPlaidClient, createTokenHasher, type FetchKey } from "@relink/plaid";
import {
  type App,
  closeServer,
  createLogger,
  createLogThrottle,
  createRegistry,
  describeError,
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

/**
 * Receives Plaid's webhooks: verifies them, stores them, answers 200, and puts them on the queue.
 *
 * It starts with all its stores away and answers 429 until they are back. It holds no encryption key and may do nothing
 * in the database but append.
 */
export function createIngress(config: IngressConfig, overrides: IngressOverrides = {}): Ingress {
  const logger = overrides.logger ?? createLogger({ app: "ingress", level: config.logLevel });
  const throttle = createLogThrottle();
  const onError = (event: string) => (error: unknown) =>
    throttle(event, (held) =>
      logger.warn({ event, error: describeError(error), ...(held > 0 && { alsoNotLogged: held }) }),
    );

  const registry = createRegistry("ingress");
  const metrics = createIngressMetrics(registry);
  const database = connect({ url: config.databaseUrl, app: "ingress", max: 4, onError: onError("postgres.error") });
  const producer = createProducer({
    redisUrl: config.redisUrl,
    ...(overrides.redisPrefix !== undefined && { prefix: overrides.redisPrefix }),
    onError: onError("redis.error"),
  });
  const plaid = createPlaidClient({
    clientId: config.plaidClientId,
    secret: config.plaidSecret,
    env: config.plaidEnv,
    baseUrl: config.plaidBaseUrl,
    // The ingress may not write the table of API calls, and key fetches concern no Item: its log is their record.
    record: async (call) => logger.info({ event: "plaid.call", ...call }),
    onRecordFailed: onError("plaid.call_not_logged"),
  });
  const keys = createKeyStore({
    fetchKey: (keyId) => {
      metrics.keyFetches.inc();
      return overrides.fetchKey?.(keyId) ?? plaid.getWebhookKey(keyId);
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
      handOff(events);
    },
  });

  /** Not awaited: the rows are safe, and what the queue does not hear of, the sweeper finds. */
  function handOff(events: readonly NewWebhookEvent[]): void {
    const eventIds = events.map((event) => event.id);
    producer.add("webhooks", `wh-${eventIds[0] ?? ""}`, { eventIds }).catch((error: unknown) => {
      metrics.handOffFailures.inc();
      onError("webhook.hand_off_failed")(error);
    });
  }

  let isShuttingDown = false;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("trust proxy", config.trustedProxies);
  app.all(
    "/webhooks/plaid",
    createWebhookRoute({
      environment: config.plaidEnv,
      keys,
      hashToken: createTokenHasher(config.plaidSecret),
      store,
      logger,
      metrics,
      isShuttingDown: () => isShuttingDown,
    }),
  );
  app.use((_request, response) => {
    response.status(404).setHeader("Connection", "close").end();
  });
  const publicServer = createPublicServer(app, (code) => metrics.clientErrors.inc({ code }));

  const inside = express();
  inside.use(
    insideRoutes({
      registry,
      checks: {
        postgres: () => databaseNow(database.db),
        clock: async () => {
          const differenceMs = Math.abs((await databaseNow(database.db)).getTime() - Date.now());
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
      ports.public = await listen(publicServer, config.port);
      ports.inside = await listen(insideServer, config.insidePort);
      logger.info({ event: "app.started", port: ports.public, insidePort: ports.inside });
    },
    async close() {
      isShuttingDown = true;
      await closeServer(publicServer);
      await store.drain();
      await producer.close();
      await database.close();
      await closeServer(insideServer, 0);
      logger.info({ event: "app.stopped" });
    },
  };
}

/** A server with limits for a port that strangers can reach. */
function createPublicServer(app: express.Express, onClientError: (code: string) => void): Server {
  const server = createServer(
    {
      headersTimeout: 5_000,
      requestTimeout: 10_000,
      connectionsCheckingInterval: 1_000,
      // Longer than load balancers keep theirs, so that it is never us who closes a connection they are about to use.
      keepAliveTimeout: 75_000,
    },
    app,
  );
  server.maxConnections = 10_000;
  server.maxRequestsPerSocket = 1_000;
  // "Expect: 100-continue" is answered by the route, once the token is good.
  server.on("checkContinue", app);
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    onClientError(KNOWN_CLIENT_ERRORS.has(error.code ?? "") ? (error.code ?? "") : "other");
    if (!socket.writable || socket.bytesWritten > 0) {
      socket.destroy();
      return;
    }
    const status =
      error.code === "HPE_HEADER_OVERFLOW"
        ? "431 Request Header Fields Too Large"
        : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
          ? "408 Request Timeout"
          : "400 Bad Request";
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
  return server;
}

const KNOWN_CLIENT_ERRORS = new Set(["HPE_HEADER_OVERFLOW", "ERR_HTTP_REQUEST_TIMEOUT", "ECONNRESET", "EPIPE"]);
