import { createServer } from "node:http";
import { connect } from "@relink/db";
import { createGuardedClient, createSlackChannel, DELIVERY_USER_AGENT } from "@relink/delivery";
import { createMailer, type Mailer } from "@relink/email";
import { recordPlaidCalls } from "@relink/items";
import {
  type Consumer,
  createConsumer,
  createProducer,
  type JobPayload,
  type QueueName,
  warnAboutRedis,
} from "@relink/jobs";
import { createPlaidClient, type PlaidClient } from "@relink/plaid";
import {
  type App,
  closeServer,
  createLogger,
  createErrorLog,
  createRegistry,
  insideRoutes,
  listen,
  type Logger,
} from "@relink/service";
import express from "express";
import type { WorkerConfig } from "./config.ts";
import { createDeliveries } from "./deliveries/create-deliveries.ts";
import { createDeliveryMetrics } from "./deliveries/delivery-metrics.ts";
import { createJobs } from "./jobs.ts";
import { createNotifications } from "./notifications/create-notifications.ts";
import { createNotificationMetrics } from "./notifications/notification-metrics.ts";
import { createSweeper } from "./sweeper.ts";
import { createWorkerMetrics } from "./worker-metrics.ts";

/** What a test may bring instead of the real thing. */
export interface WorkerOverrides {
  logger?: Logger;
  plaid?: Pick<PlaidClient, "getItem" | "getInstitutionHealth" | "listWebhookEvents">;
  mailer?: Pick<Mailer, "send" | "close">;
  /** Of the queues' keys in Redis. */
  redisPrefix?: string;
  sweepIntervalMs?: number;
}

/** Jobs at the same time per process. Those of webhooks are merged into few transactions; the others wait for the network. */
const CONCURRENCY = {
  webhooks: 32,
  confirm: 8,
  email: 8,
  deliveries: 4,
  maintenance: 1,
} as const satisfies Record<QueueName, number>;
/**
 * Jobs a second of all workers together. Each question and each mail asks `/item/get`, of which a client has 5,000 a
 * minute; the rest is for the Link page and the API.
 *
 * @see https://plaid.com/docs/errors/rate-limit-exceeded/ (checked 2026-11-22)
 */
const PER_SECOND = { confirm: 50, email: 25 } as const satisfies Partial<Record<QueueName, number>>;
const DATABASE_CONNECTIONS = 16;
const CLOSE_GRACE_MS = 10_000;

/**
 * Runs the queues: processes webhooks, asks Plaid, sends mails, and sweeps up what was forgotten. Start as many as are
 * needed; they share the work through Postgres and Redis.
 */
export function createWorker(config: WorkerConfig, overrides: WorkerOverrides = {}): App {
  const logger = overrides.logger ?? createLogger({ app: "worker", level: config.logLevel });
  const onError = createErrorLog(logger);

  const registry = createRegistry("worker");
  const metrics = createWorkerMetrics(registry);
  const database = connect({
    url: config.databaseUrl,
    app: "worker",
    max: DATABASE_CONNECTIONS,
    encryptionKeys: config.encryptionKeys,
    onError: onError("postgres.error"),
  });
  const redis = {
    redisUrl: config.redisUrl,
    ...(overrides.redisPrefix !== undefined && { prefix: overrides.redisPrefix }),
    onError: onError("redis.error"),
  };
  const producer = createProducer(redis);
  const mailer = overrides.mailer ?? createMailer({ smtpUrl: config.smtpUrl, from: config.emailFrom });
  const plaid =
    overrides.plaid ??
    createPlaidClient({
      ...config.plaid,
      record: recordPlaidCalls(database.db),
      onRecordFailed: onError("plaid.call_not_logged"),
    });
  const closing = new AbortController();
  const senderDomain = /@([^\s>]+)/.exec(config.emailFrom)?.[1] ?? "localhost";
  const client = createGuardedClient({
    policy: config.targetPolicy,
    userAgent: DELIVERY_USER_AGENT,
    limits: { totalMs: config.deliveryTimeoutMs },
  });
  const deliveries = createDeliveries({
    db: database.db,
    environment: config.plaid.env,
    client,
    timeoutMs: config.deliveryTimeoutMs,
    encryptionKeys: config.encryptionKeys,
    mailer,
    senderDomain,
    linkTokenKeys: config.linkTokenKeys,
    linkPublicUrl: config.linkPublicUrl,
    productName: config.brand.productName,
    logger,
    metrics: createDeliveryMetrics(registry),
    ...(overrides.sweepIntervalMs !== undefined && { sweepIntervalMs: overrides.sweepIntervalMs }),
  });
  const notifications = createNotifications({
    db: database.db,
    environment: config.plaid.env,
    slack: createSlackChannel({ client, origin: config.slackBaseUrl }),
    mailer,
    encryptionKeys: config.encryptionKeys,
    linkTokenKeys: config.linkTokenKeys,
    linkPublicUrl: config.linkPublicUrl,
    apiPublicUrl: config.apiPublicUrl,
    productName: config.brand.productName,
    senderDomain,
    logger,
    metrics: createNotificationMetrics(registry),
  });
  const jobs = createJobs({
    db: database.db,
    plaid,
    mailer,
    producer,
    logger,
    metrics,
    encryptionKeys: config.encryptionKeys,
    linkTokenKeys: config.linkTokenKeys,
    linkPublicUrl: config.linkPublicUrl,
    brand: config.brand,
    defaultTimeZone: config.defaultTimeZone,
    senderDomain,
    deliveries: {
      wake() {
        deliveries.wake();
        notifications.wake();
      },
    },
    environment: config.plaid.env,
    policy: config.policy,
    retention: config.retention,
    countryCodes: config.countryCodes,
    readsUndelivered: config.readsUndelivered,
    closing: closing.signal,
  });
  const sweeper = createSweeper({
    db: database.db,
    producer,
    jobs,
    logger,
    metrics,
    intervalMs: overrides.sweepIntervalMs ?? 2_000,
  });

  function consume<Name extends QueueName>(queue: Name, perSecond?: number): Consumer {
    return createConsumer({
      ...redis,
      queue,
      concurrency: CONCURRENCY[queue],
      perSecond,
      handle: async (payload: JobPayload<Name>) => {
        const done = metrics.jobSeconds.startTimer({ queue });
        await jobs[queue](payload).finally(() => done());
      },
      onFailure: (error) => {
        metrics.failures.inc({ queue });
        onError(`${queue}.failed`)(error);
      },
    });
  }

  const inside = express();
  inside.use(insideRoutes({ registry, checks: { postgres: () => database.ping() } }));
  const insideServer = createServer(inside);
  let consumers: readonly Consumer[] = [];

  return {
    async start() {
      await database.checkAtStart();
      void warnAboutRedis(config.redisUrl, logger);
      const port = await listen(insideServer, config.insidePort);
      consumers = [
        consume("webhooks"),
        consume("confirm", PER_SECOND.confirm),
        consume("email", PER_SECOND.email),
        consume("deliveries"),
        consume("maintenance"),
      ];
      sweeper.start();
      deliveries.start();
      notifications.start();
      logger.info({ event: "app.started", insidePort: port });
    },
    async close() {
      closing.abort();
      const consumed = consumers.map((consumer) => consumer.close(CLOSE_GRACE_MS));
      const senders = [deliveries.stop(CLOSE_GRACE_MS), notifications.stop(CLOSE_GRACE_MS)];
      await Promise.all([sweeper.stop(), ...senders, ...consumed]);
      await client.close();
      await mailer.close();
      await producer.close();
      await database.close();
      await closeServer(insideServer, 0);
      logger.info({ event: "app.stopped" });
    },
  };
}
