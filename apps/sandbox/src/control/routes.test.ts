import { describe, expect, test } from "vitest";
import {
  call,
  createItem,
  plaidClient,
  plaidErrorOf,
  startReceiver,
  startSandbox,
} from "../testing/sandbox-for-test.ts";

async function startWithItem() {
  const sandbox = await startSandbox();
  const plaid = plaidClient(sandbox);
  const receiver = await startReceiver();
  const item = await createItem(plaid, { webhook: receiver.url });
  return { sandbox, plaid, receiver, ...item };
}

describe("Items on request", () => {
  test("any error can be set, and ITEM: ERROR goes out", async () => {
    const { sandbox, plaid, receiver, accessToken, itemId } = await startWithItem();
    await call(sandbox, "POST", `/control/items/${itemId}/error`, { error_code: "INSTITUTION_DOWN" });
    await receiver.count(1);
    expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({
      webhook_code: "ERROR",
      error: { error_type: "INSTITUTION_ERROR", error_code: "INSTITUTION_DOWN" },
    });
    const { data } = await plaid.itemGet({ access_token: accessToken });
    expect(data.item.error?.error_type).toBe("INSTITUTION_ERROR");
  });

  test("a repair elsewhere clears the error and sends LOGIN_REPAIRED", async () => {
    const { sandbox, plaid, receiver, accessToken, itemId } = await startWithItem();
    await call(sandbox, "POST", `/control/items/${itemId}/error`, { webhook: false });
    await call(sandbox, "POST", `/control/items/${itemId}/repair`);
    await receiver.count(1);
    expect(receiver.codes()).toEqual(["LOGIN_REPAIRED"]);
    expect((await plaid.itemGet({ access_token: accessToken })).data.item.error).toBeNull();
  });

  test("an end of consent is in the webhook and in /item/get, and breaks the Item when it comes", async () => {
    const { sandbox, plaid, receiver, accessToken, itemId } = await startWithItem();
    const time = new Date(Date.now() + 300).toISOString();
    await call(sandbox, "POST", `/control/items/${itemId}/pending-expiration`, { consent_expiration_time: time });
    await receiver.count(1);
    expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({
      webhook_code: "PENDING_EXPIRATION",
      consent_expiration_time: time,
    });
    const { data } = await plaid.itemGet({ access_token: accessToken });
    expect(data.item).toMatchObject({ consent_expiration_time: time, error: null });
    await receiver.count(2);
    expect(JSON.parse(receiver.received[1]!.body)).toMatchObject({
      webhook_code: "ERROR",
      error: { error_code: "ITEM_LOGIN_REQUIRED", error_code_reason: "OAUTH_CONSENT_EXPIRED" },
    });
  });

  test("a pending disconnection names its reason and time", async () => {
    const { sandbox, receiver, itemId } = await startWithItem();
    const body = { reason: "INSTITUTION_TOKEN_EXPIRATION", disconnect_time: "2030-01-01T00:00:00Z" };
    await call(sandbox, "POST", `/control/items/${itemId}/pending-disconnect`, body);
    await receiver.count(1);
    expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({ webhook_code: "PENDING_DISCONNECT", ...body });
  });

  test("a revocation sends USER_PERMISSION_REVOKED", async () => {
    const { sandbox, receiver, itemId } = await startWithItem();
    await call(sandbox, "POST", `/control/items/${itemId}/revoke`);
    await receiver.count(1);
    expect(receiver.codes()).toEqual(["USER_PERMISSION_REVOKED"]);
  });

  test("lists show the true state and never an access token", async () => {
    const { sandbox, accessToken, itemId } = await startWithItem();
    const list = await call(sandbox, "GET", "/control/items");
    expect(list["items"]![0]).toMatchObject({ item_id: itemId, institution_name: "First Platypus Bank", error: null });
    expect(JSON.stringify(list)).not.toContain(accessToken);
    expect(await call(sandbox, "GET", `/control/items/${itemId}`)).toEqual(list["items"]![0]);
  });
});

describe("faults of the API", () => {
  test("down answers 503 without Plaid's body", async () => {
    const { sandbox, accessToken } = await startWithItem();
    await call(sandbox, "PUT", "/control/faults", { api: { down: true } });
    const response = await fetch(`${sandbox.url}/item/get`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ client_id: "a", secret: "b", access_token: accessToken }),
    });
    expect([response.status, await response.text()]).toEqual([503, "service unavailable"]);
  });

  test("error_rate 1 answers every call with API_ERROR; DELETE ends it", async () => {
    const { sandbox, plaid, accessToken } = await startWithItem();
    await call(sandbox, "PUT", "/control/faults", { api: { error_rate: 1 } });
    expect(await plaidErrorOf(plaid.itemGet({ access_token: accessToken }))).toMatchObject({
      http: 500,
      error_type: "API_ERROR",
    });
    await call(sandbox, "DELETE", "/control/faults");
    expect((await plaid.itemGet({ access_token: accessToken })).status).toBe(200);
  });

  test("latency_ms delays the answer", async () => {
    const { sandbox, plaid, accessToken } = await startWithItem();
    await call(sandbox, "PUT", "/control/faults", { api: { latency_ms: 120 } });
    const before = performance.now();
    await plaid.itemGet({ access_token: accessToken });
    expect(performance.now() - before).toBeGreaterThanOrEqual(119);
  });

  test("the key service can be down, slow, or wrong", async () => {
    const { sandbox, plaid } = await startWithItem();
    const { kid } = await call(sandbox, "POST", "/control/keys/rotate");
    const get = (signal?: AbortSignal) =>
      plaid.webhookVerificationKeyGet({ key_id: kid! }, signal === undefined ? {} : { signal });
    const right = (await get()).data.key;

    await call(sandbox, "PUT", "/control/faults", { key_service: "down" });
    expect(await plaidErrorOf(get())).toMatchObject({ http: 500, error_type: "API_ERROR" });

    await call(sandbox, "PUT", "/control/faults", { key_service: "wrong" });
    const wrong = (await get()).data.key;
    expect(wrong.kid).toBe(right.kid);
    expect(wrong.x).not.toBe(right.x);

    await call(sandbox, "PUT", "/control/faults", { key_service: "slow" });
    await expect(get(AbortSignal.timeout(200))).rejects.toThrow(/cancel|abort/i);

    await call(sandbox, "PUT", "/control/faults", { key_service: null });
    expect((await get()).data.key.x).toBe(right.x);
  });

  test("rate limits are Plaid's for Sandbox, per Item", async () => {
    const { sandbox, plaid, accessToken } = await startWithItem();
    const other = await createItem(plaid);
    await call(sandbox, "PUT", "/control/faults", { rate_limits: true });
    const calls = Array.from({ length: 90 }, () => plaid.itemGet({ access_token: accessToken }));
    const refused = (await Promise.allSettled(calls)).filter(({ status }) => status === "rejected");
    expect(refused.length).toBeGreaterThanOrEqual(10); // 40 a minute, were a minute to end in between: 80
    expect(await plaidErrorOf(Promise.reject((refused[0] as PromiseRejectedResult).reason))).toMatchObject({
      http: 429,
      error_type: "RATE_LIMIT_EXCEEDED",
      error_code: "ITEM_GET_LIMIT",
    });
    expect((await plaid.itemGet({ access_token: other.accessToken })).status).toBe(200);
  });

  test("an unknown fault is refused, and nothing is set", async () => {
    const sandbox = await startSandbox();
    await expect(call(sandbox, "PUT", "/control/faults", { gravity: "off" })).rejects.toThrow(/400.*gravity/);
    expect(await call(sandbox, "GET", "/control/faults")).toEqual({});
  });
});

test("pages of other sites may not use the controls", async () => {
  const sandbox = await startSandbox();
  const ask = async (site: string) =>
    (await fetch(`${sandbox.url}/control/items`, { headers: { "sec-fetch-site": site } })).status;
  expect([await ask("cross-site"), await ask("same-site"), await ask("same-origin")]).toEqual([403, 403, 200]);
});

test("DELETE /control/state empties everything", async () => {
  const { sandbox, plaid, accessToken } = await startWithItem();
  await call(sandbox, "DELETE", "/control/state");
  expect(await call(sandbox, "GET", "/control/items")).toEqual({ total: 0, items: [] });
  expect(await plaidErrorOf(plaid.itemGet({ access_token: accessToken }))).toMatchObject({
    error_code: "INVALID_ACCESS_TOKEN",
  });
  expect(await call(sandbox, "POST", "/control/webhooks/sign", { body: "{}" })).toHaveProperty("jwt");
});
