import { index, integer, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { moment, ownId, providerText } from "./columns.ts";

/** Every call to Plaid's API, successful or not, with what Plaid's support asks for. */
export const plaidApiEvents = pgTable(
  "plaid_api_events",
  {
    id: ownId(),
    at: moment().notNull().defaultNow(),
    /** The endpoint's path, such as `/item/get`. */
    method: text().notNull(),
    /** No foreign keys: the log outlives what it speaks of, and a call may come before the row. */
    itemId: uuid(),
    userId: uuid(),
    requestId: providerText(),
    /** Null if no answer came. */
    httpStatus: integer(),
    errorType: providerText(),
    errorCode: providerText(),
    /** `item.error` of a successful answer. */
    itemErrorCode: providerText(),
    durationMs: integer().notNull(),
    /** What was asked, without tokens and without personal data. */
    arguments: jsonb().notNull(),
  },
  (table) => [
    // The timeline of one Item.
    index("plaid_api_events_item").on(table.itemId, table.at),
    // Support: who asks with a request id in hand?
    index("plaid_api_events_request").on(table.requestId),
  ],
);
