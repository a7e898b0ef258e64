import { accountsOf } from "../plaid/accounts.ts";
import { errorBody, type PlaidErrorBody } from "../plaid/errors.ts";
import { institutions } from "../plaid/institutions.ts";
import type { Item } from "../store/items.ts";
import { errorInWebhook, type ExampleSubject, exampleWebhook, type WebhookBody } from "./examples.ts";

function itemWebhook(item: Item, code: string, fields: Record<string, unknown> = {}): WebhookBody {
  return { webhook_type: "ITEM", webhook_code: code, item_id: item.itemId, ...fields, environment: "sandbox" };
}

/** The ITEM webhooks. @see https://plaid.com/docs/api/items/#webhooks (checked 2026-11-21) */
export const itemWebhooks = {
  error: (item: Item, error: PlaidErrorBody) => itemWebhook(item, "ERROR", { error: errorInWebhook(error) }),
  loginRepaired: (item: Item) => itemWebhook(item, "LOGIN_REPAIRED"),
  newAccountsAvailable: (item: Item) => itemWebhook(item, "NEW_ACCOUNTS_AVAILABLE", { error: null }),
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

type SessionNames = { link_session_id: string; link_token: string };

/**
 * The LINK webhooks. They name no Item and no user: the Link token is the only way to tell.
 *
 * @see https://plaid.com/docs/link/hosted-link/ (checked 2026-11-22)
 */
export const linkWebhooks = {
  itemAddResult: (session: SessionNames, publicToken: string): WebhookBody => ({
    webhook_type: "LINK",
    webhook_code: "ITEM_ADD_RESULT",
    ...session,
    public_token: publicToken,
    environment: "sandbox",
  }),
  sessionFinished: (session: SessionNames, publicToken: string | null): WebhookBody => ({
    webhook_type: "LINK",
    webhook_code: "SESSION_FINISHED",
    status: publicToken === null ? "EXITED" : "SUCCESS",
    ...session,
    ...(publicToken !== null && { public_token: publicToken, public_tokens: [publicToken] }),
    environment: "sandbox",
  }),
  events: (session: SessionNames, events: readonly unknown[]): WebhookBody => ({
    webhook_type: "LINK",
    webhook_code: "EVENTS",
    ...session,
    events,
    environment: "sandbox",
  }),
} as const;

/** What an example needs to speak of this Item. */
export function subjectOf(item: Item, url: string, now: number): ExampleSubject {
  return {
    itemId: item.itemId,
    accountId: accountsOf(item)[0]?.account_id ?? "",
    institution: { id: item.institutionId, name: institutions.get(item.institutionId)?.name ?? "" },
    url,
    now,
  };
}

interface Fireable {
  code: string;
  type: string;
  /** A product that the Item must have. */
  product?: string;
}

/** Where a code exists under several types, the first is meant if the caller names none. */
const FIREABLE: readonly Fireable[] = [
  { code: "DEFAULT_UPDATE", type: "TRANSACTIONS", product: "transactions" },
  { code: "DEFAULT_UPDATE", type: "AUTH", product: "auth" },
  { code: "DEFAULT_UPDATE", type: "IDENTITY", product: "identity" },
  { code: "DEFAULT_UPDATE", type: "HOLDINGS", product: "investments" },
  { code: "DEFAULT_UPDATE", type: "INVESTMENTS_TRANSACTIONS", product: "investments" },
  { code: "DEFAULT_UPDATE", type: "LIABILITIES", product: "liabilities" },
  { code: "NEW_ACCOUNTS_AVAILABLE", type: "ITEM" },
  { code: "AUTHORIZATION_GRANTED", type: "ITEM" },
  { code: "LOGIN_REPAIRED", type: "ITEM" },
  { code: "USER_PERMISSION_REVOKED", type: "ITEM" },
  { code: "USER_ACCOUNT_REVOKED", type: "ITEM" },
  { code: "PENDING_DISCONNECT", type: "ITEM" },
  { code: "SMS_MICRODEPOSITS_VERIFICATION", type: "AUTH", product: "auth" },
  { code: "RECURRING_TRANSACTIONS_UPDATE", type: "TRANSACTIONS", product: "transactions" },
  { code: "SYNC_UPDATES_AVAILABLE", type: "TRANSACTIONS", product: "transactions" },
  { code: "PRODUCT_READY", type: "ASSETS", product: "assets" },
  { code: "ERROR", type: "ASSETS", product: "assets" },
];

/**
 * The webhook that `/sandbox/item/fire_webhook` fires.
 *
 * @returns the body and the product it needs; nothing if the pair of type and code does not exist.
 */
export function fireableWebhook(
  item: Item,
  code: string,
  type: string | undefined,
  now: number,
): { body: WebhookBody; product: string | undefined } | undefined {
  const found = FIREABLE.find((entry) => entry.code === code && (type === undefined || entry.type === type));
  if (found === undefined) return undefined;
  // AUTHORIZATION_GRANTED can be fired, but Plaid describes no body for it.
  const body = exampleWebhook(found.type, code, subjectOf(item, item.webhook ?? "", now)) ?? itemWebhook(item, code);
  return { body, product: found.product };
}
