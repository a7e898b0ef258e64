import { sql } from "drizzle-orm";
import { boolean, index, integer, jsonb, pgTable, smallint, text, unique, uuid } from "drizzle-orm/pg-core";
import { moment, ownId } from "./columns.ts";
import { events } from "./events.ts";
import { subscriptions } from "./subscriptions.ts";
import { teams } from "./teams.ts";

/**
 * One event for one subscription; the row is the outbox.
 *
 * `pending` → `in_flight` (held by a worker until `lease_until`; in a message to people, while that is sent) →
 * `delivered`, or back to `pending` for the next try.
 * `exhausted`: no try is left. `aborted`: the receiver wants no more tries. `held`: the endpoint is disabled.
 * `cancelled`: by a person, or because the subscription is gone. `superseded`: a newer event made it obsolete.
 */
export const deliveries = pgTable(
  "deliveries",
  {
    id: ownId(),
    eventId: uuid()
      .notNull()
      .references(() => events.id),
    subscriptionId: uuid()
      .notNull()
      .references(() => subscriptions.id),
    /** The Item of the event, to find what a newer event makes obsolete. */
    itemId: uuid(),
    eventType: text().notNull(),
    state: text({
      enum: ["pending", "in_flight", "delivered", "exhausted", "aborted", "held", "cancelled", "superseded"],
    }).notNull(),
    /** 0 for a first attempt, 1 for a retry, 2 for a replay of many: the lower ones go first. */
    priority: smallint().notNull().default(0),
    dueAt: moment().notNull().defaultNow(),
    leaseUntil: moment(),
    /** Attempts so far, of any kind; numbers the next one. */
    attempts: integer().notNull().default(0),
    /** Attempts that count against the schedule. */
    failures: integer().notNull().default(0),
    /** What it is again if an attempt by hand fails: null if it was never anything else. */
    resumeState: text({ enum: ["pending", "delivered", "exhausted", "aborted", "held", "cancelled", "superseded"] }),
    resumeDueAt: moment(),
    /** What the next attempt is made for. */
    trigger: text({ enum: ["initial", "schedule", "manual", "bulk_replay", "resume", "test"] })
      .notNull()
      .default("initial"),
    /** Who pressed the button, as in the audit log. */
    actor: text(),
    recoveryId: uuid(),
    /** The message that tells people of it, once that is settled. */
    notificationId: uuid(),
    lastStatus: integer(),
    lastErrorCode: text(),
    lastAttemptAt: moment(),
    /** When it reached its last state; retention counts from here. */
    settledAt: moment(),
    createdAt: moment().notNull().defaultNow(),
  },
  (table) => [
    unique("deliveries_one_per_subscription").on(table.eventId, table.subscriptionId),
    // What is due for a subscription? First attempts before retries before replays.
    index("deliveries_due")
      .on(table.subscriptionId, table.priority, table.dueAt)
      .where(sql`${table.state} = 'pending'`),
    // How many are under way, and whose worker is gone?
    index("deliveries_in_flight")
      .on(table.subscriptionId, table.leaseUntil)
      .where(sql`${table.state} = 'in_flight'`),
    // What does a newer event make obsolete?
    index("deliveries_open_item")
      .on(table.itemId, table.subscriptionId)
      .where(sql`${table.state} in ('pending', 'held') and ${table.itemId} is not null`),
    index("deliveries_subscription").on(table.subscriptionId, table.id),
    // What of a subscription was not delivered? Small beside all that was.
    index("deliveries_undelivered")
      .on(table.subscriptionId, table.id)
      .where(sql`${table.state} in ('held', 'exhausted', 'aborted')`),
    // What is held for a subscription that is gone?
    index("deliveries_held")
      .on(table.subscriptionId, table.id)
      .where(sql`${table.state} = 'held'`),
    index("deliveries_recovery")
      .on(table.recoveryId)
      .where(sql`${table.recoveryId} is not null`),
    // What does a message tell that was not told yet?
    index("deliveries_notification")
      .on(table.notificationId)
      .where(sql`${table.notificationId} is not null and ${table.state} in ('pending', 'in_flight')`),
    index("deliveries_settled")
      .on(table.settledAt)
      .where(sql`${table.settledAt} is not null`),
  ],
);

/** One request that was made, and what came of it. */
export const deliveryAttempts = pgTable(
  "delivery_attempts",
  {
    id: ownId(),
    deliveryId: uuid()
      .notNull()
      .references(() => deliveries.id, { onDelete: "cascade" }),
    subscriptionId: uuid().notNull(),
    /** From 1. */
    number: integer().notNull(),
    trigger: text().notNull(),
    actor: text(),
    /** As used, with the values of its query masked. */
    url: text(),
    /** When it was to be made at the earliest, and when it was. */
    scheduledFor: moment().notNull(),
    startedAt: moment().notNull(),
    /** In milliseconds. Null where it did not come so far, or the connection was there already. */
    dnsMs: integer(),
    connectMs: integer(),
    tlsMs: integer(),
    firstByteMs: integer(),
    totalMs: integer().notNull(),
    isReusedConnection: boolean().notNull().default(false),
    requestBytes: integer().notNull(),
    signatureKeyIds: text().array().notNull(),
    responseStatus: integer(),
    responseHeaders: jsonb().$type<Record<string, string>>(),
    responseBody: text(),
    isResponseTruncated: boolean().notNull().default(false),
    /** Null if it succeeded. */
    errorCode: text(),
    /** For operators: may name addresses inside the network. */
    errorDetail: text(),
    resolvedAddress: text(),
    retryAfterSeconds: integer(),
    nextAttemptAt: moment(),
  },
  (table) => [
    unique("delivery_attempts_number").on(table.deliveryId, table.number),
    index("delivery_attempts_subscription").on(table.subscriptionId, table.startedAt),
  ],
);

/** Many deliveries that are made again at a team's wish. */
export const recoveries = pgTable(
  "recoveries",
  {
    id: ownId(),
    subscriptionId: uuid()
      .notNull()
      .references(() => subscriptions.id),
    teamId: uuid()
      .notNull()
      .references(() => teams.id),
    /** Events from then on, and before `until`, both fixed when it was asked for. */
    since: moment().notNull(),
    until: moment().notNull(),
    states: text().array().notNull(),
    eventTypes: text().array(),
    errorCode: text(),
    /** Whether events that were never meant for it, for want of the subscription, are sent too. */
    includesUnattempted: boolean().notNull().default(false),
    state: text({ enum: ["queued", "running", "completed", "cancelled", "failed"] }).notNull(),
    total: integer().notNull(),
    /** How far it has come in the deliveries that are made again. */
    cursor: uuid(),
    /** How far it has come, after these, in the events that were never meant for it. */
    missedCursor: uuid(),
    /** When the deliveries that were taken last are all due: the next ones follow them. */
    nextBatchAt: moment(),
    processed: integer().notNull().default(0),
    actor: text().notNull(),
    createdAt: moment().notNull().defaultNow(),
    startedAt: moment(),
    finishedAt: moment(),
  },
  (table) => [
    index("recoveries_subscription").on(table.subscriptionId, table.id),
    index("recoveries_open")
      .on(table.id)
      .where(sql`${table.state} in ('queued', 'running')`),
  ],
);
