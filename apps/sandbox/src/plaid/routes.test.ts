import { CountryCode, Products, SandboxItemFireWebhookRequestWebhookCodeEnum as Code } from "plaid";
import * as sdk from "plaid";
import { Secret } from "@relink/service";
import { describe, expect, test } from "vitest";
import {
  call,
  createItem,
  createUpdateToken,
  plaidClient,
  plaidErrorOf,
  startReceiver,
  startSandbox,
} from "../testing/sandbox-for-test.ts";
import { COUNTRY_CODES, FIREABLE_CODES, PROCESSORS, PRODUCTS, REMOVE_REASONS } from "./lists.ts";

test("the official client takes an Item through its whole life", async () => {
  const sandbox = await startSandbox();
  const plaid = plaidClient(sandbox);
  const receiver = await startReceiver();

  const { accessToken, itemId } = await createItem(plaid);
  expect(accessToken).toMatch(/^access-sandbox-[0-9a-f-]{36}$/);
  expect(itemId).toMatch(/^[A-Za-z0-9]{37}$/);

  const fresh = await plaid.itemGet({ access_token: accessToken });
  expect(fresh.data.item).toMatchObject({ item_id: itemId, institution_id: "ins_109508", error: null, webhook: null });
  expect(fresh.data.request_id).toMatch(/^[A-Za-z0-9]{15}$/);

  await plaid.itemWebhookUpdate({ access_token: accessToken, webhook: receiver.url });
  await receiver.count(1);
  expect(JSON.parse(receiver.received[0]!.body)).toMatchObject({
    webhook_code: "WEBHOOK_UPDATE_ACKNOWLEDGED",
    new_webhook_url: receiver.url,
  });

  const accounts = await plaid.accountsGet({ access_token: accessToken });
  const accountId = accounts.data.accounts[0]!.account_id;
  const processor = await plaid.processorTokenCreate({
    access_token: accessToken,
    account_id: accountId,
    processor: sdk.ProcessorTokenCreateRequestProcessorEnum.Alloy,
  });
  expect(processor.data.processor_token).toMatch(/^processor-sandbox-/);

  await plaid.sandboxItemResetLogin({ access_token: accessToken });
  const broken = await plaid.itemGet({ access_token: accessToken });
  expect(broken.data.item.error).toMatchObject({ error_type: "ITEM_ERROR", error_code: "ITEM_LOGIN_REQUIRED" });
  await receiver.count(2);
  expect(JSON.parse(receiver.received[1]!.body)).toMatchObject({
    webhook_type: "ITEM",
    webhook_code: "ERROR",
    item_id: itemId,
    error: { error_code: "ITEM_LOGIN_REQUIRED", status: 400 },
    environment: "sandbox",
  });
  expect(await plaidErrorOf(plaid.accountsGet({ access_token: accessToken }))).toMatchObject({
    http: 400,
    error_code: "ITEM_LOGIN_REQUIRED",
  });

  const link = await plaid.linkTokenCreate({
    client_name: "A test",
    language: "en",
    country_codes: [CountryCode.Us],
    user: { client_user_id: "user-1" },
    access_token: accessToken,
  });
  expect(Date.parse(link.data.expiration) - Date.now()).toBeLessThanOrEqual(30 * 60_000);
  const got = await plaid.linkTokenGet({ link_token: link.data.link_token });
  expect(got.data.link_sessions).toEqual([]);

  await plaid.itemRemove({ access_token: accessToken });
  const gone = await plaidErrorOf(plaid.itemRemove({ access_token: accessToken }));
  expect(gone).toMatchObject({ http: 400, error_type: "ITEM_ERROR", error_code: "ITEM_NOT_FOUND" });
});

describe("errors are Plaid's", () => {
  const common = {
    client_name: "A test",
    language: "en",
    country_codes: ["US"],
    user: { client_user_id: "u" },
    products: ["auth"],
  };

  test.each<[string, string, unknown, number, string, string]>([
    ["no access token", "/item/get", {}, 400, "INVALID_REQUEST", "MISSING_FIELDS"],
    ["a field too many", "/item/get", { access_token: "a", colour: "red" }, 400, "INVALID_REQUEST", "UNKNOWN_FIELDS"],
    ["a number for a token", "/item/get", { access_token: 1 }, 400, "INVALID_REQUEST", "INVALID_FIELD"],
    ["a token of no form", "/item/get", { access_token: "x" }, 400, "INVALID_INPUT", "INVALID_ACCESS_TOKEN"],
    [
      "a token of Production",
      "/item/get",
      { access_token: "access-production-00000000-0000-4000-8000-000000000000" },
      400,
      "INVALID_INPUT",
      "INVALID_ACCESS_TOKEN",
    ],
    [
      "a public token of no form",
      "/item/public_token/exchange",
      { public_token: "x" },
      400,
      "INVALID_INPUT",
      "INVALID_PUBLIC_TOKEN",
    ],
    [
      "an unknown key",
      "/webhook_verification_key/get",
      { key_id: "x" },
      400,
      "INVALID_INPUT",
      "INVALID_WEBHOOK_VERIFICATION_KEY_ID",
    ],
    ["an unknown Link token", "/link/token/get", { link_token: "x" }, 400, "INVALID_INPUT", "INVALID_LINK_TOKEN"],
    [
      "an unknown bank",
      "/institutions/get_by_id",
      { institution_id: "ins_0", country_codes: ["US"] },
      400,
      "INVALID_INPUT",
      "INVALID_INSTITUTION",
    ],
    [
      "a bank of another country",
      "/institutions/get_by_id",
      { institution_id: "ins_109508", country_codes: ["GB"] },
      400,
      "INVALID_INPUT",
      "INVALID_INSTITUTION",
    ],
    [
      "Link without a product",
      "/link/token/create",
      { ...common, products: undefined },
      400,
      "INVALID_REQUEST",
      "MISSING_FIELDS",
    ],
    [
      "Link without a user",
      "/link/token/create",
      { ...common, user: undefined },
      400,
      "INVALID_REQUEST",
      "MISSING_FIELDS",
    ],
    [
      "Link in no language",
      "/link/token/create",
      { ...common, language: "xx" },
      400,
      "INVALID_REQUEST",
      "INVALID_FIELD",
    ],
    [
      "an http redirect",
      "/link/token/create",
      { ...common, redirect_uri: "http://example.com/x" },
      400,
      "INVALID_REQUEST",
      "INVALID_FIELD",
    ],
    [
      "a redirect with a query",
      "/link/token/create",
      { ...common, redirect_uri: "https://example.com/?a=1" },
      400,
      "INVALID_REQUEST",
      "INVALID_FIELD",
    ],
    [
      "a flow that is not built",
      "/link/token/create",
      { ...common, enable_multi_item_link: true },
      400,
      "INVALID_REQUEST",
      "INVALID_FIELD",
    ],
    [
      "an end of Hosted Link that is a script",
      "/link/token/create",
      { ...common, hosted_link: { completion_redirect_uri: "javascript:alert(1)" } },
      400,
      "INVALID_REQUEST",
      "INVALID_FIELD",
    ],
    ["a path that does not exist", "/no/such/path", {}, 404, "INVALID_REQUEST", "NOT_FOUND"],
    [
      "an empty list of products",
      "/sandbox/public_token/create",
      { institution_id: "ins_109508", initial_products: [] },
      400,
      "INVALID_REQUEST",
      "INVALID_FIELD",
    ],
  ])("%s", async (_case, path, body, status, type, code) => {
    const sandbox = await startSandbox();
    const response = await fetch(`${sandbox.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "plaid-client-id": "a", "plaid-secret": "b" },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as Record<string, unknown>;
    expect([response.status, answer["error_type"], answer["error_code"]]).toEqual([status, type, code]);
    expect(answer).toMatchObject({ display_message: expect.toSatisfy((v) => v === null || typeof v === "string") });
    expect(answer["request_id"]).toMatch(/^[A-Za-z0-9]{15}$/);
  });

  test.each([
    ["application/json", "{"],
    ["text/plain", "{}"],
    ["application/json", "[]"],
  ])("a body that is no JSON object is refused: %s %s", async (type, body) => {
    const sandbox = await startSandbox();
    const headers = { "content-type": type };
    const response = await fetch(`${sandbox.url}/item/get`, { method: "POST", headers, body });
    expect([response.status, await response.json()]).toMatchObject([400, { error_type: "INVALID_REQUEST" }]);
  });

  test("update mode refuses products, but for the documented ones", async () => {
    const plaid = plaidClient(await startSandbox());
    const { accessToken } = await createItem(plaid);
    const create = (products: Products[]) =>
      plaid.linkTokenCreate({
        client_name: "A test",
        language: "en",
        country_codes: [CountryCode.Us],
        user: { client_user_id: "u" },
        access_token: accessToken,
        products,
      });
    expect(await plaidErrorOf(create([Products.Transactions]))).toMatchObject({ error_code: "INVALID_FIELD" });
    expect((await create([Products.Auth])).data.link_token).toMatch(/^link-sandbox-/);
    expect((await create([])).data.link_token).toMatch(/^link-sandbox-/);
  });

  test("a public token is exchanged once, within 30 minutes", async () => {
    let time = Date.now();
    const plaid = plaidClient(await startSandbox({}, { now: () => time }));
    const create = async () =>
      (await plaid.sandboxPublicTokenCreate({ institution_id: "ins_109508", initial_products: [Products.Auth] })).data
        .public_token;
    const used = await create();
    await plaid.itemPublicTokenExchange({ public_token: used });
    expect(await plaidErrorOf(plaid.itemPublicTokenExchange({ public_token: used }))).toMatchObject({
      error_code: "INVALID_PUBLIC_TOKEN",
    });
    const late = await create();
    time += 30 * 60_000;
    expect(await plaidErrorOf(plaid.itemPublicTokenExchange({ public_token: late }))).toMatchObject({
      error_code: "INVALID_PUBLIC_TOKEN",
    });
  });

  test("with a client configured, any other is refused, in the body and in the headers", async () => {
    const sandbox = await startSandbox({ client: { clientId: "mine", secret: new Secret("my-secret") } });
    const refusal = async (credentials: object) => {
      const response = await fetch(`${sandbox.url}/item/get`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...credentials, access_token: "x" }),
      });
      return ((await response.json()) as Record<string, unknown>)["error_code"];
    };
    expect(await refusal({ client_id: "mine", secret: "wrong" })).toBe("INVALID_API_KEYS");
    expect(await refusal({ client_id: "mine" })).toBe("MISSING_FIELDS");
    expect(await refusal({ client_id: "mine", secret: "my-secret" })).toBe("INVALID_ACCESS_TOKEN");
    expect(await plaidErrorOf(plaidClient(sandbox).itemGet({ access_token: "x" }))).toMatchObject({
      error_code: "INVALID_API_KEYS",
    });
  });

  test("after a revocation data is refused as INVALID_INPUT, while /item/get shows an ITEM_ERROR", async () => {
    const sandbox = await startSandbox();
    const plaid = plaidClient(sandbox);
    const { accessToken, itemId } = await createItem(plaid);
    await call(sandbox, "POST", `/control/items/${itemId}/revoke`);
    expect(await plaidErrorOf(plaid.accountsGet({ access_token: accessToken }))).toMatchObject({
      error_type: "INVALID_INPUT",
      error_code: "USER_PERMISSION_REVOKED",
    });
    const { data } = await plaid.itemGet({ access_token: accessToken });
    expect(data.item.error).toMatchObject({ error_type: "ITEM_ERROR", error_code: "USER_PERMISSION_REVOKED" });
  });
});

test("an access token is replaced, and the old one dies at once", async () => {
  const plaid = plaidClient(await startSandbox());
  const { accessToken, itemId } = await createItem(plaid);
  const { data } = await plaid.itemAccessTokenInvalidate({ access_token: accessToken });
  expect((await plaid.itemGet({ access_token: data.new_access_token })).data.item.item_id).toBe(itemId);
  expect(await plaidErrorOf(plaid.itemGet({ access_token: accessToken }))).toMatchObject({
    error_code: "INVALID_ACCESS_TOKEN",
  });
});

test("accounts of a bank with tokenized numbers have an id that stays", async () => {
  const plaid = plaidClient(await startSandbox());
  const accountsAt = async (institutionId: string) => {
    const { accessToken } = await createItem(plaid, { institutionId });
    return (await plaid.accountsGet({ access_token: accessToken })).data.accounts;
  };
  const [tokenized] = await accountsAt("ins_127287");
  const [plain] = await accountsAt("ins_109508");
  expect(tokenized!.persistent_account_id).toMatch(/^[A-Za-z0-9]{64}$/);
  expect(plain).not.toHaveProperty("persistent_account_id");
});

test("what a session left can be read for six hours after it", async () => {
  let time = Date.now();
  const sandbox = await startSandbox({}, { now: () => time });
  const plaid = plaidClient(sandbox);
  const { accessToken } = await createItem(plaid);
  const token = await createUpdateToken(plaid, accessToken);
  const { link_session_id: id } = await call(sandbox, "POST", "/link/v2/api/session", { token });
  await call(sandbox, "POST", `/link/v2/api/session/${id}/exit`, { error: null, metadata: {} });
  const sessions = async () => (await plaid.linkTokenGet({ link_token: token })).data.link_sessions;
  expect(await sessions()).toHaveLength(1);
  time += 6 * 3_600_000;
  expect(await sessions()).toEqual([]);
});

describe("/sandbox/item/fire_webhook", () => {
  test("fires without a change of the Item", async () => {
    const plaid = plaidClient(await startSandbox());
    const receiver = await startReceiver();
    const { accessToken } = await createItem(plaid, { webhook: receiver.url });
    await plaid.sandboxItemResetLogin({ access_token: accessToken });
    await plaid.sandboxItemFireWebhook({ access_token: accessToken, webhook_code: Code.LoginRepaired });
    await receiver.count(2);
    expect(receiver.codes().toSorted()).toEqual(["ERROR", "LOGIN_REPAIRED"]);
    const { data } = await plaid.itemGet({ access_token: accessToken });
    expect(data.item.error?.error_code).toBe("ITEM_LOGIN_REQUIRED");
    expect(data.status?.last_webhook?.code_sent).toBe("LOGIN_REPAIRED");
  });

  test("has Plaid's traps: ERROR means the Assets one, and needs that product", async () => {
    const plaid = plaidClient(await startSandbox());
    const receiver = await startReceiver();
    const { accessToken } = await createItem(plaid, { webhook: receiver.url });
    const fire = plaid.sandboxItemFireWebhook({ access_token: accessToken, webhook_code: Code.Error });
    expect(await plaidErrorOf(fire)).toMatchObject({
      error_type: "SANDBOX_ERROR",
      error_code: "SANDBOX_PRODUCT_NOT_ENABLED",
    });
    const { accessToken: deaf } = await createItem(plaid);
    const unheard = plaid.sandboxItemFireWebhook({ access_token: deaf, webhook_code: Code.LoginRepaired });
    expect(await plaidErrorOf(unheard)).toMatchObject({ error_code: "SANDBOX_WEBHOOK_INVALID" });
  });

  test.each(["PENDING_EXPIRATION", "WEBHOOK_UPDATE_ACKNOWLEDGED"])("cannot fire %s", async (code) => {
    const plaid = plaidClient(await startSandbox());
    const { accessToken } = await createItem(plaid, { webhook: "http://127.0.0.1:1/" });
    const fire = plaid.sandboxItemFireWebhook({ access_token: accessToken, webhook_code: code as Code });
    expect(await plaidErrorOf(fire)).toMatchObject({ error_code: "INVALID_FIELD" });
  });

  test("a code under a type that does not have it is refused", async () => {
    const plaid = plaidClient(await startSandbox());
    const { accessToken } = await createItem(plaid, { webhook: "http://127.0.0.1:1/" });
    const fire = plaid.sandboxItemFireWebhook({
      access_token: accessToken,
      webhook_code: Code.LoginRepaired,
      webhook_type: sdk.WebhookType.Auth,
    });
    expect(await plaidErrorOf(fire)).toMatchObject({ error_code: "INVALID_FIELD" });
  });
});

test("an Item asks for a new login after 30 days, and says so", async () => {
  let time = Date.now();
  const plaid = plaidClient(await startSandbox({}, { now: () => time }));
  const receiver = await startReceiver();
  const { accessToken } = await createItem(plaid, { webhook: receiver.url });
  time += 30 * 86_400_000;
  await receiver.count(1);
  expect(receiver.codes()).toEqual(["ERROR"]);
  const { data } = await plaid.itemGet({ access_token: accessToken });
  expect(data.item.error?.error_code).toBe("ITEM_LOGIN_REQUIRED");
});

test("a restart keeps Items, tokens and keys", async () => {
  const { mkdtempSync, rmSync } = await import("node:fs");
  const folder = mkdtempSync("/tmp/relink-sandbox-");
  const dataFile = `${folder}/sandbox.sqlite`;
  try {
    const before = await startSandbox({ dataFile });
    const { accessToken } = await createItem(plaidClient(before));
    const linkToken = await createUpdateToken(plaidClient(before), accessToken);
    await call(before, "POST", "/control/keys/rotate");
    const keys = await call(before, "GET", "/control/keys");
    await before.close();

    const after = await startSandbox({ dataFile });
    const plaid = plaidClient(after);
    expect((await plaid.itemGet({ access_token: accessToken })).status).toBe(200);
    expect((await plaid.linkTokenGet({ link_token: linkToken })).status).toBe(200);
    expect(await call(after, "GET", "/control/keys")).toEqual(keys);
    await after.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the closed lists are those of the official client", () => {
  expect(PRODUCTS).toEqual(Object.values(sdk.Products));
  expect(COUNTRY_CODES).toEqual(Object.values(sdk.CountryCode));
  expect(PROCESSORS).toEqual([...new Set(Object.values(sdk.ProcessorTokenCreateRequestProcessorEnum))]);
  expect(FIREABLE_CODES).toEqual(Object.values(Code));
  expect(REMOVE_REASONS).toEqual(Object.values(sdk.ItemRemoveReasonCode));
});
