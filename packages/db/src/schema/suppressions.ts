import { pgTable, text } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";

/** Addresses that are not written to. */
export const suppressions = pgTable("suppressions", {
  /** In lower case. */
  address: text().primaryKey(),
  /** `bounced`: its server says that it does not exist. `complained`: its owner does not want our mails. */
  reason: text({ enum: ["bounced", "complained", "manual"] }).notNull(),
  createdAt: moment().notNull().defaultNow(),
});
