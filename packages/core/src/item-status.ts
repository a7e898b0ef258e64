/** What Plaid says is wrong with an Item. Only these three fields are safe for decisions; messages may change. */
export interface ItemError {
  /** Plaid's `error_type`, such as `ITEM_ERROR`. */
  type: string;
  /** Plaid's `error_code`, such as `ITEM_LOGIN_REQUIRED`. An open set. */
  code: string;
  /** Plaid's `error_code_reason`, given for OAuth Items only. */
  reason: string | null;
}

/**
 * The status of an Item.
 *
 * | kind | data works | who must act |
 * | --- | --- | --- |
 * | `healthy` | yes | nobody |
 * | `expiring` | yes, until its date | the user, before the date |
 * | `login_required` | no | the user: update mode repairs it |
 * | `bank_action_required` | no | the user: first at the bank, then update mode |
 * | `degraded` | perhaps | nobody: the bank or Plaid has trouble |
 * | `needs_new_item` | no | the user, by linking anew |
 * | `needs_developer` | no | the operator |
 * | `revoked` | no | the user, if they wish |
 * | `removed` | no | nobody: the Item is gone for good |
 */
export type ItemStatus =
  | { kind: "healthy" }
  | { kind: "removed" }
  | { kind: "expiring"; at: Date; reason: string }
  | {
      kind: "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked";
      error: ItemError;
    };

export type ItemStatusKind = ItemStatus["kind"];

/** Whose turn it is. */
export type Actor = "user" | "operator" | "nobody";

/**
 * Per status: who must act, whether it is a break, and whether a mail helps the user to act.
 *
 * An outage is no break, because the user cannot end it. One that began before goes on through it.
 */
export const STATUS_MEANING = {
  healthy: { whoActs: "nobody", isBreak: false, isMailed: false },
  expiring: { whoActs: "user", isBreak: false, isMailed: true },
  login_required: { whoActs: "user", isBreak: true, isMailed: true },
  bank_action_required: { whoActs: "user", isBreak: true, isMailed: true },
  degraded: { whoActs: "nobody", isBreak: false, isMailed: false },
  needs_new_item: { whoActs: "user", isBreak: true, isMailed: true },
  needs_developer: { whoActs: "operator", isBreak: true, isMailed: false },
  revoked: { whoActs: "user", isBreak: true, isMailed: true },
  removed: { whoActs: "nobody", isBreak: false, isMailed: false },
} as const satisfies Record<ItemStatusKind, { whoActs: Actor; isBreak: boolean; isMailed: boolean }>;

/** Every kind of status, for validators and constraints. */
export const ITEM_STATUS_KINDS = [
  "healthy",
  "expiring",
  "login_required",
  "bank_action_required",
  "degraded",
  "needs_new_item",
  "needs_developer",
  "revoked",
  "removed",
] as const satisfies readonly ItemStatusKind[];
