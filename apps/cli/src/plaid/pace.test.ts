import { expect, test } from "vitest";
import { busiest } from "../testing/run-relink.ts";
import { createPace } from "./pace.ts";

const never = new AbortController().signal;

test.each([
  [100, 1_000],
  [2_000, 5_000],
])(
  "of %i calls a minute, no stretch of a minute has more, however many wait",
  async (perMinute, minuteMs) => {
    const pace = createPace({ perMinute, perItem: 1_000, minuteMs });
    const times: number[] = [];
    await Promise.all(
      Array.from({ length: perMinute * 1.3 }, async (_, item) => {
        await pace.turn(String(item), never);
        times.push(Date.now());
      }),
    );
    // A busy machine may note a time some milliseconds late.
    expect(busiest(times, minuteMs - 100)).toBeLessThanOrEqual(perMinute);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(1.25 * minuteMs);
  },
  120_000,
);

test("one Item has a limit of its own, which holds nobody else up", async () => {
  const minuteMs = 600;
  const pace = createPace({ perMinute: 600, perItem: 6, minuteMs });
  const [same, order]: [number[], string[]] = [[], []];
  await Promise.all([
    ...Array.from({ length: 6 }, async () => {
      await pace.turn("the same", never);
      same.push(Date.now());
      order.push("the same");
    }),
    ...Array.from({ length: 20 }, async (_, item) => {
      await pace.turn(String(item), never);
      order.push("another");
    }),
  ]);
  // 500 ms apart. A timer counts from the beginning of its turn of the loop: who is halted in it waits less, once.
  expect((same.at(-1) ?? 0) - (same[0] ?? 0)).toBeGreaterThan(300);
  expect(order).toEqual(["the same", ...Array<string>(20).fill("another"), ...Array<string>(5).fill("the same")]);
});

test("who waits is let go when the command is to stop", async () => {
  const stop = new AbortController();
  const pace = createPace({ perMinute: 6_000, perItem: 1 });
  await pace.turn("a", stop.signal);
  const both = Promise.allSettled([pace.turn("a", stop.signal), pace.rest(1, stop.signal)]);
  stop.abort();
  expect((await both).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
});
