import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { processName } from "./processes.ts";
import { startRedis } from "./redis.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "relink-redis-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function start() {
  const server = await startRedis({ dir: join(folder, "redis") });
  onTestFinished(() => server.stop());
  const client = new Redis(server.url);
  onTestFinished(() => client.disconnect());
  client.on("error", () => {
    // The tests stop the server under it.
  });
  return { server, client };
}

test("it never evicts, and keeps what it was told across a restart", async () => {
  const first = await start();
  expect(await first.client.config("GET", "maxmemory-policy")).toEqual(["maxmemory-policy", "noeviction"]);
  expect(await first.client.config("GET", "appendfsync")).toEqual(["appendfsync", "everysec"]);
  await first.client.set("kept", "7");
  await first.server.stop();

  const second = await start();
  expect(await second.client.get("kept")).toBe("7");
});

test("a server that a killed run left behind on the folder is stopped first", async () => {
  const leftBehind = await start();
  const { client } = await start();
  expect(await processName(leftBehind.server.pid)).toBeUndefined();
  expect(await client.ping()).toBe("PONG");
});
