import { errorBody, httpStatusOf, type PlaidErrorBody } from "../plaid/errors.ts";

/** What goes out, before it is made text. */
export type WebhookBody = { webhook_type: string; webhook_code: string } & Record<string, unknown>;

/** Whom an example is about. What it needs beyond that is made up. */
export interface ExampleSubject {
  itemId: string;
  accountId: string;
  /** A bank; the one of the Item, if there is an Item. */
  institution: { id: string; name: string };
  /** Where the webhook goes. */
  url: string;
  /** Epoch milliseconds. */
  now: number;
}

/** An error as webhooks show it: with the HTTP status, without a `request_id`. */
export function errorInWebhook(error: PlaidErrorBody) {
  return { ...error, status: httpStatusOf(error) };
}

const WEEK_MS = 7 * 86_400_000;
const USER_ID = "usr_sandboxExample1";
const LINK = {
  link_session_id: "0b5d5a3e-52d7-4a6c-9a31-7f8f2b0c1d11",
  link_token: "link-sandbox-5c1a3f5e-0d4b-4f0e-8a6f-2f2f6c7d8e90",
};
const PUBLIC_TOKEN = "public-sandbox-9f1d2c3b-4a5e-4c6d-8e7f-0a1b2c3d4e5f";

const iso = (time: number) => new Date(time).toISOString();
const day = (time: number) => iso(time).slice(0, 10);

const nothing = () => ({});
const user = () => ({ user_id: USER_ID });
const userStatus = () => ({ status: "AVAILABLE", user_id: USER_ID });
const userResult = () => ({ user_id: USER_ID, result: "SUCCESS" });
const item = ({ itemId }: ExampleSubject) => ({ item_id: itemId });
const itemAccount = ({ itemId, accountId }: ExampleSubject) => ({ item_id: itemId, account_id: accountId });
const assetReport = { asset_report_id: "c33ebe8b-6a63-4d74-a83d-d39791231ac0" };
const newTransactions = (subject: ExampleSubject) => ({ error: null, new_transactions: 10, ...item(subject) });
const newInvestments = (subject: ExampleSubject) => ({
  ...item(subject),
  error: null,
  new_investments_transactions: 1,
  cancelled_investments_transactions: 0,
});
const incomeStatus = (subject: ExampleSubject) => ({
  ...item(subject),
  verification_status: "VERIFICATION_STATUS_PROCESSING_COMPLETE",
});
const riskSignals = (subject: ExampleSubject) => ({
  ...item(subject),
  risk_signals_status: "RISK_SIGNALS_PROCESSING_COMPLETE",
});
const brokenReport = ({ itemId }: ExampleSubject) => {
  const { error_type, error_code, error_message, display_message } = errorBody("ITEM_LOGIN_REQUIRED");
  return {
    user_id: USER_ID,
    item_ids: [itemId],
    failed_products: ["cra_base_report"],
    repairable_items: [{ item_id: itemId, error_type, error_code, error_message, display_message }],
  };
};
const readyReport = ({ itemId }: ExampleSubject) => ({
  user_id: USER_ID,
  successful_products: ["cra_base_report"],
  failed_products: [],
  item_ids: [itemId],
});

type Fields = (subject: ExampleSubject) => Record<string, unknown>;

/** Webhooks whose bodies name no environment. */
const WITHOUT_ENVIRONMENT = new Set(["ISSUES", "LINK_DELIVERY"]);

/**
 * What every webhook of Plaid carries besides type, code and environment.
 *
 * @see https://github.com/plaid/plaid-node (version 47.0.0, the types whose names end in Webhook; checked 2026-11-22)
 */
const EXAMPLES: readonly (readonly [type: string, code: string, fields: Fields])[] = [
  [
    "ASSETS",
    "ERROR",
    () => ({
      ...assetReport,
      error: errorInWebhook(errorBody("PRODUCT_NOT_READY", { error_type: "ASSET_REPORT_ERROR" })),
    }),
  ],
  ["ASSETS", "PRODUCT_READY", () => ({ ...assetReport, report_type: "FULL" })],
  ["AUTH", "AUTOMATICALLY_VERIFIED", itemAccount],
  [
    "AUTH",
    "DEFAULT_UPDATE",
    (subject) => ({
      ...item(subject),
      error: null,
      account_ids_with_new_auth: [],
      account_ids_with_updated_auth: { [subject.accountId]: ["ACCOUNT_NUMBER"] },
    }),
  ],
  ["AUTH", "PRODUCT_PERMISSIONS_REQUIRED", item],
  ["AUTH", "SMS_MICRODEPOSITS_VERIFICATION", (subject) => ({ ...itemAccount(subject), status: "MANUALLY_VERIFIED" })],
  ["AUTH", "VERIFICATION_EXPIRED", (subject) => ({ ...itemAccount(subject), error: null })],
  ["BANK_TRANSFERS", "BANK_TRANSFERS_EVENTS_UPDATE", nothing],
  ["BASE_REPORT", "ERROR", () => ({ ...user(), error: errorInWebhook(errorBody("PRODUCT_NOT_READY")) })],
  ["BEACON", "DUPLICATE_DETECTED", () => ({ beacon_duplicate_id: "becdup_11111111111111" })],
  ["BEACON", "REPORT_CREATED", () => ({ beacon_report_id: "becrpt_11111111111111" })],
  ["BEACON", "REPORT_SYNDICATION_CREATED", () => ({ beacon_report_syndication_id: "becrsn_11111111111111" })],
  ["BEACON", "REPORT_UPDATED", () => ({ beacon_report_id: "becrpt_11111111111111" })],
  ["BEACON", "USER_STATUS_UPDATED", () => ({ beacon_user_id: "becusr_11111111111111" })],
  [
    "CASH_FLOW_UPDATES",
    "CASH_FLOW_INSIGHTS_UPDATED",
    () => ({ ...userStatus(), insights: ["LARGE_DEPOSIT_DETECTED"] }),
  ],
  ["CASH_FLOW_UPDATES", "EXPECTED_DEPOSIT_MISSED", userStatus],
  ["CASH_FLOW_UPDATES", "INSIGHTS_UPDATED", userStatus],
  ["CASH_FLOW_UPDATES", "LARGE_DEPOSIT_DETECTED", userStatus],
  ["CASH_FLOW_UPDATES", "LOW_BALANCE_DETECTED", userStatus],
  ["CASH_FLOW_UPDATES", "NEW_INCOME_STREAM_DETECTED", userStatus],
  ["CASH_FLOW_UPDATES", "NEW_LOAN_PAYMENT_DETECTED", userStatus],
  ["CASH_FLOW_UPDATES", "NSF_OVERDRAFT_DETECTED", userStatus],
  ["CHECK_REPORT", "CHECK_REPORT_FAILED", brokenReport],
  ["CHECK_REPORT", "CHECK_REPORT_READY", readyReport],
  ["CHECK_REPORT", "UPGRADE_FAILED", ({ itemId }) => ({ ...user(), item_ids: [itemId] })],
  ["CHECK_REPORT", "USER_CHECK_REPORT_FAILED", brokenReport],
  ["CHECK_REPORT", "USER_CHECK_REPORT_READY", readyReport],
  ["CRA_INCOME", "BANK_INCOME_COMPLETE", userResult],
  ["CRA_INCOME", "ERROR", user],
  ["CRA_INSIGHTS", "PARTNER_INSIGHTS_COMPLETE", user],
  ["CRA_INSIGHTS", "PARTNER_INSIGHTS_ERROR", user],
  [
    "CRA_REPORT",
    "CRA_REPORT_UPDATED",
    ({ now }) => ({
      ...user(),
      report_id: "cra_report_1",
      scope: "CLIENT_USER",
      successful_products: ["cra_base_report"],
      failed_products: [],
      generated_time: iso(now),
    }),
  ],
  [
    "DASHBOARD_CONFIGURED_ALERT",
    "INSTITUTION_STATUS_ALERT_TRIGGERED",
    ({ institution }) => ({ institution_id: institution.id, institution_overall_success_rate: 0.12 }),
  ],
  ["ENTITY_SCREENING", "STATUS_UPDATED", () => ({ entity_screening_id: "entscr_11111111111111" })],
  [
    "HOLDINGS",
    "DEFAULT_UPDATE",
    (subject) => ({ ...item(subject), error: null, new_holdings: 1, updated_holdings: 0 }),
  ],
  [
    "IDENTITY",
    "DEFAULT_UPDATE",
    (subject) => ({
      ...item(subject),
      error: null,
      account_ids_with_updated_identity: { [subject.accountId]: ["PHONES"] },
    }),
  ],
  ["IDENTITY", "PRODUCT_PERMISSIONS_REQUIRED", item],
  ["IDENTITY_VERIFICATION", "RETRIED", () => ({ identity_verification_id: "idv_11111111111111" })],
  ["IDENTITY_VERIFICATION", "STATUS_UPDATED", () => ({ identity_verification_id: "idv_11111111111111" })],
  ["IDENTITY_VERIFICATION", "STEP_UPDATED", () => ({ identity_verification_id: "idv_11111111111111" })],
  ["INCOME", "BANK_INCOME_COMPLETE", userResult],
  ["INCOME", "BANK_INCOME_REFRESH_COMPLETE", userResult],
  ["INCOME", "BANK_INCOME_REFRESH_UPDATE", user],
  ["INCOME", "INCOME_VERIFICATION", incomeStatus],
  ["INCOME", "INCOME_VERIFICATION_REFRESH_RECONNECT_NEEDED", user],
  ["INCOME", "INCOME_VERIFICATION_RISK_SIGNALS", riskSignals],
  ["INCOME", "PRODUCT_READY", (subject) => ({ ...item(subject), error: null })],
  ["INCOME", "USER_INCOME_VERIFICATION", incomeStatus],
  ["INCOME", "USER_INCOME_VERIFICATION_REFRESH_RECONNECT_NEEDED", user],
  ["INCOME", "USER_INCOME_VERIFICATION_RISK_SIGNALS", riskSignals],
  ["INVESTMENTS_TRANSACTIONS", "DEFAULT_UPDATE", newInvestments],
  ["INVESTMENTS_TRANSACTIONS", "HISTORICAL_UPDATE", newInvestments],
  [
    "ISSUES",
    "ISSUE_RESOLVED",
    ({ institution, now }) => ({
      issue_id: "3d7c0f3e-8d5a-4f6b-9c2e-1b0a9f8e7d6c",
      issue_description: "Logins at this bank failed",
      issue_resolved_at: iso(now),
      institution_id: institution.id,
      institution_name: institution.name,
    }),
  ],
  ["ITEM", "ERROR", (subject) => ({ ...item(subject), error: errorInWebhook(errorBody("ITEM_LOGIN_REQUIRED")) })],
  ["ITEM", "LOGIN_REPAIRED", item],
  ["ITEM", "NEW_ACCOUNTS_AVAILABLE", (subject) => ({ ...item(subject), error: null })],
  [
    "ITEM",
    "PENDING_DISCONNECT",
    (subject) => ({
      ...item(subject),
      reason: "INSTITUTION_MIGRATION",
      disconnect_time: iso(subject.now + WEEK_MS),
    }),
  ],
  [
    "ITEM",
    "PENDING_EXPIRATION",
    (subject) => ({ ...item(subject), consent_expiration_time: iso(subject.now + WEEK_MS) }),
  ],
  ["ITEM", "USER_ACCOUNT_REVOKED", itemAccount],
  [
    "ITEM",
    "USER_PERMISSION_REVOKED",
    (subject) => ({
      ...item(subject),
      error: errorInWebhook(errorBody("USER_PERMISSION_REVOKED", { error_type: "ITEM_ERROR" })),
    }),
  ],
  [
    "ITEM",
    "WEBHOOK_UPDATE_ACKNOWLEDGED",
    (subject) => ({ ...item(subject), error: null, new_webhook_url: subject.url }),
  ],
  ["LAYER", "LAYER_AUTHENTICATION_PASSED", () => LINK],
  [
    "LIABILITIES",
    "DEFAULT_UPDATE",
    (subject) => ({
      ...item(subject),
      error: null,
      account_ids_with_new_liabilities: [],
      account_ids_with_updated_liabilities: {},
    }),
  ],
  [
    "LINK",
    "EVENTS",
    ({ institution, now }) => ({
      ...LINK,
      events: [
        {
          event_name: "OPEN",
          timestamp: iso(now),
          event_id: "8a0f2a8e-6f0c-4f0a-9a53-0d1c2b3a4f5e",
          event_metadata: { institution_id: institution.id, institution_name: institution.name },
        },
      ],
    }),
  ],
  ["LINK", "ITEM_ADD_RESULT", () => ({ ...LINK, public_token: PUBLIC_TOKEN })],
  ["LINK", "SESSION_FINISHED", () => ({ status: "SUCCESS", ...LINK, public_tokens: [PUBLIC_TOKEN] })],
  [
    "LINK_DELIVERY",
    "DELIVERY_STATUS",
    ({ now }) => ({
      link_delivery_session_id: "99ace160-3cf7-4e51-a083-403633425815",
      timestamp: iso(now),
      link_delivery_metadata: { communication_method: "SMS", delivery_status: "SUCCESS" },
    }),
  ],
  [
    "LINK_DELIVERY",
    "LINK_CALLBACK",
    ({ now }) => ({
      link_delivery_session_id: "99ace160-3cf7-4e51-a083-403633425815",
      timestamp: iso(now),
      link_callback_metadata: { callback_type: "ON_SUCCESS", link_session_id: LINK.link_session_id },
    }),
  ],
  [
    "PARTNER",
    "END_CUSTOMER_OAUTH_STATUS_UPDATED",
    ({ institution }) => ({
      end_customer_client_id: "634758733ebb4f00134b85ea",
      institution_id: institution.id,
      institution_name: institution.name,
      status: "enabled",
    }),
  ],
  [
    "PAYMENT_INITIATION",
    "CONSENT_STATUS_UPDATE",
    ({ now }) => ({
      consent_id: "consent-id-sandbox-1",
      old_status: "UNAUTHORISED",
      new_status: "AUTHORISED",
      timestamp: iso(now),
      error: null,
    }),
  ],
  [
    "PAYMENT_INITIATION",
    "PAYMENT_STATUS_UPDATE",
    ({ now }) => ({
      payment_id: "payment-id-sandbox-1",
      transaction_id: null,
      new_payment_status: "PAYMENT_STATUS_INITIATED",
      old_payment_status: "PAYMENT_STATUS_PROCESSING",
      original_reference: "Invoice 1",
      adjusted_reference: null,
      original_start_date: day(now),
      adjusted_start_date: null,
      timestamp: iso(now),
      error: null,
    }),
  ],
  [
    "PROCESSOR_TOKEN",
    "WEBHOOK_UPDATE_ACKNOWLEDGED",
    ({ accountId, url }) => ({ error: null, account_id: accountId, new_webhook_url: url }),
  ],
  [
    "PROTECT",
    "PROTECT_USER_EVENT",
    ({ now }) => ({
      ...user(),
      event_id: "ptevt_1",
      event_type: "user-sign-in",
      timestamp: iso(now),
      client_user_id: null,
      link_session_id: null,
    }),
  ],
  ["SCREENING", "STATUS_UPDATED", () => ({ screening_id: "scr_11111111111111" })],
  ["STATEMENTS", "STATEMENTS_REFRESH_COMPLETE", (subject) => ({ ...item(subject), result: "SUCCESS" })],
  ["TRANSACTIONS", "DEFAULT_UPDATE", newTransactions],
  ["TRANSACTIONS", "HISTORICAL_UPDATE", newTransactions],
  ["TRANSACTIONS", "INITIAL_UPDATE", newTransactions],
  [
    "TRANSACTIONS",
    "RECURRING_TRANSACTIONS_UPDATE",
    (subject) => ({ ...item(subject), account_ids: [subject.accountId] }),
  ],
  [
    "TRANSACTIONS",
    "SYNC_UPDATES_AVAILABLE",
    (subject) => ({ ...item(subject), initial_update_complete: true, historical_update_complete: true }),
  ],
  [
    "TRANSACTIONS",
    "TRANSACTIONS_REMOVED",
    (subject) => ({ ...item(subject), error: null, removed_transactions: ["transaction-1"] }),
  ],
  ["TRANSFER", "PLATFORM_ONBOARDING_UPDATE", () => ({ originator_client_id: "634758733ebb4f00134b85ea" })],
  ["TRANSFER", "RECURRING_CANCELLED", () => ({ recurring_transfer_id: "recurring-transfer-1" })],
  [
    "TRANSFER",
    "RECURRING_NEW_TRANSFER",
    () => ({ recurring_transfer_id: "recurring-transfer-1", transfer_id: "transfer-1" }),
  ],
  [
    "TRANSFER",
    "RECURRING_TRANSFER_SKIPPED",
    ({ now }) => ({
      recurring_transfer_id: "recurring-transfer-1",
      authorization_decision: "declined",
      authorization_decision_rationale_code: "NSF",
      skipped_origination_date: day(now),
    }),
  ],
  ["TRANSFER", "TRANSFER_EVENTS_UPDATE", nothing],
  [
    "WALLET",
    "WALLET_TRANSACTION_STATUS_UPDATE",
    ({ now }) => ({
      transaction_id: "wallet-transaction-1",
      payment_id: null,
      wallet_id: "wallet-1",
      new_status: "EXECUTED",
      old_status: "INITIATED",
      timestamp: iso(now),
      error: null,
    }),
  ],
];

const FIELDS = new Map(EXAMPLES.map(([type, code, fields]) => [`${type}/${code}`, fields]));

/** Every pair of type and code that Plaid sends. */
export const WEBHOOK_PAIRS: readonly { type: string; code: string }[] = EXAMPLES.map(([type, code]) => ({
  type,
  code,
}));

/**
 * A webhook as Plaid could send it, about this Item.
 *
 * @returns nothing if there is no such pair of type and code.
 */
export function exampleWebhook(type: string, code: string, subject: ExampleSubject): WebhookBody | undefined {
  const fields = FIELDS.get(`${type}/${code}`);
  return (
    fields && {
      webhook_type: type,
      webhook_code: code,
      ...fields(subject),
      ...(!WITHOUT_ENVIRONMENT.has(type) && { environment: "sandbox" }),
    }
  );
}
