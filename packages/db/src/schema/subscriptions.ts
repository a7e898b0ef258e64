import type { Actor } from "@relink/core";
import { sql } from "drizzle-orm";
import { boolean, index, integer, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { bytea, moment, ownId } from "./columns.ts";
import { teams } from "./teams.ts";

/** Which events a subscription wants, beyond their types; an absent list lets all through. */
export interface StoredEventFilter {
  environments?: string[];
  institution_ids?: string[];
  error_codes?: string[];
  who_acts?: Actor[];
  products?: string[];
}

/** What came of asking a receiver whether it wants to be called, as the API shows it. */
export interface StoredVerification {
  at: string;
  url: string;
  ok: boolean;
  status: number | null;
  error_code: string | null;
  detail: string | null;
  advice: string | null;
  /** Milliseconds; null for a step that was not taken. */
  dns_ms: number | null;
  connect_ms: number | null;
  tls_ms: number | null;
  first_byte_ms: number | null;
  total_ms: number;
}

/** Where a team wants to hear of events. */
export const subscriptions = pgTable(
  "subscriptions",
  {
    id: ownId(),
    teamId: uuid()
      .notNull()
      .references(() => teams.id),
    kind: text({ enum: ["webhook", "slack", "email"] }).notNull(),
    description: text(),
    /** Of a webhook. Slack's own URL is a secret, and sealed. */
    url: text(),
    /** Of a team, for kind `email`. */
    address: text(),
    /** Where a bot posts; null if Slack is reached by a webhook URL of its. */
    slackChannel: text(),
    /** Event types, exact or like `item.*`. */
    eventTypes: text().array().notNull(),
    filter: jsonb().$type<StoredEventFilter>().notNull().default({}),
    /** Whether an alarm that was not delivered yet is dropped when a newer event makes it obsolete. */
    supersede: boolean().notNull().default(false),
    /** `v1`, `v1a` or both. */
    signatureSchemes: text().array().notNull(),
    /** Of the headers that are sent along; their values are sealed. */
    headerNames: text().array().notNull().default([]),
    /** Seconds to wait after each failure; null for the default. */
    retrySchedule: integer().array(),
    /** Requests at the same time at most. */
    maxConcurrency: integer().notNull().default(5),
    /** Requests in a second at most; null for no limit. */
    rateLimit: integer(),
    /** Whom to tell, by e-mail, when it fails: the other channel. */
    ownerContact: text(),
    metadata: jsonb().$type<Record<string, string>>().notNull().default({}),
    /** Which shape of events it gets. */
    apiVersion: text().notNull(),
    status: text({ enum: ["pending_verification", "active", "failing", "disabled", "paused"] }).notNull(),
    disabledReason: text(),
    disabledAt: moment(),
    /** All that the rules of health remember, as they wrote it. */
    health: jsonb().notNull(),
    /** When the clock of a failing endpoint has to be looked at next: a warning, or the end. */
    healthDueAt: moment(),
    /** Nothing is sent before: it asked for a rest. */
    throttledUntil: moment(),
    /** The first time since its last success that it said it gets too much. */
    rateLimitedSince: moment(),
    /** Requests at the same time for now: one, after it showed signs of overload. */
    concurrency: integer().notNull().default(5),
    verifiedAt: moment(),
    /** How its receiver answered when it was asked last. Such a request is no delivery, and leaves no attempt. */
    lastVerification: jsonb().$type<StoredVerification>(),
    /** Counts changes, for `ETag`. */
    version: integer().notNull().default(1),
    createdAt: moment().notNull().defaultNow(),
    updatedAt: moment().notNull().defaultNow(),
    deletedAt: moment(),
  },
  (table) => [
    index("subscriptions_team").on(table.teamId, table.id),
    // Who is to be told of an event? And for whom is something due?
    index("subscriptions_live")
      .on(table.id)
      .where(sql`${table.deletedAt} is null`),
    index("subscriptions_health_due")
      .on(table.healthDueAt)
      .where(sql`${table.healthDueAt} is not null`),
  ],
);

/** What a subscription signs with, sends along, or reaches Slack with. Never shown again after it was made. */
export const subscriptionSecrets = pgTable(
  "subscription_secrets",
  {
    id: ownId(),
    subscriptionId: uuid()
      .notNull()
      .references(() => subscriptions.id),
    kind: text({ enum: ["v1", "v1a", "headers", "slack_url", "slack_token"] }).notNull(),
    /** Sealed; bound to this row. Headers as one JSON object. */
    secret: bytea().notNull(),
    /** `whpk_…` of a key pair. */
    publicKey: text(),
    createdAt: moment().notNull().defaultNow(),
    /** Null for the one that is used; an old one signs beside it until then. */
    expiresAt: moment(),
  },
  (table) => [index("subscription_secrets_subscription").on(table.subscriptionId, table.id)],
);
