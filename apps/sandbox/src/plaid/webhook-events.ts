import { z } from "zod";
import type { Attempt, Webhook, WebhookPosition, Webhooks, WebhookState } from "../store/webhooks.ts";
import { plaidError } from "./errors.ts";

/** How long Plaid keeps what it sent. */
const RETENTION_MS = 7 * 86_400_000;
const LARGEST_PAGE = 100;

const STATUS_OF = {
  pending: "PENDING",
  delivered: "DELIVERED",
  gave_up: "FAILED",
  dropped: "FAILED",
} as const satisfies Record<WebhookState, string>;

const STATES: readonly WebhookState[] = ["pending", "delivered", "gave_up", "dropped"];

const anyOf = z.array(z.string()).optional();

/** `/beta/webhook_events/list`, as Plaid's official client has it (version 47.0.0). */
export const webhookEventsRequest = z.strictObject({
  cursor: z.string().optional(),
  start_time: z.iso.datetime({ offset: true }).nullish(),
  count: z.int().min(1).max(LARGEST_PAGE).nullish(),
  webhook_types: anyOf,
  webhook_codes: anyOf,
  item_ids: anyOf,
  delivery_statuses: z.array(z.enum(["PENDING", "DELIVERED", "FAILED"])).optional(),
});

const position = z.tuple([z.int(), z.int()]);

function writeCursor({ createdAt, number }: WebhookPosition): string {
  return Buffer.from(JSON.stringify([createdAt, number])).toString("base64url");
}

function readCursor(cursor: string): WebhookPosition {
  try {
    const [createdAt, number] = position.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
    return { createdAt, number };
  } catch {
    throw plaidError("INVALID_FIELD", "cursor: must be a next_cursor of this endpoint");
  }
}

/**
 * The webhooks of the last seven days, the oldest first. Lost ones are among them: that is what the list is for.
 *
 * @throws {@link PlaidApiError} INVALID_FIELD, WEBHOOK_EVENTS_START_TIME_OUT_OF_RANGE, WEBHOOK_EVENTS_CURSOR_EXPIRED.
 */
export function listWebhookEvents(webhooks: Webhooks, body: z.infer<typeof webhookEventsRequest>, now: number) {
  const retained = now - RETENTION_MS;
  const after = firstPosition(body, retained);
  const count = body.count ?? LARGEST_PAGE;
  const wanted = body.delivery_statuses;
  const found = webhooks.after(
    {
      after,
      types: body.webhook_types,
      codes: body.webhook_codes,
      itemIds: body.item_ids,
      states: wanted && STATES.filter((state) => wanted.includes(STATUS_OF[state])),
    },
    count + 1,
  );
  const page = found.slice(0, count);
  const last = page.at(-1)?.position ?? after;
  const hasMore = found.length > count;
  // Everything up to now was looked at: a cursor that stayed at the last event would grow too old where none follows.
  const isBehind = !hasMore && last.createdAt < now - 1;
  return {
    webhook_events: page.map(webhookEvent),
    has_more: hasMore,
    next_cursor: writeCursor(isBehind ? { createdAt: now - 1, number: Number.MAX_SAFE_INTEGER } : last),
  };
}

function firstPosition(body: z.infer<typeof webhookEventsRequest>, retained: number): WebhookPosition {
  const { cursor, start_time: startTime } = body;
  if (cursor !== undefined) {
    if (typeof startTime === "string") throw plaidError("INVALID_FIELD", "send cursor or start_time, not both");
    const after = readCursor(cursor);
    if (after.createdAt < retained) throw plaidError("WEBHOOK_EVENTS_CURSOR_EXPIRED");
    return after;
  }
  const from = typeof startTime === "string" ? Date.parse(startTime) : retained;
  if (from < retained) throw plaidError("WEBHOOK_EVENTS_START_TIME_OUT_OF_RANGE");
  return { createdAt: from, number: 0 };
}

function webhookEvent(webhook: Webhook & { attempts: Attempt[] }) {
  const last = webhook.attempts.at(-1);
  const time = (value: number) => new Date(value).toISOString();
  return {
    webhook_message_id: webhook.id,
    webhook_type: webhook.type,
    webhook_code: webhook.code,
    item_id: webhook.itemId,
    sent_time: time(webhook.createdAt),
    payload: JSON.parse(webhook.body),
    destination_url: webhook.url,
    delivery_status: STATUS_OF[webhook.state],
    last_http_status_code: webhook.attempts.findLast(({ status }) => status !== null)?.status ?? null,
    attempt_count: webhook.attempts.length,
    last_attempt_time: last === undefined ? null : time(last.at),
  };
}
