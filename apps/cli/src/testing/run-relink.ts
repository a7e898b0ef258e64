import { Readable, Writable } from "node:stream";
import { runCli } from "../run-cli.ts";

export interface RelinkRun {
  code: number;
  out: string;
  err: string;
  /** The lines of `out`, parsed. The last one is the result. */
  json(): Record<string, unknown>[];
}

/**
 * Runs `relink` in this process, with a minute of Plaid's limits made short.
 *
 * @param options.onErr - hears of what is written to standard error, as it comes.
 */
export async function runRelink(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  options: { input?: string; minuteMs?: number; signal?: AbortSignal; onErr?: (text: string) => void } = {},
): Promise<RelinkRun> {
  const [out, err] = [collect(), collect(options.onErr)];
  const code = await runCli(
    args,
    {
      env,
      in: Readable.from(options.input === undefined ? [] : [Buffer.from(options.input)]),
      out: out.stream,
      err: err.stream,
      signal: options.signal ?? new AbortController().signal,
    },
    { minuteMs: options.minuteMs ?? 100 },
  );
  const text = out.text();
  return {
    code,
    out: text,
    err: err.text(),
    json: () =>
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

function collect(onText: (text: string) => void = () => {}): { stream: Writable; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      onText(chunk.toString("utf8"));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}

/** The most calls within any stretch of time, in milliseconds. */
export function busiest(times: readonly number[], windowMs: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (const [index, at] of sorted.entries()) {
    while (at - (sorted[first] ?? at) >= windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
