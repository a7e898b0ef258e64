import { pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";
import { teams } from "./teams.ts";

/** Addresses that a team's mails are not sent to, because their reader has said that they never asked for them. */
export const teamSuppressions = pgTable(
  "team_suppressions",
  {
    teamId: uuid()
      .notNull()
      .references(() => teams.id),
    /** In lower case. */
    address: text().notNull(),
    createdAt: moment().notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.teamId, table.address] })],
);
