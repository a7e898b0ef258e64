import { index, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { moment, ownId } from "./columns.ts";
import { items } from "./items.ts";

/** What somebody did to an Item through the API that its other rows do not tell. */
export const itemActions = pgTable(
  "item_actions",
  {
    id: ownId(),
    itemId: uuid()
      .notNull()
      .references(() => items.id),
    at: moment().notNull().defaultNow(),
    action: text({ enum: ["muted", "unmuted"] }).notNull(),
  },
  (table) => [
    // The timeline of one Item.
    index("item_actions_item").on(table.itemId, table.at),
  ],
);
