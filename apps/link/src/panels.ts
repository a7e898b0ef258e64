/**
 * What a person can be shown about a link that is theirs. The server chooses the first one, the script in the browser the
 * following ones; their names are what the two speak in.
 */
export type PanelName =
  // Before the button is pressed.
  | "ready"
  | "bank_action"
  | "finish"
  // On the way back from the bank.
  | "continue"
  | "restart"
  // After Link.
  | "checking"
  | "done"
  | "later"
  | "closed"
  | "failed"
  // What stands in the way.
  | "unreachable"
  | "blocked"
  | "busy"
  | "expired"
  // Nothing to press.
  | "fixed"
  | "older_mail"
  | "removed"
  | "degraded"
  | "needs_new_item"
  | "revoked"
  | "needs_developer";
