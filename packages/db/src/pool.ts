import { Socket } from "node:net";
import { callbackify } from "node:util";
import { RelinkError } from "@relink/core";
import type { Secret } from "@relink/service";
import pg from "pg";
import { DurabilityError, requireDurability } from "./durability.ts";

/** Connections to Postgres, each of them checked before its first statement. */
export interface DatabasePool {
  pool: pg.Pool;
  /**
   * To be called when an app starts: makes a first connection, so that a database that is not to be used is refused at
   * once and not by the first request. One that is away is no reason not to start; `onError` hears of it.
   *
   * @throws {@link DurabilityError}, or what else the check of a connection throws as an error of ours.
   */
  checkAtStart(): Promise<void>;
  /**
   * Answers if the database does and keeps what it acknowledges.
   *
   * @throws {@link DurabilityError} also if that has changed since the connection was made; `onError` hears of it too.
   */
  ping(): Promise<void>;
  /** The database's clock. */
  now(): Promise<Date>;
  /** Waits for the statements under way, at most `graceMs`, then lets go. */
  close(graceMs?: number): Promise<void>;
}

export interface PoolOptions {
  url: Secret;
  app: string;
  /** Connections at most. Default 10. */
  max?: number;
  /** For a connection, be it a new one or one that others use: whoever waits longer gets an error. Default 2,000. */
  connectTimeoutMs?: number;
  /** The server ends a statement that takes longer. Default 8,000. */
  statementTimeoutMs?: number;
  /**
   * Hears of connections that broke between statements; they are replaced. One that broke while idle may be heard of
   * twice.
   */
  onError: (error: Error) => void;
}

const CONNECT_TIMEOUT_MS = 2_000;
const LOCK_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 8_000;
const TAKE_BACK_MS = 1_000;
/** Settings can change while a server runs, so connections are renewed, and what holds for them is checked again. */
const CONNECTION_LIFE_SECONDS = 300;

/**
 * A socket that does not wait for an answer for ever. A network that loses a connection tells neither end, and the system
 * itself gives up only after a quarter of an hour.
 */
function openSocket(silenceMs: number): Socket {
  const socket = new Socket();
  return socket.setTimeout(silenceMs, () => {
    socket.destroy(new Error(`Connection terminated: Postgres was silent for ${silenceMs} ms`));
  });
}

/**
 * Releases connections that have ended and that nobody releases. drizzle 0.45 keeps one whose `begin` fails for ever, so
 * each broken connection could make the pool smaller by one, down to none.
 *
 * Whoever else holds one learns that it has ended from the next statement, long before this.
 */
function takeBackTheDead(pool: pg.Pool): void {
  const held = new Set<pg.PoolClient>();
  pool.on("acquire", (client) => void held.add(client));
  pool.on("release", (_error, client) => void held.delete(client));
  pool.on("connect", (client) => {
    client.once("end", () => {
      const takeBack = (): void => {
        if (held.has(client)) client.release(true);
      };
      setTimeout(takeBack, TAKE_BACK_MS).unref();
    });
  });
}

/**
 * Opens a pool. Connects on first use, so a database that is away does not stop an app from starting.
 *
 * Every connection is checked before its first statement: that a commit on it is a promise ({@link requireDurability}),
 * and whatever else the app wants to know. One that fails is closed, and whoever asked for it gets the error: so nothing
 * is acknowledged before the check.
 *
 * @param alsoCheck - throws if the connection is not to be used.
 */
export function openPool(
  options: PoolOptions,
  alsoCheck: (client: pg.PoolClient) => Promise<void> = async () => {},
): DatabasePool {
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS, statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options;
  // Until it is over, what is wrong is for `checkAtStart` to tell, once.
  let isStarting = false;

  async function check(client: pg.PoolClient): Promise<void> {
    await requireDurability(client);
    await alsoCheck(client);
  }

  const pool = new pg.Pool({
    connectionString: options.url.reveal(),
    application_name: `relink-${options.app}`,
    max: options.max ?? 10,
    connectionTimeoutMillis: connectTimeoutMs,
    // The server ends every statement before that, and the pool every connection without one: who is silent then is gone.
    stream: () => openSocket(statementTimeoutMs + 2_000),
    idleTimeoutMillis: statementTimeoutMs,
    maxLifetimeSeconds: CONNECTION_LIFE_SECONDS,
    statement_timeout: statementTimeoutMs,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: 30_000,
    verify: callbackify(async (client: pg.PoolClient) => {
      await withTimeLimit(check(client), connectTimeoutMs).catch((error: Error) => {
        if (!isStarting) options.onError(error);
        throw error;
      });
    }),
  });
  pool.on("error", options.onError);
  // A connection that breaks while a transaction holds it, but between two statements, tells only itself: without a
  // listener that ends the process. The transaction learns of it from its next statement.
  pool.on("connect", (client) => client.on("error", options.onError));
  takeBackTheDead(pool);
  return {
    pool,
    async checkAtStart() {
      isStarting = true;
      try {
        (await pool.connect()).release();
      } catch (error) {
        if (error instanceof RelinkError) throw error;
        options.onError(error as Error);
      } finally {
        isStarting = false;
      }
    },
    async ping() {
      const client = await pool.connect();
      try {
        await requireDurability(client);
      } catch (error) {
        if (error instanceof DurabilityError) options.onError(error);
        throw error;
      } finally {
        client.release();
      }
    },
    async now() {
      const { rows } = await pool.query<{ now: Date }>("select clock_timestamp() as now");
      return rows[0]?.now ?? new Date(Number.NaN);
    },
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

/** The server may fall silent between the connection and the check of it. The message is the driver's own. */
async function withTimeLimit(work: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("timeout exceeded when trying to connect")), limitMs);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
