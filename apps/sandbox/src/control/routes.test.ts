import { describe, expect, test, vi } from "vitest";
import {
  call,
  createItem,
  createUpdateToken,
  logIn,
  plaidClient,
  plaidErrorOf,
  startReceiver,
  startSandbox,
} from "../testing/sandbox-for-test.ts";

async function startWithItem(now: () => number = Date.now) {
  const sandbox = await startSandbox({}, { now });
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
    let now = Date.now();
    const { sandbox, plaid, receiver, accessToken, itemId } = await startWithItem(() => now);
    const time = new Date(now + 300).toISOString();
    await call(sandbox, "POST", `/control/items/${itemId}/pending-expiration`, { consent_expiration_time: time });
    await receiver.count(1);
    expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({
      webhook_code: "PENDING_EXPIRATION",
      consent_expiration_time: time,
    });
    const { data } = await plaid.itemGet({ access_token: accessToken });
    expect(data.item).toMatchObject({ consent_expiration_time: time, error: null });
    now += 300;
    await receiver.count(2);
    expect(JSON.parse(receiver.received[1]!.body)).toMatchObject({
      webhook_code: "ERROR",
      error: { error_code: "ITEM_LOGIN_REQUIRED", error_code_reason: "OAUTH_CONSENT_EXPIRED" },
    });
  });

  test("a consent gets any end, or none, without a webhook", async () => {
    const { sandbox, plaid, accessToken, itemId } = await startWithItem();
    const consentOf = async () =>
      (await plaid.itemGet({ access_token: accessToken })).data.item.consent_expiration_time;
    const time = "2030-01-01T00:00:00Z";
    await call(sandbox, "POST", `/control/items/${itemId}/consent`, { consent_expiration_time: time });
    expect(await consentOf()).toBe(time);
    await call(sandbox, "POST", `/control/items/${itemId}/consent`, { consent_expiration_time: null });
    expect(await consentOf()).toBeNull();
    expect(await call(sandbox, "GET", "/control/webhooks")).toEqual({ webhooks: [] });
  });

  test("update mode ends what is pending: the consent is good for another year, and no bank disconnects it", async () => {
    const { sandbox, plaid, accessToken, itemId } = await startWithItem();
    const quiet = { webhook: false };
    await call(sandbox, "POST", `/control/items/${itemId}/pending-expiration`, quiet);
    await call(sandbox, "POST", `/control/items/${itemId}/pending-disconnect`, quiet);
    await logIn(sandbox, await createUpdateToken(plaid, accessToken));
    const { data } = await plaid.itemGet({ access_token: accessToken });
    expect(Date.parse(data.item.consent_expiration_time!)).toBeGreaterThan(Date.now() + 364 * 86_400_000);
    expect(await call(sandbox, "GET", `/control/items/${itemId}`)).toMatchObject({ disconnect_time: null });
  });

  test("every code of the catalogue can be the state of an Item, with its own type", async () => {
    const { sandbox, plaid, accessToken, itemId } = await startWithItem();
    const { errors } = await call(sandbox, "GET", "/control/errors");
    expect(errors!.length).toBeGreaterThan(60);
    for (const { error_code: code, error_type: type } of errors!) {
      await call(sandbox, "POST", `/control/items/${itemId}/error`, { error_code: code, webhook: false });
      const state = await plaid.itemGet({ access_token: accessToken }).then(
        ({ data }) => data.item.error,
        (error) => error.response.data,
      );
      expect(state).toMatchObject({ error_code: code, error_type: type });
    }
  });

  test("ITEM_NOT_FOUND is the answer of every call, as if the user had removed the Item at Plaid", async () => {
    const { sandbox, plaid, accessToken, itemId } = await startWithItem();
    await call(sandbox, "POST", `/control/items/${itemId}/error`, { error_code: "ITEM_NOT_FOUND" });
    expect(await plaidErrorOf(plaid.itemGet({ access_token: accessToken }))).toMatchObject({
      http: 400,
      error_type: "ITEM_ERROR",
      error_code: "ITEM_NOT_FOUND",
    });
  });

  test("an account that is taken back is gone, and comes back with update mode under another id", async () => {
    const { sandbox, plaid, receiver, accessToken, itemId } = await startWithItem();
    const accountsOf = async () => (await plaid.accountsGet({ access_token: accessToken })).data.accounts;
    const [first] = await accountsOf();
    await call(sandbox, "POST", `/control/items/${itemId}/revoke-account`, { account_id: first!.account_id });
    await receiver.count(1);
    expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({
      webhook_code: "USER_ACCOUNT_REVOKED",
      account_id: first!.account_id,
    });
    expect((await accountsOf()).map(({ mask }) => mask)).not.toContain(first!.mask);
    expect((await plaid.itemGet({ access_token: accessToken })).data.item.error).toBeNull();
    const again = { account_id: first!.account_id };
    await expect(call(sandbox, "POST", `/control/items/${itemId}/revoke-account`, again)).rejects.toThrow("404");

    await logIn(sandbox, await createUpdateToken(plaid, accessToken));
    const back = (await accountsOf()).find(({ mask }) => mask === first!.mask);
    expect(back!.account_id).not.toBe(first!.account_id);
  });

  test("a new account is announced, and shared once the user chooses it", async () => {
    const { sandbox, plaid, receiver, accessToken, itemId } = await startWithItem();
    const accountsOf = async () => (await plaid.accountsGet({ access_token: accessToken })).data.accounts;
    await call(sandbox, "POST", `/control/items/${itemId}/new-account`);
    await receiver.count(1);
    expect(receiver.codes()).toEqual(["NEW_ACCOUNTS_AVAILABLE"]);
    expect(await accountsOf()).toHaveLength(9);
    await logIn(sandbox, await createUpdateToken(plaid, accessToken));
    expect(await accountsOf()).toHaveLength(9);

    const token = await createUpdateToken(plaid, accessToken, undefined, {
      update: { account_selection_enabled: true },
    });
    const { path, answer } = await logIn(sandbox, token);
    const choice = answer["account_choice"]!;
    const added = choice.find((account) => String(account["is_shared"]) === "false")!;
    await call(sandbox, "POST", `${path}/accounts`, { account_ids: [choice[0]!["id"], added["id"]] });
    const shared = await accountsOf();
    expect(shared.map(({ account_id: id }) => id)).toEqual([choice[0]!["id"], added["id"]]);
    expect(shared.map(({ name }) => name)).toEqual(["Plaid Checking", "Plaid New Saving"]);
  });

  test("a hundred Items are made at once, and each can be used", async () => {
    const sandbox = await startSandbox();
    const response = await fetch(`${sandbox.url}/control/items`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ count: 100, institution_id: "ins_127287", webhook_url: "http://127.0.0.1:1/" }),
    });
    expect(response.headers.get("content-type")).toContain("application/x-ndjson");
    const made = (await response.text())
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { item_id: string; access_token: string });
    expect(new Set(made.map(({ item_id: id }) => id)).size).toBe(100);
    const { data } = await plaidClient(sandbox).itemGet({ access_token: made[99]!.access_token });
    expect(data.item).toMatchObject({ item_id: made[99]!.item_id, webhook: "http://127.0.0.1:1/" });
    expect(await call(sandbox, "GET", "/control/items?limit=1")).toMatchObject({ total: 100 });
  });

  test("with revoked_items refused, a revoked Item gets no Link token", async () => {
    const { sandbox, plaid, accessToken, itemId } = await startWithItem();
    await call(sandbox, "POST", `/control/items/${itemId}/revoke`);
    expect(await createUpdateToken(plaid, accessToken)).toMatch(/^link-sandbox-/);
    await call(sandbox, "PUT", "/control/faults", { revoked_items: "refused" });
    expect(await plaidErrorOf(createUpdateToken(plaid, accessToken))).toMatchObject({
      error_type: "INVALID_INPUT",
      error_code: "USER_PERMISSION_REVOKED",
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

describe("an outage of a bank", () => {
  test("every healthy Item of the bank fails with a webhook, and works again without one", async () => {
    const { sandbox, plaid, receiver, accessToken, itemId } = await startWithItem();
    const broken = await createItem(plaid);
    await call(sandbox, "POST", `/control/items/${broken.itemId}/error`);
    const elsewhere = await createItem(plaid, { institutionId: "ins_109511" });
    const stateOf = async (token: string) => {
      const { data } = await plaid.itemGet({ access_token: token });
      return data.item.error?.error_code ?? null;
    };
    const bank = "/control/institutions/ins_109508";
    expect(await call(sandbox, "POST", `${bank}/outage`)).toMatchObject({ items_changed: 1, health: "DOWN" });
    await receiver.count(1);
    expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({
      webhook_code: "ERROR",
      item_id: itemId,
      error: { error_type: "INSTITUTION_ERROR", error_code: "INSTITUTION_DOWN" },
    });
    expect(await stateOf(accessToken)).toBe("INSTITUTION_DOWN");
    expect(await stateOf(broken.accessToken)).toBe("ITEM_LOGIN_REQUIRED");
    expect(await stateOf(elsewhere.accessToken)).toBeNull();
    const login = logIn(sandbox, await createUpdateToken(plaid, broken.accessToken));
    await expect(login).rejects.toThrow("INSTITUTION_DOWN");

    expect(await call(sandbox, "DELETE", `${bank}/outage`)).toMatchObject({ items_changed: 1, health: "HEALTHY" });
    expect(await stateOf(accessToken)).toBeNull();
    expect(await stateOf(broken.accessToken)).toBe("ITEM_LOGIN_REQUIRED");
    const { data } = await plaid.itemGet({ access_token: accessToken });
    const { last_successful_update: good, last_failed_update: failed } = data.status!.transactions!;
    expect(Date.parse(good!)).toBeGreaterThanOrEqual(Date.parse(failed!));
    expect(receiver.received).toHaveLength(1);
  });

  test("can happen in silence, and with another code", async () => {
    const { sandbox, plaid, accessToken } = await startWithItem();
    const outage = { error_code: "INSTITUTION_NOT_RESPONDING", webhook: false };
    await call(sandbox, "POST", "/control/institutions/ins_109508/outage", outage);
    const { data } = await plaid.itemGet({ access_token: accessToken });
    expect(data.item.error?.error_code).toBe("INSTITUTION_NOT_RESPONDING");
    expect(await call(sandbox, "GET", "/control/webhooks")).toEqual({ webhooks: [] });
  });

  test("the health alone can be set, and is what /institutions/get_by_id tells", async () => {
    const { sandbox, plaid } = await startWithItem();
    await call(sandbox, "PUT", "/control/institutions/ins_109508/health", { health: "DEGRADED" });
    const { data } = await plaid.institutionsGetById({
      institution_id: "ins_109508",
      country_codes: ["US"] as never[],
      options: { include_status: true },
    });
    expect(data.institution.status?.item_logins).toMatchObject({ status: "DEGRADED" });
    const { institutions } = await call(sandbox, "GET", "/control/institutions");
    expect(institutions!.find((bank) => String(bank["institution_id"]) === "ins_109508")).toMatchObject({
      health: "DEGRADED",
      changed_at: expect.stringMatching(/Z$/),
    });
    await expect(call(sandbox, "PUT", "/control/institutions/ins_0/health", { health: "DOWN" })).rejects.toThrow("404");
  });
});

describe("any webhook of Plaid, by its example", () => {
  test("about an Item, it names that Item and goes to its webhook", async () => {
    const { sandbox, receiver, itemId } = await startWithItem();
    const pair = { webhook_type: "CHECK_REPORT", webhook_code: "USER_CHECK_REPORT_FAILED" };
    await call(sandbox, "POST", "/control/webhooks/example", { ...pair, item_id: itemId });
    await receiver.count(1);
    expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({
      ...pair,
      item_ids: [itemId],
      repairable_items: [{ item_id: itemId, error_code: "ITEM_LOGIN_REQUIRED" }],
    });
    expect(receiver.received[0]!.headers["plaid-verification"]).toMatch(/^eyJ/);
  });

  test("an alert about a bank and its end go to any URL, with fields of one's own", async () => {
    const sandbox = await startSandbox();
    const receiver = await startReceiver();
    const alert = { webhook_type: "DASHBOARD_CONFIGURED_ALERT", webhook_code: "INSTITUTION_STATUS_ALERT_TRIGGERED" };
    const fields = { institution_id: "ins_109511", institution_overall_success_rate: 0.05 };
    await call(sandbox, "POST", "/control/webhooks/example", { ...alert, url: receiver.url, fields });
    await receiver.count(1);
    expect(JSON.parse(receiver.received[0]!.body)).toEqual({ ...alert, ...fields, environment: "sandbox" });

    const resolved = { webhook_type: "ISSUES", webhook_code: "ISSUE_RESOLVED" };
    await call(sandbox, "POST", "/control/webhooks/example", { ...resolved, url: receiver.url, fields: {} });
    await receiver.count(2);
    expect(JSON.parse(receiver.received[1]!.body)).not.toHaveProperty("environment");
  });

  test("there are 87 pairs, and a pair that Plaid does not send is refused", async () => {
    const sandbox = await startSandbox();
    const { webhooks } = await call(sandbox, "GET", "/control/webhooks/examples");
    const pairs = new Set(webhooks!.map((body) => `${body["webhook_type"]}/${body["webhook_code"]}`));
    expect(pairs.size).toBe(87);
    const wrong = { webhook_type: "ITEM", webhook_code: "PRODUCT_READY", url: "http://127.0.0.1:1/" };
    await expect(call(sandbox, "POST", "/control/webhooks/example", wrong)).rejects.toThrow(/400.*no such webhook/);
    const nowhere = { webhook_type: "ITEM", webhook_code: "ERROR" };
    await expect(call(sandbox, "POST", "/control/webhooks/example", nowhere)).rejects.toThrow(/400.*name a url/);
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

  test("Production's limits are lower, and what was asked can be read", async () => {
    const time = vi.fn(() => 1_800_000_000_000);
    const sandbox = await startSandbox({}, { now: time });
    const plaid = plaidClient(sandbox);
    const { accessToken } = await createItem(plaid);
    await call(sandbox, "PUT", "/control/faults", { rate_limits: "production" });
    for (let calls = 0; calls < 15; calls += 1) await plaid.itemGet({ access_token: accessToken });
    expect(await plaidErrorOf(plaid.itemGet({ access_token: accessToken }))).toMatchObject({
      http: 429,
      error_code: "ITEM_GET_LIMIT",
    });
    const { paths } = await call(sandbox, "GET", "/control/rate-limits");
    expect(paths!.find((counted) => String(counted["path"]) === "/item/get")).toEqual({
      path: "/item/get",
      calls: 16,
      refused: 1,
      highest_per_minute: 16,
      highest_per_minute_of_one_item: 16,
    });
    await call(sandbox, "DELETE", "/control/rate-limits");
    expect(await call(sandbox, "GET", "/control/rate-limits")).toEqual({ paths: [] });
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
