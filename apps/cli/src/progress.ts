import { SingleBar } from "cli-progress";

/** A bar with the rate and the time that is left. */
export interface Progress {
  /** @param total - null if nobody knows it. */
  update(done: number, total: number | null): void;
  /** Writes a line that stays, above the bar. Also to a stream that no bar is drawn on. */
  note(line: string): void;
  stop(): void;
}

const BAR = "{bar} {percentage} % | {value}/{total} | {rate}/s | {eta_formatted} left";
const COUNTER = "{value} | {rate}/s";
const CLEAR_LINE = "\r\u001B[K";

/**
 * Draws a bar on a terminal. On anything else, a file or a pipe, it draws nothing.
 */
export function showProgress(stream: NodeJS.WritableStream): Progress {
  const isTerminal = "isTTY" in stream && stream.isTTY === true;
  if (!isTerminal) {
    return { update: () => {}, note: (line) => void stream.write(`${line}\n`), stop: () => {} };
  }
  let drawn: { bar: SingleBar; startedAt: number } | undefined;
  const draw = (total: number | null) => {
    const bar = new SingleBar({
      stream,
      format: total === null ? COUNTER : BAR,
      hideCursor: true,
      // The command itself ends in good order on Ctrl-C, and stops the bar then.
      gracefulExit: false,
      etaBuffer: 50,
    });
    bar.start(total ?? 0, 0, { rate: 0 });
    return { bar, startedAt: performance.now() };
  };
  return {
    update(done, total) {
      drawn ??= draw(total);
      const seconds = (performance.now() - drawn.startedAt) / 1_000;
      drawn.bar.setTotal(total ?? done);
      drawn.bar.update(done, { rate: seconds > 0 ? Math.round(done / seconds) : 0 });
    },
    note(line) {
      stream.write(`${drawn === undefined ? "" : CLEAR_LINE}${line}\n`);
    },
    stop() {
      drawn?.bar.stop();
    },
  };
}
