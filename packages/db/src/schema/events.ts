import { sql } from "drizzle-orm";
import { boolean, index, integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { moment, ownId, providerText } from "./columns.ts";
import { items } from "./items.ts";
import { teams } from "./teams.ts";

/** What product teams are told. Written in the transaction of the change that it tells of. */
export const events = pgTable(
  "events",
  {
    id: ownId(),
    type: text().notNull(),
    /** Null for what is about no Item: an endpoint, a test. */
    environment: text({ enum: ["sandbox", "production"] }),
    itemId: uuid().references(() => items.id),
    institutionId: providerText(),
    errorCode: providerText(),
    whoActs: text(),
    products: text().array(),
    /** Of the Item, counted up by one with each of its events. */
    sequence: integer(),
    /** The only team that may see it; null if every team may. */
    teamId: uuid().references(() => teams.id),
    isTest: boolean().notNull().default(false),
    occurredAt: moment().notNull(),
    /** The bytes that are signed and sent, now and ever. */
    body: text().notNull(),
    /** How many subscriptions wanted it. */
    matched: integer().notNull(),
    createdAt: moment().notNull().defaultNow(),
  },
  (table) => [
    // The timeline of one Item.
    index("events_item")
      .on(table.itemId, table.createdAt)
      .where(sql`${table.itemId} is not null`),
    index("events_type").on(table.type, table.id),
  ],
);
