import { ITEM_STATUS_KINDS } from "@relink/core";
import type { TimelineKind, TimelineRow } from "@relink/db";
import { showId } from "@relink/service";
import { z } from "zod";
import { sentMoment } from "../period.ts";
import { moment, shownId } from "../fields.ts";

const text = z.string().nullable();

const linkEvent = {
  callback: z.enum(["success", "exit", "event"]),
  event_name: text,
  link_session_id: text,
  request_id: text,
  error_type: text,
  error_code: text,
  exit_status: text,
  institution_id: text,
  view_name: text,
};

/** The details of each kind of entry. */
const DETAILS = {
  webhook_received: {
    webhook_type: text,
    webhook_code: text,
    error_code: text,
    outcome: z.enum(["applied", "no_change", "stored"]).nullable(),
    signed_at: moment.meta({ description: "When Plaid signed it." }),
    processed_at: moment.nullable(),
    plaid_item_id: text,
  },
  api_call: {
    method: z.string().meta({ description: "The path at Plaid." }),
    request_id: text.meta({ description: "What Plaid's support asks for." }),
    http_status: z.int().nullable().meta({ description: "Null if no answer came." }),
    error_type: text,
    error_code: text,
    item_error_code: text.meta({ description: "What a good answer said is wrong with the Item." }),
    duration_ms: z.int(),
    arguments: z.record(z.string(), z.unknown()).meta({ description: "Without tokens and personal data." }),
  },
  episode_opened: {
    episode_id: shownId("epi"),
    cause: z.enum(["broken", "expiring", "new_accounts"]),
    error_type: text,
    error_code: text,
  },
  episode_confirmed: { episode_id: shownId("epi") },
  episode_closed: { episode_id: shownId("epi"), reason: z.string(), seconds_open: z.number() },
  email: {
    episode_id: shownId("epi"),
    step: z.int().meta({
      description: "0 is the first mail of the episode, 1 and on are its reminders, 100 says that all is well again.",
    }),
    state: z.enum(["owed", "held", "transmitting", "sent", "failed", "unknown", "cancelled"]),
    template: text,
    due_at: moment,
    attempts: z.int(),
    message_id: text,
    problem: text,
  },
  link_session_started: {
    episode_id: shownId("epi"),
    mode: z.enum(["embedded", "hosted"]),
    request_id: text,
    link_session_id: text,
    outcome: text,
    finished_at: moment.nullable(),
  },
  link_callback: linkEvent,
  link_event: linkEvent,
  status_corrected: {
    found_by: z.literal("reconciliation"),
    status_before: z.enum(ITEM_STATUS_KINDS),
    status_after: z.enum(ITEM_STATUS_KINDS),
    missed_webhook_code: text.meta({ description: "Plaid's last webhook about the Item, if it never came here." }),
  },
  account_revoked: { account_id: z.string() },
  event_published: {
    event_id: shownId("evt"),
    type: z.string(),
    sequence: z.int().nullable(),
    subscriptions: z.int().meta({ description: "How many wanted it." }),
    delivered: z.int(),
    under_way: z.int().meta({ description: "Deliveries that wait, are being made, or are held." }),
  },
  muted: {},
  unmuted: {},
} as const satisfies Record<TimelineKind, z.ZodRawShape>;

const entry = <Kind extends TimelineKind>(kind: Kind, description: string) =>
  z.object({ at: moment, kind: z.literal(kind), ...DETAILS[kind] }).meta({ description });

export const timelineEntrySchema = z
  .discriminatedUnion("kind", [
    entry("webhook_received", "A verified webhook of Plaid."),
    entry("api_call", "A call to Plaid."),
    entry("episode_opened", "The first sign that somebody should act."),
    entry("episode_confirmed", "/item/get bore it out."),
    entry("episode_closed", "It is done."),
    entry("email", "A mail, at the time of its last change."),
    entry("link_session_started", "The user pressed the button: a link token was made."),
    entry("link_callback", "What the user's browser said about Link."),
    entry("link_event", "What Plaid's LINK webhook said about Link."),
    entry("status_corrected", "Asking Plaid by turns found another status than the webhooks had said."),
    entry("account_revoked", "The user withdrew one account. The Item lives on."),
    entry("event_published", "What product teams were told, and how many of them have it by now."),
    entry("muted", "Somebody stopped the mails about this Item."),
    entry("unmuted", "Somebody allowed them again."),
  ])
  .meta({ id: "TimelineEntry", description: "One thing that happened to an Item. Fit for a support ticket." });

export type TimelineEntry = z.input<typeof timelineEntrySchema>;

export const timelineExample: TimelineEntry[] = [
  {
    at: "2026-11-21T09:30:01.120Z",
    kind: "api_call",
    method: "/item/get",
    request_id: "Wj4Y6kq2mVdQb1x",
    http_status: 200,
    error_type: null,
    error_code: null,
    item_error_code: "ITEM_LOGIN_REQUIRED",
    duration_ms: 212,
    arguments: {},
  },
  {
    at: "2026-11-21T09:30:00.004Z",
    kind: "episode_opened",
    episode_id: "epi_01kazwq8pgf0s8q2vk4ydtm6ws",
    cause: "broken",
    error_type: "ITEM_ERROR",
    error_code: "ITEM_LOGIN_REQUIRED",
  },
];

/** The place of an entry in its list. */
export const timelinePlace = z.tuple([
  z.literal("timeline"),
  sentMoment,
  z.uuid(),
  z.enum(Object.keys(DETAILS) as [TimelineKind, ...TimelineKind[]]),
]);

/** Names and times as everywhere in the API: ids with their prefix, ISO 8601 in UTC, Plaid's Item named as such. */
export function showTimelineEntry(row: TimelineRow): TimelineEntry {
  const details = Object.entries(row.details).map(([name, value]): [string, unknown] => {
    if (name === "episode_id") return [name, showId("epi", String(value))];
    if (name === "event_id") return [name, showId("evt", String(value))];
    if (name === "item_id") return ["plaid_item_id", value];
    if (name.endsWith("_at") && typeof value === "string") return [name, new Date(value).toISOString()];
    return [name, value];
  });
  // The statement gives each kind its details; that they are as described is held by the tests of the whole API.
  return { at: row.at.toISOString(), kind: row.kind, ...Object.fromEntries(details) } as TimelineEntry;
}
