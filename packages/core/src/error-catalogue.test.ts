import { expect, test } from "vitest";
import {
  classifyError,
  ERROR_CATALOGUE,
  isAboutItem,
  isDisplaced,
  mayBeDisplaced,
  statusAnsweredBy,
  statusHintedBy,
} from "./error-catalogue.ts";
import { mailTemplateFor } from "./mails.ts";
import { STATUS_MEANING } from "./status-meaning.ts";

const error = (type: string, code: string) => ({ type, code, reason: null });

/** What an answer with this error means: the status, who must act, and which mail the user gets. */
test.each<[string, string, string, string, string | null]>([
  ["ITEM_ERROR", "ITEM_LOGIN_REQUIRED", "login_required", "user", "login_required"],
  ["ITEM_ERROR", "INVALID_CREDENTIALS", "login_required", "user", "login_required"],
  ["ITEM_ERROR", "INVALID_MFA", "login_required", "user", "login_required"],
  ["ITEM_ERROR", "INSUFFICIENT_CREDENTIALS", "login_required", "user", "login_required"],
  ["ITEM_ERROR", "ACCESS_NOT_GRANTED", "login_required", "user", "login_required"],
  ["ITEM_ERROR", "MANUAL_VERIFICATION_REQUIRED", "login_required", "user", "login_required"],
  ["ITEM_ERROR", "NO_ACCOUNTS", "login_required", "user", "login_required"],
  ["ITEM_ERROR", "NO_AUTH_ACCOUNTS", "login_required", "user", "login_required"],
  ["ITEM_ERROR", "NO_INVESTMENT_ACCOUNTS", "login_required", "user", "login_required"],
  ["ITEM_ERROR", "NO_INVESTMENT_AUTH_ACCOUNTS", "login_required", "user", "login_required"],
  ["ITEM_ERROR", "NO_LIABILITY_ACCOUNTS", "login_required", "user", "login_required"],
  ["INVALID_INPUT", "ADDITIONAL_CONSENT_REQUIRED", "login_required", "user", "login_required"],
  ["ITEM_ERROR", "ITEM_LOCKED", "bank_action_required", "user", "bank_action_required"],
  ["ITEM_ERROR", "PASSWORD_RESET_REQUIRED", "bank_action_required", "user", "bank_action_required"],
  ["ITEM_ERROR", "USER_SETUP_REQUIRED", "bank_action_required", "user", "bank_action_required"],
  ["ITEM_ERROR", "MFA_NOT_SUPPORTED", "needs_new_item", "user", "needs_new_item"],
  ["ITEM_ERROR", "ITEM_NOT_SUPPORTED", "needs_new_item", "user", "needs_new_item"],
  ["ITEM_ERROR", "INVALID_UPDATED_USERNAME", "needs_new_item", "user", "needs_new_item"],
  ["INVALID_INPUT", "TOO_MANY_VERIFICATION_ATTEMPTS", "needs_new_item", "user", "needs_new_item"],
  ["INSTITUTION_ERROR", "INSTITUTION_NO_LONGER_SUPPORTED", "needs_new_item", "user", "needs_new_item"],
  ["ITEM_ERROR", "USER_PERMISSION_REVOKED", "revoked", "user", "revoked"],
  ["INVALID_INPUT", "USER_PERMISSION_REVOKED", "revoked", "user", "revoked"],
  ["ITEM_ERROR", "ITEM_NOT_FOUND", "removed", "nobody", null],
  ["ITEM_ERROR", "ITEM_CONCURRENTLY_DELETED", "removed", "nobody", null],
  ["ITEM_ERROR", "PRODUCT_NOT_READY", "degraded", "nobody", null],
  ["ITEM_ERROR", "INVALID_SEND_METHOD", "degraded", "nobody", null],
  ["INSTITUTION_ERROR", "INSTITUTION_DOWN", "degraded", "nobody", null],
  ["INSTITUTION_ERROR", "INSTITUTION_NOT_RESPONDING", "degraded", "nobody", null],
  ["INSTITUTION_ERROR", "INSTITUTION_NOT_AVAILABLE", "degraded", "nobody", null],
  ["API_ERROR", "INTERNAL_SERVER_ERROR", "degraded", "nobody", null],
  ["API_ERROR", "PLANNED_MAINTENANCE", "degraded", "nobody", null],
  ["API_ERROR", "A_CODE_OF_NEXT_YEAR", "degraded", "nobody", null],
  ["RATE_LIMIT_EXCEEDED", "ITEM_GET_LIMIT", "degraded", "nobody", null],
  ["RATE_LIMIT_EXCEEDED", "INSTITUTIONS_GET_BY_ID_LIMIT", "degraded", "nobody", null],
  ["RATE_LIMIT_EXCEEDED", "INSTITUTION_RATE_LIMIT", "degraded", "nobody", null],
  ["RATE_LIMIT_EXCEEDED", "RATE_LIMIT", "degraded", "nobody", null],
  ["TRANSACTIONS_ERROR", "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION", "degraded", "nobody", null],
  ["ITEM_ERROR", "PRODUCT_NOT_ENABLED", "needs_developer", "operator", null],
  ["ITEM_ERROR", "PRODUCTS_NOT_SUPPORTED", "needs_developer", "operator", null],
  ["ITEM_ERROR", "INSTANT_MATCH_FAILED", "needs_developer", "operator", null],
  ["INSTITUTION_ERROR", "UNAUTHORIZED_INSTITUTION", "needs_developer", "operator", null],
  ["INSTITUTION_ERROR", "INSTITUTION_REGISTRATION_REQUIRED", "needs_developer", "operator", null],
  ["INSTITUTION_ERROR", "INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT", "needs_developer", "operator", null],
  ["INSTITUTION_ERROR", "UNSUPPORTED_RESPONSE", "needs_developer", "operator", null],
  ["INVALID_INPUT", "INVALID_ACCOUNT_ID", "needs_developer", "operator", null],
  ["INVALID_INPUT", "INVALID_ACCESS_TOKEN", "needs_developer", "operator", null],
  ["INVALID_INPUT", "INVALID_API_KEYS", "needs_developer", "operator", null],
  ["INVALID_INPUT", "UNAUTHORIZED_ENVIRONMENT", "needs_developer", "operator", null],
  ["INVALID_INPUT", "UNAUTHORIZED_ROUTE_ACCESS", "needs_developer", "operator", null],
  ["INVALID_INPUT", "INVALID_PRODUCT", "needs_developer", "operator", null],
  ["INVALID_INPUT", "INVALID_LINK_CUSTOMIZATION", "needs_developer", "operator", null],
  ["INVALID_INPUT", "INVALID_PROCESSOR_TOKEN", "needs_developer", "operator", null],
  ["INVALID_INPUT", "INVALID_USER_ID", "needs_developer", "operator", null],
  ["INVALID_INPUT", "INVALID_USER_TOKEN", "needs_developer", "operator", null],
  ["SANDBOX_ERROR", "SANDBOX_PRODUCT_NOT_ENABLED", "needs_developer", "operator", null],
  ["SANDBOX_ERROR", "SANDBOX_WEBHOOK_INVALID", "needs_developer", "operator", null],
])("%s/%s: %s, %s acts, mail %s", (type, code, kind, whoActs, mail) => {
  const status = statusAnsweredBy(error(type, code));
  expect(status.kind).toBe(kind);
  expect(statusHintedBy(error(type, code))).toEqual(status);
  expect(STATUS_MEANING[status.kind].whoActs).toBe(whoActs);
  expect(mailTemplateFor(status.kind, "broken")).toBe(mail);
});

/** Of a Link session, no longer documented, or unknown: on their own they say nothing about an Item. */
test.each([
  ["ITEM_ERROR", "INVALID_OTP"],
  ["ITEM_ERROR", "INVALID_PHONE_NUMBER"],
  ["ITEM_ERROR", "USER_INPUT_TIMEOUT"],
  ["INVALID_INPUT", "INVALID_LINK_TOKEN"],
  ["INVALID_INPUT", "INVALID_PUBLIC_TOKEN"],
  ["OAUTH_ERROR", "INCORRECT_OAUTH_NONCE"],
  ["OAUTH_ERROR", "INCORRECT_LINK_TOKEN"],
  ["OAUTH_ERROR", "OAUTH_STATE_ID_ALREADY_PROCESSED"],
  ["OAUTH_ERROR", "OAUTH_STATE_ID_NOT_FOUND"],
  ["ITEM_ERROR", "ITEM_NO_ERROR"],
  ["ITEM_ERROR", "ITEM_NO_VERIFICATION"],
  ["ITEM_ERROR", "INCORRECT_DEPOSIT_AMOUNTS"],
  ["ITEM_ERROR", "A_CODE_OF_NEXT_YEAR"],
  ["INSTITUTION_ERROR", "A_CODE_OF_NEXT_YEAR"],
  ["__proto__", "constructor"],
])("%s/%s: /item/get is asked, and nobody is written to", (type, code) => {
  expect(classifyError({ type, code }).kind).toBe("ask");
  expect(statusHintedBy(error(type, code))).toBeNull();
  expect(mailTemplateFor(statusAnsweredBy(error(type, code)).kind, "broken")).toBeNull();
});

test("Plaid's own trouble, whatever its code, is waited for", () => {
  const outages = Object.entries(ERROR_CATALOGUE).filter(([row]) => /^(?:API_ERROR|RATE_LIMIT_EXCEEDED)/.test(row));
  expect(outages.map(([, { kind }]) => kind)).toEqual(["degraded", "degraded"]);
});

test("a code that nobody knows changes nothing as a hint, and asks for a person as an answer", () => {
  expect(statusHintedBy(error("ITEM_ERROR", "NEW_CODE"))).toBeNull();
  expect(statusAnsweredBy(error("ITEM_ERROR", "NEW_CODE")).kind).toBe("needs_developer");
  expect(statusAnsweredBy(null)).toEqual({ kind: "healthy" });
});

test.each([
  ["ITEM_ERROR", "ITEM_NOT_FOUND", true],
  ["INVALID_INPUT", "INVALID_ACCESS_TOKEN", true],
  ["INVALID_INPUT", "USER_PERMISSION_REVOKED", true],
  // With a wrong client secret every Item would look broken.
  ["INVALID_INPUT", "INVALID_API_KEYS", false],
  ["RATE_LIMIT_EXCEEDED", "ITEM_GET_LIMIT", false],
  ["API_ERROR", "INTERNAL_SERVER_ERROR", false],
  ["INVALID_REQUEST", "MISSING_FIELDS", false],
])("a call that fails with %s / %s is an answer about the Item: %s", (type, code, expected) => {
  expect(isAboutItem({ type, code })).toBe(expected);
});

test.each<[string, string | null, boolean]>([
  ["ITEM_LOGIN_REQUIRED", "Chase", true],
  ["ITEM_LOGIN_REQUIRED", "PNC", true],
  ["ITEM_LOGIN_REQUIRED", "Navy Federal Credit Union", true],
  ["ITEM_LOGIN_REQUIRED", "Charles Schwab", true],
  ["ITEM_LOGIN_REQUIRED", "Purchase Bank", false],
  ["ITEM_LOGIN_REQUIRED", null, false],
  ["ITEM_LOCKED", "Chase", false],
])("%s at %s may come of a newer Item: %s", (code, bank, expected) => {
  expect(mayBeDisplaced(error("ITEM_ERROR", code), bank)).toBe(expected);
});

test("only an Item that a sign-in would repair, and whose user is not asked for one, was put out by another", () => {
  const loginRequired = error("ITEM_ERROR", "ITEM_LOGIN_REQUIRED");
  expect(isDisplaced({ kind: "needs_developer", error: loginRequired })).toBe(true);
  expect(isDisplaced({ kind: "login_required", error: loginRequired })).toBe(false);
  expect(isDisplaced(statusAnsweredBy(error("ITEM_ERROR", "PRODUCTS_NOT_SUPPORTED")))).toBe(false);
  expect(isDisplaced(statusAnsweredBy(error("ITEM_ERROR", "A_CODE_OF_NEXT_YEAR")))).toBe(false);
  expect(isDisplaced({ kind: "healthy" })).toBe(false);
});
