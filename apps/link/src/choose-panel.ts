import { classifyError, type BankAction, type ItemStatus, type ItemStatusKind, STATUS_MEANING } from "@relink/core";
import type { PanelName } from "./panels.ts";

/** What each status means for the person in front of the page. */
const PANELS = {
  healthy: "fixed",
  login_required: "ready",
  bank_action_required: "bank_action",
  degraded: "degraded",
  needs_new_item: "needs_new_item",
  needs_developer: "needs_developer",
  revoked: "revoked",
  removed: "removed",
} as const satisfies Record<ItemStatusKind, PanelName>;

/** What a status means for the person, while the episode of their link is open. */
export function panelForStatus<Kind extends ItemStatusKind>(kind: Kind): (typeof PANELS)[Kind] {
  return PANELS[kind];
}

/** True if signing in again can repair the Item: then there is a button. */
export function isRepairable(kind: ItemStatusKind): kind is "login_required" | "bank_action_required" {
  return STATUS_MEANING[kind].isMailed;
}

/** What to show for a link whose episode is over, by how it ended and how the Item is by now. */
export function panelForClosed(
  closeReason: "repaired" | "false_alarm" | "removed" | null,
  kind: ItemStatusKind,
): "fixed" | "removed" | "older_mail" {
  if (closeReason === "removed" || kind === "removed") return "removed";
  // Broken anew: that has a mail of its own, and "already fixed" would be a lie.
  return isRepairable(kind) ? "older_mail" : "fixed";
}

/** What the person has to do at the bank first, if that is how the Item is. */
export function bankActionOf(status: ItemStatus): BankAction | null {
  if (!("error" in status)) return null;
  const verdict = classifyError(status.error);
  return verdict.kind === "bank_action_required" ? verdict.action : null;
}
