import { type Db, listWebhookEvents, type WebhookListing } from "@relink/db";
import { showId } from "@relink/service";
import { z } from "zod";
import { orderedPage, pageOf, showPage } from "../cursor.ts";
import { moment, pageQuery, pageSchema, sentId, shownId } from "../fields.ts";
import { defineOperation, nothing, type Operation } from "../operation.ts";
import { periodOf, periodQuery } from "../period.ts";

const text = z.string().nullable();

const webhookSchema = z
  .object({
    id: shownId("whe"),
    provider: z.literal("plaid"),
    environment: z.enum(["sandbox", "production"]),
    webhook_type: text.meta({ description: "Null until it is processed; so are the next four." }),
    webhook_code: text,
    plaid_item_id: text,
    item_id: shownId("itm").nullable().meta({ description: "Null if the Item is not registered here." }),
    error_code: text,
    outcome: z.enum(["applied", "no_change", "stored"]).nullable().meta({ description: "What it did." }),
    signed_at: moment.meta({ description: "When the provider signed it." }),
    key_id: z.string().meta({ description: "Which of the provider's keys signed it." }),
    received_at: moment,
    processed_at: moment.nullable(),
    parked_at: moment.nullable().meta({ description: "Since when it waits for a person, or for its Item." }),
    parked_reason: text,
  })
  .meta({ id: "WebhookEvent", description: "A provider's webhook that was verified. Its body is not shown." });

type WebhookView = z.input<typeof webhookSchema>;

const example: WebhookView = {
  id: "whe_01kazv1p0ae4b6c8d0e2f4g6h8",
  provider: "plaid",
  environment: "production",
  webhook_type: "ITEM",
  webhook_code: "ERROR",
  plaid_item_id: "eVBnVMp7zdTJLkRNr33Rs6zr7KNJqBFL9DrE6",
  item_id: "itm_01kazv0c9bfhk9j3n2bn9dbq5t",
  error_code: "ITEM_LOGIN_REQUIRED",
  outcome: "applied",
  signed_at: "2026-11-21T09:29:59.000Z",
  key_id: "bfbd5111-8e33-4643-8ced-b2e642a72f3c",
  received_at: "2026-11-21T09:30:00.000Z",
  processed_at: "2026-11-21T09:30:00.004Z",
  parked_at: null,
  parked_reason: null,
};

const word = z.string().regex(/^[A-Z0-9_]{1,64}$/, "must be 1 to 64 capital letters, digits and _");

/** What the provider has told Relink. */
export function webhookEventOperations({ db }: { db: Db }): Operation[] {
  return [
    defineOperation({
      id: "listWebhookEvents",
      method: "get",
      path: "/v1/webhook-events",
      scope: "events:read",
      tag: "Events",
      summary: "List the provider's webhooks",
      description:
        "Every webhook that was received and verified, newest first, without its body. Filters add up. Who wants to be told of each subscribes to `webhook.received`.",
      params: nothing,
      query: z.strictObject({
        item_id: sentId("itm").optional(),
        webhook_type: word.optional().meta({ description: "Such as `ITEM`." }),
        webhook_code: word.optional().meta({ description: "Such as `ERROR`." }),
        parked: z
          .enum(["true", "false"])
          .optional()
          .meta({ description: "Whether it waits for a person or its Item." }),
        ...periodQuery,
        ...pageQuery,
      }),
      body: null,
      answer: {
        schema: pageSchema(webhookSchema),
        example: { data: [example], has_more: false, next_cursor: null },
        statuses: { 200: "A page of webhooks." },
      },
      problems: [],
      handle: async ({ query }) => {
        const filter = {
          itemId: query.item_id,
          webhookType: query.webhook_type,
          webhookCode: query.webhook_code,
          isParked: query.parked === undefined ? undefined : query.parked === "true",
          ...periodOf(query),
        };
        const rows = await listWebhookEvents(db, filter, orderedPage("webhook-events", query));
        const page = pageOf(rows, query.limit, (row) => ["webhook-events", query.order, row.id]);
        return { status: 200, body: showPage(page, show) };
      },
    }),
  ];
}

function show(row: WebhookListing): WebhookView {
  return {
    id: showId("whe", row.id),
    provider: "plaid",
    environment: row.environment,
    webhook_type: row.webhookType,
    webhook_code: row.webhookCode,
    plaid_item_id: row.plaidItemId,
    item_id: row.itemId === null ? null : showId("itm", row.itemId),
    error_code: row.errorCode,
    outcome: row.outcome,
    signed_at: row.signedAt.toISOString(),
    key_id: row.keyId,
    received_at: row.receivedAt.toISOString(),
    processed_at: row.processedAt?.toISOString() ?? null,
    parked_at: row.parkedAt?.toISOString() ?? null,
    parked_reason: row.parkedReason,
  };
}
