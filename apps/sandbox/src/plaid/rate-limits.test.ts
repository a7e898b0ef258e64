import { expect, test } from "vitest";
import { createRateLimits } from "./rate-limits.ts";

function setUp() {
  const clock = { now: 1_800_000_000_000 };
  const limits = createRateLimits(() => clock.now);
  const ask = (accessToken: string, times: number) =>
    Array.from({ length: times }, () => {
      try {
        limits.count({ path: "/item/get", clientId: "a", accessToken }, "production");
        return true;
      } catch {
        return false;
      }
    }).filter((granted) => granted).length;
  return { clock, limits, ask };
}

test("the limit holds for any 60 seconds, not for each minute of the clock", () => {
  const { clock, ask } = setUp();
  expect(ask("x", 10)).toBe(10);
  clock.now += 59_000;
  expect(ask("x", 10)).toBe(5);
  clock.now += 1000; // the first ten are over
  expect(ask("x", 20)).toBe(10);
});

test("a refused call does not count against the next ones", () => {
  const { clock, ask } = setUp();
  expect(ask("x", 100)).toBe(15);
  clock.now += 30_000;
  expect(ask("x", 100)).toBe(0);
  clock.now += 30_000;
  expect(ask("x", 100)).toBe(15);
});

test("one Item's calls leave the others alone, until the client's limit is reached", () => {
  const { ask } = setUp();
  const granted = Array.from({ length: 1000 }, (_, item) => ask(`item ${item}`, 6)).reduce((sum, n) => sum + n, 0);
  expect(granted).toBe(5000);
});

test("the highest minute is remembered, refused calls among them", () => {
  const { clock, limits, ask } = setUp();
  ask("x", 20);
  clock.now += 30_000;
  ask("y", 20);
  clock.now += 60_000;
  ask("z", 1);
  expect(limits.counts().get("/item/get")).toEqual({
    calls: 41,
    refused: 10,
    highestPerMinute: 40,
    highestPerMinuteOfOneItem: 20,
  });
});
