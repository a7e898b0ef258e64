import { sql } from "drizzle-orm";
import { index, integer, jsonb, pgTable, text, unique, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { bytea, moment, ownId } from "./columns.ts";

/** Product teams: whoever subscribes to events. */
export const teams = pgTable(
  "teams",
  {
    id: ownId(),
    name: text().notNull(),
    /** Counts changes, for `ETag`. */
    version: integer().notNull().default(1),
    createdAt: moment().notNull().defaultNow(),
    /** Nothing is sent to its subscriptions from then on, and its keys open nothing. The rows stay for the log. */
    deletedAt: moment(),
  },
  (table) => [
    uniqueIndex("teams_name")
      .on(table.name)
      .where(sql`${table.deletedAt} is null`),
  ],
);

/** What a team's programs show to the API. */
export const apiKeys = pgTable(
  "api_keys",
  {
    id: ownId(),
    teamId: uuid()
      .notNull()
      .references(() => teams.id),
    name: text().notNull(),
    /** SHA-256 of the key, which is 32 random bytes and so needs no salt. */
    hash: bytea().notNull().unique("api_keys_hash"),
    /** The last four characters, to recognise it by. */
    hint: text().notNull(),
    scopes: text().array().notNull(),
    createdAt: moment().notNull().defaultNow(),
    /** To the minute; not every use is noted. */
    lastUsedAt: moment(),
    expiresAt: moment(),
    revokedAt: moment(),
  },
  (table) => [index("api_keys_team").on(table.teamId, table.id)],
);

/** What was changed through the API, and by whose key. */
export const auditLog = pgTable(
  "audit_log",
  {
    id: ownId(),
    at: moment().notNull().defaultNow(),
    /** `admin`, or the id of a team's key as the API shows it. */
    actor: text().notNull(),
    teamId: uuid().references(() => teams.id),
    /** Such as `subscription.disabled`. */
    action: text().notNull(),
    /** The id of what was changed, as the API shows it. */
    resource: text().notNull(),
    requestId: text(),
  },
  (table) => [
    index("audit_log_team").on(table.teamId, table.id),
    index("audit_log_resource").on(table.resource, table.id),
  ],
);

/** Answers that are given again to whoever repeats a request, for a day. */
export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    id: ownId(),
    /** `admin`, or the id of a team's key: nobody meets the keys of others. */
    actor: text().notNull(),
    key: text().notNull(),
    /** SHA-256 of method, path and body. */
    fingerprint: bytea().notNull(),
    createdAt: moment().notNull().defaultNow(),
    /** Null while the first request is under way, or was cut off. */
    status: integer(),
    headers: jsonb().$type<Record<string, string>>(),
    /** Sealed, because some answers show a secret; bound to this row. */
    body: bytea(),
  },
  (table) => [
    unique("idempotency_keys_actor_key").on(table.actor, table.key),
    index("idempotency_keys_age").on(sql`${table.createdAt}`),
  ],
);
