import { sql } from "drizzle-orm";
import { pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { moment, ownId, providerText } from "./columns.ts";

/** Times in which a bank has trouble. Mails about its Items wait until it is over. */
export const institutionTroubles = pgTable(
  "institution_troubles",
  {
    id: ownId(),
    institutionId: providerText().notNull(),
    beganAt: moment().notNull().defaultNow(),
    /** When Plaid is asked next whether it is over. */
    recheckAt: moment().notNull(),
    endedAt: moment(),
    /** Who said so: an alert of Plaid's. */
    source: text({ enum: ["alert"] }).notNull(),
  },
  (table) => [
    uniqueIndex("institution_troubles_one_open")
      .on(table.institutionId)
      .where(sql`${table.endedAt} is null`),
  ],
);
