import { sql } from "drizzle-orm";
import { index, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { moment, ownId, providerText } from "./columns.ts";
import { items } from "./items.ts";

/** One time that the user of an Item is, or may be, asked to act: from its first sign until it is done. */
export const episodes = pgTable(
  "episodes",
  {
    id: ownId(),
    itemId: uuid()
      .notNull()
      .references(() => items.id),
    cause: text({ enum: ["broken", "expiring", "new_accounts"] })
      .notNull()
      .default("broken"),
    openedAt: moment().notNull(),
    /** When `/item/get` first bore it out; null while it was only a suspicion. */
    confirmedAt: moment(),
    closedAt: moment(),
    closeReason: text({ enum: ["repaired", "false_alarm", "removed", "superseded", "completed", "lapsed"] }),
    /** What it began with; null unless something broke. */
    errorType: providerText(),
    errorCode: providerText(),
  },
  (table) => [
    // At most one open episode per Item; also how it is found.
    uniqueIndex("episodes_one_open")
      .on(table.itemId)
      .where(sql`${table.closedAt} is null`),
    // The timeline of one Item.
    index("episodes_item").on(table.itemId, table.openedAt),
  ],
);
