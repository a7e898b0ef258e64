import { connect, type Database } from "@relink/db";
import type { Secret } from "@relink/service";

/** A statement over many rows may take a while, and nobody waits for it. */
const LONGEST_STATEMENT_MS = 15 * 60_000;

/**
 * Opens the database for one command, and closes it when `act` is done.
 *
 * @param max - connections at most. Default 1.
 */
export async function withDatabase<T>(url: Secret, act: (database: Database) => Promise<T>, max = 1): Promise<T> {
  const database = connect({
    url,
    app: "cli",
    max,
    statementTimeoutMs: LONGEST_STATEMENT_MS,
    onError: () => {
      // Whoever waits for the statement under way gets the same error.
    },
  });
  try {
    return await act(database);
  } finally {
    await database.close();
  }
}
