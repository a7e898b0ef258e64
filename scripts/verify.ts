// Everything that CI runs. The steps are tasks of package.json, so each can be run alone.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { ROOT, runTask } from "./run-task.ts";

const CHECKS = ["build", "format:check", "lint", "types"];
const TESTS = "test:all";
const REPORT = join(ROOT, "node_modules/.cache/vitest-report.json");

process.once("disconnect", () => process.exit(130)); // whoever called us is gone
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(130));

interface Report {
  numPassedTests: number;
  numFailedTests: number;
}

let passed = 0;
let failed = 0;

for (const step of CHECKS) {
  const { ok, output, seconds } = await runTask(step, false);
  if (!ok) {
    failed += 1;
    console.log(output.trimEnd());
  }
  tell(step, ok, seconds);
}

await rm(REPORT, { force: true });
const { ok, seconds } = await runTask(TESTS, true);
const report = await readFile(REPORT, "utf8").then(
  (text) => JSON.parse(text) as Report,
  () => undefined,
);
passed += report?.numPassedTests ?? 0;
// A run can fail without a failed test: a file that does not load, an error that nobody caught.
failed += report?.numFailedTests ?? 0;
if (!ok && (report?.numFailedTests ?? 0) === 0) failed += 1;
tell(TESTS, ok, seconds);

console.log(`tests: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

function tell(step: string, wasOk: boolean, took: number): void {
  console.log(`${wasOk ? "ok    " : "FAILED"} ${step.padEnd(14)} ${took.toFixed(1)} s`);
}
