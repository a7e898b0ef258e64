import { expect, test } from "vitest";
import { EVENT_TYPE_NAMES, EVENT_TYPES, isEventPattern, isSubscribable, matchesPattern } from "./event-types.ts";

test.each([
  ["item.error", true],
  ["webhook.received", true],
  ["endpoint.failing", true],
  ["item.*", true],
  ["reauth.*", true],
  ["webhook.*", true],
  ["endpoint.*", true],
  ["*", true],
  ["webhook.test", false],
  ["webhook.verification", false],
  ["item", false],
  ["item.", false],
  ["item.err*", false],
  ["*.error", false],
  ["item.**", false],
  ["items.*", false],
  ["ITEM.*", false],
  [" item.error", false],
  [".*", false],
  ["", false],
  ["toString", false],
])("whether a subscription may name %j: %s", (text, expected) => {
  expect(isEventPattern(text)).toBe(expected);
});

test.each([
  [
    "item.*",
    ["error", "repaired", "expiring", "revoked", "account_revoked", "new_accounts_available", "degraded", "removed"],
  ],
  ["reauth.*", ["email_sent", "link_opened", "completed", "abandoned"]],
  ["webhook.*", ["received"]],
  ["endpoint.*", ["failing", "disabled", "recovered"]],
  ["delivery.*", ["exhausted"]],
  ["recovery.*", ["completed"]],
])("%s means its whole family, but for what is sent on request", (pattern, endings) => {
  const family = pattern.slice(0, -1);
  expect(EVENT_TYPE_NAMES.filter((type) => matchesPattern(pattern, type))).toEqual(endings.map((end) => family + end));
});

test("a type means itself and nothing else", () => {
  for (const pattern of EVENT_TYPE_NAMES.filter(isSubscribable)) {
    expect(EVENT_TYPE_NAMES.filter((type) => matchesPattern(pattern, type))).toEqual([pattern]);
  }
});

test("* means all that happens to Items, and nothing that happens to deliveries", () => {
  for (const type of EVENT_TYPE_NAMES) {
    expect(matchesPattern("*", type)).toBe(/^(item|reauth)\.|^webhook\.received$/.test(type));
  }
});

test("each type can be a name on the wire, and is told in one line", () => {
  for (const type of EVENT_TYPE_NAMES) {
    expect(type).toMatch(/^[a-z]+\.[a-z_]+$/);
    expect(EVENT_TYPES[type].description).toMatch(/^[A-Z].{10,110}\.$/);
  }
});
