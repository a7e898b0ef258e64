import { awakeMs, freePort, waitFor } from "@relink/testkit";
import { useDatabase, useRedis } from "@relink/testkit/vitest";
import { expect, inject, test } from "vitest";
import { Secret } from "@relink/service";
import { countRows, lockTable, openSocket, query, startIngress, statusOf } from "./testing/ingress-for-test.ts";

const database = useDatabase();
const redis = useRedis();
const stores = { database, redis };

let bodies = 0;
const newBody = () => `{\n  "webhook_type": "TEST",\n  "webhook_code": "O${(bodies += 1)}"\n}`;

/** Resolves when so many inserts wait for the table. */
async function insertsWaiting(count: number): Promise<void> {
  const text = `select count(*)::int as count from pg_locks l join pg_class c on c.oid = l.relation
    where c.relname = 'webhook_events' and not l.granted`;
  await waitFor(async () => ((await query<{ count: number }>(database.url, text))[0]?.count ?? 0) >= count);
}

function expectRetryAfter(response: Response): void {
  expect(response.headers.get("retry-after")).toMatch(/^(?:[2-5]\d|60)$/);
}

test("with Postgres away it starts, asks every genuine webhook to come again, and says so inside", async () => {
  const gone = new Secret(`postgres://relink_ingress:x@127.0.0.1:${await freePort()}/relink`);
  const ingress = await startIngress(stores, { config: { databaseUrl: gone } });
  for (let times = 0; times < 3; times += 1) {
    const response = await ingress.post(newBody());
    expect(response.status).toBe(429);
    expect(await response.text()).toBe("");
    expectRetryAfter(response);
  }
  expect((await ingress.post(newBody(), "x")).status).toBe(401);
  expect(ingress.lines("webhook.rejected")).toContainEqual(expect.objectContaining({ reason: "store", status: 429 }));
  expect(ingress.logText()).not.toContain("postgres://");
  const ready = await fetch(`http://127.0.0.1:${ingress.insidePort}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ failed: expect.arrayContaining(["postgres"]) as string[] });
});

test("connections that break under a statement are 429, and the webhook is stored when it comes again", async () => {
  const ingress = await startIngress(stores);
  const before = await countRows(database.url);
  const body = newBody();
  const token = ingress.signer.signWebhook(body);
  const lock = await lockTable(database.url);
  const broken = ingress.post(body, token);
  await insertsWaiting(1);
  await query(
    inject("postgresUrl"),
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'relink_ingress' and datname = $1",
    [database.name],
  );
  const response = await broken;
  expect(response.status).toBe(429);
  expectRetryAfter(response);
  await lock.release();

  expect((await ingress.post(body, token)).status).toBe(200);
  expect(await countRows(database.url)).toBe(before + 1);
});

test("a commit that is held up is waited for, and is 429 before Plaid gives up after 10 s, and the repetition makes no second row", async () => {
  const ingress = await startIngress(stores);
  const before = await countRows(database.url);
  const body = newBody();
  const token = ingress.signer.signWebhook(body);
  const lock = await lockTable(database.url);
  const start = performance.now();
  const slow = await ingress.post(body, token);
  expect(slow.status).toBe(429);
  expectRetryAfter(slow);
  expect(performance.now() - start).toBeGreaterThan(4_000);
  expect(performance.now() - start).toBeLessThan(9_500);
  await lock.release();

  expect((await ingress.post(body, token)).status).toBe(200);
  expect(await countRows(database.url)).toBe(before + 1);
});

test("with Redis away a webhook is stored and answered 200 without a wait, and the failed hand-off is counted", async () => {
  const gone = new Secret(`redis://127.0.0.1:${await freePort()}`);
  const ingress = await startIngress(stores, { config: { redisUrl: gone } });
  const before = await countRows(database.url);
  await ingress.post(newBody()); // the first one opens the connections
  const start = performance.now();
  expect((await ingress.post(newBody())).status).toBe(200);
  // For ever, Redis would be waited for; for eight seconds, Postgres.
  expect(performance.now() - start).toBeLessThan(7_000);
  expect(await countRows(database.url)).toBe(before + 2);
  await waitFor(async () => (await ingress.metric("relink_webhook_hand_off_failure_total")) === 2);
});

test("closing finishes what is in flight, takes nothing new, and leaves nothing open", async () => {
  const ingress = await startIngress(stores);
  const before = await countRows(database.url);
  await ingress.post(newBody());
  const lock = await lockTable(database.url);
  const inFlight = Array.from({ length: 5 }, () => ingress.post(newBody()));
  await insertsWaiting(1);
  // One that has begun to speak, and goes on only when we are closing.
  const late = openSocket(ingress.port);
  const body = newBody();
  late.socket.write("POST /webhooks/plaid HTTP/1.1\r\nHost: a\r\n");
  const token = ingress.signer.signWebhook(body);

  // Anything sent on this connection shows that the lines above have arrived.
  await waitFor(() => late.socket.bytesWritten > 0 && late.socket.readyState === "open");
  const closing = ingress.close();
  await expect(fetch(`http://127.0.0.1:${ingress.port}/webhooks/plaid`, { method: "POST" })).rejects.toThrow(
    /fetch failed/,
  );
  late.socket.write(`Plaid-Verification: ${token}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await late.closed;
  expect(statusOf(late.received())).toBe(429);
  expect(late.received()).toMatch(/Retry-After: [2-6]\d\r\n/);
  expect(late.received()).toMatch(/Connection: close\r\n/);

  await lock.release();
  expect((await Promise.all(inFlight)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(await awakeMs(closing)).toBeLessThan(3_000);
  expect(await countRows(database.url)).toBe(before + 6);
  expect(ingress.lines("app.stopped")).toHaveLength(1);
  // A connection that was ended is gone when its server process is.
  const text = "select pid from pg_stat_activity where usename = 'relink_ingress' and datname = current_database()";
  await waitFor(async () => (await query(database.url, text)).length === 0);
});
