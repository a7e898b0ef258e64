import { pgTable, text } from "drizzle-orm/pg-core";
import { moment, ownId, providerText } from "./columns.ts";

/** The people whose Items these are, as the company that runs Relink knows them. */
export const users = pgTable("users", {
  id: ownId(),
  /** The company's own id. It never goes to Plaid as personal data. */
  externalId: providerText().notNull().unique("users_external_id"),
  /** Null for somebody who cannot be written to. */
  email: text(),
  name: text(),
  /** BCP 47, such as `en` or `fr-CA`. */
  locale: text(),
  /** IANA, such as `America/New_York`. */
  timeZone: text(),
  createdAt: moment().notNull().defaultNow(),
  updatedAt: moment().notNull().defaultNow(),
});
