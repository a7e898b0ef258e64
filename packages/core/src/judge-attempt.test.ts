import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DELIVERY_ERROR_CODES, type DeliveryErrorCode } from "./delivery-errors.ts";
import { DEFAULT_RETRY_WAITS } from "./delivery-schedule.ts";
import { type AttemptContext, type AttemptOutcome, type EndedAttempt, judgeAttempt } from "./judge-attempt.ts";

const start = new Date("2026-11-20T18:00:00Z");
const after = (seconds: number): Date => new Date(start.getTime() + seconds * 1_000);
const HOUR = 3_600;
const DAY = 24 * HOUR;

const first: AttemptContext = {
  waits: DEFAULT_RETRY_WAITS,
  attemptsUsed: 0,
  forbiddenBefore: 0,
  isManual: false,
  throttledUntil: null,
  rateLimitedSince: null,
  lowerConcurrency: false,
  random: () => 0.5,
};

function answer(status: number, more: Partial<EndedAttempt> = {}): EndedAttempt {
  return { endedAt: start, status, errorCode: null, retryAfter: null, control: null, ...more };
}

function failure(errorCode: DeliveryErrorCode, more: Partial<EndedAttempt> = {}): EndedAttempt {
  return { endedAt: start, status: null, errorCode, retryAfter: null, control: null, ...more };
}

/** Seconds until the next attempt. */
function waitAfter(result: EndedAttempt, context: Partial<AttemptContext> = {}): number | null {
  const { nextAttemptAt } = judgeAttempt(result, { ...first, ...context });
  return nextAttemptAt && (nextAttemptAt.getTime() - result.endedAt.getTime()) / 1_000;
}

test.each<[number, AttemptOutcome, DeliveryErrorCode | null]>([
  [200, "delivered", null],
  [201, "delivered", null],
  [204, "delivered", null],
  [299, "delivered", null],
  [199, "retry", "HTTP_STATUS"],
  [300, "retry", "REDIRECT"],
  [301, "retry", "REDIRECT"],
  [308, "retry", "REDIRECT"],
  [399, "retry", "REDIRECT"],
  ...[400, 401, 403, 404, 405, 413, 415, 422, 500, 502, 503, 504, 599].map(
    (status): [number, AttemptOutcome, DeliveryErrorCode] => [status, "retry", "HTTP_STATUS"],
  ),
  [410, "gone", "GONE"],
  [429, "retry", "RATE_LIMITED"],
])("status %i: %s, %s", (status, outcome, errorCode) => {
  expect(judgeAttempt(answer(status), first)).toMatchObject({ outcome, errorCode });
});

test("whatever keeps an answer from coming is tried again", () => {
  for (const errorCode of DELIVERY_ERROR_CODES) {
    expect(judgeAttempt(failure(errorCode), first)).toMatchObject({
      outcome: errorCode === "GONE" ? "gone" : "retry",
      errorCode,
    });
  }
});

test("a body that is slow or too long does not undo a 2xx", () => {
  expect(judgeAttempt(answer(200, { errorCode: "TIMEOUT_TOTAL" }), first)).toMatchObject({
    outcome: "delivered",
    errorCode: null,
    lowerConcurrency: false,
  });
});

test("an attempt of which nothing is known is our own failure", () => {
  const result = { ...failure("INTERNAL"), errorCode: null };
  expect(judgeAttempt(result, first)).toMatchObject({
    outcome: "retry",
    errorCode: "INTERNAL",
    countsForHealth: false,
  });
});

describe("the default schedule, run to its end", () => {
  test("makes ten attempts, at the times that are documented", () => {
    const attempts = runToEnd(() => 0.5);
    expect(attempts.map((at) => (at.getTime() - start.getTime()) / 1_000)).toEqual([
      0,
      5,
      5 * 60 + 5,
      35 * 60 + 5,
      2 * HOUR + 35 * 60 + 5,
      7 * HOUR + 35 * 60 + 5,
      17 * HOUR + 35 * 60 + 5,
      31 * HOUR + 35 * 60 + 5,
      51 * HOUR + 35 * 60 + 5,
      75 * HOUR + 35 * 60 + 5,
    ]);
  });

  test("keeps each wait within 20 % of its length, whatever chance does", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (chance) => {
        const attempts = runToEnd(() => chance.next().value ?? 0);
        expect(attempts).toHaveLength(10);
        for (const [index, wait] of DEFAULT_RETRY_WAITS.entries()) {
          const waited = Number(attempts[index + 1]) - Number(attempts[index]);
          expect(waited).toBeGreaterThanOrEqual(wait * 800);
          expect(waited).toBeLessThanOrEqual(wait * 1_200 + 1);
        }
      }),
    );
  });

  /** The times of all attempts at an endpoint that always answers 500 at once. */
  function runToEnd(random: () => number): Date[] {
    const attempts: Date[] = [];
    let dueAt: Date | null = start;
    while (dueAt !== null) {
      const context = { ...first, attemptsUsed: attempts.length, random };
      attempts.push(dueAt);
      const verdict = judgeAttempt(answer(500, { endedAt: dueAt }), context);
      expect(verdict).toMatchObject({ outcome: verdict.nextAttemptAt ? "retry" : "exhausted", usesAttempt: true });
      dueAt = verdict.nextAttemptAt;
    }
    return attempts;
  }
});

test("an endpoint's own schedule takes the place of the default", () => {
  expect(waitAfter(answer(500), { waits: [60] })).toBe(60);
  expect(judgeAttempt(answer(500), { ...first, waits: [60], attemptsUsed: 1 })).toMatchObject({
    outcome: "exhausted",
    nextAttemptAt: null,
  });
});

test.each<[string, EndedAttempt, number]>([
  ["nothing asked for", answer(503), 5],
  ["longer than the schedule: that, and 5 of 10 %", answer(503, { retryAfter: "120" }), 126],
  ["a date", answer(503, { retryAfter: "Fri, 20 Nov 2026 18:02:00 GMT" }), 126],
  ["on any failure", answer(302, { retryAfter: "120" }), 126],
  ["shorter than the schedule", answer(503, { retryAfter: "3" }), 5],
  ["garbage", answer(503, { retryAfter: "soon" }), 5],
  ["a negative number", answer(503, { retryAfter: "-120" }), 5],
  ["ten days: one", answer(503, { retryAfter: "864000" }), DAY],
  ["23 hours: no more than a day", answer(503, { retryAfter: String(23 * HOUR) }), DAY],
  ["429 and nothing asked for: a minute", answer(429), 63],
  ["429 and garbage", answer(429, { retryAfter: "soon" }), 63],
  ["429 and less than a minute", answer(429, { retryAfter: "10" }), 63],
  ["429 and two minutes", answer(429, { retryAfter: "120" }), 126],
  ["502", answer(502), 63],
  ["504", answer(504), 63],
  ["502 and two minutes", answer(502, { retryAfter: "120" }), 126],
  ["no connection in time", failure("TIMEOUT_CONNECT"), 63],
  ["no answer in time", failure("TIMEOUT_TOTAL"), 63],
  ["connection refused", failure("CONNECTION_REFUSED"), 5],
  ["our own way out is down", failure("EGRESS_UNAVAILABLE"), 30],
])("the next attempt after %s", (_title, result, seconds) => {
  expect(waitAfter(result)).toBe(seconds);
});

test("a least wait does not shorten the schedule", () => {
  expect(waitAfter(answer(429), { attemptsUsed: 2 })).toBe(1_800);
  expect(waitAfter(answer(503, { retryAfter: "120" }), { attemptsUsed: 1 })).toBe(300);
  expect(waitAfter(answer(503, { retryAfter: "864000" }), { waits: [2 * DAY] })).toBe(2 * DAY);
});

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const results = fc.record({
  endedAt: fc.nat(10 * DAY).map(after),
  status: fc.constantFrom(null, 200, 302, 404, 410, 429, 500, 502, 503, 504),
  errorCode: fc.constantFrom(null, ...DELIVERY_ERROR_CODES),
  retryAfter: fc.constantFrom(null, "0", "30", "3600", "90000", "soon"),
  control: fc.constantFrom(null, null, null, "abort-message", "disable", "dance"),
});
const contexts = fc.record({
  waits: fc.constantFrom(DEFAULT_RETRY_WAITS, [1], [172_800, 1]),
  attemptsUsed: fc.nat(10),
  forbiddenBefore: fc.nat(3),
  isManual: fc.boolean(),
  throttledUntil: fc.constantFrom(null, after(0), after(5 * DAY)),
  rateLimitedSince: fc.constantFrom(null, after(0)),
  lowerConcurrency: fc.boolean(),
  random: chance.map((value) => () => value),
});

test("never earlier than was asked for, and never an attempt that nobody waits for", () => {
  fc.assert(
    fc.property(results, contexts, (result, context) => {
      const verdict = judgeAttempt(result, context);
      const { nextAttemptAt, outcome, retryAfterSeconds, throttledUntil } = verdict;
      expect(nextAttemptAt !== null).toBe(outcome === "retry");
      const waited = (nextAttemptAt ?? after(100 * DAY)).getTime() - result.endedAt.getTime();
      expect(waited).toBeGreaterThanOrEqual(Math.min(retryAfterSeconds ?? 0, DAY) * 1_000);
      expect(waited).toBeGreaterThan(0);
      expect(Number(throttledUntil)).toBeGreaterThanOrEqual(Number(context.throttledUntil));
      expect(Number(throttledUntil) - Number(result.endedAt)).toBeLessThanOrEqual(
        Math.max(DAY * 1_000, Number(context.throttledUntil) - Number(result.endedAt)),
      );
      expect(verdict.errorCode === null).toBe(outcome === "delivered");
    }),
    { numRuns: 5_000 },
  );
});

test.each<[string, EndedAttempt, Date | null]>([
  ["429", answer(429), after(60)],
  ["429 with Retry-After", answer(429, { retryAfter: "120" }), after(120)],
  ["429 with less than a minute", answer(429, { retryAfter: "1" }), after(60)],
  ["429 with ten days", answer(429, { retryAfter: "864000" }), after(DAY)],
  ["503 with Retry-After", answer(503, { retryAfter: "120" }), after(120)],
  ["503 with a wait that is over", answer(503, { retryAfter: "0" }), null],
  ["503", answer(503), null],
  ["500 with Retry-After", answer(500, { retryAfter: "120" }), null],
  ["502", answer(502), null],
  ["200 with Retry-After", answer(200, { retryAfter: "120" }), null],
])("how long %s throttles the whole endpoint", (_title, result, until) => {
  expect(judgeAttempt(result, first).throttledUntil).toEqual(until);
});

test("a shorter throttle does not end a longer one", () => {
  expect(judgeAttempt(answer(429), { ...first, throttledUntil: after(900) }).throttledUntil).toEqual(after(900));
});

test.each<[string, EndedAttempt, boolean]>([
  ["502", answer(502), true],
  ["504", answer(504), true],
  ["no connection in time", failure("TIMEOUT_CONNECT"), true],
  ["no answer in time", failure("TIMEOUT_TOTAL"), true],
  ["500", answer(500), false],
  ["429", answer(429), false],
  ["a refused connection", failure("CONNECTION_REFUSED"), false],
])("whether %s lowers the concurrency: %j", (_title, result, isLowered) => {
  expect(judgeAttempt(result, first).lowerConcurrency).toBe(isLowered);
  expect(judgeAttempt(result, { ...first, lowerConcurrency: true }).lowerConcurrency).toBe(true);
});

test("a success gives the concurrency back and forgets the rate limit", () => {
  const limited = { ...first, lowerConcurrency: true, rateLimitedSince: after(-60) };
  expect(judgeAttempt(answer(204), limited)).toMatchObject({ lowerConcurrency: false, rateLimitedSince: null });
});

test.each<[string, EndedAttempt, AttemptOutcome, string | null]>([
  ["410", answer(410), "gone", "gone"],
  ["disable", answer(500, { control: "disable" }), "disable", "receiver_request"],
  ["disable with 2xx", answer(200, { control: " Disable " }), "delivered", "receiver_request"],
  ["abort-message", answer(500, { control: "abort-message" }), "abort", null],
  ["abort-message with 2xx", answer(200, { control: "abort-message" }), "delivered", null],
  ["something unknown", answer(500, { control: "dance" }), "retry", null],
])("a receiver may end it: %s", (_title, result, outcome, disablesEndpoint) => {
  for (const isManual of [false, true]) {
    const expected = isManual && outcome === "retry" ? "unchanged" : outcome;
    expect(judgeAttempt(result, { ...first, isManual })).toMatchObject({ outcome: expected, disablesEndpoint });
  }
});

test("a target that must not be called is tried twice more, and then its endpoint is disabled", () => {
  const judge = (forbiddenBefore: number, attemptsUsed: number) =>
    judgeAttempt(failure("TARGET_FORBIDDEN"), { ...first, forbiddenBefore, attemptsUsed });
  expect(judge(0, 0)).toMatchObject({ outcome: "retry", disablesEndpoint: null });
  expect(judge(1, 4)).toMatchObject({ outcome: "retry", disablesEndpoint: null });
  expect(judge(2, 5)).toMatchObject({ outcome: "forbidden", disablesEndpoint: "target_forbidden" });
  expect(judge(1, 9)).toMatchObject({ outcome: "exhausted", disablesEndpoint: null });
});

test("while our own way out is down, no attempt is used up, and the last one is not lost", () => {
  expect(judgeAttempt(failure("EGRESS_UNAVAILABLE"), { ...first, attemptsUsed: 9 })).toMatchObject({
    outcome: "retry",
    nextAttemptAt: after(30),
    usesAttempt: false,
    countsForHealth: false,
  });
});

test("an attempt by hand does not use up the schedule, and changes nothing if it fails", () => {
  const byHand = { ...first, isManual: true, attemptsUsed: 10, forbiddenBefore: 2 };
  for (const result of [answer(500), failure("TARGET_FORBIDDEN"), failure("EGRESS_UNAVAILABLE")]) {
    expect(judgeAttempt(result, byHand)).toMatchObject({
      outcome: "unchanged",
      nextAttemptAt: null,
      usesAttempt: false,
      disablesEndpoint: null,
      countsForHealth: false,
    });
  }
  expect(judgeAttempt(answer(200), byHand)).toMatchObject({ outcome: "delivered", countsForHealth: true });
});

test.each<[string, EndedAttempt, Partial<AttemptContext>, boolean]>([
  ["a success", answer(200), {}, true],
  ["a success while throttled", answer(200), { throttledUntil: after(60) }, true],
  ["a failure", answer(500), {}, true],
  ["a forbidden target", failure("TARGET_FORBIDDEN"), {}, true],
  ["a name that is not found", failure("DNS_NOT_FOUND"), {}, true],
  ["a failure while throttled", answer(500), { throttledUntil: after(1) }, false],
  ["a failure after that", answer(500), { throttledUntil: after(0) }, true],
  ["a failure of our own", failure("INTERNAL"), {}, false],
  ["a first 429", answer(429), {}, false],
  ["a 429 a day after the first, less a second", answer(429), { rateLimitedSince: after(1 - DAY) }, false],
  ["a 429 a day after the first", answer(429), { rateLimitedSince: after(-DAY) }, true],
  ["another failure while 429s are forgiven", answer(500), { rateLimitedSince: after(-60) }, true],
])("whether %s counts for the endpoint's health", (_title, result, context, counts) => {
  expect(judgeAttempt(result, { ...first, ...context }).countsForHealth).toBe(counts);
});

test("429 uses up an attempt, and the first one is remembered", () => {
  expect(judgeAttempt(answer(429), first)).toMatchObject({ usesAttempt: true, rateLimitedSince: start });
  const limited = { ...first, rateLimitedSince: after(-60) };
  expect(judgeAttempt(answer(429), limited).rateLimitedSince).toEqual(after(-60));
  expect(judgeAttempt(answer(500), limited).rateLimitedSince).toEqual(after(-60));
});

test("what was asked for is known in full, also where it is not waited for", () => {
  expect(judgeAttempt(answer(429, { retryAfter: "864000" }), first).retryAfterSeconds).toBe(864_000);
  expect(judgeAttempt(answer(429, { retryAfter: "soon" }), first).retryAfterSeconds).toBeNull();
  expect(judgeAttempt(answer(200, { retryAfter: "5" }), first).retryAfterSeconds).toBeNull();
});
