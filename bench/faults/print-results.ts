import { seconds } from "./case.ts";
import type { CaseResult } from "./run-case.ts";

/** Everything that was run, as tables in Markdown: one row per case, one per component that was struck. */
export function printResults(results: readonly CaseResult[]): string {
  const names = [...new Set(results.map(({ name }) => name))];
  const rows = names.map((name) => {
    const runs = results.filter((result) => result.name === name && result.skipped === undefined);
    const [first] = results.filter((result) => result.name === name);
    if (runs.length === 0)
      return [name, first?.title, `not run: ${first?.skipped}`, "", "", "", "", "", "", "", "", ""];
    const strikes = runs.reduce((all, { strikes: ones }) => all + sum([...ones.values()]), 0);
    return [
      name,
      first?.title,
      runs.every(({ problems }) => problems.length === 0) ? strikes : `${strikes}, **failed**`,
      count(runs, "acked"),
      count(runs, "processed"),
      count(runs, "parked"),
      count(runs, "lost"),
      count(runs, "mails"),
      count(runs, "twice"),
      worst(runs.flatMap(({ reRunsMs }) => reRunsMs)),
      worst(runs.flatMap(({ drainsMs }) => drainsMs)),
      worst(runs.map(({ worstAnswerMs }) => worstAnswerMs)),
    ];
  });
  const run = results.filter(({ skipped }) => skipped === undefined);
  const total = [
    "all",
    "",
    sum(run.map(({ strikes }) => sum([...strikes.values()]))),
    count(run, "acked"),
    count(run, "processed"),
    count(run, "parked"),
    count(run, "lost"),
    count(run, "mails"),
    count(run, "twice"),
    worst(run.flatMap(({ reRunsMs }) => reRunsMs)),
    worst(run.flatMap(({ drainsMs }) => drainsMs)),
    worst(run.map(({ worstAnswerMs }) => worstAnswerMs)),
  ];
  const struck = new Map<string, number>();
  for (const { strikes } of run) {
    for (const [component, times] of strikes) struck.set(component, (struck.get(component) ?? 0) + times);
  }
  return [
    table(
      [
        "case",
        "what happens",
        "faults",
        "acked",
        "processed",
        "parked",
        "lost",
        "mails",
        "twice",
        "worst re-run",
        "worst drain",
        "worst answer",
      ],
      [...rows, total],
    ),
    table(
      ["struck", "times"],
      [...struck].toSorted(([a], [b]) => a.localeCompare(b)),
    ),
  ].join("\n\n");
}

function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const line = (cells: readonly unknown[]): string => `| ${cells.map(String).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function count(results: readonly CaseResult[], of: "acked" | "processed" | "parked" | "lost" | "mails" | "twice") {
  return sum(results.map((result) => result[of]));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

function worst(ms: readonly number[]): string {
  return ms.length === 0 ? "–" : seconds(Math.max(...ms));
}
