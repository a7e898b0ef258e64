import type { ExtractTablesWithRelations } from "drizzle-orm";
import { drizzle, type NodePgDatabase, type NodePgQueryResultHKT } from "drizzle-orm/node-postgres";
import type { PgTransaction } from "drizzle-orm/pg-core";
import type { KeyRing } from "@relink/service";
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
  return { ...database, db: drizzle(database.pool, { schema, casing: "snake_case" }) };
}
