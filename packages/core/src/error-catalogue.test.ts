import { expect, test } from "vitest";
import { classifyError, ERROR_CATALOGUE, isAboutItem, statusAnsweredBy, statusHintedBy } from "./error-catalogue.ts";
import { STATUS_MEANING } from "./item-status.ts";

const error = (type: string, code: string) => ({ type, code, reason: null });

test.each([
  ["ITEM_ERROR", "ITEM_LOGIN_REQUIRED", "login_required"],
  ["ITEM_ERROR", "ACCESS_NOT_GRANTED", "login_required"],
  ["INVALID_INPUT", "ADDITIONAL_CONSENT_REQUIRED", "login_required"],
  ["ITEM_ERROR", "ITEM_LOCKED", "bank_action_required"],
  ["ITEM_ERROR", "PASSWORD_RESET_REQUIRED", "bank_action_required"],
  ["ITEM_ERROR", "USER_SETUP_REQUIRED", "bank_action_required"],
  ["ITEM_ERROR", "MFA_NOT_SUPPORTED", "needs_new_item"],
  ["INSTITUTION_ERROR", "INSTITUTION_NO_LONGER_SUPPORTED", "needs_new_item"],
  ["ITEM_ERROR", "USER_PERMISSION_REVOKED", "revoked"],
  ["INVALID_INPUT", "USER_PERMISSION_REVOKED", "revoked"],
  ["ITEM_ERROR", "ITEM_NOT_FOUND", "removed"],
  ["INSTITUTION_ERROR", "INSTITUTION_DOWN", "degraded"],
  ["API_ERROR", "INTERNAL_SERVER_ERROR", "degraded"],
  ["API_ERROR", "a code of next year", "degraded"],
  ["RATE_LIMIT_EXCEEDED", "ITEM_GET_LIMIT", "degraded"],
  ["ITEM_ERROR", "PRODUCTS_NOT_SUPPORTED", "needs_developer"],
  ["INVALID_INPUT", "INVALID_ACCESS_TOKEN", "needs_developer"],
  ["ITEM_ERROR", "INVALID_OTP", "ask"],
  ["OAUTH_ERROR", "INCORRECT_OAUTH_NONCE", "ask"],
  ["ITEM_ERROR", "A_CODE_OF_NEXT_YEAR", "ask"],
  ["INSTITUTION_ERROR", "A_CODE_OF_NEXT_YEAR", "ask"],
  ["__proto__", "constructor", "ask"],
])("%s / %s is %s", (type, code, kind) => {
  expect(classifyError({ type, code }).kind).toBe(kind);
});

test("a mail is only ever written about what the user can repair in Link", () => {
  const mailed = Object.entries(ERROR_CATALOGUE).filter(
    ([, { kind }]) => kind !== "ask" && STATUS_MEANING[kind].isMailed,
  );
  expect(new Set(mailed.map(([, { kind }]) => kind))).toEqual(new Set(["login_required", "bank_action_required"]));
  expect(mailed.map(([row]) => row).filter((row) => /INSTITUTION_ERROR|API_ERROR|RATE_LIMIT/.test(row))).toEqual([]);
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
