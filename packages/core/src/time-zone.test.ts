import { expect, test } from "vitest";
import { isTimeZone, knownTimeZone } from "./time-zone.ts";

test.each([
  ["Europe/Paris", true],
  ["America/Argentina/Buenos_Aires", true],
  ["UTC", true],
  ["Mars/Olympus", false],
  ["Europe/Paris ", false],
  ["2026-01-05T00:00:00Z[Europe/Paris]", false],
  ["", false],
])("%j is a time zone: %s", (name, expected) => {
  expect(isTimeZone(name)).toBe(expected);
});

test.each([
  ["Asia/Tokyo", "Asia/Tokyo"],
  ["Mars/Olympus", "America/New_York"],
  [null, "America/New_York"],
])("a user of %s is written to by the clock of %s", (timeZone, expected) => {
  expect(knownTimeZone(timeZone, "America/New_York")).toBe(expected);
});
