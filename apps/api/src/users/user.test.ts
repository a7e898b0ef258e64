import { expect, test } from "vitest";
import { newUserSchema } from "./user.ts";

const user = { external_id: "u-1", email: "ada@example.com" };
const isValid = (changes: object) => newUserSchema.safeParse({ ...user, ...changes }).success;

test.each([
  "ada@example.com",
  "ada+relink@sub.example.co.uk",
  "o'hara@example.com",
  "ada@bücher.example",
  `${"a".repeat(64)}@example.com`,
])("%s is an address", (email) => {
  expect(isValid({ email })).toBe(true);
});

test.each([
  "",
  "ada",
  "@example.com",
  "ada@",
  "ada@example",
  "a@b@example.com",
  "ada@example.com,eve@example.com",
  "ada@example.com;eve@example.com",
  "Ada <ada@example.com>",
  '"ada"@example.com',
  "ada(comment)@example.com",
  "ada@example.com\r\nBcc: eve@example.com",
  "ada @example.com",
  "ada@[127.0.0.1]",
  "ada@127.0.0.1",
  "ada\\@example.com",
  `${"a".repeat(65)}@example.com`,
  `a@${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(60)}.${"e".repeat(60)}.${"f".repeat(20)}.com`,
])("%j is no address that a mail could go to", (email) => {
  expect(isValid({ email })).toBe(false);
});

test.each([
  ["locale", "en", true],
  ["locale", "fr-CA", true],
  ["locale", "zh-Hant-TW", true],
  ["locale", "en_US", false],
  ["locale", "english language", false],
  ["locale", "", false],
  ["locale", null, true],
  ["time_zone", "America/New_York", true],
  ["time_zone", "UTC", true],
  ["time_zone", "Mars/Olympus", false],
  ["time_zone", "+01:00", false],
  ["time_zone", "", false],
  ["time_zone", null, true],
  ["name", "Zoë Ångström-Łukasz", true],
  ["name", "line\nbreak", false],
  ["name", "", false],
  ["name", "x".repeat(201), false],
  ["external_id", "a b", false],
  ["external_id", "", false],
  ["external_id", "x".repeat(129), false],
  ["external_id", "auth0|5f7c8ec7c33c6c004bbafe82", true],
])("%s %j is valid: %s", (field, value, expected) => {
  expect(isValid({ [field]: value })).toBe(expected);
});
