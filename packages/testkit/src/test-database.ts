import { randomBytes } from "node:crypto";
import pg from "pg";
import type { DatabaseRole } from "./postgres.ts";

export interface TestDatabase {
  readonly name: string;
  /** As the owner of its tables: for arranging and for looking. The code under test gets {@link TestDatabase.urlFor}. */
  readonly url: string;
  /** As an app's role, with that app's rights. */
  urlFor(role: DatabaseRole): string;
  /** Drops it, whoever is still connected. */
  drop(): Promise<void>;
}

/**
 * A database of its own, cloned from a template that is already migrated, which takes a fraction of a migration's time.
 *
 * @param serverUrl - of a superuser, on any database of the server but the template.
 * @param template - nobody may be connected to it.
 */
export async function createTestDatabase(serverUrl: string, template: string): Promise<TestDatabase> {
  const name = `t_${randomBytes(8).toString("hex")}`;
  await onServer(serverUrl, (client) =>
    client.query(`CREATE DATABASE ${name} TEMPLATE ${client.escapeIdentifier(template)} OWNER relink_migrate`),
  );
  const urlFor = (role: DatabaseRole) => databaseUrl(serverUrl, name, role);
  return {
    name,
    url: urlFor("relink_migrate"),
    urlFor,
    drop: () => onServer(serverUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  };
}

/**
 * A database for cloning.
 *
 * @param migrate - brings the database of this URL, which the owner of the tables connects with, up to date.
 * @returns its name.
 */
export async function createTemplate(serverUrl: string, migrate: (url: string) => Promise<void>): Promise<string> {
  const name = "relink_template";
  await onServer(serverUrl, (client) => client.query(`CREATE DATABASE ${name} OWNER relink_migrate`));
  await migrate(databaseUrl(serverUrl, name, "relink_migrate"));
  return name;
}

function databaseUrl(serverUrl: string, database: string, role: DatabaseRole): string {
  const url = new URL(serverUrl);
  url.username = role;
  url.password = role; // as infra/postgres/init/01-roles.sql has it
  url.pathname = `/${database}`;
  return url.href;
}

async function onServer(serverUrl: string, act: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await act(client);
  } finally {
    await client.end();
  }
}
