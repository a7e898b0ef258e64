import { randomUUID } from "node:crypto";
import { accountsOf } from "../plaid/accounts.ts";
import { errorBody, httpStatusOf, type PlaidErrorBody } from "../plaid/errors.ts";
import type { Item } from "../store/items.ts";

/** What goes out, before it is made text. */
export type WebhookBody = { webhook_type: string; webhook_code: string } & Record<string, unknown>;

/** An error as webhooks show it: with the HTTP status, without a `request_id`. */
function errorInWebhook(error: PlaidErrorBody) {
  return { ...error, status: httpStatusOf(error) };
}

function itemWebhook(item: Item, code: string, fields: Record<string, unknown> = {}): WebhookBody {
  return { webhook_type: "ITEM", webhook_code: code, item_id: item.itemId, ...fields, environment: "sandbox" };
}

/** The ITEM webhooks. @see https://plaid.com/docs/api/items/#webhooks (checked 2026-11-21) */
export const itemWebhooks = {
  error: (item: Item, error: PlaidErrorBody) => itemWebhook(item, "ERROR", { error: errorInWebhook(error) }),
  loginRepaired: (item: Item) => itemWebhook(item, "LOGIN_REPAIRED"),
  pendingExpiration: (item: Item, time: string) =>
    itemWebhook(item, "PENDING_EXPIRATION", { consent_expiration_time: time }),
  pendingDisconnect: (item: Item, reason: string, time: string) =>
    itemWebhook(item, "PENDING_DISCONNECT", { reason, disconnect_time: time }),
  permissionRevoked: (item: Item) =>
    itemWebhook(item, "USER_PERMISSION_REVOKED", {
      error: errorInWebhook(errorBody("USER_PERMISSION_REVOKED", { error_type: "ITEM_ERROR" })),
    }),
  accountRevoked: (item: Item, accountId: string) =>
    itemWebhook(item, "USER_ACCOUNT_REVOKED", { account_id: accountId }),
  webhookUpdateAcknowledged: (item: Item, url: string) =>
    itemWebhook(item, "WEBHOOK_UPDATE_ACKNOWLEDGED", { error: null, new_webhook_url: url }),
} as const;

interface Fireable {
  type: string;
  /** A product that the Item must have. */
  product?: string;
  fields: (item: Item, now: number) => Record<string, unknown>;
}

const WEEK_MS = 7 * 86_400_000;
const firstAccounts = (item: Item) => accountsOf(item.itemId).map((account) => account.account_id);

const DEFAULT_UPDATES: readonly Fireable[] = [
  { type: "TRANSACTIONS", product: "transactions", fields: () => ({ error: null, new_transactions: 10 }) },
  {
    type: "AUTH",
    product: "auth",
    fields: (item) => ({
      error: null,
      account_ids_with_new_auth: [],
      account_ids_with_updated_auth: { [firstAccounts(item)[0] ?? ""]: ["ACCOUNT_NUMBER"] },
    }),
  },
  {
    type: "IDENTITY",
    product: "identity",
    fields: (item) => ({
      error: null,
      account_ids_with_updated_identity: { [firstAccounts(item)[0] ?? ""]: ["PHONES"] },
    }),
  },
  { type: "HOLDINGS", product: "investments", fields: () => ({ error: null, new_holdings: 1, updated_holdings: 0 }) },
  {
    type: "INVESTMENTS_TRANSACTIONS",
    product: "investments",
    fields: () => ({ error: null, new_investments_transactions: 1, cancelled_investments_transactions: 0 }),
  },
  {
    type: "LIABILITIES",
    product: "liabilities",
    fields: () => ({ error: null, account_ids_with_new_liabilities: [], account_ids_with_updated_liabilities: {} }),
  },
];

/** By code; where a code exists under several types, the first is meant if the caller names none. */
const FIREABLE: Readonly<Record<string, readonly Fireable[]>> = {
  DEFAULT_UPDATE: DEFAULT_UPDATES,
  NEW_ACCOUNTS_AVAILABLE: [{ type: "ITEM", fields: () => ({ error: null }) }],
  AUTHORIZATION_GRANTED: [{ type: "ITEM", fields: () => ({}) }],
  LOGIN_REPAIRED: [{ type: "ITEM", fields: () => ({}) }],
  USER_PERMISSION_REVOKED: [
    {
      type: "ITEM",
      fields: () => ({ error: errorInWebhook(errorBody("USER_PERMISSION_REVOKED", { error_type: "ITEM_ERROR" })) }),
    },
  ],
  USER_ACCOUNT_REVOKED: [{ type: "ITEM", fields: (item) => ({ account_id: firstAccounts(item)[0] }) }],
  PENDING_DISCONNECT: [
    {
      type: "ITEM",
      fields: (_item, now) => ({
        reason: "INSTITUTION_MIGRATION",
        disconnect_time: new Date(now + WEEK_MS).toISOString(),
      }),
    },
  ],
  SMS_MICRODEPOSITS_VERIFICATION: [
    {
      type: "AUTH",
      product: "auth",
      fields: (item) => ({ status: "MANUALLY_VERIFIED", account_id: firstAccounts(item)[0] }),
    },
  ],
  RECURRING_TRANSACTIONS_UPDATE: [
    {
      type: "TRANSACTIONS",
      product: "transactions",
      fields: (item) => ({ account_ids: firstAccounts(item).slice(0, 2) }),
    },
  ],
  SYNC_UPDATES_AVAILABLE: [
    {
      type: "TRANSACTIONS",
      product: "transactions",
      fields: () => ({ initial_update_complete: true, historical_update_complete: true }),
    },
  ],
  PRODUCT_READY: [{ type: "ASSETS", product: "assets", fields: () => ({ asset_report_id: randomUUID() }) }],
  ERROR: [
    {
      type: "ASSETS",
      product: "assets",
      fields: () => ({
        asset_report_id: randomUUID(),
        error: errorInWebhook(errorBody("PRODUCT_NOT_READY", { error_type: "ASSET_REPORT_ERROR" })),
      }),
    },
  ],
};

/**
 * The webhook that `/sandbox/item/fire_webhook` fires. Only `ASSETS` has no `item_id`, as with Plaid.
 *
 * @returns the body and the product it needs; nothing if the pair of type and code does not exist.
 */
export function fireableWebhook(
  item: Item,
  code: string,
  type: string | undefined,
  now: number,
): { body: WebhookBody; product: string | undefined } | undefined {
  const found = FIREABLE[code]?.find((candidate) => type === undefined || candidate.type === type);
  if (found === undefined) return undefined;
  const body = {
    webhook_type: found.type,
    webhook_code: code,
    ...(found.type !== "ASSETS" && { item_id: item.itemId }),
    ...found.fields(item, now),
    environment: "sandbox",
  };
  return { body, product: found.product };
}
