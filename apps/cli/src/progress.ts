import { SingleBar } from "cli-progress";

/** A bar with the rate and the time that is left. */
export interface Progress {
  update(done: number, total: number): void;
  stop(): void;
}

/**
 * Draws a bar on a terminal. On anything else, a file or a pipe, it draws nothing.
 */
export function showProgress(stream: NodeJS.WritableStream): Progress {
  const isTerminal = "isTTY" in stream && stream.isTTY === true;
  if (!isTerminal) return { update: () => {}, stop: () => {} };
  let startedAt: number | undefined;
  const bar = new SingleBar({
    stream,
    format: "{bar} {percentage} % | {value}/{total} | {rate}/s | {eta_formatted} left",
    hideCursor: true,
    // The command itself ends in good order on Ctrl-C, and stops the bar then.
    gracefulExit: false,
    etaBuffer: 50,
  });
  return {
    update(done, total) {
      if (startedAt === undefined) {
        startedAt = performance.now();
        bar.start(total, 0, { rate: 0 });
      }
      const seconds = (performance.now() - startedAt) / 1_000;
      bar.setTotal(total);
      bar.update(done, { rate: seconds > 0 ? Math.round(done / seconds) : 0 });
    },
    stop() {
      if (startedAt !== undefined) bar.stop();
    },
  };
}
