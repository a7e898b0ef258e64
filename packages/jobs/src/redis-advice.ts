import type { Logger, Secret } from "@relink/service";
import { Redis } from "ioredis";

/**
 * What could be better about a Redis, a line each. Nothing that is acknowledged depends on it, so this is advice: jobs
 * that it loses are handed off again by the sweeper, some seconds later.
 *
 * @param info - the answer to `INFO`.
 * @see https://docs.bullmq.io/guide/going-to-production (checked 2026-11-21)
 */
export function redisAdvice(info: string): string[] {
  const fields = new Map(
    info.split(/\r?\n/).map((line) => {
      const [name = "", ...value] = line.split(":");
      return [name, value.join(":")] as const;
    }),
  );
  const advice: string[] = [];
  const version = fields.get("redis_version") ?? "";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < 6 || (major === 6 && minor < 2)) advice.push(`it is version ${version || "unknown"}: use 6.2 or newer`);
  const policy = fields.get("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    advice.push(`maxmemory-policy is ${policy}, so it drops jobs when it is full: set it to noeviction`);
  }
  if (fields.get("aof_enabled") === "0") {
    advice.push("it keeps no append-only file, so a restart empties the queues: CONFIG SET appendonly yes");
  }
  return advice;
}

/** Logs what {@link redisAdvice} has to say about a Redis. One that is away, or tells nothing about itself, is let be. */
export async function warnAboutRedis(url: Secret, logger: Logger): Promise<void> {
  const redis = new Redis(url.reveal(), {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    commandTimeout: 2_000,
  });
  redis.on("error", () => {
    // The apps' own connections tell of it.
  });
  try {
    await redis.connect();
    const advice = redisAdvice(await redis.info());
    if (advice.length > 0) logger.warn({ event: "redis.advice", advice });
  } catch {
    // Nothing was learnt, and nothing depends on it.
  } finally {
    redis.disconnect();
  }
}
