import { ITEM_STATUS_KINDS, type ItemStatusKind } from "@relink/core";
import { sql } from "drizzle-orm";
import { boolean, check, index, integer, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
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
    /** The end that Plaid has announced, also while an error hides it. */
    pendingKind: text({ enum: ["expiration", "disconnect"] }),
    pendingReason: providerText(),
    pendingAt: moment(),
    /** When it was announced. */
    pendingSince: moment(),
    /** The date of the last announced end that was averted. */
    avertedAt: moment(),
    /** When the user's consent ends, as `/item/get` said last. */
    consentExpiresAt: moment(),
    /** When Link was last gone through for it, in update mode. */
    renewedAt: moment(),
    /** The newer Item of the same user that has put this one out. */
    displacedBy: uuid(),
    /** Nobody is written to about it since then. */
    mutedAt: moment(),
    /** Since when the status is what it is. */
    statusSince: moment().notNull().defaultNow(),
    /** When the question to `/item/get` was asked whose answer the status is. */
    askedAt: moment(),
    /** When the newest webhook about it was received. */
    hintAt: moment(),
    /** When `/item/get` is to be asked next; null while there is nothing to ask. */
    confirmDueAt: moment(),
    /** True if the question that is due comes from the reconciliation sweep, and no webhook asked for it. */
    isSweep: boolean().notNull().default(false),
    /** Questions in a row that got no answer. */
    confirmAttempts: integer().notNull().default(0),
    /** Where Plaid sends its webhooks, as it said last. */
    webhookUrl: text(),
    /** When the webhook came that Plaid sends to a new URL to prove it. */
    webhookAcknowledgedAt: moment(),
    /** When Plaid sent the last webhook about it, as `/item/get` said last. */
    lastWebhookAt: moment(),
    /** Plaid's products that it is used with, as `/item/get` said last. */
    products: text().array(),
    /** What product teams were told of it last, and how many events there were of it. */
    told: jsonb().$type<{ kind: ItemStatusKind; errorCode: string | null; endsAt: string | null }>(),
    eventSequence: integer().notNull().default(0),
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
    // The reconciliation sweep: whom have we not asked about for longest?
    index("items_asked")
      .on(sql`${table.askedAt} nulls first`)
      .where(sql`${table.status} <> 'removed'`),
    // The forecast: which consents end when?
    index("items_consent_expires")
      .on(table.consentExpiresAt)
      .where(sql`${table.consentExpiresAt} is not null`),
    check(
      "items_error_belongs_to_status",
      sql`(${table.status} in ('healthy', 'expiring', 'removed')) = (${table.errorCode} is null)`,
    ),
    check("items_expiring_has_date", sql`${table.status} <> 'expiring' or ${table.pendingAt} is not null`),
  ],
);
