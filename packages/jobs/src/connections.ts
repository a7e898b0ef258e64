import type { Secret } from "@relink/service";
import { Redis } from "ioredis";

interface ConnectionOptions {
  enableOfflineQueue?: boolean;
  maxRetriesPerRequest: number | null;
  commandTimeout?: number;
  connectTimeout?: number;
  /** A connection that owes an answer for so long is dead, also if nobody has said so: it is replaced. */
  socketTimeout: number;
}

/** Quick at first, then every two seconds or so, for as long as it takes. */
const retryStrategy = (times: number): number => Math.min(100 * 2 ** times, 2_000) + Math.random() * 200;

/**
 * For whoever enqueues: gives up within a second and recovers by itself. A rejected command may still have run; that is
 * harmless, because jobs only point at rows.
 */
export function producerConnection(url: Secret, onError: (error: Error) => void): Redis {
  return open(url, onError, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 1_000,
    connectTimeout: 2_000,
    socketTimeout: 2_000,
  });
}

/** BullMQ asks for the next job with a command that is answered after 10 s at the latest. */
const LONGEST_BLOCKING_MS = 10_000;

/** For workers: waits for ever. BullMQ takes any other error at the end of a job for the failure of the job. */
export function consumerConnection(url: Secret, onError: (error: Error) => void): Redis {
  return open(url, onError, { maxRetriesPerRequest: null, socketTimeout: LONGEST_BLOCKING_MS + 2_000 });
}

function open(url: Secret, onError: (error: Error) => void, options: ConnectionOptions): Redis {
  const redis = new Redis(url.reveal(), { ...options, retryStrategy });
  redis.on("error", onError);
  return redis;
}
