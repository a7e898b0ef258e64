/** What Plaid says is wrong with an Item. Only these three fields are safe for decisions; messages may change. */
export interface ItemError {
  /** Plaid's `error_type`, such as `ITEM_ERROR`. */
  type: string;
  /** Plaid's `error_code`, such as `ITEM_LOGIN_REQUIRED`. An open set. */
  code: string;
  /** Plaid's `error_code_reason`, given for OAuth Items only. */
  reason: string | null;
}

/** The status of an Item. What each kind means, and who must act, says `STATUS_MEANING`. */
export type ItemStatus =
  | { kind: "healthy" }
  | { kind: "removed" }
  | { kind: "expiring"; at: Date; reason: string }
  | {
      kind: "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked";
      error: ItemError;
    };

export type ItemStatusKind = ItemStatus["kind"];

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
