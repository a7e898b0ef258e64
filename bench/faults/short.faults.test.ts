import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CASES } from "./cases/index.ts";
import { printResults } from "./print-results.ts";
import { createRandom } from "./random.ts";
import { type CaseResult, runCase } from "./run-case.ts";
import { createWorld, type World } from "./world.ts";

describe("no acknowledged webhook is lost and no mail sent twice", { timeout: 90_000 }, () => {
  const seed = randomInt(2 ** 31);
  const results: CaseResult[] = [];
  let world: World;
  beforeAll(async () => {
    world = await createWorld(createRandom(seed));
    console.log(`seed ${seed}`);
  });
  afterAll(async () => {
    console.log(printResults(results));
    await world.close(results.some(({ problems }) => problems.length > 0));
  });

  test.each(CASES.map((one) => [one.name, one] as const))("%s", async (_name, one) => {
    const isLast = one === CASES.at(-1);
    const result = await runCase(world, one, {
      random: createRandom(seed),
      isShort: true,
      check: isLast ? "everything" : "deliveries",
    });
    results.push(result);
    if (result.skipped !== undefined) console.log(`not run: ${one.name}: ${result.skipped}`);
    expect(result.problems).toEqual([]);
  });
});
