import type { NotificationTopic } from "@relink/core";
import { sql } from "drizzle-orm";
import { index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { moment, ownId } from "./columns.ts";
import { items } from "./items.ts";
import { subscriptions } from "./subscriptions.ts";

/**
 * A message to people that stands for many events: the alarms of one bank, say. Of Slack it is posted and then changed; of
 * mail, or where Slack cannot change it, it is sent again.
 *
 * `idle` → `sending` (held by a worker until `lease_until`) → `idle`. A mail is `transmitting` once it is on its way: if
 * its process ends then, it may have arrived, and it is not sent again.
 */
export const notifications = pgTable(
  "notifications",
  {
    id: ownId(),
    subscriptionId: uuid()
      .notNull()
      .references(() => subscriptions.id),
    /** What belongs together: the bank and the error. */
    groupKey: text().notNull(),
    topic: jsonb().$type<NotificationTopic>().notNull(),
    state: text({ enum: ["idle", "sending", "transmitting"] })
      .notNull()
      .default("idle"),
    /** When it is to be sent or changed; null if it has nothing new to tell. */
    dueAt: moment(),
    leaseUntil: moment(),
    /** The last try to send it, or one that it follows in its group, whatever came of it. */
    attemptedAt: moment(),
    transmittingAt: moment(),
    /** How often it was sent or changed. */
    messages: integer().notNull().default(0),
    /** Tries in a row to change it that failed, where no delivery waits for that. */
    failures: integer().notNull().default(0),
    /** By which Slack knows the message, so that it can be changed. */
    slackChannelId: text(),
    slackTs: text(),
    /** Of its first mail, which the others answer. */
    messageId: text(),
    /** Why the last try did not succeed. Never an address. */
    problem: text(),
    /** The Items in it, or the events that it told of if it is about none, and how many of the Items are repaired. */
    alarms: integer().notNull().default(0),
    recovered: integer().notNull().default(0),
    /** When its first event was put into it. */
    firstAt: moment().notNull(),
    sentAt: moment(),
    /** A new alarm after that begins a new message. */
    closedAt: moment(),
  },
  (table) => [
    // One open message for each group.
    uniqueIndex("notifications_open_group")
      .on(table.subscriptionId, table.groupKey)
      .where(sql`${table.closedAt} is null`),
    // When was one of a group sent last?
    index("notifications_group").on(table.subscriptionId, table.groupKey, table.attemptedAt),
    // Which are due?
    index("notifications_due")
      .on(table.subscriptionId, table.dueAt)
      .where(sql`${table.dueAt} is not null`),
    // Which are being sent, and whose worker is gone?
    index("notifications_under_way")
      .on(table.subscriptionId)
      .where(sql`${table.state} <> 'idle'`),
  ],
);

/** One Item in a message, as long as people are told how it goes on. */
export const notificationItems = pgTable(
  "notification_items",
  {
    notificationId: uuid()
      .notNull()
      .references(() => notifications.id, { onDelete: "cascade" }),
    itemId: uuid()
      .notNull()
      .references(() => items.id),
    /** Of the alarm that it is in the message for. */
    sequence: integer().notNull(),
    /** `changed`: it has another trouble by now, which another message tells. */
    state: text({ enum: ["open", "recovered", "changed"] }).notNull(),
    since: moment().notNull(),
    endedAt: moment(),
    /** The announced end. */
    endsAt: moment(),
  },
  (table) => [
    primaryKey({ columns: [table.notificationId, table.itemId] }),
    // In which messages is an Item?
    index("notification_items_item").on(table.itemId),
    // Which of a message are still open, the oldest first?
    index("notification_items_open")
      .on(table.notificationId, table.since)
      .where(sql`${table.state} = 'open'`),
  ],
);
