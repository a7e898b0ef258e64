import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FaultCase } from "./case.ts";
import { CASES as ALL_CASES } from "./cases/index.ts";
import { printResults } from "./print-results.ts";
import { createRandom } from "./random.ts";
import { type CaseResult, runCase } from "./run-case.ts";
import { createWorld } from "./world.ts";

const CASES = ALL_CASES.filter(({ isLongOnly }) => isLongOnly !== true);
/** For all cases together. */
const LIMIT_MS = 300_000;

describe("no acknowledged webhook is lost and no mail sent twice", { timeout: LIMIT_MS }, () => {
  const seed = randomInt(2 ** 31);
  const outcomes = new Map<FaultCase, PromiseWithResolvers<CaseResult>>(
    CASES.map((one) => [one, Promise.withResolvers<CaseResult>()]),
  );
  let running: Promise<unknown> = Promise.resolve();

  /** Runs cases, one after the other, for as long as there is one that nobody has begun. */
  async function runSome(waiting: FaultCase[]): Promise<void> {
    let world = await createWorld(createRandom(seed));
    const howToCheck = () => (waiting.length === 0 ? "everything" : "deliveries");
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const result = await runCase(world, one, { random: createRandom(seed), isShort: true, howToCheck });
      outcomes.get(one)?.resolve(result);
      if (result.problems.length === 0) continue;
      // It may not have mended what it broke, and all after it would fail for nothing.
      await world.close(true);
      world = await createWorld(createRandom(seed));
    }
    await world.close(false);
  }

  beforeAll(() => {
    console.log(`seed ${seed}`);
    const waiting = [...CASES];
    // Most of the time is waiting, so two installations share the machine.
    running = Promise.all([runSome(waiting), runSome(waiting)]);
    running.catch((error: unknown) => {
      for (const { reject } of outcomes.values()) reject(error);
    });
  });
  afterAll(async () => {
    await running;
    console.log(printResults(await Promise.all([...outcomes.values()].map(({ promise }) => promise))));
  });

  test.each(CASES.map((one) => [one.name, one] as const))("%s", async (_name, one) => {
    const result = await outcomes.get(one)?.promise;
    if (result?.skipped !== undefined) console.log(`not run: ${one.name}: ${result.skipped}`);
    expect(result?.problems).toEqual([]);
  });
});
