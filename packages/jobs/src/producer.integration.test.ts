import { randomUUIDv7 } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
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
  // Not at once: a ping is given up after a second, also where it is this machine that is slow.
  await waitFor(async () => {
    await expect(producer.ping()).rejects.toThrow(/^OOM/);
    return true;
  });
  await client.config("SET", "maxmemory", "0");
  await waitFor(() => producer.ping().then(() => true));
  client.disconnect();
});

test("a Redis that hangs is given up within about a second, and used again when it goes on", async () => {
  const { server, producer } = await start();
  signal(server.pid, "SIGSTOP");
  // Of two timers the earlier one is first, also on a machine that halts until both are over.
  await expect(Promise.race([producer.ping(), delay(2_000)])).rejects.toThrow(/Command timed out/);
  signal(server.pid, "SIGCONT");
  await waitFor(() => producer.ping().then(() => true));
});

test("what is urgent goes before all that waits and is not", async () => {
  const { server, producer } = await start();
  const question = (itemId: string, isUrgent: boolean) => ({ jobId: `cf-${itemId}`, payload: { itemId }, isUrgent });
  const ids = Array.from({ length: 6 }, () => randomUUIDv7());
  const [urgent = "", ...patient] = ids;
  const jobs = patient.map((id) => question(id, false));
  // Each is given up after a second, and a job that is made twice is one job.
  await waitFor(() => producer.addAll("confirm", jobs).then(() => true));
  await waitFor(() => producer.add("confirm", question(urgent, true)).then(() => true));
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
