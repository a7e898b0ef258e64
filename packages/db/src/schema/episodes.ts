import { sql } from "drizzle-orm";
import { index, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { moment, ownId, providerText } from "./columns.ts";
import { items } from "./items.ts";

/** One break of one Item, from its first sign until it is repaired. */
export const episodes = pgTable(
  "episodes",
  {
    id: ownId(),
    itemId: uuid()
      .notNull()
      .references(() => items.id),
    openedAt: moment().notNull(),
    /** When `/item/get` first said so; null while it was only a suspicion. */
    confirmedAt: moment(),
    closedAt: moment(),
    closeReason: text({ enum: ["repaired", "false_alarm", "removed"] }),
    /** What it began with. */
    errorType: providerText().notNull(),
    errorCode: providerText().notNull(),
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
