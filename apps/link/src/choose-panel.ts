import {
  type BankAction,
  classifyError,
  type CloseReason,
  type EpisodeCause,
  isDisplaced,
  type ItemStatus,
  type ItemStatusKind,
} from "@relink/core";
import type { PanelName } from "./panels.ts";

/** What each status means for the person in front of the page. */
const PANELS = {
  healthy: "fixed",
  expiring: "expiring",
  login_required: "ready",
  bank_action_required: "bank_action",
  degraded: "degraded",
  needs_new_item: "needs_new_item",
  needs_developer: "needs_developer",
  revoked: "revoked",
  removed: "removed",
} as const satisfies Record<ItemStatusKind, PanelName>;

type Panel = (typeof PANELS)[ItemStatusKind] | "new_accounts" | "displaced";

/** The panels whose button leads into update mode. */
type RepairPanel = Extract<Panel, "expiring" | "ready" | "bank_action" | "revoked" | "new_accounts">;

/**
 * What a status means for the person, while the episode of their link is open.
 *
 * @param hasNewer - whether the same user has a newer Item at this bank that works. Then nobody who has lost the older one
 * should be told to connect anew.
 */
export function panelFor(status: ItemStatus, cause: EpisodeCause, hasNewer: boolean): Panel {
  if (isDisplaced(status) || (status.kind === "removed" && hasNewer)) return "displaced";
  return cause === "new_accounts" && status.kind === "healthy" ? "new_accounts" : PANELS[status.kind];
}

/**
 * True if update mode can do something about it: then there is a button. Whoever withdrew permission can give it again
 * there at some banks; where that is not so, Plaid refuses the link token.
 */
export function isRepairable(panel: Panel): panel is RepairPanel {
  return ["expiring", "ready", "bank_action", "revoked", "new_accounts"].includes(panel);
}

/** What to show for a link whose episode is over, by how it ended and how the Item is by now. */
export function panelForClosed(
  closeReason: CloseReason | null,
  status: ItemStatus,
  hasNewer: boolean,
): "fixed" | "removed" | "displaced" | "older_mail" | "degraded" | "needs_developer" {
  const panel = panelFor(closeReason === "removed" ? { kind: "removed" } : status, "broken", hasNewer);
  // Something new: that has a mail of its own, and "already fixed" would be a lie.
  return isRepairable(panel) || panel === "needs_new_item" ? "older_mail" : panel;
}

/** What the person has to do at the bank first, if that is how the Item is. */
export function bankActionOf(status: ItemStatus): BankAction | null {
  if (!("error" in status)) return null;
  const verdict = classifyError(status.error);
  return verdict.kind === "bank_action_required" ? verdict.action : null;
}
