import { fileURLToPath } from "node:url";
import { RelinkError } from "@relink/core";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as runMigrations } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import { sqlState } from "./database-errors.ts";

/** The database cannot be brought up to date. */
export class MigrationError extends RelinkError {
  override readonly name = "MigrationError";
  readonly code = "ERR_MIGRATION";
  readonly retryable = true;
}

const FOLDER = fileURLToPath(new URL("../migrations", import.meta.url));

/** Any constant: whoever holds this lock migrates, the others wait. */
const LOCK = 7_354_650;

/**
 * Brings a database up to date. May run at the same time from several places; one does the work, the others wait.
 *
 * @param databaseUrl - of the owner of the tables, who may also create roles unless they exist.
 * @throws {@link MigrationError} with the reason in one line.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  client.on("error", () => {
    // The statement under way rejects with the same error.
  });
  try {
    await client.connect();
    await client.query("select pg_advisory_lock($1)", [LOCK]);
    await runMigrations(drizzle(client), { migrationsFolder: FOLDER });
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    const hint =
      sqlState(error) === "42501"
        ? "the role may not do this: run infra/postgres/init as a superuser first, or migrate as the owner"
        : "check DATABASE_URL and that Postgres accepts connections";
    throw new MigrationError(`cannot migrate the database: ${reason}; ${hint}`);
  } finally {
    await client.end();
  }
}
