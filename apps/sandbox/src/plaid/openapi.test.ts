import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import { parse } from "yaml";
import {
  call,
  createItem,
  createUpdateToken,
  plaidClient,
  startReceiver,
  startSandbox,
} from "../testing/sandbox-for-test.ts";

/** Plaid's own description, from https://github.com/plaid/plaid-openapi, beside this project. It is not part of it. */
const FILE = join(import.meta.dirname, "../../../../../shared/plaid-openapi/2020-09-14.yml");

/** OpenAPI 3.0 as JSON Schema: `nullable` becomes a type, and the rest that ajv does not know is left out. */
function toJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(toJsonSchema);
  if (node === null || typeof node !== "object") return node;
  const { nullable, example: _example, discriminator: _discriminator, ...rest } = node as Record<string, unknown>;
  const schema = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, toJsonSchema(value)]));
  return nullable === true ? { anyOf: [{ type: "null" }, schema] } : schema;
}

function load(): (schema: string) => ValidateFunction {
  const { components } = parse(readFileSync(FILE, "utf8"), { maxAliasCount: -1 });
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addFormat("url", true);
  ajv.addSchema({ $id: "plaid", components: toJsonSchema({ schemas: components.schemas }) });
  return (schema) => {
    const validate = ajv.getSchema(`plaid#/components/schemas/${schema}`);
    if (validate === undefined) throw new TypeError(`no schema ${schema}`);
    return validate;
  };
}

test.skipIf(!existsSync(FILE))("every answer and webhook fits Plaid's OpenAPI file", { timeout: 30_000 }, async () => {
  const schemaOf = load();
  const fits = (schema: string, value: unknown) => {
    const validate = schemaOf(schema);
    validate(value);
    expect({ schema, errors: validate.errors }).toEqual({ schema, errors: null });
  };
  expect(schemaOf("ItemGetResponse")({ item: { item_id: 1 }, request_id: "x" })).toBe(false); // it does find mistakes

  const sandbox = await startSandbox();
  const plaid = plaidClient(sandbox);
  const receiver = await startReceiver();
  const item = await createItem(plaid, {
    webhook: receiver.url,
    products: ["transactions", "auth", "assets", "investments", "identity", "liabilities"] as never[],
  });
  const linkToken = await createUpdateToken(plaid, item.accessToken);

  const ask = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${sandbox.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ client_id: "a", secret: "b", ...body }),
    });
    return response.json();
  };
  const token = { access_token: item.accessToken };
  const accounts = (await plaid.accountsGet(token)).data.accounts;
  const { kid } = await call(sandbox, "POST", "/control/keys/rotate");

  // One finished and one abandoned session of Link, so that /link/token/get has something to show.
  const link = (path: string, body: object) => call(sandbox, "POST", `/link/v2/api${path}`, body);
  const abandoned = await link("/session", { token: linkToken });
  const { link_session_id: left } = abandoned;
  await link(`/session/${left}/events`, {
    event_name: "OPEN",
    metadata: { view_name: "CREDENTIAL", timestamp: new Date().toISOString() },
  });
  await link(`/session/${left}/exit`, {
    error: null,
    metadata: { institution: null, status: "requires_credentials", link_session_id: left, request_id: "abc" },
  });
  const { link_session_id: done } = await link("/session", { token: linkToken });
  await link(`/session/${done}/credentials`, { institution_id: "", username: "user_good", password: "pass_good" });

  const sandboxBody = { institution_id: "ins_109508", initial_products: ["auth"] };
  const created = (await ask("/sandbox/public_token/create", sandboxBody)) as { public_token: string };
  fits("SandboxPublicTokenCreateResponse", created);
  fits(
    "ItemPublicTokenExchangeResponse",
    await ask("/item/public_token/exchange", { public_token: created.public_token }),
  );
  fits("ItemGetResponse", await ask("/item/get", token));
  fits("AccountsGetResponse", await ask("/accounts/get", token));
  for (const institution of ["ins_109508", "ins_132361", "ins_127287"])
    fits(
      "InstitutionsGetByIdResponse",
      await ask("/institutions/get_by_id", {
        institution_id: institution,
        country_codes: ["US"],
        options: { include_status: true, include_optional_metadata: true },
      }),
    );
  fits("LinkTokenGetResponse", await ask("/link/token/get", { link_token: linkToken }));
  fits(
    "LinkTokenCreateResponse",
    await ask("/link/token/create", {
      client_name: "A test",
      language: "en",
      country_codes: ["US"],
      user: { client_user_id: "u" },
      products: ["auth"],
    }),
  );
  fits("WebhookVerificationKeyGetResponse", await ask("/webhook_verification_key/get", { key_id: kid }));
  fits(
    "ProcessorTokenCreateResponse",
    await ask("/processor/token/create", { ...token, account_id: accounts[0]!.account_id, processor: "alloy" }),
  );

  const fired: [type: string, code: string, schema: string][] = [
    ["ITEM", "LOGIN_REPAIRED", "ItemLoginRepairedWebhook"],
    ["ITEM", "NEW_ACCOUNTS_AVAILABLE", "NewAccountsAvailableWebhook"],
    ["ITEM", "PENDING_DISCONNECT", "PendingDisconnectWebhook"],
    ["ITEM", "USER_PERMISSION_REVOKED", "UserPermissionRevokedWebhook"],
    ["ITEM", "USER_ACCOUNT_REVOKED", "UserAccountRevokedWebhook"],
    ["TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", "SyncUpdatesAvailableWebhook"],
    ["TRANSACTIONS", "DEFAULT_UPDATE", "DefaultUpdateWebhook"],
    ["TRANSACTIONS", "RECURRING_TRANSACTIONS_UPDATE", "RecurringTransactionsUpdateWebhook"],
    ["AUTH", "DEFAULT_UPDATE", "AuthDefaultUpdateWebhook"],
    ["AUTH", "SMS_MICRODEPOSITS_VERIFICATION", "HostedMMDVerificationWebhook"],
    ["IDENTITY", "DEFAULT_UPDATE", "IdentityDefaultUpdateWebhook"],
    ["HOLDINGS", "DEFAULT_UPDATE", "HoldingsDefaultUpdateWebhook"],
    ["INVESTMENTS_TRANSACTIONS", "DEFAULT_UPDATE", "InvestmentsDefaultUpdateWebhook"],
    ["LIABILITIES", "DEFAULT_UPDATE", "LiabilitiesDefaultUpdateWebhook"],
    ["ASSETS", "PRODUCT_READY", "AssetsProductReadyWebhook"],
    ["ASSETS", "ERROR", "AssetsErrorWebhook"],
  ];
  for (const [type, code, schema] of fired) {
    const before = receiver.received.length;
    fits(
      "SandboxItemFireWebhookResponse",
      await ask("/sandbox/item/fire_webhook", { ...token, webhook_type: type, webhook_code: code }),
    );
    await receiver.count(before + 1);
    fits(schema, JSON.parse(receiver.received[before]!.body));
  }
  const before = receiver.received.length;
  const soon = new Date(Date.now() + 7 * 86_400_000).toISOString();
  await call(sandbox, "POST", `/control/items/${item.itemId}/pending-expiration`, { consent_expiration_time: soon });
  await receiver.count(before + 1);
  fits("PendingExpirationWebhook", JSON.parse(receiver.received[before]!.body));

  fits("SandboxItemResetLoginResponse", await ask("/sandbox/item/reset_login", token));
  await receiver.count(before + 2);
  fits("ItemErrorWebhook", JSON.parse(receiver.received[before + 1]!.body));
  fits("ItemGetResponse", await ask("/item/get", token));
  fits("PlaidError", await ask("/accounts/get", token));
  fits("ItemWebhookUpdateResponse", await ask("/item/webhook/update", { ...token, webhook: receiver.url }));
  await receiver.count(before + 3);
  fits("WebhookUpdateAcknowledgedWebhook", JSON.parse(receiver.received[before + 2]!.body));
  fits("ItemRemoveResponse", await ask("/item/remove", token));
  fits("PlaidError", await ask("/item/get", token));
});
