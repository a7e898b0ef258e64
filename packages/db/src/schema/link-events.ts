import { index, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { moment, ownId, providerText } from "./columns.ts";
import { items } from "./items.ts";
import { linkSessions } from "./link-sessions.ts";

/** What Link's callbacks said in the user's browser: hearsay, kept for support, never a reason to change a status. */
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
    /** The page's own number for the callback, so that one sent twice is stored once. */
    callbackId: uuid().notNull(),
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
    // The timeline of one Item.
    index("link_events_item").on(table.itemId, table.receivedAt),
  ],
);
