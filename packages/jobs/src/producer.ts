import type { Secret } from "@relink/service";
import { type JobsOptions, Queue } from "bullmq";
import { producerConnection } from "./connections.ts";
import { DEFAULT_PREFIX, type JobPayload, QUEUE_NAMES, type QueueName } from "./queues.ts";

export interface NewJob<Name extends QueueName> {
  jobId: string;
  payload: JobPayload<Name>;
  dueAt?: Date;
  isUrgent?: boolean;
}

/** Puts jobs on the queues. Every method rejects within about a second if Redis is away; the sweeper then takes over. */
export interface Producer {
  /**
   * @param jobId - derived from the row, so that enqueueing twice makes one job. No colon, not only digits.
   * @param job.dueAt - not to be run before; at once if left out or past.
   * @param job.isUrgent - false if all others that are due go first. Default true.
   */
  add<Name extends QueueName>(queue: Name, job: NewJob<Name>): Promise<void>;
  /** The same for many at once, in one round trip. Some may be on the queue if it rejects. */
  addAll<Name extends QueueName>(queue: Name, jobs: readonly NewJob<Name>[]): Promise<void>;
  /** Runs a maintenance task every so often, once for all workers. Safe to call again, and needed after Redis was wiped. */
  schedule(payload: JobPayload<"maintenance">, everyMs: number): Promise<void>;
  /** Jobs that wait in a queue. */
  waiting(queue: QueueName): Promise<number>;
  /** Resolves if Redis answers and takes what is written: one that is full or cannot write to its disk refuses jobs. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param options.prefix - of all keys in Redis; several installations can share one. Default `{relink}`.
 * @param options.onError - hears of every connection error; Redis may be away for long, so do not log each one.
 */
export function createProducer(options: {
  redisUrl: Secret;
  prefix?: string;
  onError: (error: Error) => void;
}): Producer {
  const { prefix = DEFAULT_PREFIX } = options;
  const redis = producerConnection(options.redisUrl, options.onError);
  const queues = new Map(
    QUEUE_NAMES.map((name) => {
      const queue = new Queue(name, {
        connection: redis,
        prefix,
        // Both: with only the first, an `add` that fails while Redis is away at the start fails for ever after.
        skipWaitingForReady: true,
        skipVersionCheck: true,
        streams: { events: { maxLen: 1_000 } },
        // The row remembers failures. A finished job is worth nothing, and a kept one would block its id.
        defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1, stackTraceLimit: 1, keepLogs: 0 },
      });
      queue.on("error", options.onError);
      return [name, queue] as const;
    }),
  );
  const queueOf = (name: QueueName): Queue => {
    const queue = queues.get(name);
    if (queue === undefined) throw new TypeError(`there is no queue ${name}`);
    return queue;
  };
  return {
    async add(name, job) {
      await queueOf(name).add(name, job.payload, optionsOf(job));
    },
    async addAll(name, jobs) {
      if (jobs.length === 0) return;
      await queueOf(name).addBulk(jobs.map((job) => ({ name, data: job.payload, opts: optionsOf(job) })));
    },
    async schedule(payload, everyMs) {
      await queueOf("maintenance").upsertJobScheduler(
        payload.task,
        { every: everyMs },
        { name: "maintenance", data: payload },
      );
    },
    async waiting(name) {
      return queueOf(name).getWaitingCount();
    },
    async ping() {
      await redis.set(`${prefix}:ping`, "", "EX", 60);
    },
    async close() {
      // A queue without Redis may never close, and there is nothing to save: what is not enqueued is in Postgres.
      await Promise.race([Promise.all([...queues.values()].map((queue) => queue.close())), pause(1_000)]);
      redis.disconnect();
    },
  };
}

/** Jobs without a priority go before those that have one. */
const AFTER_ALL_OTHERS = 1;

function optionsOf({ jobId, dueAt, isUrgent = true }: NewJob<QueueName>): JobsOptions {
  return {
    jobId,
    delay: dueAt === undefined ? 0 : Math.max(0, dueAt.getTime() - Date.now()),
    ...(!isUrgent && { priority: AFTER_ALL_OTHERS }),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
