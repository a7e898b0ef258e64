import type { Secret } from "@relink/service";
import { UnrecoverableError, Worker } from "bullmq";
import { consumerConnection } from "./connections.ts";
import { DEFAULT_PREFIX, JOB_PAYLOADS, type JobPayload, type QueueName } from "./queues.ts";

export interface Consumer {
  /** Takes no new jobs, waits for those under way, at most `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** A killed worker's jobs start again elsewhere after one lock life and at most two intervals: within 15 s. */
const LOCK_MS = 5_000;
const STALLED_INTERVAL_MS = 5_000;

/**
 * Redis is full, or cannot write to its disk. It refuses to hand out jobs then, at once, and a worker asks again at once:
 * thousands of times a second, for as long as it lasts. So it rests in between.
 */
const REFUSED_WRITE = /^(?:OOM|MISCONF)\b/;
const REST_MS = 2_000;

/**
 * Runs the jobs of one queue.
 *
 * A handler that throws loses nothing: the row is still due, and the sweeper enqueues it again. What reaches Redis about
 * the failure is only that there was one, because Redis keeps error texts as clear text.
 *
 * @param options.concurrency - jobs at the same time in this process.
 * @param options.perSecond - a limit for all processes together, kept by Redis.
 * @param options.onFailure - hears what a handler threw.
 */
export function createConsumer<Name extends QueueName>(options: {
  queue: Name;
  redisUrl: Secret;
  prefix?: string;
  concurrency: number;
  /** Jobs that all processes together begin in a second. Default: as many as there are. */
  perSecond?: number | undefined;
  handle: (payload: JobPayload<Name>) => Promise<void>;
  onFailure: (error: unknown) => void;
  onError: (error: Error) => void;
}): Consumer {
  const redis = consumerConnection(options.redisUrl, options.onError);
  const worker = new Worker(
    options.queue,
    async (job) => {
      try {
        // The schema of this queue by its own name; TypeScript cannot follow the index through a generic.
        await options.handle(JOB_PAYLOADS[options.queue].parse(job.data) as JobPayload<Name>);
      } catch (error) {
        options.onFailure(error);
        throw new UnrecoverableError("failed; the reason is in the log");
      }
    },
    {
      connection: redis,
      prefix: options.prefix ?? DEFAULT_PREFIX,
      concurrency: options.concurrency,
      ...(options.perSecond !== undefined && { limiter: { max: options.perSecond, duration: 1_000 } }),
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_INTERVAL_MS,
      maxStalledCount: 1_000,
      drainDelay: 5,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    },
  );
  let rest: NodeJS.Timeout | undefined;
  worker.on("error", (error) => {
    options.onError(error);
    if (rest !== undefined || !REFUSED_WRITE.test(error.message)) return;
    void worker.pause(true).catch(options.onError);
    rest = setTimeout(() => {
      rest = undefined;
      void worker.resume().catch(options.onError);
    }, REST_MS);
  });
  return {
    async close(graceMs) {
      clearTimeout(rest);
      // Closing waits for ever while Redis is away, so the wait has an end here. A job cut off is a row still due.
      let timer: NodeJS.Timeout | undefined;
      const grace = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, graceMs);
      });
      await Promise.race([worker.close().catch(options.onError), grace]);
      clearTimeout(timer);
      redis.disconnect();
    },
  };
}
