import { expect, test } from "vitest";
import { REFUSAL_STATUS, retryAfterSeconds } from "./refusals.ts";

test("callers are asked to come again after 20 to 60 seconds, not all at once", () => {
  expect([0, 0.5, 0.999_999].map((random) => retryAfterSeconds(() => random))).toEqual([20, 40, 60]);
  expect(new Set(Array.from({ length: 200 }, () => retryAfterSeconds())).size).toBeGreaterThan(20);
});

test("no reason is answered with a success, a redirect or an error of the server", () => {
  for (const status of Object.values(REFUSAL_STATUS)) expect(Math.floor(status / 100)).toBe(4);
});
