import { index, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { moment, ownId, providerText } from "./columns.ts";
import { items } from "./items.ts";

/** Accounts of Items, as far as something was told about them: no balance, no number. */
export const accounts = pgTable(
  "accounts",
  {
    id: ownId(),
    itemId: uuid()
      .notNull()
      .references(() => items.id),
    plaidAccountId: providerText().notNull(),
    name: text(),
    mask: text(),
    /** When the bank said that the user withdrew it. The Item lives on. */
    revokedAt: moment(),
    createdAt: moment().notNull().defaultNow(),
  },
  (table) => [
    unique("accounts_of_item").on(table.itemId, table.plaidAccountId),
    // Support: whose account is this?
    index("accounts_plaid_account_id").on(table.plaidAccountId),
  ],
);
