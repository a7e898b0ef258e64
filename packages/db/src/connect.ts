import type { ExtractTablesWithRelations } from "drizzle-orm";
import { drizzle, type NodePgDatabase, type NodePgQueryResultHKT } from "drizzle-orm/node-postgres";
import type { PgTransaction } from "drizzle-orm/pg-core";
import type { KeyRing } from "@relink/service";
import type pg from "pg";
import { checkEncryptionKeys } from "./encryption-keys.ts";
import { type DatabasePool, openPool, type PoolOptions } from "./pool.ts";
import * as schema from "./schema/index.ts";

type Schema = typeof schema;

/** A transaction under way. */
export type Tx = PgTransaction<NodePgQueryResultHKT, Schema, ExtractTablesWithRelations<Schema>>;

/** The database outside of any transaction: every statement commits by itself. */
export type Db = NodePgDatabase<Schema>;

/** Either: for statements that do not care. */
export type Executor = Db | Tx;

export interface Database extends DatabasePool {
  db: Db;
}

/**
 * Opens the database; as {@link openPool}, and until it has succeeded once, every new connection is also checked for
 * whether the keys fit the database ({@link checkEncryptionKeys}): nothing is sealed or opened before that.
 *
 * @param options.encryptionKeys - for an app that seals or opens.
 */
export function connect(options: PoolOptions & { encryptionKeys?: KeyRing }): Database {
  const { encryptionKeys } = options;
  let areKeysChecked = encryptionKeys === undefined;
  const database = openPool(options, async (client) => {
    if (areKeysChecked || encryptionKeys === undefined) return;
    await checkEncryptionKeys(drizzle(client, { schema, casing: "snake_case" }), encryptionKeys);
    areKeysChecked = true;
  });
  database.pool.on("connect", prepareOnce);
  return { ...database, db: drizzle(database.pool, { schema, casing: "snake_case" }) };
}

/**
 * Gives every statement of drizzle's a name, so that Postgres parses and plans it once per connection instead of each
 * time. There are few texts, because what varies in them are parameters ({@link array}).
 */
function prepareOnce(client: pg.PoolClient): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const names = new Map<string, string>();
  const named = (statement: unknown): unknown => {
    if (typeof statement !== "object" || statement === null || !("text" in statement)) return statement;
    const text = String(statement.text);
    const name = names.get(text) ?? `s${names.size}`;
    names.set(text, name);
    return { ...statement, name };
  };
  // The driver's method has a dozen signatures; this one takes and returns what it is given.
  client.query = ((statement: unknown, ...rest: unknown[]) => query(named(statement), ...rest)) as typeof client.query;
}
