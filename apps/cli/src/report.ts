import type { Progress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

/** How a command tells what came of it: for a person, or with `--json` for a program. */
export interface Report {
  /** One of many things, while the command goes on. Goes to standard error for a person, who wants the result apart. */
  detail(line: object, text: string): void;
  /** What came of it all, once, at the end. */
  result(result: object, text: string): void;
}

/**
 * With `--json`, standard output is one JSON object a line: any number of details, and the result as the last one.
 *
 * @param progress - a bar that details are written above.
 */
export function createReport(terminal: Pick<Terminal, "out">, isJson: boolean, progress?: Progress): Report {
  const { out } = terminal;
  const writeJson = (line: object) => void out.write(`${JSON.stringify(line)}\n`);
  return {
    detail: (line, text) => (isJson ? writeJson(line) : progress?.note(text)),
    result: (result, text) => (isJson ? writeJson(result) : void out.write(`${text}\n`)),
  };
}

/** A count for a person: `12,345`. */
export const count = (value: number): string => COUNT.format(value);
const COUNT = new Intl.NumberFormat("en-US");
