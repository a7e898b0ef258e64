import { plaidItemId } from "./items.ts";

/** The break of an Item, as Plaid tells it. */
export function itemError(item: number): Record<string, unknown> {
  return {
    webhook_type: "ITEM",
    webhook_code: "ERROR",
    item_id: plaidItemId(item),
    error: {
      display_message: "The user's OAUTH connection to this institution has been invalidated.",
      error_code: "ITEM_LOGIN_REQUIRED",
      error_code_reason: "OAUTH_INVALID_TOKEN",
      error_message: "the login details of this item have changed (credentials, MFA, or required user action)",
      error_type: "ITEM_ERROR",
      status: 400,
    },
    environment: "sandbox",
  };
}

/** News of transactions: what most webhooks are. It changes no status, and is kept for the Item's timeline. */
export function syncUpdates(item: number): Record<string, unknown> {
  return {
    webhook_type: "TRANSACTIONS",
    webhook_code: "SYNC_UPDATES_AVAILABLE",
    item_id: plaidItemId(item),
    initial_update_complete: true,
    historical_update_complete: true,
    environment: "sandbox",
  };
}
