import { pgTable, text } from "drizzle-orm/pg-core";
import { moment } from "./columns.ts";

/** Moments that all workers share: when the last of them was seen alive, since when every Item is to be asked about. */
export const marks = pgTable("marks", {
  name: text({ enum: ["alive", "reconcile_all"] }).primaryKey(),
  at: moment().notNull(),
});
