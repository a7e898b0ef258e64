import type { ItemError, ItemStatus, ItemStatusKind } from "./item-status.ts";

/** What the user has to do at the bank before update mode can work. */
export type BankAction = "unlock" | "reset_password" | "finish_setup";

/**
 * What an error code says about an Item.
 *
 * `ask` means: on its own this code says nothing about the Item, `/item/get` decides.
 */
export type ErrorVerdict =
  | { kind: Exclude<ItemStatusKind, "healthy" | "expiring" | "bank_action_required"> }
  | { kind: "bank_action_required"; action: BankAction }
  | { kind: "ask" };

const repairable = { kind: "login_required" } as const;
const wait = { kind: "degraded" } as const;
const newItem = { kind: "needs_new_item" } as const;
const developer = { kind: "needs_developer" } as const;
const gone = { kind: "removed" } as const;
const ask = { kind: "ask" } as const;

/**
 * Every error that can concern an Item, and who can do something about it.
 *
 * A row is `error_type/error_code`; `error_type/*` stands for all other codes of its type. Codes that exist only inside
 * a Link session (a mistyped one-time password, an expired link token) never describe an Item, so they are `ask`.
 *
 * @see https://plaid.com/docs/errors/ (checked 2026-11-21)
 */
export const ERROR_CATALOGUE: Readonly<Record<string, ErrorVerdict>> = {
  // The user repairs it in update mode.
  "ITEM_ERROR/ITEM_LOGIN_REQUIRED": repairable,
  "ITEM_ERROR/INVALID_CREDENTIALS": repairable,
  "ITEM_ERROR/INVALID_MFA": repairable,
  "ITEM_ERROR/INSUFFICIENT_CREDENTIALS": repairable,
  "ITEM_ERROR/ACCESS_NOT_GRANTED": repairable,
  "ITEM_ERROR/MANUAL_VERIFICATION_REQUIRED": repairable,
  "INVALID_INPUT/ADDITIONAL_CONSENT_REQUIRED": repairable,
  // Access may have existed before: update mode with account selection comes first, a new Item is the second try.
  "ITEM_ERROR/NO_ACCOUNTS": repairable,
  "ITEM_ERROR/NO_AUTH_ACCOUNTS": repairable,
  "ITEM_ERROR/NO_INVESTMENT_ACCOUNTS": repairable,
  "ITEM_ERROR/NO_INVESTMENT_AUTH_ACCOUNTS": repairable,
  "ITEM_ERROR/NO_LIABILITY_ACCOUNTS": repairable,

  // The user acts at the bank first.
  "ITEM_ERROR/ITEM_LOCKED": { kind: "bank_action_required", action: "unlock" },
  "ITEM_ERROR/PASSWORD_RESET_REQUIRED": { kind: "bank_action_required", action: "reset_password" },
  "ITEM_ERROR/USER_SETUP_REQUIRED": { kind: "bank_action_required", action: "finish_setup" },

  // This Item cannot be repaired.
  "ITEM_ERROR/MFA_NOT_SUPPORTED": newItem,
  "ITEM_ERROR/ITEM_NOT_SUPPORTED": newItem,
  "ITEM_ERROR/INVALID_UPDATED_USERNAME": newItem,
  "INVALID_INPUT/TOO_MANY_VERIFICATION_ATTEMPTS": newItem,
  "INSTITUTION_ERROR/INSTITUTION_NO_LONGER_SUPPORTED": newItem,

  // The same code comes under two types: from the API and in webhooks.
  "ITEM_ERROR/USER_PERMISSION_REVOKED": { kind: "revoked" },
  "INVALID_INPUT/USER_PERMISSION_REVOKED": { kind: "revoked" },

  "ITEM_ERROR/ITEM_NOT_FOUND": gone,
  "ITEM_ERROR/ITEM_CONCURRENTLY_DELETED": gone,

  // It passes without anybody of ours.
  "ITEM_ERROR/PRODUCT_NOT_READY": wait,
  "ITEM_ERROR/INVALID_SEND_METHOD": wait,
  "INSTITUTION_ERROR/INSTITUTION_DOWN": wait,
  "INSTITUTION_ERROR/INSTITUTION_NOT_RESPONDING": wait,
  "INSTITUTION_ERROR/INSTITUTION_NOT_AVAILABLE": wait,
  "TRANSACTIONS_ERROR/TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION": wait,
  "API_ERROR/*": wait,
  "RATE_LIMIT_EXCEEDED/*": wait,

  // The integration has to change.
  "ITEM_ERROR/PRODUCT_NOT_ENABLED": developer,
  "ITEM_ERROR/PRODUCTS_NOT_SUPPORTED": developer,
  "ITEM_ERROR/INSTANT_MATCH_FAILED": developer,
  "INSTITUTION_ERROR/UNAUTHORIZED_INSTITUTION": developer,
  "INSTITUTION_ERROR/INSTITUTION_REGISTRATION_REQUIRED": developer,
  "INSTITUTION_ERROR/INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT": developer,
  "INSTITUTION_ERROR/UNSUPPORTED_RESPONSE": developer,
  "INVALID_INPUT/INVALID_ACCOUNT_ID": developer,
  "INVALID_INPUT/INVALID_ACCESS_TOKEN": developer,
  "INVALID_INPUT/INVALID_API_KEYS": developer,
  "INVALID_INPUT/UNAUTHORIZED_ENVIRONMENT": developer,
  "INVALID_INPUT/UNAUTHORIZED_ROUTE_ACCESS": developer,
  "INVALID_INPUT/INVALID_PRODUCT": developer,
  "INVALID_INPUT/INVALID_LINK_CUSTOMIZATION": developer,
  "INVALID_INPUT/INVALID_PROCESSOR_TOKEN": developer,
  "INVALID_INPUT/INVALID_USER_ID": developer,
  "INVALID_INPUT/INVALID_USER_TOKEN": developer,
  "SANDBOX_ERROR/*": developer,

  // Only inside a Link session.
  "ITEM_ERROR/INVALID_OTP": ask,
  "ITEM_ERROR/INVALID_PHONE_NUMBER": ask,
  "ITEM_ERROR/USER_INPUT_TIMEOUT": ask,
  "INVALID_INPUT/INVALID_LINK_TOKEN": ask,
  "INVALID_INPUT/INVALID_PUBLIC_TOKEN": ask,
  "OAUTH_ERROR/*": ask,

  // No longer documented, still accepted.
  "ITEM_ERROR/ITEM_NO_ERROR": ask,
  "ITEM_ERROR/ITEM_NO_VERIFICATION": ask,
  "ITEM_ERROR/INCORRECT_DEPOSIT_AMOUNTS": ask,
};

/** Looks an error up in {@link ERROR_CATALOGUE}. A code that is not in it says nothing: ask `/item/get`. */
export function classifyError(error: Pick<ItemError, "type" | "code">): ErrorVerdict {
  for (const row of [`${error.type}/${error.code}`, `${error.type}/*`]) {
    if (Object.hasOwn(ERROR_CATALOGUE, row)) return ERROR_CATALOGUE[row] ?? ask;
  }
  return ask;
}

/** The status that an error in a webhook suggests; `null` where only `/item/get` can tell. */
export function statusHintedBy(error: ItemError): ItemStatus | null {
  const { kind } = classifyError(error);
  if (kind === "ask") return null;
  return kind === "removed" ? { kind } : { kind, error };
}

/**
 * The status that an answer of `/item/get` means.
 *
 * @param error - `item.error`, or the error that the call itself ended with; `null` for an Item that works. A code that
 * nobody knows needs a person who looks at it, and is no reason to write to the user.
 */
export function statusAnsweredBy(error: ItemError | null): ItemStatus {
  if (error === null) return { kind: "healthy" };
  return statusHintedBy(error) ?? { kind: "needs_developer", error };
}

/**
 * True if the error that a call with an Item's access token ended with is about that Item, and not about the client's
 * keys, the request, the rate or Plaid's own trouble. Only then is it an answer to the question how the Item is.
 */
export function isAboutItem(error: Pick<ItemError, "type" | "code">): boolean {
  const { kind } = classifyError(error);
  if (kind === "ask" || kind === "degraded") return false;
  return (
    error.type === "ITEM_ERROR" ||
    (error.type === "INVALID_INPUT" && ["INVALID_ACCESS_TOKEN", "USER_PERMISSION_REVOKED"].includes(error.code))
  );
}

/**
 * Banks where a second Item for the same login puts the first one out. Plaid names them by name.
 *
 * @see https://plaid.com/docs/link/duplicate-items/ (checked 2026-11-22)
 */
const DISPLACING_BANKS = /\b(?:chase|pnc|navy federal|schwab)\b/i;

/** True if a newer Item of the same user may be why this bank's Item asks for a login. */
export function mayBeDisplaced(error: ItemError | null, institutionName: string | null): boolean {
  return error?.code === "ITEM_LOGIN_REQUIRED" && DISPLACING_BANKS.test(institutionName ?? "");
}

/** True if a newer Item of the same user has put this one out: a sign-in would repair it, and is not asked for. */
export function isDisplaced(status: ItemStatus): boolean {
  return status.kind === "needs_developer" && classifyError(status.error).kind === "login_required";
}
