import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { closeServer, listen } from "@relink/service";
import { decodeProtectedHeader, importJWK, jwtVerify } from "jose";
import { SandboxItemFireWebhookRequestWebhookCodeEnum as Code } from "plaid";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Sandbox } from "../sandbox.ts";
import type { Received } from "../testing/receiver.ts";
import { call, createItem, plaidClient, startReceiver, startSandbox } from "../testing/sandbox-for-test.ts";

/** The steps of https://plaid.com/docs/api/webhooks/webhook-verification/ (checked 2026-11-21). */
async function verify(sandbox: Sandbox, { headers, body }: Pick<Received, "headers" | "body">) {
  const jwt = String(headers["plaid-verification"]);
  const header = decodeProtectedHeader(jwt);
  expect(header).toEqual({ alg: "ES256", kid: expect.any(String), typ: "JWT" });
  const { data } = await plaidClient(sandbox).webhookVerificationKeyGet({ key_id: String(header.kid) });
  const { created_at: _created, expired_at: expiredAt, ...jwk } = data.key;
  const { payload } = await jwtVerify(jwt, await importJWK(jwk), { maxTokenAge: "5 min" });
  expect(Object.keys(payload).toSorted()).toEqual(["iat", "request_body_sha256"]);
  expect(payload["request_body_sha256"]).toBe(createHash("sha256").update(body).digest("hex"));
  return { expiredAt, payload };
}

const waitFor = <Value>(check: () => Promise<Value>) => vi.waitFor(check, { timeout: 10_000 });

async function send(sandbox: Sandbox, url: string, code: string, count = 1): Promise<void> {
  const body = { webhook_type: "ITEM", webhook_code: code, item_id: "x", environment: "sandbox" };
  await call(sandbox, "POST", "/control/webhooks", { url, body, count });
}

async function sent(sandbox: Sandbox, state: string, count = 1) {
  return waitFor(async () => {
    const { webhooks } = await call(sandbox, "GET", "/control/webhooks");
    const found = webhooks!.filter((webhook) => (webhook["state"] as string) === state);
    expect(found).toHaveLength(count);
    return found;
  });
}

/** Waits until the one webhook that is pending was tried so often, and has the time of its next try. */
async function tried(sandbox: Sandbox, times: number): Promise<void> {
  await waitFor(async () => {
    const { webhooks } = await call(sandbox, "GET", "/control/webhooks");
    const pending = webhooks!.filter(({ state }) => String(state) === "pending");
    expect(pending.map(({ attempts }) => attempts!.length)).toEqual([times]);
  });
}

test("a webhook verifies by Plaid's documented steps, and its body is indented by two spaces", async () => {
  const sandbox = await startSandbox();
  const receiver = await startReceiver();
  const { accessToken } = await createItem(plaidClient(sandbox), { webhook: receiver.url });
  await plaidClient(sandbox).sandboxItemFireWebhook({
    access_token: accessToken,
    webhook_code: Code.SyncUpdatesAvailable,
  });
  await receiver.count(1);
  const [received] = receiver.received;
  expect(received!.body).toBe(JSON.stringify(JSON.parse(received!.body), null, 2));
  expect(received!.headers["content-type"]).toBe("application/json");
  const { expiredAt } = await verify(sandbox, received!);
  expect(expiredAt).toBeNull();
});

test("after a rotation the new key signs, and the old one is still given, with its expired_at", async () => {
  const sandbox = await startSandbox();
  const receiver = await startReceiver();
  await send(sandbox, receiver.url, "FIRST");
  await receiver.count(1);
  const { kid } = await call(sandbox, "POST", "/control/keys/rotate");
  await send(sandbox, receiver.url, "SECOND");
  await receiver.count(2);
  expect((await verify(sandbox, receiver.received[0]!)).expiredAt).toEqual(expect.any(Number));
  expect((await verify(sandbox, receiver.received[1]!)).expiredAt).toBeNull();
  expect(decodeProtectedHeader(String(receiver.received[1]!.headers["plaid-verification"])).kid).toBe(kid);
});

test("a signature alone can be had, for any text and time", async () => {
  const sandbox = await startSandbox();
  const { jwt } = await call(sandbox, "POST", "/control/webhooks/sign", { body: "{}" });
  await verify(sandbox, { headers: { "plaid-verification": jwt! }, body: "{}" });
  const old = await call(sandbox, "POST", "/control/webhooks/sign", { body: "{}", iat: 1_600_000_000 });
  await expect(verify(sandbox, { headers: { "plaid-verification": old["jwt"]! }, body: "{}" })).rejects.toThrow(/iat/);
});

describe("retries", () => {
  test("anything but 200 is tried again, signed anew, until it is 200", async () => {
    const sandbox = await startSandbox();
    const receiver = await startReceiver([500, 204, 301, 200]);
    await send(sandbox, receiver.url, "ERROR");
    const [webhook] = await sent(sandbox, "delivered");
    expect(webhook!["attempts"]!.map((attempt) => attempt["status"])).toEqual([500, 204, 301, 200]);
    const signatures = new Set(receiver.received.map(({ headers }) => headers["plaid-verification"]));
    expect(signatures.size).toBe(4);
  });

  test("after six retries, the last wait more than eight hours long, it gives up", async () => {
    // Its clock moves only from one try to the next: a slow machine takes nothing from the day that it may try.
    let now = Date.now();
    const sandbox = await startSandbox({ timeScale: 100_000 }, { now: () => now });
    const receiver = await startReceiver([500]);
    await send(sandbox, receiver.url, "ERROR");
    for (const [retries, waitMs] of [1, 2, 5, 20, 77].entries()) {
      await tried(sandbox, retries + 1);
      now += waitMs;
    }
    await tried(sandbox, 6);
    now += 300; // of 30,720 s, a hundred thousand times faster
    const other = await startReceiver();
    await send(sandbox, other.url, "WAKES");
    await sent(sandbox, "delivered");
    expect(receiver.received).toHaveLength(6);
    now += 8;
    await sent(sandbox, "gave_up");
    expect(receiver.received).toHaveLength(7);
  });

  test("429 with Retry-After replaces the schedule", async () => {
    const sandbox = await startSandbox({ timeScale: 100 });
    const receiver = await startReceiver([{ status: 429, headers: { "retry-after": "60" } }, 200]);
    await send(sandbox, receiver.url, "ERROR");
    await receiver.count(2);
    const waited = receiver.received[1]!.at - receiver.received[0]!.at;
    expect(waited).toBeGreaterThanOrEqual(590); // not the 300 that the schedule would give
  });

  test("an endpoint that does not answer in time, or is not there, counts as a failure", async () => {
    const silent = createServer(() => undefined);
    const port = await listen(silent, 0, "127.0.0.1");
    onTestFinished(async () => {
      silent.closeAllConnections();
      await closeServer(silent);
    });
    const sandbox = await startSandbox({ timeScale: 1 }, { webhookTimeoutMs: 50 });
    await send(sandbox, `http://127.0.0.1:${port}/`, "ERROR");
    await send(sandbox, "http://127.0.0.1:1/", "ERROR");
    const errors = await waitFor(async () => {
      const { webhooks } = await call(sandbox, "GET", "/control/webhooks");
      const found = webhooks!.map((webhook) => webhook["attempts"]?.[0]?.["error"]);
      expect(found.every((error) => error !== undefined)).toBe(true);
      return found.map(String);
    });
    expect(errors).toContain("timeout");
    expect(errors.filter((error) => error !== "timeout")).toHaveLength(1);
  });

  test("a restart keeps what is still owed", async () => {
    const folder = mkdtempSync("/tmp/relink-sandbox-");
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const dataFile = `${folder}/sandbox.sqlite`;
    const receiver = await startReceiver([500, 200]);
    const before = await startSandbox({ dataFile, timeScale: 100 });
    await send(before, receiver.url, "ERROR");
    await receiver.count(1);
    await before.close();
    const after = await startSandbox({ dataFile, timeScale: 100 });
    await receiver.count(2);
    await verify(after, receiver.received[1]!);
    await after.close();
  });

  test("with the circuit breaker, an endpoint that refuses everything gets no more retries", async () => {
    const sandbox = await startSandbox({ timeScale: 1 });
    await call(sandbox, "PUT", "/control/faults", { webhooks: { circuit_breaker: true } });
    const receiver = await startReceiver([500]);
    await send(sandbox, receiver.url, "ERROR", 9);
    await sent(sandbox, "pending", 9);
    await receiver.count(9);
    await send(sandbox, receiver.url, "ERROR");
    await sent(sandbox, "gave_up");
  });
});

describe("faults of the sender", () => {
  test("drop loses the next ones and no more", async () => {
    const sandbox = await startSandbox();
    await call(sandbox, "PUT", "/control/faults", { webhooks: { drop: 2 } });
    const receiver = await startReceiver();
    for (const code of ["A", "B", "C"]) await send(sandbox, receiver.url, code);
    await receiver.count(1);
    expect(receiver.codes()).toEqual(["C"]);
    await sent(sandbox, "dropped", 2);
  });

  test("duplicate sends the same body again", async () => {
    const sandbox = await startSandbox();
    await call(sandbox, "PUT", "/control/faults", { webhooks: { duplicate: 2 } });
    const receiver = await startReceiver();
    await send(sandbox, receiver.url, "A");
    await receiver.count(3);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  });

  test("reorder lets the second overtake the first", async () => {
    const now = Date.now(); // stands still: the first waits for the second, and for nothing else
    const sandbox = await startSandbox({}, { now: () => now });
    await call(sandbox, "PUT", "/control/faults", { webhooks: { reorder: true } });
    const receiver = await startReceiver();
    for (const code of ["A", "B", "C", "D"]) await send(sandbox, receiver.url, code);
    await receiver.count(4);
    const codes = receiver.codes();
    expect(codes.indexOf("B")).toBeLessThan(codes.indexOf("A"));
    expect(codes.indexOf("D")).toBeLessThan(codes.indexOf("C"));
  });

  test("delay_ms waits before the first attempt", async () => {
    const sandbox = await startSandbox();
    await call(sandbox, "PUT", "/control/faults", { webhooks: { delay_ms: 150 } });
    const receiver = await startReceiver();
    const before = Date.now();
    await send(sandbox, receiver.url, "A");
    await receiver.count(1);
    expect(receiver.received[0]!.at - before).toBeGreaterThanOrEqual(150);
  });

  test("keep_iat signs a retry with the first attempt's time", async () => {
    let time = Date.now();
    const sandbox = await startSandbox({ timeScale: 1 }, { now: () => time });
    await call(sandbox, "PUT", "/control/faults", { webhooks: { keep_iat: true } });
    const receiver = await startReceiver([500, 200]);
    await send(sandbox, receiver.url, "A");
    await tried(sandbox, 1);
    time += 31_000;
    await send(sandbox, receiver.url, "B"); // wakes the sender, whose clock stood still
    await receiver.count(3);
    const iats = receiver.received
      .filter(({ body }) => body.includes('"A"'))
      .map(({ headers }) => JSON.parse(atob(String(headers["plaid-verification"]).split(".")[1]!)).iat as number);
    expect(new Set(iats).size).toBe(1);
  });
});
