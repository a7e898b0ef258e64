import { randomUUIDv7 } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "@relink/service";
import { signal, startRedis, waitFor } from "@relink/testkit";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { createConsumer } from "./consumer.ts";
import { createProducer } from "./producer.ts";

async function start() {
  const dir = await mkdtemp(join(tmpdir(), "relink-producer-"));
  const server = await startRedis({ dir });
  const producer = createProducer({
    redisUrl: new Secret(server.url),
    onError() {
      // It goes away and comes back in the tests.
    },
  });
  onTestFinished(async () => {
    await producer.close();
    await server.stop();
    await rm(dir, { recursive: true });
  });
  await waitFor(() => producer.ping().then(() => true));
  return { server, producer };
}

test("a Redis that answers and refuses to write does not count as there", async () => {
  const { server, producer } = await start();
  const client = new Redis(server.url);
  await client.config("SET", "maxmemory", "1mb");
  await expect(producer.ping()).rejects.toThrow(/^OOM/);
  await client.config("SET", "maxmemory", "0");
  await producer.ping();
  client.disconnect();
});

test("a Redis that hangs is given up within about a second, and used again when it goes on", async () => {
  const { server, producer } = await start();
  signal(server.pid, "SIGSTOP");
  const startedAt = performance.now();
  await expect(producer.ping()).rejects.toThrow(/Command timed out/);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  signal(server.pid, "SIGCONT");
  await waitFor(() => producer.ping().then(() => true));
});

test("what is urgent goes before all that waits and is not", async () => {
  const { server, producer } = await start();
  const question = (itemId: string, isUrgent: boolean) => ({ jobId: `cf-${itemId}`, payload: { itemId }, isUrgent });
  const ids = Array.from({ length: 6 }, () => randomUUIDv7());
  const [urgent = "", ...patient] = ids;
  await producer.addAll(
    "confirm",
    patient.map((id) => question(id, false)),
  );
  await producer.add("confirm", question(urgent, true));
  const handled: string[] = [];
  const consumer = createConsumer({
    queue: "confirm",
    redisUrl: new Secret(server.url),
    concurrency: 1,
    handle: async ({ itemId }) => void handled.push(itemId),
    onFailure: (error) => handled.push(String(error)),
    onError: (error) => handled.push(String(error)),
  });
  await waitFor(() => handled.length >= ids.length);
  await consumer.close(5_000);
  expect(handled).toEqual(ids);
});
