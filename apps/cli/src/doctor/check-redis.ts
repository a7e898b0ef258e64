import { redisAdvice } from "@relink/jobs";
import type { Secret } from "@relink/service";
import { Redis } from "ioredis";
import type { Finding } from "./finding.ts";

const TIMEOUT_MS = 5_000;

/** Whether it answers, and what could be better about it. Nothing is lost with it, so that is advice. */
export async function checkRedis(url: Secret): Promise<Finding[]> {
  const redis = new Redis(url.reveal(), {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
  });
  redis.on("error", () => {
    // The command under way rejects.
  });
  try {
    await redis.connect();
    const info = await redis.info();
    const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? "unknown";
    const advice = redisAdvice(info).map((message): Finding => ({ check: "redis", state: "warning", message }));
    return advice.length > 0 ? advice : [{ check: "redis", state: "ok", message: `version ${version}, drops no jobs` }];
  } catch {
    // The errors of the driver name hosts, and what a server says of a password.
    const message =
      "it does not answer, or not to this user: check REDIS_URL. Webhooks are not lost meanwhile, only slower";
    return [{ check: "redis", state: "failed", message }];
  } finally {
    redis.disconnect();
  }
}
