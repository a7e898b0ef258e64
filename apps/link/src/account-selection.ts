import type { EpisodeCause, ItemStatus } from "@relink/core";

/**
 * Where Link has an account selection of its own in update mode.
 *
 * @see https://plaid.com/docs/link/update-mode/#using-update-mode-to-request-new-accounts (checked 2026-11-22)
 */
const COUNTRIES = new Set(["US", "CA"]);

/** Errors that say which accounts are shared, and not how to sign in. */
const ABOUT_ACCOUNTS = new Set([
  "NO_ACCOUNTS",
  "NO_AUTH_ACCOUNTS",
  "NO_INVESTMENT_ACCOUNTS",
  "NO_INVESTMENT_AUTH_ACCOUNTS",
  "NO_LIABILITY_ACCOUNTS",
]);

/**
 * True if Link is to ask which accounts are shared. Only where the accounts are what it is about: whoever comes to sign in
 * again is spared the question, and cannot take an account away by mistake that the product works with. Banks that select
 * accounts on their own page do so in any case.
 *
 * @param countryCodes - as Link is given them. A bank's own country is not known, so all of them have to allow it.
 */
export function asksForAccounts(cause: EpisodeCause, status: ItemStatus, countryCodes: readonly string[]): boolean {
  if (!countryCodes.every((country) => COUNTRIES.has(country))) return false;
  return cause === "new_accounts" || ("error" in status && ABOUT_ACCOUNTS.has(status.error.code));
}
