import type { DisabledReason } from "@relink/core";
import { sql } from "drizzle-orm";
import { index, integer, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { moment, ownId } from "./columns.ts";
import { subscriptions } from "./subscriptions.ts";

/** What the owner of an endpoint is told about it, beside its kind. */
export interface NoticeDetails {
  /** When it will be disabled, as ISO 8601; null if that is not settled. */
  disableAt: string | null;
  /** Why it was disabled. */
  disabledReason: DisabledReason | null;
}

/**
 * Mails about subscriptions, owed and sent: to the owners of endpoints, and to addresses that have yet to confirm that
 * they want a team's mails. The row is the outbox.
 *
 * `owed` → `transmitting` → `sent`, or back to `owed` while the server surely has not taken it. `failed`: refused for good.
 * `unknown`: the process or the connection died while the message was on its way, so it is never sent again.
 */
export const notices = pgTable(
  "notices",
  {
    id: ownId(),
    subscriptionId: uuid()
      .notNull()
      .references(() => subscriptions.id),
    kind: text({
      enum: [
        "failing",
        "warning_60h",
        "warning_96h",
        "disabled",
        "recovered",
        "exhausted",
        "secret_rotated",
        "confirm_address",
      ],
    }).notNull(),
    /** Who is asked by `confirm_address`; null for all others, which go to the owner. */
    address: text(),
    details: jsonb().$type<NoticeDetails>().notNull(),
    state: text({ enum: ["owed", "transmitting", "sent", "failed", "unknown"] }).notNull(),
    dueAt: moment().notNull().defaultNow(),
    attempts: integer().notNull().default(0),
    transmittingAt: moment(),
    /** When it reached its last state. */
    settledAt: moment(),
    /** Derived from the id, so that a second copy would be recognised as one. */
    messageId: text(),
    /** Why the last try did not succeed: a stage and a status of SMTP, never an address. */
    problem: text(),
    createdAt: moment().notNull().defaultNow(),
  },
  (table) => [
    // Which are due?
    index("notices_due")
      .on(table.dueAt)
      .where(sql`${table.state} = 'owed'`),
    // Which transmissions never ended?
    index("notices_transmitting")
      .on(table.transmittingAt)
      .where(sql`${table.state} = 'transmitting'`),
    // What was its owner told last?
    index("notices_subscription").on(table.subscriptionId, table.kind, table.id),
    // When was an address asked last?
    index("notices_address")
      .on(sql`lower(${table.address})`, table.createdAt)
      .where(sql`${table.address} is not null`),
  ],
);
