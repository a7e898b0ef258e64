import { expect, test } from "vitest";
import { parseMoment, parseRate, parseWhole } from "./parse-option.ts";

test.each([
  ["2026-11-22", "2026-11-22T00:00:00.000Z"],
  ["2026-11-22T09:30:00Z", "2026-11-22T09:30:00.000Z"],
  ["2026-11-22T09:30+02:00", "2026-11-22T07:30:00.000Z"],
])("the moment %s is %s", (text, expected) => {
  expect(parseMoment(text).toISOString()).toBe(expected);
});

test("2h is two hours ago", () => {
  const before = Date.now();
  const now = parseMoment("2h").getTime() + 2 * 3_600_000;
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

test.each(["", "yesterday", "22.11.2026", "2026-11-22 09:30", "2026-11-22T09:30:00", "2026-13-01", "2w", "-2h"])(
  "%j is no moment: a time without a zone could be two",
  (text) => {
    expect(() => parseMoment(text)).toThrow("It must look like");
  },
);

test("a rate may have its unit, and has a largest value", () => {
  expect(parseRate("min", 5_000)("2500/min")).toBe(2_500);
  expect(parseRate("min", 5_000)("2500")).toBe(2_500);
  expect(() => parseRate("min", 5_000)("2500/s")).toThrow("It must look like 2500/min.");
  expect(() => parseRate("min", 5_000)("0")).toThrow("It must look like 2500/min.");
  expect(() => parseRate("min", 5_000)("5001")).toThrow("It must not be more than 5000/min.");
});

test.each(["", "1.5", "1e3", "-1", "0", "11"])("%j is no whole number from 1 to 10", (text) => {
  expect(() => parseWhole(1, 10)(text)).toThrow("It must be a whole number from 1 to 10.");
});
