import { type EventType, ITEM_STATUS_KINDS } from "@relink/core";
import { z } from "zod";

/** The shape of events as of this date. Within it fields may be added, and none is taken away or changed. */
export const API_VERSION = "2026-11-22";

const moment = z.iso.datetime({ precision: 3 }).meta({ description: "ISO 8601, in UTC." });
const id = (prefix: string) => z.string().regex(new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`));

const error = z.object({
  type: z.string().meta({ description: "Plaid's error_type." }),
  code: z.string().meta({ description: "Plaid's error_code. An open set." }),
  reason: z.string().nullable().meta({ description: "Plaid's error_code_reason, given for OAuth connections only." }),
});

const isTest = { test: z.literal(true).optional().meta({ description: "There if somebody sent it by hand." }) };

const aboutItem = {
  item_id: id("itm"),
  plaid_item_id: z.string(),
  user_id: id("usr"),
  institution_id: z.string().nullable(),
  episode_id: id("epi")
    .nullable()
    .meta({ description: "The same for all events of one break: two alarms with one episode are one problem." }),
  sequence: z
    .int()
    .min(1)
    .meta({ description: "Counts this Item's events. Ignore one whose sequence is lower than one you have seen." }),
  state: z.enum(ITEM_STATUS_KINDS).meta({ description: "The Item's status after this event." }),
  who_acts: z.enum(["user", "operator", "nobody"]),
  timeline: z.string().meta({ description: "Where the API tells all that happened to the Item." }),
  ...isTest,
};

const aboutReauth = { ...aboutItem };

const aboutEndpoint = {
  subscription_id: id("sub"),
  status: z.enum(["pending_verification", "active", "failing", "disabled", "paused"]),
  ...isTest,
};

/** What `data` holds in each type of event. Ids and states only: no token, number, name or address. */
export const EVENT_DATA = {
  "item.error": z.object({ ...aboutItem, error }),
  "item.repaired": z.object({
    ...aboutItem,
    repair_path: z.enum(["own_link", "elsewhere"]).meta({
      description: "`own_link`: the user went through the link that Relink mailed or made. `elsewhere`: any other way.",
    }),
    previous_state: z.enum(ITEM_STATUS_KINDS),
  }),
  "item.expiring": z.object({ ...aboutItem, expires_at: moment, reason: z.string() }),
  "item.revoked": z.object({ ...aboutItem, error }),
  "item.account_revoked": z.object({ ...aboutItem, account_id: z.string().nullable() }),
  "item.new_accounts_available": z.object(aboutItem),
  "item.degraded": z.object({ ...aboutItem, error }),
  "item.removed": z.object(aboutItem),
  "reauth.email_sent": z.object({
    ...aboutReauth,
    template: z.string(),
    step: z.int().min(0).meta({ description: "0 is the first mail about a break; 1 and on are its reminders." }),
  }),
  "reauth.link_opened": z.object(aboutReauth),
  "reauth.completed": z.object(aboutReauth),
  "reauth.abandoned": z.object({
    ...aboutReauth,
    has_tried: z.boolean().meta({ description: "False if the user closed Link without having tried anything." }),
  }),
  "webhook.received": z.object({
    webhook_id: id("whe"),
    provider: z.literal("plaid"),
    webhook_type: z.string().nullable(),
    webhook_code: z.string().nullable(),
    plaid_item_id: z.string().nullable(),
    item_id: id("itm").nullable(),
    error_code: z.string().nullable(),
    received_at: moment,
    ...isTest,
  }),
  "webhook.verification": z.object({
    subscription_id: id("sub"),
    challenge: z.string().meta({ description: 'Answer with 2xx and this text, or JSON {"challenge": …}.' }),
  }),
  "webhook.test": z.object({ subscription_id: id("sub"), message: z.string(), ...isTest }),
  "endpoint.failing": z.object({
    ...aboutEndpoint,
    failing_since: moment.nullable(),
    disable_at: moment.nullable().meta({ description: "When it will be disabled; null while that is not settled." }),
  }),
  "endpoint.disabled": z.object({ ...aboutEndpoint, reason: z.string() }),
  "endpoint.recovered": z.object(aboutEndpoint),
  "delivery.exhausted": z.object({
    delivery_id: id("dlv"),
    subscription_id: id("sub"),
    event_id: id("evt"),
    event_type: z.string(),
    attempts: z.int().min(1),
    last_status: z.int().nullable(),
    last_error_code: z.string().nullable(),
    ...isTest,
  }),
  "recovery.completed": z.object({
    recovery_id: id("rcv"),
    subscription_id: id("sub"),
    total: z.int().min(0),
    processed: z.int().min(0),
    ...isTest,
  }),
} as const satisfies Record<EventType, z.ZodObject>;

export type EventData<Type extends EventType> = z.infer<(typeof EVENT_DATA)[Type]>;

/** One event as it is sent: what the body holds beside `data`. */
export function eventSchema<Type extends EventType>(type: Type) {
  return z.object({
    id: id("evt").meta({ description: "The same as the header webhook-id, in every attempt, resend and replay." }),
    type: z.literal(type),
    timestamp: moment.meta({ description: "When it happened, not when it was sent." }),
    environment: z.enum(["sandbox", "production"]),
    api_version: z.string(),
    data: EVENT_DATA[type],
  });
}

/** The JSON Schema of one type of event (draft 2020-12), for whoever gets it: fields may have been added. */
export function eventJsonSchema(type: EventType): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(eventSchema(type), { io: "input" });
}
