// `pnpm faults`: breaks everything that Relink stands on, for as long as it is told, and checks what Relink promises.
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { describeMachine } from "../src/machine.ts";
import { CASES } from "./cases/index.ts";
import { seconds } from "./case.ts";
import { printResults } from "./print-results.ts";
import { createRandom } from "./random.ts";
import { type CaseResult, runCase } from "./run-case.ts";
import { createWorld } from "./world.ts";

const USAGE = `usage: pnpm faults [--short] [--case name]... [--seed number] [--minutes number]

  --short     each case once and briefly, and the slowest not at all, as npm test does
  --case      only this one; may be given several times
  --seed      repeats the choices of an earlier run
  --minutes   goes round until so much time is over; default 0, which is one round
cases: ${CASES.map(({ name }) => name).join(", ")}`;

const { values } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    case: { type: "string", multiple: true },
    seed: { type: "string" },
    minutes: { type: "string", default: "0" },
  },
});
const chosen = CASES.filter(({ name, isLongOnly }) =>
  values.case === undefined ? !(values.short && isLongOnly) : values.case.includes(name),
);
const seed = Number(values.seed ?? randomInt(2 ** 31));
const minutes = Number(values.minutes);
if (new Set(values.case).size > chosen.length || !Number.isInteger(seed) || !(minutes >= 0)) {
  console.error(USAGE);
  process.exit(64);
}

const startedAt = performance.now();
const results: CaseResult[] = [];
let world = await createWorld(createRandom(seed));
console.log(`seed ${seed}, ${describeMachine()}`);
do {
  for (const one of chosen) {
    const caseSeed = (seed + results.length) % 2 ** 31;
    const result = await runCase(world, one, {
      random: createRandom(caseSeed),
      isShort: values.short,
      howToCheck: () => "everything",
    });
    results.push(result);
    tell(result, caseSeed);
    if (result.problems.length > 0) {
      // It may not have mended what it broke, and all after it would fail for nothing.
      await world.close(true);
      world = await createWorld(createRandom(caseSeed));
    }
    if (minutes > 0 && isOver()) break;
  }
} while (!isOver());

console.log(`\n${seconds(performance.now() - startedAt)}, seed ${seed}, ${describeMachine()}\n`);
console.log(printResults(results));
await world.close(false);
process.exit(results.some(({ problems }) => problems.length > 0) ? 1 : 0);

function isOver(): boolean {
  return performance.now() - startedAt >= minutes * 60_000;
}

function tell(result: CaseResult, caseSeed: number): void {
  const outcome = result.problems.length > 0 ? "FAILED" : result.skipped === undefined ? "ok    " : "not run";
  console.log(
    `${outcome} ${result.name.padEnd(31)} ${seconds(result.durationMs).padStart(8)} seed ${caseSeed} ` +
      `acked=${result.acked} lost=${result.lost} mails=${result.mails} twice=${result.twice}` +
      (result.skipped === undefined ? "" : ` (${result.skipped})`),
  );
  for (const line of [...result.notes, ...result.problems.slice(0, 10)]) console.log(`       ${line}`);
}
