import fc from "fast-check";
import { expect, test } from "vitest";
import {
  DISABLED_REASONS,
  disableAt,
  type EndpointHealth,
  type HealthEvent,
  type HealthNotice,
  isReceiving,
  NEW_ENDPOINT_HEALTH,
  nextHealth,
} from "./endpoint-health.ts";

const MINUTE = 60_000;
const at = (hour: number): Date => new Date(Date.UTC(2026, 0, 1) + Math.round(hour * 60) * MINUTE);
const failed = (hour: number, deliveryId = "a", counts = true): HealthEvent => ({
  kind: "attempted",
  at: at(hour),
  deliveryId,
  isOk: false,
  counts,
});
const ok = (hour: number): HealthEvent => ({
  kind: "attempted",
  at: at(hour),
  deliveryId: "z",
  isOk: true,
  counts: true,
});
const ticked = (hour: number): HealthEvent => ({ kind: "ticked", at: at(hour) });
const gone = (hour: number): HealthEvent => ({ kind: "disabled", at: at(hour), reason: "gone" });
const paused: HealthEvent = { kind: "paused" };
const resumed: HealthEvent = { kind: "resumed" };
const enabled: HealthEvent = { kind: "enabled" };

const active: EndpointHealth = { ...NEW_ENDPOINT_HEALTH, state: "active" };

function run(events: readonly HealthEvent[], from = active): { health: EndpointHealth; notices: HealthNotice[] } {
  let health = from;
  const notices: HealthNotice[] = [];
  for (const event of events) {
    const next = nextHealth(health, event);
    health = next.health;
    notices.push(...next.effects);
  }
  return { health, notices };
}

/** Four failures of one delivery within an hour. */
const burst = (hour: number): HealthEvent[] => [0, 0.1, 0.2, 0.3].map((more) => failed(hour + more));
/** The clock runs, from hour 0. */
const broken = [...burst(0), failed(13, "b")];
const hourly = (from: number, to: number): HealthEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ticked(from + index));

test.each<[string, HealthEvent[], EndpointHealth["state"], HealthNotice[]]>([
  ["three failures are none", burst(0).slice(1), "active", []],
  ["the fourth failure of one delivery is told", burst(0), "failing", ["failing"]],
  ["so is the fourth in a row of several", ["a", "b", "c", "d"].map((id) => failed(1, id)), "failing", ["failing"]],
  ["a success in between starts anew", [...burst(0).slice(1), ok(1), ...burst(2).slice(1)], "active", []],
  ["what does not count is no failure", [...burst(0).slice(1), failed(1, "a", false)], "active", []],
  ["more failures are not told again", [...burst(0), ...burst(1), ticked(30)], "failing", ["failing"]],
  ["any success recovers", [...burst(0), ok(1)], "active", ["failing", "recovered"]],
  ["a success of a healthy endpoint is nothing", [ok(0), ok(1)], "active", []],
  ["an hour without failure does not recover", [...burst(0), ticked(1)], "failing", ["failing"]],
  [
    "an endpoint that comes and goes is told of once a day",
    [...burst(0), ok(1), ...burst(2), ok(3), ...burst(26), ok(27)],
    "active",
    ["failing", "recovered", "failing", "recovered"],
  ],
  [
    "one that does not come back is told of when the day is over",
    [...burst(0), ok(1), ...burst(2), ticked(24), ticked(25), ok(26)],
    "active",
    ["failing", "recovered", "failing", "recovered"],
  ],
  ["gone stops it at once", [gone(0)], "disabled", ["disabled"]],
  ["gone twice is told once", [...burst(0), gone(1), gone(2)], "disabled", ["failing", "disabled"]],
  ["what ends after that changes nothing", [gone(0), ok(1), ...burst(1), ticked(300)], "disabled", ["disabled"]],
  ["the owner can pause", [paused, ...burst(0), ok(1)], "paused", []],
  ["pausing forgets the failures", [...burst(0), paused, resumed, ok(1)], "active", ["failing"]],
  ["a paused endpoint is not disabled by time", [...broken, paused, ticked(500)], "paused", ["failing"]],
  ["a paused endpoint can be disabled", [paused, gone(1)], "disabled", ["disabled"]],
  ["a disabled endpoint cannot be paused", [gone(0), paused, resumed], "disabled", ["disabled"]],
  ["enabling makes it active", [gone(0), enabled], "active", ["disabled"]],
  ["a stop after that is told again", [gone(0), enabled, gone(1)], "disabled", ["disabled", "disabled"]],
  ["enabling does not end a pause", [paused, enabled], "paused", []],
])("%s", (_title, events, state, notices) => {
  const result = run(events);
  expect(result.health.state).toBe(state);
  expect(result.notices).toEqual(notices);
});

test("an endpoint that has not said that it wants to be called is neither failing nor well", () => {
  const { health } = run([...burst(0), ok(1), ticked(300), paused, resumed], NEW_ENDPOINT_HEALTH);
  expect(health).toBe(NEW_ENDPOINT_HEALTH);
  expect(run([enabled], NEW_ENDPOINT_HEALTH).health.state).toBe("active");
});

test("an endpoint that fails for five days is warned twice and then disabled", () => {
  const told: [number, HealthNotice][] = [];
  let health = run(broken).health;
  expect(disableAt(health)).toEqual(at(120));
  for (let hour = 14; hour <= 200; hour += 1) {
    const next = nextHealth(health, ticked(hour));
    health = next.health;
    told.push(...next.effects.map((notice): [number, HealthNotice] => [hour, notice]));
  }
  expect(told).toEqual([
    [60, "warning_60h"],
    [96, "warning_96h"],
    [120, "disabled"],
  ]);
  expect(health).toMatchObject({ disabledReason: "consecutive_failures", disabledAt: at(120), failingSince: at(0) });
  expect(disableAt(health)).toBeNull();
});

test.each<[string, HealthEvent[], number | null]>([
  ["one delivery, however long", [...burst(0), failed(70)], null],
  ["two deliveries less than twelve hours apart", [...burst(0), failed(11.9, "b")], null],
  ["two deliveries twelve hours apart", [...burst(0), failed(12, "b")], 120],
  ["the first one, twelve hours after another", [...burst(0), failed(1, "b"), failed(13)], 120],
  ["two, twelve hours apart, but three failures", [failed(0), failed(13, "b"), failed(14, "b")], null],
  ["the fourth failure after that", [failed(0), failed(13, "b"), failed(14, "b"), failed(15, "b")], 120],
  ["two deliveries a week apart: the clock starts at 24", [...burst(0), failed(168, "b")], 168 - 24 + 120],
  ["a fourth failure after a week", [failed(0), failed(13, "b"), failed(14, "b"), failed(168)], 168 - 24 + 120],
  ["a success in between", [...burst(0), ok(11), failed(13, "b"), ...burst(14)], null],
])("when %s disables", (_title, events, hour) => {
  expect(disableAt(run(events).health)).toEqual(hour === null ? null : at(hour));
});

test("a success on the last day clears the clock", () => {
  const { health, notices } = run([...broken, ...hourly(14, 119), ok(119), ...hourly(120, 300)]);
  expect(notices).toEqual(["failing", "warning_60h", "warning_96h", "recovered"]);
  expect(health).toEqual({ ...active, toldAt: at(0.3) });
});

test("a failure after the end disables too, if no tick has come before", () => {
  expect(run([...broken, ...hourly(14, 119), failed(121, "c")]).notices.at(-1)).toBe("disabled");
});

test("when nothing ran for days, the warning comes first, and leaves the time that it tells of", () => {
  const late = run([...broken, ticked(300)]);
  expect(late.notices).toEqual(["failing", "warning_96h"]);
  expect(disableAt(late.health)).toEqual(at(324));
  const first = run([...broken, ticked(80)]);
  expect(first.notices).toEqual(["failing", "warning_60h"]);
  expect(disableAt(first.health)).toEqual(at(140));
  expect(run([ticked(324)], late.health).notices).toEqual(["disabled"]);
});

test("a warning that is less than an hour late does not move the end", () => {
  const { health } = run([...broken, ticked(60.9), ticked(97)]);
  expect(health.warnedHours).toBe(96);
  expect(disableAt(health)).toEqual(at(120));
});

test("an endpoint can be stopped for every reason", () => {
  for (const reason of DISABLED_REASONS) {
    if (reason === "consecutive_failures") continue;
    const { health } = run([{ kind: "disabled", at: at(7), reason }]);
    expect(health).toMatchObject({ state: "disabled", disabledReason: reason, disabledAt: at(7) });
  }
});

// Any attempts, by any of three deliveries, with any breaks in between, and whatever owners and receivers do meanwhile.
const step = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "b", "c").map((id) => (hour: number) => failed(hour, id)) },
  { weight: 1, arbitrary: fc.constant((hour: number) => failed(hour, "a", false)) },
  { weight: 1, arbitrary: fc.constant(ok) },
  { weight: 4, arbitrary: fc.constant(ticked) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      () => paused,
      () => resumed,
      () => enabled,
      gone,
    ),
  },
);
const gaps = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 30, noNaN: true }), fc.constantFrom(12, 24, 60, 300));

/** What happens, with the hour at which it does. `isWatched`: a tick comes every hour, as it should. */
function story(steps: readonly (readonly [number, (hour: number) => HealthEvent])[], isWatched: boolean) {
  const events: HealthEvent[] = [];
  let hour = 0;
  for (const [gap, make] of steps) {
    if (isWatched) events.push(...hourly(Math.ceil(hour), Math.floor(hour + gap)));
    hour += gap;
    events.push(make(hour));
  }
  return events;
}

const stories = fc
  .tuple(fc.array(fc.tuple(gaps, step), { maxLength: 60 }), fc.boolean())
  .map(([steps, isWatched]) => story(steps, isWatched));

/** Each event of a story with the health before and after it. */
function walk(events: readonly HealthEvent[]) {
  let before = active;
  return events.map((event) => {
    const { health: after, effects } = nextHealth(before, event);
    const taken = { event, before, after, effects };
    before = after;
    return taken;
  });
}

test("whatever happens, nothing stops being sent without exactly one notice", () => {
  const reasons = new Set<string | null>();
  fc.assert(
    fc.property(stories, (events) => {
      const wrong = walk(events).filter(({ event, before, after, effects }) => {
        const isDisabled = after.state === "disabled" && before.state !== "disabled";
        const isPaused = isReceiving(before) && event.kind === "paused";
        const hasStopped = isReceiving(before) && !isReceiving(after);
        const notices = effects.filter((notice) => notice === "disabled").length;
        if (isDisabled) reasons.add(after.disabledReason);
        return notices !== (isDisabled ? 1 : 0) || (hasStopped && isDisabled === isPaused);
      });
      expect(wrong).toEqual([]);
    }),
    { numRuns: 3_000 },
  );
  // Both ways were walked.
  expect(reasons).toEqual(new Set(["consecutive_failures", "gone"]));
});

test("whatever happens, recovered comes only after failing, and failing once a day at most", () => {
  fc.assert(
    fc.property(stories, (events) => {
      let isTold = false;
      let toldAt: Date | null = null;
      const wrong = walk(events).filter(({ after, effects }) => {
        const isFirst = !isTold;
        const isAgain = effects.includes("failing");
        const isTooSoon = toldAt !== null && Number(after.toldAt) - toldAt.getTime() < 24 * 60 * MINUTE;
        isTold ||= isAgain;
        toldAt = after.toldAt;
        const needFailing = effects.some((notice) => notice !== "failing" && notice !== "disabled");
        const isWrong = (isAgain && (isTooSoon || !isFirst)) || (needFailing && !isTold);
        if (after.state !== "failing") isTold = false;
        return isWrong;
      });
      expect(wrong).toEqual([]);
    }),
    { numRuns: 3_000 },
  );
});

test("whatever happens, time disables only what two deliveries found failing for five days, a day after a warning", () => {
  let stops = 0;
  fc.assert(
    fc.property(stories, (events) => {
      let failures: { deliveryId: string; at: Date }[] = [];
      let warnedAt: Date | null = null;
      const wrong = walk(events).filter(({ event, before, after, effects }) => {
        if (event.kind === "attempted" && !event.isOk && event.counts && isReceiving(before)) failures.push(event);
        if (effects.includes("warning_96h") && "at" in event) warnedAt = event.at;
        const isTimedOut = effects.includes("disabled") && after.disabledReason === "consecutive_failures";
        const isFair =
          new Set(failures.map(({ deliveryId }) => deliveryId)).size > 1 &&
          Number(after.disabledAt) - Number(failures[0]?.at) >= 120 * 60 * MINUTE &&
          Number(after.disabledAt) - (warnedAt?.getTime() ?? Infinity) >= 23 * 60 * MINUTE;
        if (isTimedOut) stops += 1;
        if (!isReceiving(after) || after.failures === 0) {
          failures = [];
          warnedAt = null;
        }
        return isTimedOut && !isFair;
      });
      expect(wrong).toEqual([]);
    }),
    { numRuns: 3_000 },
  );
  expect(stops).toBeGreaterThan(10);
});

test("what changes nothing gives back the same object, and every field fits a column", () => {
  fc.assert(
    fc.property(stories, (events) => {
      const { health } = run(events);
      const again = nextHealth(health, ticked(0));
      expect(again.health).toBe(health);
      expect(again.effects).toEqual([]);
      const values = Object.values(health) as unknown[];
      expect(values.filter((value) => typeof value === "object" && value !== null && !(value instanceof Date))).toEqual(
        [],
      );
    }),
  );
});
