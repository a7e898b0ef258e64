import { expect, test } from "vitest";
import { LIFETIME_MS, retryAfterMs, retryDelayMs } from "./schedule.ts";

test("six retries fit into 24 hours, each four times later than the last", () => {
  const delays = [0, 1, 2, 3, 4, 5].map(retryDelayMs);
  expect(delays.map((ms) => ms / 1000)).toEqual([30, 120, 480, 1920, 7680, 30_720]);
  const spent = delays.reduce((sum, ms) => sum + ms, 0);
  expect(spent).toBeLessThan(LIFETIME_MS);
  expect(spent + retryDelayMs(6)).toBeGreaterThan(LIFETIME_MS);
});

const now = Date.parse("2026-11-21T12:00:00Z");

test.each<[string | null, number | undefined]>([
  ["7", 7000],
  [" 0 ", 0],
  ["Sat, 21 Nov 2026 12:01:00 GMT", 60_000],
  ["2026-11-21T12:00:30Z", 30_000],
  ["2026-11-21T11:00:00Z", 0], // in the past: at once
  ["999999", 4 * 3_600_000], // never longer than four hours
  ["soon", undefined],
  [null, undefined],
])("Retry-After %j waits %j ms", (header, expected) => {
  expect(retryAfterMs(header, now)).toBe(expected);
});
