import { pgTable } from "drizzle-orm/pg-core";
import { bytea, moment, providerText } from "./columns.ts";

/**
 * The ids of the keys that sealed columns may be sealed with. A row is made before a key seals anything, and goes when
 * nothing is sealed with it any more, so that an app learns from these few rows which keys it needs.
 */
export const encryptionKeys = pgTable("encryption_keys", {
  id: providerText().primaryKey(),
  /** A known text, sealed with the key: what cannot open it is not that key. */
  canary: bytea().notNull(),
  createdAt: moment().notNull().defaultNow(),
});
