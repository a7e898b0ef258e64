/** What a command ends with, for scripts that call it. */
export const EXIT = {
  done: 0,
  /** It could not be done, or not all of it; the message says what to correct. */
  refused: 1,
  /** The command was not understood. */
  usage: 2,
  /** Something nobody foresaw. */
  unexpected: 70,
  /** Stopped by Ctrl-C or SIGTERM, in good order; the same command goes on from there. */
  interrupted: 130,
} as const;
