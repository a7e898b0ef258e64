import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createPump } from "./pump.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Job {
  name: string;
  isFirst: boolean;
}

/** A pump whose claims and attempts end when the test says so. */
function setUp(slots = 4) {
  const due: Job[] = [];
  const claims: { limit: number; laterLimit: number }[] = [];
  const attempts = new Map<string, { end: () => void; signal: AbortSignal }>();
  const errors: unknown[] = [];
  const outside = { isDatabaseDown: false };
  const pump = createPump<Job>({
    slots,
    pollMs: { idle: 500, busy: 100 },
    async claim(room) {
      claims.push(room);
      if (outside.isDatabaseDown) throw new Error("the database is away");
      const firsts = due.filter(({ isFirst }) => isFirst).slice(0, room.limit);
      const later = due
        .filter(({ isFirst }) => !isFirst)
        .slice(0, Math.min(room.laterLimit, room.limit - firsts.length));
      const taken = [...firsts, ...later];
      for (const job of taken) due.splice(due.indexOf(job), 1);
      return taken;
    },
    attempt: ({ name }, signal) =>
      new Promise<void>((resolve) => {
        const end = (): void => {
          attempts.delete(name);
          resolve();
        };
        attempts.set(name, { end, signal });
      }),
    onError: (error) => errors.push(error),
  });
  const owe = (...names: string[]): void => {
    due.push(...names.map((name) => ({ name, isFirst: !name.startsWith("retry") })));
  };
  return { pump, owe, claims, attempts, errors, outside, end: (name: string) => attempts.get(name)?.end() };
}

/** Lets everything that is due within so many milliseconds happen. */
const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

test("there are never more attempts than slots, and each that ends makes room for the next", async () => {
  const { pump, owe, attempts, end } = setUp(2);
  owe("a", "b", "c", "d");
  pump.start();
  await pass();
  expect([...attempts.keys()]).toEqual(["a", "b"]);
  end("a");
  await pass();
  expect([...attempts.keys()]).toEqual(["b", "c"]);
  expect(pump.underWay).toBe(2);
});

test("retries and replays leave half of the slots to first attempts", async () => {
  const { pump, owe, attempts } = setUp(4);
  owe("retry-1", "retry-2", "retry-3", "retry-4");
  pump.start();
  await pass();
  expect([...attempts.keys()]).toEqual(["retry-1", "retry-2"]);
  owe("a", "b", "c");
  pump.wake();
  await pass();
  expect([...attempts.keys()]).toEqual(["retry-1", "retry-2", "a", "b"]);
});

test("attempts that end together make one claim", async () => {
  const { pump, owe, claims, end } = setUp(4);
  owe("a", "b", "c", "d");
  pump.start();
  await pass();
  claims.length = 0;
  for (const name of ["a", "b", "c"]) end(name);
  await pass();
  expect(claims).toEqual([{ limit: 3, laterLimit: 2 }]);
});

test("what nobody wakes it for is found by looking, more often while there is something", async () => {
  const { pump, owe, attempts, claims } = setUp(100);
  pump.start();
  await pass();
  owe("a");
  await pass(490);
  expect(attempts.size).toBe(0);
  await pass(20);
  expect(attempts.size).toBe(1);
  owe("b");
  await pass(110);
  expect(attempts.size).toBe(2);
  expect(claims).toHaveLength(3);
});

test("while the database is away it looks again and again, and goes on when it is back", async () => {
  const { pump, owe, attempts, errors, outside } = setUp();
  outside.isDatabaseDown = true;
  owe("a");
  pump.start();
  await pass(1_000);
  expect(errors.length).toBeGreaterThanOrEqual(2);
  outside.isDatabaseDown = false;
  await pass(500);
  expect(attempts.size).toBe(1);
});

test("whoever wakes it while it claims has it claim once more", async () => {
  const claims: number[] = [];
  let answer = (): void => {};
  const pump = createPump({
    slots: 4,
    pollMs: { idle: 500, busy: 100 },
    claim: () =>
      new Promise<never[]>((resolve) => {
        claims.push(Date.now());
        answer = () => resolve([]);
      }),
    attempt: () => Promise.resolve(),
    onError: () => {},
  });
  pump.start();
  await pass();
  pump.wake();
  pump.wake();
  await pass();
  expect(claims).toHaveLength(1);
  answer();
  await pass();
  expect(claims).toHaveLength(2);
});

test("when it stops it takes nothing new, waits, and then cuts off", async () => {
  const { pump, owe, attempts, claims, end } = setUp();
  owe("quick", "slow");
  pump.start();
  await pass();
  const { signal } = attempts.get("slow") ?? {};
  owe("late");
  claims.length = 0;
  const stopped = pump.stop(2_500);
  end("quick");
  await pass(999);
  expect(signal?.aborted).toBe(false);
  await pass(1);
  expect(signal?.aborted).toBe(true);
  end("slow");
  await stopped;
  pump.wake();
  await pass(1_000);
  expect(claims).toEqual([]);
});
