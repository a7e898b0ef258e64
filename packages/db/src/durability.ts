import { RelinkError } from "@relink/core";

/** This Postgres could lose what it has acknowledged, or cannot be written to. Nothing is stored in it until it is put right. */
export class DurabilityError extends RelinkError {
  override readonly name = "DurabilityError";
  readonly code = "ERR_DURABILITY";
  readonly retryable = true;
  /** A line each: what is wrong, and what to do. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Postgres does not keep what it acknowledges, so Relink does not use it\n${asList(problems)}`);
    this.problems = problems;
  }
}

const asList = (lines: readonly string[]): string => lines.map((line) => `  - ${line}`).join("\n");

/** What a connection sees of its server, as `SHOW` prints it. Every role may read all of it. */
export interface ServerState {
  /** `server_version_num`: 150004 is 15.4. */
  version: number;
  isInRecovery: boolean;
  fsync: string;
  fullPageWrites: string;
  /** The value that holds in this session, wherever it comes from: server, database, role. */
  synchronousCommit: string;
  synchronousStandbyNames: string;
}

const OLDEST_MAJOR = 15;

/**
 * What keeps a commit on this server from being a promise, a line for each reason; nothing if all is well.
 *
 * With standbys named, `local` is refused: it acknowledges before they have the row, so a failover loses it. Without any,
 * `local`, `remote_write` and `remote_apply` all wait for the flush on this server, just as `on` does.
 *
 * @see https://www.postgresql.org/docs/18/runtime-config-wal.html (checked 2026-11-21)
 */
export function durabilityProblems(server: ServerState): string[] {
  const problems: string[] = [];
  const major = Math.floor(server.version / 10_000);
  if (major < OLDEST_MAJOR) {
    problems.push(`it is version ${major}: upgrade to ${OLDEST_MAJOR} or newer`);
  }
  if (server.isInRecovery) {
    problems.push("it is a standby, or still in recovery: let DATABASE_URL name the primary");
  }
  if (server.fsync !== "on") {
    problems.push(
      "fsync is off, a power failure corrupts it: ALTER SYSTEM SET fsync = on, then SELECT pg_reload_conf()",
    );
  }
  if (server.fullPageWrites !== "on") {
    problems.push(
      "full_page_writes is off, a power failure tears pages: ALTER SYSTEM SET full_page_writes = on, then SELECT pg_reload_conf()",
    );
  }
  if (server.synchronousCommit === "off") {
    problems.push(
      "synchronous_commit is off, so a commit is not on disk: set it to on, also where ALTER ROLE or ALTER DATABASE changed it",
    );
  }
  if (server.synchronousCommit === "local" && server.synchronousStandbyNames !== "") {
    problems.push(
      "synchronous_commit is local, so a commit does not wait for the standbys of synchronous_standby_names: set it to on",
    );
  }
  return problems;
}

/** A connection, as far as it is needed here. */
interface Connection {
  query(text: string): Promise<{ rows: unknown[] }>;
}

/** @throws {@link DurabilityError} unless a commit on this connection means that the row stays. */
export async function requireDurability(connection: Connection): Promise<void> {
  const { rows } = await connection.query(`select current_setting('server_version_num')::int as "version",
    pg_is_in_recovery() as "isInRecovery", current_setting('fsync') as "fsync",
    current_setting('full_page_writes') as "fullPageWrites",
    current_setting('synchronous_commit') as "synchronousCommit",
    current_setting('synchronous_standby_names') as "synchronousStandbyNames"`);
  const problems = durabilityProblems(rows[0] as ServerState); // the statement's own columns
  if (problems.length > 0) throw new DurabilityError(problems);
}
