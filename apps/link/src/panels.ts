/**
 * What a person can be shown about a link that is theirs. The server chooses the first one, the script in the browser the
 * following ones; their names are what the two speak in.
 */
export type PanelName =
  // Before the button is pressed.
  | "ready"
  | "bank_action"
  | "expiring"
  | "new_accounts"
  | "revoked"
  | "finish"
  // On the way back from the bank, or from Plaid's own page.
  | "continue"
  | "restart"
  | "returned"
  // After Link.
  | "checking"
  | "done"
  | "later"
  | "closed"
  | "failed"
  // What stands in the way.
  | "unreachable"
  | "plaid_down"
  | "blocked"
  | "busy"
  | "expired"
  | "mail_asked"
  // Nothing to press.
  | "fixed"
  | "older_mail"
  | "displaced"
  | "removed"
  | "degraded"
  | "needs_new_item"
  | "cannot_renew"
  | "needs_developer";
