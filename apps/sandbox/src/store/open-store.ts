import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

/** The sandbox's database. One connection, synchronous: a statement takes microseconds, and nothing is ever half done. */
export type Store = DatabaseSync;

const SCHEMA = `
  create table if not exists items (
    item_id text primary key,
    access_token text not null unique,
    institution_id text not null,
    products text not null,
    webhook text,
    error text,
    consent_expiration_time text,
    disconnect_time text,
    logged_in_at integer not null,
    breaks_at integer not null,
    created_at integer not null,
    last_failed_at integer,
    last_webhook_code text,
    last_webhook_at integer,
    removed_at integer,
    last_good_at integer,
    accounts text
  ) strict;
  -- which healthy Items are due to break by themselves
  create index if not exists items_breaking on items (breaks_at) where error is null and removed_at is null;
  -- the newest first, for people
  create index if not exists items_created on items (created_at desc);

  create table if not exists public_tokens (
    public_token text primary key,
    item_id text not null,
    expires_at integer not null,
    used_at integer
  ) strict;

  create table if not exists processor_tokens (
    processor_token text primary key,
    item_id text not null,
    account_id text not null,
    processor text not null
  ) strict;

  create table if not exists link_tokens (
    link_token text primary key,
    item_id text,
    request text not null,
    created_at integer not null,
    expires_at integer not null,
    used_at integer,
    hosted_id text
  ) strict;

  create table if not exists link_sessions (
    link_session_id text primary key,
    link_token text not null,
    started_at integer not null,
    finished_at integer,
    exit text,
    result text,
    institution_id text,
    last_action_at integer
  ) strict;
  create index if not exists link_sessions_of_token on link_sessions (link_token, started_at);

  create table if not exists link_events (
    event_id text primary key,
    link_session_id text not null,
    event text not null
  ) strict;
  create index if not exists link_events_of_session on link_events (link_session_id);

  create table if not exists oauth_states (
    oauth_state_id text primary key,
    link_session_id text not null,
    link_token text not null,
    institution_id text not null,
    status text not null
  ) strict;

  create table if not exists institution_health (
    institution_id text primary key,
    health text not null,
    changed_at integer not null
  ) strict;

  create table if not exists webhook_keys (
    kid text primary key,
    private_jwk text not null,
    public_jwk text not null,
    created_at integer not null,
    expired_at integer
  ) strict;

  create table if not exists webhooks (
    id text primary key,
    item_id text,
    type text,
    code text,
    url text not null,
    body text not null,
    state text not null,
    retries integer not null default 0,
    first_iat integer,
    first_attempt_at integer,
    due_at integer,
    created_at integer not null
  ) strict;
  -- what the sender takes next
  create index if not exists webhooks_due on webhooks (due_at) where state = 'pending';
  create index if not exists webhooks_of_item on webhooks (item_id, created_at desc);
  create index if not exists webhooks_created on webhooks (created_at desc);

  create table if not exists webhook_attempts (
    webhook_id text not null,
    url text not null,
    at integer not null,
    status integer,
    error text,
    ms integer not null
  ) strict;
  create index if not exists webhook_attempts_of_webhook on webhook_attempts (webhook_id, at);
  -- how many an endpoint refused lately
  create index if not exists webhook_attempts_of_url on webhook_attempts (url, at);

  create table if not exists mails (
    id text primary key,
    created_at integer not null,
    is_read integer not null default 0,
    size integer not null,
    search text not null,
    summary text not null,
    raw blob not null
  ) strict;
  create index if not exists mails_created on mails (created_at desc);
`;

/** Columns that a file of an older version lacks. Each may be null, so that its rows stay as they are. */
const LATER_COLUMNS: readonly (readonly [table: string, column: string, type: string])[] = [
  ["items", "last_good_at", "integer"],
  ["items", "accounts", "text"],
  ["link_tokens", "hosted_id", "text"],
  ["link_sessions", "institution_id", "text"],
  ["link_sessions", "last_action_at", "integer"],
];

/** Needs the columns above, whatever the age of the file. */
const LATER_INDEXES = `
  -- the session behind the address that a user was sent
  create unique index if not exists link_tokens_hosted on link_tokens (hosted_id) where hosted_id is not null;
  -- which sessions their users left without a word
  create index if not exists link_sessions_idle on link_sessions (last_action_at) where finished_at is null;
`;

/**
 * Opens the sandbox's state, and creates its tables and columns where they are missing.
 *
 * @param file - a path, or `:memory:` for state that ends with the process.
 */
export function openStore(file: string): Store {
  const store = new DatabaseSync(file);
  store.exec("pragma journal_mode = wal; pragma synchronous = normal;");
  store.exec(SCHEMA);
  for (const [table, column, type] of LATER_COLUMNS) {
    const columns = all<{ name: string }>(store.prepare(`select name from pragma_table_info('${table}')`));
    if (!columns.some(({ name }) => name === column)) store.exec(`alter table ${table} add column ${column} ${type}`);
  }
  store.exec(LATER_INDEXES);
  return store;
}

/** Does many statements as one: a hundred thousand rows take a second and not a minute. */
export function inTransaction<Result>(store: Store, work: () => Result): Result {
  store.exec("begin");
  try {
    const result = work();
    store.exec("commit");
    return result;
  } catch (error) {
    store.exec("rollback");
    throw error;
  }
}

/** Removes every row, so that the sandbox is as new. Webhook keys go too: the next signature comes from a new one. */
export function emptyStore(store: Store): void {
  const tables = all<{ name: string }>(store.prepare("select name from sqlite_schema where type = 'table'"));
  store.exec(["begin", ...tables.map(({ name }) => `delete from ${name}`), "commit"].join("; "));
}

/** One row or none. The cast is safe where `Row` names the columns that the statement selects: the tables are strict. */
export function one<Row>(statement: StatementSync, ...values: SQLInputValue[]): Row | undefined {
  return statement.get(...values) as Row | undefined;
}

/** All rows; see {@link one} for the cast. */
export function all<Row>(statement: StatementSync, ...values: SQLInputValue[]): Row[] {
  return statement.all(...values) as Row[];
}
