import { type ExtractTablesWithRelations, sql } from "drizzle-orm";
import { drizzle, type NodePgDatabase, type NodePgQueryResultHKT } from "drizzle-orm/node-postgres";
import type { PgTransaction } from "drizzle-orm/pg-core";
import type { Secret } from "@relink/service";
import pg from "pg";
import * as schema from "./schema/index.ts";

type Schema = typeof schema;

/** A transaction under way. */
export type Tx = PgTransaction<NodePgQueryResultHKT, Schema, ExtractTablesWithRelations<Schema>>;

/** The database outside of any transaction: every statement commits by itself. */
export type Db = NodePgDatabase<Schema>;

/** Either: for statements that do not care. */
export type Executor = Db | Tx;

export interface Database {
  db: Db;
  /** For the one statement that is written by hand: see {@link insertWebhookEvents}. */
  pool: pg.Pool;
  /** Waits for the statements under way, at most `graceMs`, then lets go. */
  close(graceMs?: number): Promise<void>;
}

/**
 * Opens a pool. Connects on first use, so a database that is away does not stop an app from starting.
 *
 * @param options.max - connections at most. Default 10.
 * @param options.onError - hears of connections that broke between statements; they are replaced. One that broke while
 * idle may be heard of twice.
 */
export function connect(options: {
  url: Secret;
  app: string;
  max?: number;
  onError: (error: Error) => void;
}): Database {
  const pool = new pg.Pool({
    connectionString: options.url.reveal(),
    application_name: `relink-${options.app}`,
    max: options.max ?? 10,
    connectionTimeoutMillis: 2_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 30_000,
    lock_timeout: 10_000,
    idle_in_transaction_session_timeout: 30_000,
  });
  pool.on("error", options.onError);
  // A connection that breaks while a transaction holds it, but between two statements, tells only itself: without a
  // listener that ends the process. The transaction learns of it from its next statement.
  pool.on("connect", (client) => client.on("error", options.onError));
  return {
    db: drizzle(pool, { schema, casing: "snake_case" }),
    pool,
    async close(graceMs = 2_000) {
      let timer: NodeJS.Timeout | undefined;
      const grace = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, graceMs);
      });
      await Promise.race([pool.end(), grace]);
      clearTimeout(timer);
    },
  };
}

/** Answers if the database does. */
export async function ping(db: Db): Promise<void> {
  await db.execute(sql`select 1`);
}
