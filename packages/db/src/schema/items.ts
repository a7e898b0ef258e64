import { ITEM_STATUS_KINDS } from "@relink/core";
import { sql } from "drizzle-orm";
import { check, index, integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { bytea, moment, ownId, providerText } from "./columns.ts";
import { users } from "./users.ts";

/** Plaid Items and what is known of them. */
export const items = pgTable(
  "items",
  {
    id: ownId(),
    environment: text({ enum: ["sandbox", "production"] }).notNull(),
    plaidItemId: providerText().notNull().unique("items_plaid_item_id"),
    userId: uuid()
      .notNull()
      .references(() => users.id),
    institutionId: providerText(),
    institutionName: text(),
    /** Sealed; bound to this row. */
    accessToken: bytea().notNull(),
    /** Keyed hash of the public token it was registered with, so that a registration cut short can be repeated. */
    registrationHash: bytea().unique("items_registration_hash"),
    status: text({ enum: ITEM_STATUS_KINDS }).notNull(),
    errorType: providerText(),
    errorCode: providerText(),
    errorReason: providerText(),
    /** Since when the status is what it is. */
    statusSince: moment().notNull().defaultNow(),
    /** When the question to `/item/get` was asked whose answer the status is. */
    askedAt: moment(),
    /** When the newest webhook about it was received. */
    hintAt: moment(),
    /** When `/item/get` is to be asked next; null while there is nothing to ask. */
    confirmDueAt: moment(),
    /** Questions in a row that got no answer. */
    confirmAttempts: integer().notNull().default(0),
    createdAt: moment().notNull().defaultNow(),
    updatedAt: moment().notNull().defaultNow(),
  },
  (table) => [
    // The sweeper: which questions are due?
    index("items_confirm_due")
      .on(table.confirmDueAt)
      .where(sql`${table.confirmDueAt} is not null`),
    // GET /v1/items by user, status or institution, newest first.
    index("items_user").on(table.userId, table.id),
    index("items_status").on(table.status, table.id),
    index("items_institution").on(table.institutionId, table.id),
    check(
      "items_error_belongs_to_status",
      sql`(${table.status} in ('healthy', 'removed')) = (${table.errorCode} is null)`,
    ),
  ],
);
