/** The texts that a user can get. */
export const MAIL_TEMPLATES = [
  "login_required",
  "bank_action_required",
  "expiring",
  "needs_new_item",
  "revoked",
  "new_accounts",
  "connected_again",
] as const;
export type MailTemplate = (typeof MAIL_TEMPLATES)[number];
