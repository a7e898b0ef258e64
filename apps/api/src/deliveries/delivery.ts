import { DELIVERY_ERROR_CODES, type DeliveryErrorCode, EVENT_TYPE_NAMES } from "@relink/core";
import type { AttemptListing, DeliveryRow, DeliveryState, SubscriptionRow } from "@relink/db";
import { adviceFor, DELIVERY_ERROR_TEXTS } from "@relink/delivery";
import { showId } from "@relink/service";
import { z } from "zod";
import { moment, shownId } from "../fields.ts";

const text = z.string().nullable();
const milliseconds = z.int().min(0).nullable();

/** The names are those of the table, which explains them. */
const DELIVERY_STATES = [
  "pending",
  "in_flight",
  "delivered",
  "exhausted",
  "aborted",
  "held",
  "cancelled",
  "superseded",
] as const satisfies readonly DeliveryState[];

const TRIGGERS = [
  "initial",
  "schedule",
  "manual",
  "bulk_replay",
  "resume",
  "test",
] as const satisfies readonly DeliveryRow["trigger"][];

export const eventType = z.enum(EVENT_TYPE_NAMES);
export const deliveryStatus = z.enum(DELIVERY_STATES);
export const errorCode = z.enum(DELIVERY_ERROR_CODES);
export const statusClass = z.enum(["2xx", "3xx", "4xx", "5xx", "none"]);

const STATUS_CLASSES = { "2xx": 2, "3xx": 3, "4xx": 4, "5xx": 5, none: 0 } as const;

/** A class as the statements know it: 2 for 200 to 299, and so on; 0 where no answer came. */
export function readStatusClass(sent: z.output<typeof statusClass> | undefined): number | undefined {
  return sent === undefined ? undefined : STATUS_CLASSES[sent];
}

const trigger = z.enum(TRIGGERS).meta({
  description:
    "Why it was made: `initial`, `schedule` (a retry), `manual` (somebody pressed resend), `bulk_replay` (a recovery), `resume`, `test`.",
});
const actor = text.meta({ description: "Who asked for it: `admin` or the id of a key. Null if nobody had to." });
const advice = text.meta({ description: "What to do about the error. Null if there is none." });

export const deliverySchema = z
  .object({
    id: shownId("dlv"),
    event_id: shownId("evt"),
    event_type: z.string(),
    subscription_id: shownId("sub"),
    status: deliveryStatus.meta({
      description:
        "`pending`: waits for an attempt. `in_flight`: is being sent. `delivered`. `exhausted`: no attempt is left. `aborted`: the receiver wants no more attempts. `held`: the subscription is disabled. `cancelled`: taken back. `superseded`: a newer event made it obsolete.",
    }),
    trigger,
    actor,
    attempts: z.int().min(0).meta({
      description:
        "Made so far, of any kind. Slack and mail tell many events in one message, which is an attempt of the newest of them.",
    }),
    next_attempt_at: moment.nullable().meta({ description: "Not before that. Null if none is due." }),
    last_attempt_at: moment.nullable(),
    last_status: z.int().nullable().meta({ description: "Of the last answer. Null if none came." }),
    last_error_code: text.meta({ description: "Null after a success, and before the first attempt." }),
    advice,
    recovery_id: shownId("rcv").nullable().meta({ description: "The recovery that made it again." }),
    settled_at: moment.nullable().meta({ description: "When it was over." }),
    created_at: moment,
  })
  .meta({ id: "Delivery", description: "One event for one subscription." });

export type DeliveryView = z.input<typeof deliverySchema>;

export const attemptSchema = z
  .object({
    id: shownId("att"),
    delivery_id: shownId("dlv"),
    event_id: shownId("evt"),
    event_type: z.string(),
    subscription_id: shownId("sub"),
    number: z.int().min(1).meta({ description: "From 1; also in the header relink-attempt." }),
    trigger: z.string(),
    actor,
    ok: z.boolean(),
    url: text.meta({ description: "As used, with the values of its query masked." }),
    scheduled_for: moment,
    started_at: moment,
    queued_ms: z.int().min(0).meta({ description: "How long it waited here after it was due." }),
    dns_ms: milliseconds,
    connect_ms: milliseconds,
    tls_ms: milliseconds,
    first_byte_ms: milliseconds.meta({ description: "From the request to the headers of the answer." }),
    total_ms: z.int().min(0),
    reused_connection: z.boolean(),
    request_bytes: z.int().min(0),
    signature_key_ids: z.array(z.string()).meta({ description: "What it was signed with." }),
    response: z
      .object({
        status: z.int(),
        headers: z.record(z.string(), z.string()).meta({ description: "A few of them." }),
        body: text.meta({ description: "The first 16 KiB." }),
        truncated: z.boolean(),
      })
      .nullable()
      .meta({ description: "Null if no answer came." }),
    error_code: text,
    detail: text.meta({ description: "What went wrong." }),
    advice,
    retry_after_s: z.int().nullable().meta({ description: "What the receiver asked for." }),
    next_attempt_at: moment.nullable(),
    operator: z
      .object({ error_detail: text, resolved_address: text })
      .nullable()
      .meta({ description: "For the admin key only: it may name addresses inside the network. Null for any other." }),
  })
  .meta({ id: "Attempt", description: "One request, and what came of it." });

export type AttemptView = z.input<typeof attemptSchema>;

export const deliveryExample: DeliveryView = {
  id: "dlv_01kazv5b0ae4b6c8d0e2f4g6h8",
  event_id: "evt_01kazv5a9zf5c7d9e1f3g5h7j9",
  event_type: "item.error",
  subscription_id: "sub_01kazv2z3we6n9p4q8r5s7t1vb",
  status: "pending",
  trigger: "schedule",
  actor: null,
  attempts: 1,
  next_attempt_at: "2026-11-22T09:30:05.812Z",
  last_attempt_at: "2026-11-22T09:30:00.412Z",
  last_status: 503,
  last_error_code: "HTTP_STATUS",
  advice: adviceFor("HTTP_STATUS", { kind: "webhook", status: 503 }),
  recovery_id: null,
  settled_at: null,
  created_at: "2026-11-22T09:30:00.004Z",
};

export const attemptExample: AttemptView = {
  id: "att_01kazv5c1be6d8e0f2g4h6j8k0",
  delivery_id: deliveryExample.id,
  event_id: deliveryExample.event_id,
  event_type: "item.error",
  subscription_id: deliveryExample.subscription_id,
  number: 1,
  trigger: "initial",
  actor: null,
  ok: false,
  url: "https://hooks.example.com/relink",
  scheduled_for: "2026-11-22T09:30:00.004Z",
  started_at: "2026-11-22T09:30:00.041Z",
  queued_ms: 37,
  dns_ms: 4,
  connect_ms: 18,
  tls_ms: 22,
  first_byte_ms: 320,
  total_ms: 371,
  reused_connection: false,
  request_bytes: 612,
  signature_key_ids: ["sec_01kazv2z3ye7q8r9s0t1v2w3x4"],
  response: {
    status: 503,
    headers: { "content-type": "text/plain" },
    body: "busy",
    truncated: false,
  },
  error_code: "HTTP_STATUS",
  detail: DELIVERY_ERROR_TEXTS.HTTP_STATUS.what,
  advice: deliveryExample.advice,
  retry_after_s: null,
  next_attempt_at: "2026-11-22T09:30:05.812Z",
  operator: null,
};

/** Only our own codes are stored. */
function readErrorCode(stored: string | null): DeliveryErrorCode | null {
  return stored as DeliveryErrorCode | null;
}

type Kind = SubscriptionRow["kind"];

/** @param kind - of its subscription: what to do about an error depends on it. */
export function showDelivery(row: DeliveryRow, kind: Kind): DeliveryView {
  const code = readErrorCode(row.lastErrorCode);
  return {
    id: showId("dlv", row.id),
    event_id: showId("evt", row.eventId),
    event_type: row.eventType,
    subscription_id: showId("sub", row.subscriptionId),
    status: row.state,
    trigger: row.trigger,
    actor: row.actor,
    attempts: row.attempts,
    next_attempt_at: row.state === "pending" ? row.dueAt.toISOString() : null,
    last_attempt_at: row.lastAttemptAt?.toISOString() ?? null,
    last_status: row.lastStatus,
    last_error_code: row.lastErrorCode,
    advice: code === null ? null : adviceFor(code, { kind, status: row.lastStatus }),
    recovery_id: row.recoveryId === null ? null : showId("rcv", row.recoveryId),
    settled_at: row.settledAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
  };
}

/**
 * @param about.kind - of its subscription.
 * @param about.isOperator - who may see what is known of the network.
 */
export function showAttempt(
  row: AttemptListing,
  { kind, isOperator }: { kind: Kind; isOperator: boolean },
): AttemptView {
  const code = readErrorCode(row.errorCode);
  return {
    id: showId("att", row.id),
    delivery_id: showId("dlv", row.deliveryId),
    event_id: showId("evt", row.eventId),
    event_type: row.eventType,
    subscription_id: showId("sub", row.subscriptionId),
    number: row.number,
    trigger: row.trigger,
    actor: row.actor,
    ok: row.errorCode === null,
    url: row.url,
    scheduled_for: row.scheduledFor.toISOString(),
    started_at: row.startedAt.toISOString(),
    // Clocks of two machines: what began before it was due did not wait.
    queued_ms: Math.max(0, row.startedAt.getTime() - row.scheduledFor.getTime()),
    dns_ms: row.dnsMs,
    connect_ms: row.connectMs,
    tls_ms: row.tlsMs,
    first_byte_ms: row.firstByteMs,
    total_ms: row.totalMs,
    reused_connection: row.isReusedConnection,
    request_bytes: row.requestBytes,
    signature_key_ids: row.signatureKeyIds,
    response:
      row.responseStatus === null
        ? null
        : {
            status: row.responseStatus,
            headers: row.responseHeaders ?? {},
            body: row.responseBody,
            truncated: row.isResponseTruncated,
          },
    error_code: row.errorCode,
    detail: code === null ? null : DELIVERY_ERROR_TEXTS[code].what,
    advice: code === null ? null : adviceFor(code, { kind, status: row.responseStatus }),
    retry_after_s: row.retryAfterSeconds,
    next_attempt_at: row.nextAttemptAt?.toISOString() ?? null,
    operator: isOperator ? { error_detail: row.errorDetail, resolved_address: row.resolvedAddress } : null,
  };
}
