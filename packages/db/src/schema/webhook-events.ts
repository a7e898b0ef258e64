import { sql } from "drizzle-orm";
import { index, integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { bytea, moment, ownId, providerText } from "./columns.ts";
import { items } from "./items.ts";

/** Every verified webhook, from the moment it is acknowledged. The ingress may insert here and do nothing else. */
export const webhookEvents = pgTable(
  "webhook_events",
  {
    id: ownId(),
    /** SHA-256 of environment, body hash and `iat`: one row per signed delivery, however often it comes. */
    deliveryKey: bytea().notNull().unique("webhook_events_delivery_key"),
    environment: text({ enum: ["sandbox", "production"] }).notNull(),
    /** As received, but with keyed hashes in place of live tokens. */
    body: bytea().notNull(),
    /** Of the body as Plaid signed it. */
    bodySha256: bytea().notNull(),
    /** When Plaid signed it. */
    signedAt: moment().notNull(),
    /** Which of Plaid's keys signed it. */
    keyId: providerText().notNull(),
    receivedAt: moment().notNull().defaultNow(),
    /** When the sweeper last gave it to the queue; it waits for a while before it does so again. */
    handedOffAt: moment(),
    attempts: integer().notNull().default(0),
    processedAt: moment(),
    parkedAt: moment(),
    parkedReason: text(),
    /** Filled in when it is processed. */
    webhookType: providerText(),
    webhookCode: providerText(),
    plaidItemId: providerText(),
    errorCode: providerText(),
    itemId: uuid().references(() => items.id),
    /** What it did: `applied`, `no_change` or `stored`. */
    outcome: text({ enum: ["applied", "no_change", "stored"] }),
  },
  (table) => [
    // The sweeper: what is neither processed nor parked? Small, because nearly every row leaves it at once.
    index("webhook_events_open")
      .on(table.receivedAt, table.id)
      .where(sql`${table.processedAt} is null and ${table.parkedAt} is null`),
    // The metrics: how many are parked?
    index("webhook_events_parked")
      .on(table.parkedAt)
      .where(sql`${table.parkedAt} is not null`),
    // Registration of an Item: which webhooks came before it was known?
    index("webhook_events_unknown_item")
      .on(table.plaidItemId)
      .where(sql`${table.parkedReason} = 'unknown_item'`),
    // The timeline of one Item.
    index("webhook_events_item")
      .on(table.itemId, table.receivedAt)
      .where(sql`${table.itemId} is not null`),
  ],
);
