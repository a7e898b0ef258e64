import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { waitFor } from "@relink/testkit";
import { useDatabase, useRedis } from "@relink/testkit/vitest";
import { expect, onTestFinished, test } from "vitest";
import { countRows } from "../testing/ingress-for-test.ts";
import { rawRequest } from "./raw-request.ts";
import { spawnIngress } from "./spawn-ingress.ts";

const database = useDatabase();
const redis = useRedis();

const SLOW_CONNECTIONS = 2_000;
const MADE_UP_KEYS = 10_000;

let bodies = 0;
const newBody = () => `{\n  "webhook_type": "TEST",\n  "webhook_code": "F${(bodies += 1)}"\n}`;

type Ingress = Awaited<ReturnType<typeof spawnIngress>>;

/** Delivers one genuine webhook after the other until it is stopped; how long each of them took. */
function healthyTraffic(ingress: Ingress) {
  const stop = new AbortController();
  const took: number[] = [];
  const refused: number[] = [];
  const running = (async () => {
    while (!stop.signal.aborted) {
      const body = newBody();
      const headers = { "plaid-verification": ingress.signer.signWebhook(body) };
      const startedAt = performance.now();
      const { status } = await fetch(`http://127.0.0.1:${ingress.port}/webhooks/plaid`, {
        method: "POST",
        body,
        headers,
      });
      took.push(performance.now() - startedAt);
      if (status !== 200) refused.push(status);
      await delay(5);
    }
  })();
  return async () => {
    stop.abort();
    await running;
    took.sort((a, b) => a - b);
    return { count: took.length, refused, p99: took[Math.floor(took.length * 0.99)] ?? Number.NaN };
  };
}

function openSlow(port: number, opening: Buffer | string): { socket: Socket; closed: Promise<void> } {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => {}).resume();
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.write(opening);
  return { socket, closed };
}

test("H14 H15 2,000 who take their time do not slow down genuine webhooks, cost little memory, and are all cut off", async ({
  annotate,
}) => {
  const ingress = await spawnIngress({ database, redis });
  const warmUp = healthyTraffic(ingress);
  await waitFor(() => bodies > 200, { timeoutMs: 30_000 });
  await warmUp();
  const rssBefore = await ingress.metric("process_resident_memory_bytes");
  const rowsBefore = await countRows(database.url);

  const stopTraffic = healthyTraffic(ingress);
  const token = ingress.signer.signWebhook("{}");
  const slow = Array.from({ length: SLOW_CONNECTIONS }, (_, index) =>
    // Some never end their headers, some have a good token and never end their body.
    openSlow(
      ingress.port,
      index % 2 === 0
        ? "POST /webhooks/plaid HTTP/1.1\r\nHost: a\r\n"
        : rawRequest([token], "", { headers: ["Content-Length: 200000"] }),
    ),
  );
  const drip = setInterval(() => {
    for (const [index, { socket }] of slow.entries()) {
      if (socket.writable) socket.write(index % 2 === 0 ? "X-A: 1\r\n" : "x");
    }
  }, 1_000);
  onTestFinished(() => clearInterval(drip));
  await waitFor(
    async () => (await ingress.metric("nodejs_active_resources", "TCPSocketWrap")) >= SLOW_CONNECTIONS * 0.9,
  );
  const rssDuring = await ingress.metric("process_resident_memory_bytes");
  await Promise.all(slow.map(({ closed }) => closed));
  clearInterval(drip);

  const { count, refused, p99 } = await stopTraffic();
  await annotate(
    `${SLOW_CONNECTIONS} slow connections: ${count} genuine webhooks meanwhile, p99 ${p99.toFixed(1)} ms, ` +
      `memory +${((rssDuring - rssBefore) / 2 ** 20).toFixed(1)} MiB`,
  );
  expect(refused).toEqual([]);
  expect(await countRows(database.url)).toBe(rowsBefore + count);
  expect(count).toBeGreaterThan(100);
  // Plaid gives up after 10 s.
  expect(p99).toBeLessThan(5_000);
  expect(rssDuring - rssBefore).toBeLessThan(100 * 2 ** 20);
  const slowOnes = ingress.lines("http.refused").filter(({ reason }) => reason === "too_slow");
  expect(slowOnes.length).toBeGreaterThan(0);
  // All were closed; on a busy machine the kernel closes some that the process never got to see.
  const counted = await ingress.metric("relink_http_refused_total", '"too_slow"');
  expect(counted).toBeGreaterThanOrEqual(SLOW_CONNECTIONS * 0.9);
  expect(counted).toBeLessThanOrEqual(SLOW_CONNECTIONS);
  expect(ingress.isRunning()).toBe(true);
});

test("K3 10,000 made-up keys ask Plaid at most once in twelve seconds after the first five, hinder nobody, and are a line a second", async ({
  annotate,
}) => {
  const ingress = await spawnIngress({ database, redis });
  const rowsBefore = await countRows(database.url);
  const stopTraffic = healthyTraffic(ingress);
  await waitFor(() => ingress.plaid.asked.length > 0);
  const askedBefore = ingress.plaid.asked.length;
  const startedAt = performance.now();

  const [, payload = "", signature = ""] = ingress.signer.signWebhook("MARKER").split(".");
  const statuses = new Map<number, number>();
  let next = 0;
  const attack = async () => {
    while (next < MADE_UP_KEYS) {
      const header = JSON.stringify({ alg: "ES256", kid: `made-up-${(next += 1)}`, typ: "JWT" });
      const token = `${Buffer.from(header).toString("base64url")}.${payload}.${signature}`;
      const status = await statusOnce(ingress.port, rawRequest([token], "MARKER"));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 32 }, attack));
  const seconds = (performance.now() - startedAt) / 1_000;
  const { count, refused, p99 } = await stopTraffic();
  const asked = ingress.plaid.asked.length - askedBefore;
  await annotate(
    `${MADE_UP_KEYS} made-up keys in ${seconds.toFixed(1)} s: Plaid asked ${asked} times, ` +
      `${count} genuine webhooks meanwhile, p99 ${p99.toFixed(1)} ms`,
  );

  // The genuine key has taken one of the five.
  expect(asked).toBeLessThanOrEqual(4 + Math.ceil(seconds / 12));
  expect(new Set(statuses.keys())).toEqual(new Set([401, 429]));
  expect(statuses.get(401)).toBe(asked);
  expect(statuses.get(429)).toBe(MADE_UP_KEYS - asked);
  expect(refused).toEqual([]);
  expect(p99).toBeLessThan(5_000);
  expect(await countRows(database.url)).toBe(rowsBefore + count);

  expect(await ingress.metric("relink_webhook_rejected_total", '"key_budget"')).toBe(MADE_UP_KEYS - asked);
  const lines = ingress.lines("webhook.rejected").filter(({ reason }) => reason === "key_budget");
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThanOrEqual(1 + Math.ceil(seconds));
  expect(ingress.logText()).not.toContain("MARKER");
  // Only what Plaid was asked for has its id in the log, in the line of that call.
  expect(new Set(ingress.logText().match(/made-up-\d+/g)).size).toBe(asked);
  expect(ingress.isRunning()).toBe(true);
});

/** Sends this on a connection of its own; the status of the answer, 0 if there was none. */
async function statusOnce(port: number, request: Buffer): Promise<number> {
  const { socket, closed } = openSlow(port, request);
  let received = "";
  socket.on("data", (chunk: Buffer) => (received += chunk.toString("latin1")));
  await closed;
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? 0);
}
