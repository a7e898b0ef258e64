import type { ItemStatusKind } from "./item-status.ts";
import type { MailTemplate } from "./mail-templates.ts";

/** Whose turn it is. */
export type Actor = "user" | "operator" | "nobody";

/** What one status means: for the rules, and to people in a mail, on the Link page and in the API. */
export interface StatusMeaning {
  /** Who must act. */
  whoActs: Actor;
  /**
   * Whether an episode begins with it. An outage is no break, because the user cannot end it; an episode that began before
   * goes on through it.
   */
  isBreak: boolean;
  /** The mail that the user gets; `null` where none can help. */
  mail: MailTemplate | null;
  /** What the user finds behind a link that was mailed before. */
  page: string;
  /** What is the matter, for product teams and support. */
  says: string;
  /** What whoever must act has to do; what to wait for where nobody must. */
  nextStep: string;
  /** What each `error_type/error_code` (for `expiring`: each reason) means more exactly. `type/*`: all others of a type. */
  codes: Readonly<Record<string, string>>;
}

/**
 * Every status and every error code: who must act, which mail goes out, what the page shows, what the API says.
 *
 * Which code leads to which status is the rule in `ERROR_CATALOGUE`; this is what follows from the status.
 *
 * @see https://plaid.com/docs/errors/ and https://plaid.com/docs/link/update-mode/ (checked 2026-11-22)
 */
export const STATUS_MEANING = {
  healthy: {
    whoActs: "nobody",
    isBreak: false,
    mail: null,
    page: "The connection works already: there is nothing to do.",
    says: "The connection works.",
    nextStep: "Nothing.",
    codes: {},
  },
  expiring: {
    whoActs: "user",
    isBreak: false,
    mail: "expiring",
    page: "The connection works until the date. A button renews it.",
    says: "The connection works until a date that is known, and ends then unless the user renews it.",
    nextStep: "The user renews it before that date, by the link that Relink mails to them.",
    codes: {
      CONSENT: "The user's consent at the bank ends.",
      INSTITUTION_MIGRATION: "The bank moves to another way of connecting. Each user has to connect anew through it.",
      INSTITUTION_TOKEN_EXPIRATION: "The access that the bank granted ends on a fixed date.",
    },
  },
  login_required: {
    whoActs: "user",
    isBreak: true,
    mail: "login_required",
    page: "A button opens Link, where the user signs in at the bank again.",
    says: "The bank gives Plaid no more data until the user signs in again.",
    nextStep: "The user signs in again, by the link that Relink mails to them or one that support makes for them.",
    codes: {
      "ITEM_ERROR/ITEM_LOGIN_REQUIRED":
        "The password changed, the bank asks for a new sign-in, or the user's consent ran out.",
      "ITEM_ERROR/INVALID_CREDENTIALS": "The bank refused the user name or the password.",
      "ITEM_ERROR/INVALID_MFA": "The bank refused the answer to its security question or code.",
      "ITEM_ERROR/INSUFFICIENT_CREDENTIALS": "The user left the bank's own page before access was granted.",
      "ITEM_ERROR/ACCESS_NOT_GRANTED": "The user did not grant the access that a product needs.",
      "ITEM_ERROR/MANUAL_VERIFICATION_REQUIRED": "The user has to confirm account details in Link.",
      "INVALID_INPUT/ADDITIONAL_CONSENT_REQUIRED": "The user has not consented to a product that is being asked for.",
      "ITEM_ERROR/NO_ACCOUNTS": "No account is shared any more. The user can choose one in Link.",
      "ITEM_ERROR/NO_AUTH_ACCOUNTS": "No account is shared that money can be moved from or to.",
      "ITEM_ERROR/NO_INVESTMENT_ACCOUNTS": "No investment account is shared.",
      "ITEM_ERROR/NO_INVESTMENT_AUTH_ACCOUNTS": "No investment account is shared whose number can be read.",
      "ITEM_ERROR/NO_LIABILITY_ACCOUNTS": "No loan or card account is shared.",
    },
  },
  bank_action_required: {
    whoActs: "user",
    isBreak: true,
    mail: "bank_action_required",
    page: "First what to do at the bank, then a button that opens Link.",
    says: "The user has to put something right at the bank, and then sign in again.",
    nextStep: "The user acts at the bank first, and then signs in again. Relink mails both steps to them.",
    codes: {
      "ITEM_ERROR/ITEM_LOCKED": "The bank has locked the user's login, mostly after wrong passwords.",
      "ITEM_ERROR/PASSWORD_RESET_REQUIRED": "The bank wants a new password.",
      "ITEM_ERROR/USER_SETUP_REQUIRED": "Something is open at the bank: new terms, or a set-up that was not finished.",
    },
  },
  degraded: {
    whoActs: "nobody",
    isBreak: false,
    mail: null,
    page: "The bank has trouble: the user has nothing to do and may try later.",
    says: "The bank or Plaid has trouble. Data may be late or missing.",
    nextStep: "Wait. Relink asks Plaid again every 15 minutes. No mail goes out, because the user cannot end it.",
    codes: {
      "ITEM_ERROR/PRODUCT_NOT_READY": "Plaid is still fetching the data.",
      "ITEM_ERROR/INVALID_SEND_METHOD": "The bank's sign-in does not work for Plaid at the moment.",
      "INSTITUTION_ERROR/INSTITUTION_DOWN": "The bank is down, or under maintenance.",
      "INSTITUTION_ERROR/INSTITUTION_NOT_RESPONDING": "The bank does not answer Plaid.",
      "INSTITUTION_ERROR/INSTITUTION_NOT_AVAILABLE": "The bank is not available to Plaid at the moment.",
      "TRANSACTIONS_ERROR/TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION":
        "Transactions changed while they were being read. Read them again from the first page.",
      "API_ERROR/*": "Plaid has trouble of its own.",
      "RATE_LIMIT_EXCEEDED/*": "More was asked of Plaid or of the bank than they allow at a time.",
    },
  },
  needs_new_item: {
    whoActs: "user",
    isBreak: true,
    mail: "needs_new_item",
    page: "The connection cannot be repaired: the user links the account anew in your product.",
    says: "This connection cannot be repaired.",
    nextStep: "The user links the account anew in your product. Then remove this Item at Plaid.",
    codes: {
      "ITEM_ERROR/MFA_NOT_SUPPORTED": "The user's way of signing in at the bank does not work with Plaid.",
      "ITEM_ERROR/ITEM_NOT_SUPPORTED": "Plaid does not support this kind of account at this bank.",
      "ITEM_ERROR/INVALID_UPDATED_USERNAME": "The user signs in with another user name now, and Plaid cannot match it.",
      "INVALID_INPUT/TOO_MANY_VERIFICATION_ATTEMPTS": "The small deposits were entered wrongly too often.",
      "INSTITUTION_ERROR/INSTITUTION_NO_LONGER_SUPPORTED": "Plaid no longer supports this bank in this way.",
    },
  },
  needs_developer: {
    whoActs: "operator",
    isBreak: true,
    mail: null,
    page: "The connection cannot be repaired by the user at the moment.",
    says: "Something in the integration is wrong. The user can do nothing about it, and is not written to.",
    nextStep:
      "Look up the code at https://plaid.com/docs/errors/, and send the support bundle to Plaid if it does not help.",
    codes: {
      "ITEM_ERROR/PRODUCT_NOT_ENABLED": "A product is asked for that the Item was not made with.",
      "ITEM_ERROR/PRODUCTS_NOT_SUPPORTED": "The bank does not offer a product that is asked for.",
      "ITEM_ERROR/INSTANT_MATCH_FAILED": "The account could not be verified in the way that was asked for.",
      "INSTITUTION_ERROR/UNAUTHORIZED_INSTITUTION": "Your Plaid account is not enabled for this bank.",
      "INSTITUTION_ERROR/INSTITUTION_REGISTRATION_REQUIRED": "You have to be registered at this bank first.",
      "INSTITUTION_ERROR/INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT":
        "The bank does not exist in this environment of Plaid.",
      "INSTITUTION_ERROR/UNSUPPORTED_RESPONSE": "The bank sends something that Plaid cannot read.",
      "INVALID_INPUT/INVALID_ACCOUNT_ID": "An account is asked for that is closed, withdrawn or was given a new id.",
      "INVALID_INPUT/INVALID_ACCESS_TOKEN": "The access token is of another client or environment, or was replaced.",
      "INVALID_INPUT/INVALID_API_KEYS": "PLAID_CLIENT_ID and PLAID_SECRET do not belong together.",
      "INVALID_INPUT/UNAUTHORIZED_ENVIRONMENT": "Your Plaid account may not use this environment.",
      "INVALID_INPUT/UNAUTHORIZED_ROUTE_ACCESS": "Your Plaid account may not use this part of the API.",
      "INVALID_INPUT/INVALID_PRODUCT": "Your Plaid account may not use a product that is asked for.",
      "INVALID_INPUT/INVALID_LINK_CUSTOMIZATION":
        "The customization of Link in the dashboard does not fit what is asked for.",
      "INVALID_INPUT/INVALID_PROCESSOR_TOKEN": "A processor token is wrong, or of another environment.",
      "INVALID_INPUT/INVALID_USER_ID": "A user id of Plaid's is wrong.",
      "INVALID_INPUT/INVALID_USER_TOKEN": "A user token is wrong, or of another environment.",
      "SANDBOX_ERROR/*": "The sandbox was asked for something that it cannot do.",
    },
  },
  revoked: {
    whoActs: "user",
    isBreak: true,
    mail: "revoked",
    page: "The user withdrew permission. If that was a mistake, a button lets them give it again.",
    says: "The user withdrew permission, at the bank or at my.plaid.com (Plaid's page for users).",
    nextStep:
      "Nothing, if that is what the user wants. Otherwise they give it again by the link that Relink mails to them, or connect the account anew in your product.",
    codes: {
      "ITEM_ERROR/USER_PERMISSION_REVOKED": "It was withdrawn for all accounts of the connection.",
      "INVALID_INPUT/USER_PERMISSION_REVOKED": "It was withdrawn for all accounts of the connection.",
    },
  },
  removed: {
    whoActs: "nobody",
    isBreak: false,
    mail: null,
    page: "The connection does not exist any more.",
    says: "The Item is gone at Plaid for good.",
    nextStep: "Nothing. If the user wants to come back, they link the account anew in your product.",
    codes: {
      "ITEM_ERROR/ITEM_NOT_FOUND": "The Item was removed: by you, by the user at my.plaid.com, or by Plaid.",
      "ITEM_ERROR/ITEM_CONCURRENTLY_DELETED": "The Item was removed while it was being asked about.",
    },
  },
} as const satisfies Record<ItemStatusKind, StatusMeaning>;
