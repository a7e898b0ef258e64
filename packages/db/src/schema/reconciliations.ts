import { ITEM_STATUS_KINDS } from "@relink/core";
import { index, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { moment, ownId, providerText } from "./columns.ts";
import { items } from "./items.ts";

/** What the reconciliation sweep found to be other than the webhooks had said. */
export const reconciliations = pgTable(
  "reconciliations",
  {
    id: ownId(),
    itemId: uuid()
      .notNull()
      .references(() => items.id),
    at: moment().notNull().defaultNow(),
    statusBefore: text({ enum: ITEM_STATUS_KINDS }).notNull(),
    statusAfter: text({ enum: ITEM_STATUS_KINDS }).notNull(),
    /** Plaid's last webhook about the Item, if it never came here. */
    missedWebhookCode: providerText(),
  },
  (table) => [
    // The timeline of one Item.
    index("reconciliations_item").on(table.itemId, table.at),
  ],
);
