import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { exampleWebhook, WEBHOOK_PAIRS } from "../webhooks/examples.ts";
import {
  call,
  createItem,
  createUpdateToken,
  logIn,
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

/** Types of webhooks, by pair. The rest is newer than the file. */
const WEBHOOK_SCHEMAS: Readonly<Record<string, string>> = {
  "ASSETS/ERROR": "AssetsErrorWebhook",
  "ASSETS/PRODUCT_READY": "AssetsProductReadyWebhook",
  "AUTH/AUTOMATICALLY_VERIFIED": "AutomaticallyVerifiedWebhook",
  "AUTH/DEFAULT_UPDATE": "AuthDefaultUpdateWebhook",
  "AUTH/PRODUCT_PERMISSIONS_REQUIRED": "ProductPermissionsRequiredAuthWebhook",
  "AUTH/SMS_MICRODEPOSITS_VERIFICATION": "HostedMMDVerificationWebhook",
  "AUTH/VERIFICATION_EXPIRED": "VerificationExpiredWebhook",
  "BANK_TRANSFERS/BANK_TRANSFERS_EVENTS_UPDATE": "BankTransfersEventsUpdateWebhook",
  "BASE_REPORT/ERROR": "BaseReportsErrorWebhook",
  "BEACON/DUPLICATE_DETECTED": "BeaconDuplicateDetectedWebhook",
  "BEACON/REPORT_CREATED": "BeaconReportCreatedWebhook",
  "BEACON/REPORT_SYNDICATION_CREATED": "BeaconReportSyndicationCreatedWebhook",
  "BEACON/REPORT_UPDATED": "BeaconReportUpdatedWebhook",
  "BEACON/USER_STATUS_UPDATED": "BeaconUserStatusUpdatedWebhook",
  "CASH_FLOW_UPDATES/CASH_FLOW_INSIGHTS_UPDATED": "CashFlowUpdatesInsightsV2Webhook",
  "CASH_FLOW_UPDATES/EXPECTED_DEPOSIT_MISSED": "CashFlowUpdatesExpectedDepositMissedWebhook",
  "CASH_FLOW_UPDATES/INSIGHTS_UPDATED": "CashFlowUpdatesInsightsWebhook",
  "CASH_FLOW_UPDATES/LARGE_DEPOSIT_DETECTED": "CashFlowUpdatesLargeDepositWebhook",
  "CASH_FLOW_UPDATES/LOW_BALANCE_DETECTED": "CashFlowUpdatesLowBalanceWebhook",
  "CASH_FLOW_UPDATES/NEW_INCOME_STREAM_DETECTED": "CashFlowUpdatesNewIncomeStreamWebhook",
  "CASH_FLOW_UPDATES/NEW_LOAN_PAYMENT_DETECTED": "CashFlowUpdatesNewLoanPaymentWebhook",
  "CASH_FLOW_UPDATES/NSF_OVERDRAFT_DETECTED": "CashFlowUpdatesNSFWebhook",
  "CHECK_REPORT/CHECK_REPORT_FAILED": "CraCheckReportFailedWebhook",
  "CHECK_REPORT/CHECK_REPORT_READY": "CraCheckReportReadyWebhook",
  "CHECK_REPORT/UPGRADE_FAILED": "CraUpgradeFailedWebhook",
  "CHECK_REPORT/USER_CHECK_REPORT_FAILED": "CraUserCheckReportFailedWebhook",
  "CHECK_REPORT/USER_CHECK_REPORT_READY": "CraUserCheckReportReadyWebhook",
  "CRA_INCOME/BANK_INCOME_COMPLETE": "CraBankIncomeCompleteWebhook",
  "CRA_INCOME/ERROR": "CraBankIncomeErrorWebhook",
  "CRA_INSIGHTS/PARTNER_INSIGHTS_COMPLETE": "CraPartnerInsightsCompleteWebhook",
  "CRA_INSIGHTS/PARTNER_INSIGHTS_ERROR": "CraPartnerInsightsErrorWebhook",
  "DASHBOARD_CONFIGURED_ALERT/INSTITUTION_STATUS_ALERT_TRIGGERED": "InstitutionStatusAlertWebhook",
  "ENTITY_SCREENING/STATUS_UPDATED": "EntityScreeningStatusUpdatedWebhook",
  "HOLDINGS/DEFAULT_UPDATE": "HoldingsDefaultUpdateWebhook",
  "IDENTITY/DEFAULT_UPDATE": "IdentityDefaultUpdateWebhook",
  "IDENTITY/PRODUCT_PERMISSIONS_REQUIRED": "ProductPermissionsRequiredIdentityWebhook",
  "IDENTITY_VERIFICATION/RETRIED": "IdentityVerificationRetriedWebhook",
  "IDENTITY_VERIFICATION/STATUS_UPDATED": "IdentityVerificationStatusUpdatedWebhook",
  "IDENTITY_VERIFICATION/STEP_UPDATED": "IdentityVerificationStepUpdatedWebhook",
  "INCOME/BANK_INCOME_COMPLETE": "BankIncomeCompleteWebhook",
  "INCOME/BANK_INCOME_REFRESH_COMPLETE": "BankIncomeRefreshCompleteWebhook",
  "INCOME/BANK_INCOME_REFRESH_UPDATE": "BankIncomeRefreshUpdateWebhook",
  "INCOME/INCOME_VERIFICATION": "IncomeVerificationStatusWebhook",
  "INCOME/INCOME_VERIFICATION_REFRESH_RECONNECT_NEEDED": "IncomeVerificationRefreshReconnectNeededWebhook",
  "INCOME/INCOME_VERIFICATION_RISK_SIGNALS": "IncomeVerificationRiskSignalsStatusWebhook",
  "INCOME/PRODUCT_READY": "ItemProductReadyWebhook",
  "INVESTMENTS_TRANSACTIONS/DEFAULT_UPDATE": "InvestmentsDefaultUpdateWebhook",
  "INVESTMENTS_TRANSACTIONS/HISTORICAL_UPDATE": "InvestmentsHistoricalUpdateWebhook",
  "ISSUES/ISSUE_RESOLVED": "IssueResolvedWebhook",
  "ITEM/ERROR": "ItemErrorWebhook",
  "ITEM/LOGIN_REPAIRED": "ItemLoginRepairedWebhook",
  "ITEM/NEW_ACCOUNTS_AVAILABLE": "NewAccountsAvailableWebhook",
  "ITEM/PENDING_DISCONNECT": "PendingDisconnectWebhook",
  "ITEM/PENDING_EXPIRATION": "PendingExpirationWebhook",
  "ITEM/USER_ACCOUNT_REVOKED": "UserAccountRevokedWebhook",
  "ITEM/USER_PERMISSION_REVOKED": "UserPermissionRevokedWebhook",
  "ITEM/WEBHOOK_UPDATE_ACKNOWLEDGED": "WebhookUpdateAcknowledgedWebhook",
  "LAYER/LAYER_AUTHENTICATION_PASSED": "LayerAuthenticationPassedWebhook",
  "LIABILITIES/DEFAULT_UPDATE": "LiabilitiesDefaultUpdateWebhook",
  "LINK/EVENTS": "LinkEventsWebhook",
  "LINK/ITEM_ADD_RESULT": "ItemAddResultWebhook",
  "LINK/SESSION_FINISHED": "LinkSessionFinishedWebhook",
  "LINK_DELIVERY/DELIVERY_STATUS": "LinkUserDeliveryStatusWebhook",
  "LINK_DELIVERY/LINK_CALLBACK": "LinkDeliveryCallbackWebhook",
  "PARTNER/END_CUSTOMER_OAUTH_STATUS_UPDATED": "PartnerEndCustomerOAuthStatusUpdatedWebhook",
  "PAYMENT_INITIATION/CONSENT_STATUS_UPDATE": "PaymentInitiationConsentStatusUpdateWebhook",
  "PAYMENT_INITIATION/PAYMENT_STATUS_UPDATE": "PaymentStatusUpdateWebhook",
  "PROCESSOR_TOKEN/WEBHOOK_UPDATE_ACKNOWLEDGED": "ProcessorTokenWebhookUpdate",
  "PROTECT/PROTECT_USER_EVENT": "ProtectUserEventWebhook",
  "SCREENING/STATUS_UPDATED": "ScreeningStatusUpdatedWebhook",
  "STATEMENTS/STATEMENTS_REFRESH_COMPLETE": "StatementsRefreshCompleteWebhook",
  "TRANSACTIONS/DEFAULT_UPDATE": "DefaultUpdateWebhook",
  "TRANSACTIONS/HISTORICAL_UPDATE": "HistoricalUpdateWebhook",
  "TRANSACTIONS/INITIAL_UPDATE": "InitialUpdateWebhook",
  "TRANSACTIONS/RECURRING_TRANSACTIONS_UPDATE": "RecurringTransactionsUpdateWebhook",
  "TRANSACTIONS/SYNC_UPDATES_AVAILABLE": "SyncUpdatesAvailableWebhook",
  "TRANSACTIONS/TRANSACTIONS_REMOVED": "TransactionsRemovedWebhook",
  "TRANSFER/PLATFORM_ONBOARDING_UPDATE": "TransferPlatformOnboardingUpdateWebhook",
  "TRANSFER/RECURRING_CANCELLED": "RecurringCancelledWebhook",
  "TRANSFER/RECURRING_NEW_TRANSFER": "RecurringNewTransferWebhook",
  "TRANSFER/RECURRING_TRANSFER_SKIPPED": "RecurringTransferSkippedWebhook",
  "TRANSFER/TRANSFER_EVENTS_UPDATE": "TransferEventsUpdateWebhook",
  "WALLET/WALLET_TRANSACTION_STATUS_UPDATE": "WalletTransactionStatusUpdateWebhook",
};

function expectFit(schemaOf: (schema: string) => ValidateFunction, schema: string, value: unknown): void {
  const validate = schemaOf(schema);
  validate(value);
  expect({ schema, errors: validate.errors }).toEqual({ schema, errors: null });
}

test.skipIf(!existsSync(FILE))("the example of every webhook fits its type", { timeout: 120_000 }, () => {
  const schemaOf = load();
  const subject = {
    itemId: "x",
    accountId: "y",
    institution: { id: "ins_109508", name: "First Platypus Bank" },
    url: "https://example.com/",
    now: Date.now(),
  };
  const newer = WEBHOOK_PAIRS.filter(({ type, code }) => {
    const schema = WEBHOOK_SCHEMAS[`${type}/${code}`];
    if (schema === undefined) return true;
    expectFit(schemaOf, schema, exampleWebhook(type, code, subject));
    return false;
  });
  expect(newer.map(({ code }) => code)).toEqual([
    "CRA_REPORT_UPDATED",
    "USER_INCOME_VERIFICATION",
    "USER_INCOME_VERIFICATION_REFRESH_RECONNECT_NEEDED",
    "USER_INCOME_VERIFICATION_RISK_SIGNALS",
  ]);
});

test.skipIf(!existsSync(FILE))("every answer and webhook fits Plaid's OpenAPI file", { timeout: 120_000 }, async () => {
  const schemaOf = load();
  const fits = (schema: string, value: unknown) => expectFit(schemaOf, schema, value);
  expect(schemaOf("ItemGetResponse")({ item: { item_id: 1 }, request_id: "x" })).toBe(false); // it does find mistakes

  // Not faster than Plaid: where ten minutes are 0.6 s, a session that goes on slowly counts as left.
  const sandbox = await startSandbox({ timeScale: 1 });
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
  const hosted = (await ask("/link/token/create", {
    client_name: "A test",
    language: "en",
    country_codes: ["US"],
    user: { client_user_id: "u" },
    access_token: item.accessToken,
    update: { account_selection_enabled: true },
    hosted_link: { completion_redirect_uri: "https://example.com/done" },
  })) as { link_token: string; hosted_link_url: string };
  fits("LinkTokenCreateResponse", hosted);
  expect(hosted.hosted_link_url).toMatch(/^http/);
  fits("WebhookVerificationKeyGetResponse", await ask("/webhook_verification_key/get", { key_id: kid }));
  fits(
    "ProcessorTokenCreateResponse",
    await ask("/processor/token/create", { ...token, account_id: accounts[0]!.account_id, processor: "alloy" }),
  );

  // A session of Hosted Link, with its three webhooks.
  const { path: session, answer: login } = await logIn(sandbox, hosted.link_token);
  await call(sandbox, "POST", `${session}/events`, { event_name: "OPEN", metadata: { view_name: "CREDENTIAL" } });
  await call(sandbox, "POST", `${session}/accounts`, { account_ids: [login["account_choice"]![0]!["id"]] });
  await receiver.count(2);
  const ofSession = receiver.received.map(({ body }) => JSON.parse(body));
  expect(receiver.codes().toSorted()).toEqual(["EVENTS", "SESSION_FINISHED"]);
  for (const body of ofSession)
    fits(body.webhook_code === "EVENTS" ? "LinkEventsWebhook" : "LinkSessionFinishedWebhook", body);
  fits("LinkTokenGetResponse", await ask("/link/token/get", { link_token: hosted.link_token }));
  fits("AccountsGetResponse", await ask("/accounts/get", token));
  await call(sandbox, "PUT", "/control/institutions/ins_109508/health", { health: "DOWN" });
  fits(
    "InstitutionsGetByIdResponse",
    await ask("/institutions/get_by_id", {
      institution_id: "ins_109508",
      country_codes: ["US"],
      options: { include_status: true },
    }),
  );
  await call(sandbox, "PUT", "/control/institutions/ins_109508/health", { health: "HEALTHY" });

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
  const replaced = (await ask("/item/access_token/invalidate", token)) as { new_access_token: string };
  fits("ItemAccessTokenInvalidateResponse", replaced);
  fits("ItemRemoveResponse", await ask("/item/remove", { access_token: replaced.new_access_token }));
  fits("PlaidError", await ask("/item/get", { access_token: replaced.new_access_token }));
});
