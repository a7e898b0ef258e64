import { sql } from "drizzle-orm";
import { index, integer, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { moment, ownId } from "./columns.ts";
import { episodes } from "./episodes.ts";
import { items } from "./items.ts";
import { users } from "./users.ts";

/**
 * Mails owed and sent; the row is the outbox.
 *
 * `owed` → `transmitting` → `sent`, or back to `owed` while the server surely has not taken it. `held`: the user can do
 * nothing at the moment. `cancelled`: the episode ended first. `failed`: refused for good. `unknown`: the process or the
 * connection died while the message was on its way, so it may have arrived and is never sent again.
 */
export const emails = pgTable(
  "emails",
  {
    id: ownId(),
    episodeId: uuid()
      .notNull()
      .references(() => episodes.id),
    itemId: uuid()
      .notNull()
      .references(() => items.id),
    userId: uuid()
      .notNull()
      .references(() => users.id),
    /** 0 is the first mail of the episode, 1 and on are its reminders, 100 says that all is well again. */
    step: integer().notNull(),
    state: text({ enum: ["owed", "held", "transmitting", "sent", "failed", "unknown", "cancelled"] }).notNull(),
    /** Which text was sent; set when it is transmitted. */
    template: text(),
    dueAt: moment().notNull(),
    attempts: integer().notNull().default(0),
    transmittingAt: moment(),
    /** When it reached its last state. */
    settledAt: moment(),
    /** Derived from the id, so that a second copy would be recognised as one. */
    messageId: text(),
    /** Why the last try did not succeed: a stage and a status of SMTP, never an address. */
    problem: text(),
    createdAt: moment().notNull().defaultNow(),
  },
  (table) => [
    unique("emails_one_per_step").on(table.episodeId, table.step),
    // The sweeper: which mails are due?
    index("emails_due")
      .on(table.dueAt)
      .where(sql`${table.state} = 'owed'`),
    // Maintenance: which transmissions never ended?
    index("emails_transmitting")
      .on(table.transmittingAt)
      .where(sql`${table.state} = 'transmitting'`),
    // How many did the user get today?
    index("emails_user").on(table.userId, table.transmittingAt),
    // The timeline of one Item.
    index("emails_item").on(table.itemId, table.createdAt),
  ],
);
