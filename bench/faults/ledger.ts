import { closeSync, openSync, writeSync } from "node:fs";

/** How one attempt to deliver ended, as the sender sees it. */
export type Outcome =
  /** Answered with 200: from here on it must not get lost. */
  | "acked"
  /** Answered with something else, or no connection: it was not taken. */
  | "refused"
  /** It was sent and no answer came: it may be stored or not. */
  | "unknown";

export interface Ledger {
  readonly file: string;
  /** Attempts by outcome. */
  readonly attempts: Readonly<Record<Outcome, number>>;
  /** Keys of what was acknowledged at least once. */
  readonly acked: ReadonlySet<string>;
  /** Keys of everything that was sent. */
  readonly sent: ReadonlySet<string>;
  noteSent(key: string): void;
  note(key: string, outcome: Outcome, detail: string): void;
  close(): void;
}

/**
 * The sender's own record: every line is in the file before it counts, so that it can be looked up after a failed run,
 * however that ended.
 */
export function openLedger(file: string): Ledger {
  const descriptor = openSync(file, "a");
  const attempts = { acked: 0, refused: 0, unknown: 0 };
  const acked = new Set<string>();
  const sent = new Set<string>();
  const write = (...fields: string[]): void => {
    writeSync(descriptor, `${new Date().toISOString()} ${fields.join(" ")}\n`);
  };
  return {
    file,
    attempts,
    acked,
    sent,
    noteSent(key) {
      write(key, "sent");
      sent.add(key);
    },
    note(key, outcome, detail) {
      write(key, outcome, detail);
      attempts[outcome] += 1;
      if (outcome === "acked") acked.add(key);
    },
    close: () => closeSync(descriptor),
  };
}
