import { setInterval } from "node:timers/promises";
import {
  claimOverdueWebhookEvents,
  type Db,
  listOverdueConfirmations,
  listOverdueEmails,
  webhookBacklog,
} from "@relink/db";
import { MAINTENANCE_TASKS, type MaintenanceTask, type Producer } from "@relink/jobs";
import { createErrorLog, type Logger } from "@relink/service";
import type { Jobs } from "./jobs.ts";
import type { WorkerMetrics } from "./worker-metrics.ts";

export interface Sweeper {
  /** Sweeps every `intervalMs` until stopped. */
  start(): void;
  stop(): Promise<void>;
  /** One sweep, for whoever does not want to wait. */
  sweep(): Promise<void>;
}

/** Work that is this much overdue was forgotten: its job is lost, or was never made. */
const WEBHOOK_OVERDUE_MS = 3_000;
const EFFECT_OVERDUE_MS = 2_000;
/** A webhook that was handed off again is left alone for this long. */
const LEASE_MS = 6_000;
const WEBHOOKS_PER_SWEEP = 5_000;
const WEBHOOKS_PER_JOB = 200;
const EFFECTS_PER_SWEEP = 500;
/** With so many jobs waiting, what is overdue is most likely in one of them. */
const BUSY_QUEUE_JOBS = 500;
const MAINTENANCE_EVERY_MS = 60_000;
/** What need not be done every minute, and may wait for Redis. */
const SELDOM_MS: Partial<Record<MaintenanceTask, number>> = {
  make_up_for_undelivered: 15 * 60_000,
  delete_expired: 60 * 60_000,
};
/** Counting a million rows that wait takes as long as processing thousands of them. */
const COUNT_EVERY_MS = 15_000;

/**
 * Finds in Postgres what is due and not done, and hands it off again; with Redis away it does the work itself. So the
 * queues may lose anything at any time, and all it costs is some seconds.
 */
export function createSweeper(deps: {
  db: Db;
  producer: Producer;
  jobs: Jobs;
  intervalMs: number;
  logger: Logger;
  metrics: WorkerMetrics;
}): Sweeper {
  const { db, producer, jobs, metrics } = deps;
  const abort = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let maintainedAt = Number.NEGATIVE_INFINITY;
  let countedAt = Number.NEGATIVE_INFINITY;

  const report = createErrorLog(deps.logger);

  async function sweepWebhooks(isRedisUp: boolean): Promise<void> {
    if (isRedisUp && (await producer.waiting("webhooks")) > BUSY_QUEUE_JOBS) return;
    const limits = { overdueMs: WEBHOOK_OVERDUE_MS, leaseMs: LEASE_MS, limit: WEBHOOKS_PER_SWEEP };
    const ids = await claimOverdueWebhookEvents(db, limits);
    for (let start = 0; start < ids.length; start += WEBHOOKS_PER_JOB) {
      const eventIds = ids.slice(start, start + WEBHOOKS_PER_JOB);
      if (isRedisUp)
        await producer.add("webhooks", { jobId: `wh-${eventIds[0] ?? ""}-${Date.now()}`, payload: { eventIds } });
      else await jobs.webhooks({ eventIds }).catch(report("sweeper.webhooks_failed"));
    }
    metrics.swept.inc({ kind: "webhook" }, ids.length);
    // With Redis away nobody else does it: go on as long as there is something.
    if (!isRedisUp && ids.length === WEBHOOKS_PER_SWEEP && !abort.signal.aborted) await sweepWebhooks(false);
  }

  async function sweepEffects(isRedisUp: boolean): Promise<void> {
    const limits = { overdueMs: EFFECT_OVERDUE_MS, limit: EFFECTS_PER_SWEEP };
    const questions = await listOverdueConfirmations(db, limits);
    const mails = await listOverdueEmails(db, limits);
    if (isRedisUp) {
      // One id per row, so that an effect that is slow to start is not queued once per sweep.
      await producer.addAll(
        "confirm",
        questions.map(({ itemId, isUrgent }) => ({ jobId: `cf-${itemId}-overdue`, payload: { itemId }, isUrgent })),
      );
      await producer.addAll(
        "email",
        mails.map(({ emailId, isUrgent }) => ({ jobId: `em-${emailId}-overdue`, payload: { emailId }, isUrgent })),
      );
    } else {
      for (const { itemId } of questions) await jobs.confirm({ itemId }).catch(report("sweeper.confirm_failed"));
      for (const { emailId } of mails) await jobs.email({ emailId }).catch(report("sweeper.email_failed"));
    }
    metrics.swept.inc({ kind: "confirm" }, questions.length);
    metrics.swept.inc({ kind: "email" }, mails.length);
  }

  /** The schedules live in Redis, so they are renewed in case it was wiped; without Redis each worker does the tasks. */
  async function maintain(isRedisUp: boolean): Promise<void> {
    if (performance.now() - maintainedAt < MAINTENANCE_EVERY_MS) return;
    maintainedAt = performance.now();
    for (const task of MAINTENANCE_TASKS) {
      if (isRedisUp) await producer.schedule({ task }, SELDOM_MS[task] ?? MAINTENANCE_EVERY_MS);
      else if (SELDOM_MS[task] === undefined) await jobs.maintenance({ task });
    }
  }

  async function sweep(): Promise<void> {
    const isRedisUp = await producer.ping().then(
      () => true,
      () => false,
    );
    metrics.redisUp.set(isRedisUp ? 1 : 0);
    const steps = [sweepWebhooks, sweepEffects, maintain];
    for (const step of steps) {
      if (!abort.signal.aborted) await step(isRedisUp).catch(report(`sweeper.failed`));
    }
    if (performance.now() - countedAt >= COUNT_EVERY_MS) await count();
  }

  async function count(): Promise<void> {
    countedAt = performance.now();
    const backlog = await webhookBacklog(db);
    metrics.backlog.set({ kind: "open" }, backlog.open);
    metrics.backlog.set({ kind: "parked" }, backlog.parked);
    metrics.oldestSeconds.set(backlog.oldestSeconds);
  }

  return {
    sweep,
    start() {
      running = (async () => {
        try {
          for await (const _tick of setInterval(deps.intervalMs, undefined, { signal: abort.signal })) {
            await sweep().catch(report("sweeper.failed"));
          }
        } catch (error) {
          if (!abort.signal.aborted) throw error;
        }
      })();
    },
    async stop() {
      abort.abort();
      await running;
    },
  };
}
