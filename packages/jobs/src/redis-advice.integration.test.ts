import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, Secret } from "@relink/service";
import { freePort, startRedis, waitFor } from "@relink/testkit";
import { useRedis } from "@relink/testkit/vitest";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { redisAdvice, warnAboutRedis } from "./redis-advice.ts";

const redis = useRedis();

async function warnings(url: string): Promise<unknown[]> {
  const lines: string[] = [];
  const logger = createLogger({ app: "test", level: "info" }, { write: (line) => void lines.push(line) });
  await warnAboutRedis(new Secret(url), logger);
  return lines.map((line) => JSON.parse(line) as unknown);
}

test("a Redis set up as recommended is passed over in silence, and so is one that is away", async () => {
  expect(await warnings(redis.url)).toEqual([]);
  expect(await warnings(`redis://127.0.0.1:${await freePort()}`)).toEqual([]);
});

test("one that evicts and keeps no file is named in one line with both reasons", async () => {
  const dir = await mkdtemp(join(tmpdir(), "relink-redis-"));
  const server = await startRedis({ dir, appendonly: false });
  onTestFinished(async () => {
    await server.stop();
    await rm(dir, { recursive: true });
  });
  const client = new Redis(server.url);
  await client.config("SET", "maxmemory-policy", "allkeys-lru");
  client.disconnect();
  // None is told where Redis does not answer within two seconds.
  const told = await waitFor(async () => {
    const lines = await warnings(server.url);
    return lines.length > 0 && lines;
  });
  expect(told).toMatchObject([
    {
      level: "warn",
      event: "redis.advice",
      advice: [
        "maxmemory-policy is allkeys-lru, so it drops jobs when it is full: set it to noeviction",
        "it keeps no append-only file, so a restart empties the queues: CONFIG SET appendonly yes",
      ],
    },
  ]);
});

test.each([
  ["6.0.16", ["it is version 6.0.16: use 6.2 or newer"]],
  ["5.0.7", ["it is version 5.0.7: use 6.2 or newer"]],
  ["6.2.0", []],
  ["7.0.15", []],
])("version %s: %j", (version, advice) => {
  expect(redisAdvice(`# Server\r\nredis_version:${version}\r\nmaxmemory_policy:noeviction\r\naof_enabled:1`)).toEqual(
    advice,
  );
});
