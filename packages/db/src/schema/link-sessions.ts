import { sql } from "drizzle-orm";
import { index, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { bytea, moment, ownId, providerText } from "./columns.ts";
import { episodes } from "./episodes.ts";
import { items } from "./items.ts";

/** One press of the button on the Link page: a link token, and what came of it. */
export const linkSessions = pgTable(
  "link_sessions",
  {
    id: ownId(),
    episodeId: uuid()
      .notNull()
      .references(() => episodes.id),
    itemId: uuid()
      .notNull()
      .references(() => items.id),
    /** Sealed; null once it is of no more use. */
    linkToken: bytea(),
    /** Keyed hash: how LINK webhooks find their session. */
    linkTokenHash: bytea().notNull(),
    mode: text({ enum: ["embedded", "hosted"] })
      .notNull()
      .default("embedded"),
    /** Plaid's id of the session, once somebody has said it: a callback, a webhook, `/link/token/get`. */
    linkSessionId: providerText(),
    /** Of the call that created the link token. */
    requestId: providerText(),
    createdAt: moment().notNull().defaultNow(),
    expiresAt: moment().notNull(),
    finishedAt: moment(),
    /** `success` is what the browser said; whether the Item works is for `/item/get` to say. */
    outcome: text({ enum: ["success", "tried_and_failed", "closed_without_trying"] }),
  },
  (table) => [
    // The Link page: is there a fresh session to go on with, and how many were there today?
    index("link_sessions_episode").on(table.episodeId, table.createdAt),
    // LINK webhooks.
    index("link_sessions_token_hash").on(table.linkTokenHash),
    // Maintenance: which sealed tokens have expired?
    index("link_sessions_expired")
      .on(table.expiresAt)
      .where(sql`${table.linkToken} is not null`),
    // Support: what belongs to this identifier?
    index("link_sessions_link_session_id").on(table.linkSessionId),
    index("link_sessions_request_id").on(table.requestId),
    // The timeline of one Item.
    index("link_sessions_item").on(table.itemId, table.createdAt),
  ],
);
