import { expect, test } from "vitest";
import { mergeBatches } from "./merge-batches.ts";

/** Batches that end when the test says so. */
function setUp() {
  const batches: { ids: readonly string[]; done: () => void; fail: (error: Error) => void }[] = [];
  const add = mergeBatches(
    (ids) => new Promise<void>((resolve, reject) => batches.push({ ids, done: resolve, fail: reject })),
  );
  return { batches, add };
}

/** Lets everything that is under way without I/O come to its end. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a batch alone is done at once; while it is under way, what comes is one batch after it", async () => {
  const { batches, add } = setUp();
  const added = [add(["a"]), add(["b"]), add(["c", "d"]), add(["e"])];
  expect(batches.map(({ ids }) => ids)).toEqual([["a"]]);
  batches[0]?.done();
  await settle();
  expect(batches.map(({ ids }) => ids)).toEqual([["a"], ["b", "c", "d", "e"]]);
  batches[1]?.done();
  await Promise.all(added);
});

test("a batch holds 500 ids at most, unless one of those that make it up is larger", async () => {
  const { batches, add } = setUp();
  const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `id-${index}`);
  const added = [1, 300, 200, 1, 600, 1].map((count) => add(ids(count)));
  for (let index = 0; index < 5; index += 1) {
    batches[index]?.done();
    await settle();
  }
  await Promise.all(added);
  expect(batches.map((batch) => batch.ids.length)).toEqual([1, 500, 1, 600, 1]);
});

test("whoever added to a batch that fails is told, and the next one goes on", async () => {
  const { batches, add } = setUp();
  const added = [add(["a"]), add(["b"]), add(["c"])];
  batches[0]?.done();
  await settle();
  batches[1]?.fail(new Error("away"));
  const outcomes = await Promise.allSettled(added);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  const late = add(["e"]);
  batches[2]?.done();
  await late;
});
