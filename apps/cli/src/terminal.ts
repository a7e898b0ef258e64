import type { Readable } from "node:stream";

/** What a command sees of the process that it runs in. */
export interface Terminal {
  env: Readonly<Record<string, string | undefined>>;
  in: Readable;
  /** For results. */
  out: NodeJS.WritableStream;
  /** For progress and errors. */
  err: NodeJS.WritableStream;
  /** Aborts when the command is to stop in good order. */
  signal: AbortSignal;
}
