/** Whose business a webhook is: what its ids name. `client` stands for an object of the whole Plaid client. */
export type WebhookScope = "item" | "user" | "link_session" | "institution" | "report" | "processor_token" | "client";

/**
 * What a webhook is good for:
 *
 * | class | meaning |
 * | --- | --- |
 * | `state` | says something about the state of an Item: the rules hear of it |
 * | `user_action` | a product asks the user for something; the Item itself works |
 * | `link` | tells of a Link session |
 * | `institution` | concerns everybody at an institution |
 * | `processor` | is sent to processors only |
 * | `fan_out` | is for those who use the product: kept and handed on |
 */
export type WebhookClass = "state" | "user_action" | "link" | "institution" | "processor" | "fan_out";

export interface CataloguedWebhook {
  readonly type: string;
  readonly code: string;
  readonly scope: WebhookScope;
  readonly class: WebhookClass;
  /** For people, in a few words. */
  readonly meaning: string;
}

/**
 * Every webhook that Plaid is known to send. A webhook is told by the pair of type and code, for a code alone may be
 * another type's, too. The set is open: a pair that is not here is kept and acknowledged like any other.
 *
 * @see https://plaid.com/docs/api/webhooks/ and the types of the npm package plaid 47.0.0 (checked 2026-11-22)
 */
export const WEBHOOK_CATALOGUE = [
  { type: "ASSETS", code: "ERROR", scope: "report", class: "fan_out", meaning: "an Asset Report could not be made" },
  { type: "ASSETS", code: "PRODUCT_READY", scope: "report", class: "fan_out", meaning: "an Asset Report is ready" },
  {
    type: "AUTH",
    code: "AUTOMATICALLY_VERIFIED",
    scope: "item",
    class: "fan_out",
    meaning: "an account was verified by micro-deposit",
  },
  {
    type: "AUTH",
    code: "DEFAULT_UPDATE",
    scope: "item",
    class: "fan_out",
    meaning: "account or routing numbers changed: stop using the old ones",
  },
  {
    type: "AUTH",
    code: "PRODUCT_PERMISSIONS_REQUIRED",
    scope: "item",
    class: "user_action",
    meaning: "Auth needs a permission: update mode with that product",
  },
  {
    type: "AUTH",
    code: "SMS_MICRODEPOSITS_VERIFICATION",
    scope: "item",
    class: "fan_out",
    meaning: "a micro-deposit was verified by text message, or was not",
  },
  {
    type: "AUTH",
    code: "VERIFICATION_EXPIRED",
    scope: "item",
    class: "user_action",
    meaning: "a micro-deposit was not verified in seven days: link again",
  },
  {
    type: "BANK_TRANSFERS",
    code: "BANK_TRANSFERS_EVENTS_UPDATE",
    scope: "client",
    class: "fan_out",
    meaning: "there are new bank transfer events",
  },
  { type: "BASE_REPORT", code: "ERROR", scope: "user", class: "fan_out", meaning: "a Base Report could not be made" },
  {
    type: "BEACON",
    code: "DUPLICATE_DETECTED",
    scope: "client",
    class: "fan_out",
    meaning: "a Beacon user was found to be a duplicate",
  },
  { type: "BEACON", code: "REPORT_CREATED", scope: "client", class: "fan_out", meaning: "a Beacon report was made" },
  {
    type: "BEACON",
    code: "REPORT_SYNDICATION_CREATED",
    scope: "client",
    class: "fan_out",
    meaning: "another company's Beacon report matches a user",
  },
  { type: "BEACON", code: "REPORT_UPDATED", scope: "client", class: "fan_out", meaning: "a Beacon report changed" },
  {
    type: "BEACON",
    code: "USER_STATUS_UPDATED",
    scope: "client",
    class: "fan_out",
    meaning: "the status of a Beacon user changed",
  },
  {
    type: "CASH_FLOW_UPDATES",
    code: "CASH_FLOW_INSIGHTS_UPDATED",
    scope: "user",
    class: "fan_out",
    meaning: "there are new cash flow insights",
  },
  {
    type: "CASH_FLOW_UPDATES",
    code: "EXPECTED_DEPOSIT_MISSED",
    scope: "user",
    class: "fan_out",
    meaning: "an expected deposit did not come",
  },
  {
    type: "CASH_FLOW_UPDATES",
    code: "INSIGHTS_UPDATED",
    scope: "user",
    class: "fan_out",
    meaning: "cash flow insights were refreshed",
  },
  {
    type: "CASH_FLOW_UPDATES",
    code: "LARGE_DEPOSIT_DETECTED",
    scope: "user",
    class: "fan_out",
    meaning: "a large deposit came",
  },
  {
    type: "CASH_FLOW_UPDATES",
    code: "LOW_BALANCE_DETECTED",
    scope: "user",
    class: "fan_out",
    meaning: "a balance is low",
  },
  {
    type: "CASH_FLOW_UPDATES",
    code: "NEW_INCOME_STREAM_DETECTED",
    scope: "user",
    class: "fan_out",
    meaning: "a new income was seen",
  },
  {
    type: "CASH_FLOW_UPDATES",
    code: "NEW_LOAN_PAYMENT_DETECTED",
    scope: "user",
    class: "fan_out",
    meaning: "a new loan payment was seen",
  },
  {
    type: "CASH_FLOW_UPDATES",
    code: "NSF_OVERDRAFT_DETECTED",
    scope: "user",
    class: "fan_out",
    meaning: "an account was overdrawn",
  },
  {
    type: "CHECK_REPORT",
    code: "CHECK_REPORT_FAILED",
    scope: "user",
    class: "user_action",
    meaning: "a Consumer Report failed: update mode for the Items it names as repairable",
  },
  {
    type: "CHECK_REPORT",
    code: "CHECK_REPORT_READY",
    scope: "user",
    class: "fan_out",
    meaning: "a Consumer Report is ready",
  },
  {
    type: "CHECK_REPORT",
    code: "UPGRADE_FAILED",
    scope: "user",
    class: "fan_out",
    meaning: "Items could not be upgraded to Consumer Report",
  },
  {
    type: "CHECK_REPORT",
    code: "USER_CHECK_REPORT_FAILED",
    scope: "user",
    class: "user_action",
    meaning: "a Consumer Report failed: update mode for the Items it names as repairable",
  },
  {
    type: "CHECK_REPORT",
    code: "USER_CHECK_REPORT_READY",
    scope: "user",
    class: "fan_out",
    meaning: "a Consumer Report is ready",
  },
  {
    type: "CRA_INCOME",
    code: "BANK_INCOME_COMPLETE",
    scope: "user",
    class: "fan_out",
    meaning: "a bank income report is ready",
  },
  {
    type: "CRA_INCOME",
    code: "ERROR",
    scope: "user",
    class: "fan_out",
    meaning: "a bank income report could not be made",
  },
  {
    type: "CRA_INSIGHTS",
    code: "PARTNER_INSIGHTS_COMPLETE",
    scope: "user",
    class: "fan_out",
    meaning: "partner insights are ready",
  },
  {
    type: "CRA_INSIGHTS",
    code: "PARTNER_INSIGHTS_ERROR",
    scope: "user",
    class: "fan_out",
    meaning: "partner insights could not be made",
  },
  { type: "CRA_REPORT", code: "CRA_REPORT_UPDATED", scope: "user", class: "fan_out", meaning: "a report changed" },
  {
    type: "DASHBOARD_CONFIGURED_ALERT",
    code: "INSTITUTION_STATUS_ALERT_TRIGGERED",
    scope: "institution",
    class: "institution",
    meaning: "logins at an institution fail more often than the alert allows",
  },
  {
    type: "ENTITY_SCREENING",
    code: "STATUS_UPDATED",
    scope: "client",
    class: "fan_out",
    meaning: "the screening of a company changed",
  },
  {
    type: "HOLDINGS",
    code: "DEFAULT_UPDATE",
    scope: "item",
    class: "fan_out",
    meaning: "there are new investment holdings",
  },
  { type: "IDENTITY", code: "DEFAULT_UPDATE", scope: "item", class: "fan_out", meaning: "identity data changed" },
  {
    type: "IDENTITY",
    code: "PRODUCT_PERMISSIONS_REQUIRED",
    scope: "item",
    class: "user_action",
    meaning: "Identity needs a permission: update mode with that product",
  },
  {
    type: "IDENTITY_VERIFICATION",
    code: "RETRIED",
    scope: "client",
    class: "fan_out",
    meaning: "an identity verification begins anew",
  },
  {
    type: "IDENTITY_VERIFICATION",
    code: "STATUS_UPDATED",
    scope: "client",
    class: "fan_out",
    meaning: "the status of an identity verification changed",
  },
  {
    type: "IDENTITY_VERIFICATION",
    code: "STEP_UPDATED",
    scope: "client",
    class: "fan_out",
    meaning: "a step of an identity verification was done",
  },
  {
    type: "INCOME",
    code: "BANK_INCOME_COMPLETE",
    scope: "user",
    class: "fan_out",
    meaning: "a bank income report is ready",
  },
  {
    type: "INCOME",
    code: "BANK_INCOME_REFRESH_COMPLETE",
    scope: "user",
    class: "fan_out",
    meaning: "a bank income report was refreshed",
  },
  {
    type: "INCOME",
    code: "BANK_INCOME_REFRESH_UPDATE",
    scope: "user",
    class: "user_action",
    meaning: "a bank income report can be refreshed, if need be by update mode",
  },
  {
    type: "INCOME",
    code: "INCOME_VERIFICATION",
    scope: "item",
    class: "fan_out",
    meaning: "an income verification was processed",
  },
  {
    type: "INCOME",
    code: "INCOME_VERIFICATION_REFRESH_RECONNECT_NEEDED",
    scope: "user",
    class: "user_action",
    meaning: "the connection to a payroll provider has to be renewed",
  },
  {
    type: "INCOME",
    code: "INCOME_VERIFICATION_RISK_SIGNALS",
    scope: "item",
    class: "fan_out",
    meaning: "risk signals of income documents were processed",
  },
  {
    type: "INCOME",
    code: "PRODUCT_READY",
    scope: "item",
    class: "fan_out",
    meaning: "the income of an Item was calculated",
  },
  {
    type: "INCOME",
    code: "USER_INCOME_VERIFICATION",
    scope: "item",
    class: "fan_out",
    meaning: "an income verification was processed",
  },
  {
    type: "INCOME",
    code: "USER_INCOME_VERIFICATION_REFRESH_RECONNECT_NEEDED",
    scope: "user",
    class: "user_action",
    meaning: "the connection to a payroll provider has to be renewed",
  },
  {
    type: "INCOME",
    code: "USER_INCOME_VERIFICATION_RISK_SIGNALS",
    scope: "item",
    class: "fan_out",
    meaning: "risk signals of income documents were processed",
  },
  {
    type: "INVESTMENTS_TRANSACTIONS",
    code: "DEFAULT_UPDATE",
    scope: "item",
    class: "fan_out",
    meaning: "there are new investment transactions",
  },
  {
    type: "INVESTMENTS_TRANSACTIONS",
    code: "HISTORICAL_UPDATE",
    scope: "item",
    class: "fan_out",
    meaning: "old investment transactions were fetched",
  },
  {
    type: "ISSUES",
    code: "ISSUE_RESOLVED",
    scope: "institution",
    class: "institution",
    meaning: "an issue with an institution, one that was subscribed to, is solved",
  },
  { type: "ITEM", code: "ERROR", scope: "item", class: "state", meaning: "the Item does not work" },
  {
    type: "ITEM",
    code: "LOGIN_REPAIRED",
    scope: "item",
    class: "state",
    meaning: "the Item works again without update mode in this product",
  },
  {
    type: "ITEM",
    code: "NEW_ACCOUNTS_AVAILABLE",
    scope: "item",
    class: "state",
    meaning: "there are accounts that were not shared yet: update mode with account selection",
  },
  {
    type: "ITEM",
    code: "PENDING_DISCONNECT",
    scope: "item",
    class: "state",
    meaning: "the Item ends in seven days if it is not renewed (US and Canada)",
  },
  {
    type: "ITEM",
    code: "PENDING_EXPIRATION",
    scope: "item",
    class: "state",
    meaning: "the user's consent ends in seven days if it is not renewed (Europe)",
  },
  {
    type: "ITEM",
    code: "USER_ACCOUNT_REVOKED",
    scope: "item",
    class: "state",
    meaning: "one account is no longer shared; the Item lives on",
  },
  {
    type: "ITEM",
    code: "USER_PERMISSION_REVOKED",
    scope: "item",
    class: "state",
    meaning: "the user has withdrawn the permission",
  },
  {
    type: "ITEM",
    code: "WEBHOOK_UPDATE_ACKNOWLEDGED",
    scope: "item",
    class: "state",
    meaning: "webhooks of the Item reach their new address",
  },
  {
    type: "LAYER",
    code: "LAYER_AUTHENTICATION_PASSED",
    scope: "link_session",
    class: "link",
    meaning: "a Layer session proved a phone number",
  },
  {
    type: "LIABILITIES",
    code: "DEFAULT_UPDATE",
    scope: "item",
    class: "fan_out",
    meaning: "there are new or changed liabilities",
  },
  {
    type: "LINK",
    code: "EVENTS",
    scope: "link_session",
    class: "link",
    meaning: "what happened in a Link session; may come several times, each time with all events so far",
  },
  {
    type: "LINK",
    code: "ITEM_ADD_RESULT",
    scope: "link_session",
    class: "link",
    meaning: "a Link session has added an Item",
  },
  { type: "LINK", code: "SESSION_FINISHED", scope: "link_session", class: "link", meaning: "a Link session has ended" },
  {
    type: "LINK_DELIVERY",
    code: "DELIVERY_STATUS",
    scope: "link_session",
    class: "link",
    meaning: "Plaid's message with a Link address was delivered, or was not",
  },
  {
    type: "LINK_DELIVERY",
    code: "LINK_CALLBACK",
    scope: "link_session",
    class: "link",
    meaning: "a callback of a Link session that Plaid delivered",
  },
  {
    type: "PARTNER",
    code: "END_CUSTOMER_OAUTH_STATUS_UPDATED",
    scope: "institution",
    class: "institution",
    meaning: "the registration of an end customer at an institution changed",
  },
  {
    type: "PAYMENT_INITIATION",
    code: "CONSENT_STATUS_UPDATE",
    scope: "client",
    class: "fan_out",
    meaning: "the status of a payment consent changed",
  },
  {
    type: "PAYMENT_INITIATION",
    code: "PAYMENT_STATUS_UPDATE",
    scope: "client",
    class: "fan_out",
    meaning: "the status of a payment changed",
  },
  {
    type: "PROCESSOR_TOKEN",
    code: "WEBHOOK_UPDATE_ACKNOWLEDGED",
    scope: "processor_token",
    class: "processor",
    meaning: "webhooks of a processor token reach their new address",
  },
  {
    type: "PROTECT",
    code: "PROTECT_USER_EVENT",
    scope: "user",
    class: "fan_out",
    meaning: "Protect saw something a user did",
  },
  {
    type: "SCREENING",
    code: "STATUS_UPDATED",
    scope: "client",
    class: "fan_out",
    meaning: "the screening of a person changed",
  },
  {
    type: "STATEMENTS",
    code: "STATEMENTS_REFRESH_COMPLETE",
    scope: "item",
    class: "fan_out",
    meaning: "statements were refreshed",
  },
  {
    type: "TRANSACTIONS",
    code: "DEFAULT_UPDATE",
    scope: "item",
    class: "fan_out",
    meaning: "there are new transactions, for /transactions/get",
  },
  {
    type: "TRANSACTIONS",
    code: "HISTORICAL_UPDATE",
    scope: "item",
    class: "fan_out",
    meaning: "old transactions were fetched, for /transactions/get",
  },
  {
    type: "TRANSACTIONS",
    code: "INITIAL_UPDATE",
    scope: "item",
    class: "fan_out",
    meaning: "the first transactions were fetched, for /transactions/get",
  },
  {
    type: "TRANSACTIONS",
    code: "RECURRING_TRANSACTIONS_UPDATE",
    scope: "item",
    class: "fan_out",
    meaning: "recurring transactions changed",
  },
  {
    type: "TRANSACTIONS",
    code: "SYNC_UPDATES_AVAILABLE",
    scope: "item",
    class: "fan_out",
    meaning: "there are changes, for /transactions/sync",
  },
  {
    type: "TRANSACTIONS",
    code: "TRANSACTIONS_REMOVED",
    scope: "item",
    class: "fan_out",
    meaning: "transactions were removed",
  },
  {
    type: "TRANSFER",
    code: "PLATFORM_ONBOARDING_UPDATE",
    scope: "client",
    class: "fan_out",
    meaning: "the onboarding of an originator changed",
  },
  {
    type: "TRANSFER",
    code: "RECURRING_CANCELLED",
    scope: "client",
    class: "fan_out",
    meaning: "Plaid has cancelled a recurring transfer",
  },
  {
    type: "TRANSFER",
    code: "RECURRING_NEW_TRANSFER",
    scope: "client",
    class: "fan_out",
    meaning: "a recurring transfer has begun a transfer",
  },
  {
    type: "TRANSFER",
    code: "RECURRING_TRANSFER_SKIPPED",
    scope: "client",
    class: "fan_out",
    meaning: "a transfer of a recurring transfer was skipped",
  },
  {
    type: "TRANSFER",
    code: "TRANSFER_EVENTS_UPDATE",
    scope: "client",
    class: "fan_out",
    meaning: "there are new transfer events",
  },
  {
    type: "WALLET",
    code: "WALLET_TRANSACTION_STATUS_UPDATE",
    scope: "client",
    class: "fan_out",
    meaning: "the status of a wallet's transaction changed",
  },
] as const satisfies readonly CataloguedWebhook[];

type PairOf<Webhook> = Webhook extends { type: infer Type extends string; code: infer Code extends string }
  ? `${Type}/${Code}`
  : never;

/** A known webhook, as `type/code`. */
export type WebhookPair = PairOf<(typeof WEBHOOK_CATALOGUE)[number]>;
