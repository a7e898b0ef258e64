import { index, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { moment, ownId, providerText } from "./columns.ts";
import { items } from "./items.ts";
import { linkSessions } from "./link-sessions.ts";

/**
 * What happened in Link: its callbacks in the user's browser, which are hearsay, and Plaid's LINK webhooks. Kept for
 * support, never a reason to change a status.
 */
export const linkEvents = pgTable(
  "link_events",
  {
    id: ownId(),
    sessionId: uuid()
      .notNull()
      .references(() => linkSessions.id),
    itemId: uuid()
      .notNull()
      .references(() => items.id),
    source: text({ enum: ["callback", "webhook"] })
      .notNull()
      .default("callback"),
    /** The page's own number for a callback, so that one sent twice is stored once. */
    callbackId: uuid(),
    /** Plaid's id of an event in a webhook, which repeats the earlier ones. */
    eventId: providerText(),
    callback: text({ enum: ["success", "exit", "event"] }).notNull(),
    eventName: text(),
    linkSessionId: providerText(),
    requestId: providerText(),
    errorType: providerText(),
    errorCode: providerText(),
    exitStatus: text(),
    institutionId: providerText(),
    viewName: text(),
    receivedAt: moment().notNull().defaultNow(),
  },
  (table) => [
    unique("link_events_callback").on(table.sessionId, table.callbackId),
    unique("link_events_event").on(table.sessionId, table.eventId),
    // Support: what belongs to this identifier?
    index("link_events_request_id").on(table.requestId),
    index("link_events_link_session_id").on(table.linkSessionId),
    // The timeline of one Item.
    index("link_events_item").on(table.itemId, table.receivedAt),
  ],
);
