// `npm run clear-db`: back to a Relink without users, Items, events and mails. The keys in secrets.json stay.
import { mkdir, readdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { RelinkError } from "@relink/core";
import { migrate } from "@relink/db";
import { stopLeftoverPostgres, stopLeftoverRedis } from "@relink/testkit";
import pg from "pg";
import { dataDirOf, loadEnvFile } from "./development-environment.ts";
import { DevelopmentError } from "./development-error.ts";
import { lockDataDir } from "./development-lock.ts";

try {
  await clear();
} catch (error) {
  if (!(error instanceof RelinkError)) throw error;
  console.error(`\nrelink: ${error.message}`);
  process.exitCode = 1;
}

async function clear(): Promise<void> {
  loadEnvFile();
  const dataDir = dataDirOf(process.env);
  await mkdir(dataDir, { recursive: true });
  const release = lockDataDir(dataDir);
  const databaseUrl = process.env["DATABASE_URL"];
  if (databaseUrl !== undefined && databaseUrl !== "") await clearGivenDatabase(databaseUrl);
  // A run that was killed may have left them behind, on the files that are about to go.
  await stopLeftoverPostgres(join(dataDir, "postgres"));
  await stopLeftoverRedis(join(dataDir, "redis"));
  const stores = (await readdir(dataDir)).filter((name) => /^(postgres|redis|sandbox\.sqlite|logs)/.test(name));
  for (const store of stores) await rm(join(dataDir, store), { recursive: true, force: true });
  release();
  console.log(`relink: ${relative(process.cwd(), dataDir) || dataDir} is empty; its keys were kept`);
}

/**
 * Drops what the migrations have made, and makes it anew.
 *
 * @throws {@link DevelopmentError} unless `--yes` was given: this is not our own Postgres.
 */
async function clearGivenDatabase(databaseUrl: string): Promise<void> {
  const { host, pathname } = new URL(databaseUrl);
  const where = `the database ${pathname.slice(1)} at ${host}`;
  if (!process.argv.includes("--yes")) {
    throw new DevelopmentError(
      `this drops the schemas public and drizzle of ${where}, with all that is in them: npm run clear-db -- --yes`,
    );
  }
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.query(
      "DROP SCHEMA IF EXISTS public, drizzle CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC",
    );
  } catch (cause) {
    throw new DevelopmentError(`cannot empty ${where}: ${(cause as Error).message}`, { cause });
  } finally {
    await client.end();
  }
  await migrate(databaseUrl);
  console.log(`relink: ${where} is empty and migrated`);
}
