import { expect, test } from "vitest";
import { checkSchedule, DEFAULT_RETRY_WAITS, RETRY_WAITS_LIMITS } from "./delivery-schedule.ts";

const HOUR = 3_600;
const { longest } = RETRY_WAITS_LIMITS;

test.each<[string, readonly number[], (number | null)[]]>([
  ["the default", DEFAULT_RETRY_WAITS, []],
  ["one wait", [1], []],
  ["twenty waits", Array.from({ length: 20 }, () => 60), []],
  ["the longest wait", [longest], []],
  ["seven days", [longest, longest, longest, 24 * HOUR], []],
  ["none", [], [null]],
  ["twenty-one waits", Array.from({ length: 21 }, () => 60), [null]],
  ["no wait at all", [0], [0]],
  ["half a second", [60, 0.5], [1]],
  ["a wait into the past", [-5], [0]],
  ["a wait that is no number", [60, Number.NaN], [1]],
  ["more than 48 hours", [60, 60, longest + 1], [2]],
  ["more than seven days", [longest, longest, longest, 24 * HOUR, 1], [null]],
  ["several faults", [0, Infinity], [0, 1, null]],
])("%s: the faults are at %j", (_title, waits, places) => {
  expect(checkSchedule(waits).map(({ index }) => index)).toEqual(places);
});
