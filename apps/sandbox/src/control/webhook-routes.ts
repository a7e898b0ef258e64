import express, { type Router } from "express";
import { z } from "zod";
import { institutions } from "../plaid/institutions.ts";
import type { Items } from "../store/items.ts";
import type { Webhooks } from "../store/webhooks.ts";
import { subjectOf } from "../webhooks/bodies.ts";
import { type ExampleSubject, exampleWebhook, WEBHOOK_PAIRS } from "../webhooks/examples.ts";
import type { WebhookKeys } from "../webhooks/keys.ts";
import { type WebhookSender, webhookText } from "../webhooks/sender.ts";
import { ControlError } from "./answer-errors.ts";
import { httpUrl, page } from "./request-fields.ts";

export interface WebhookControlsDeps {
  items: Items;
  webhooks: Webhooks;
  sender: WebhookSender;
  keys: WebhookKeys;
  now: () => number;
}

/** `/control/webhooks`: what was sent, and any webhook to any URL. */
export function createWebhookControls({ items, webhooks, sender, keys, now }: WebhookControlsDeps): Router {
  const router = express.Router();

  router.get("/", (request, response) => {
    const { limit, start, item_id: itemId } = page.extend({ item_id: z.string().optional() }).parse(request.query);
    response.json({
      webhooks: webhooks.list(itemId ?? null, limit, start).map((webhook) => ({
        id: webhook.id,
        item_id: webhook.itemId,
        type: webhook.type,
        code: webhook.code,
        url: webhook.url,
        body: webhook.body,
        state: webhook.state,
        created_at: new Date(webhook.createdAt).toISOString(),
        attempts: webhook.attempts.map((attempt) => ({
          at: new Date(attempt.at).toISOString(),
          ...(attempt.status === null ? { error: attempt.error } : { status: attempt.status }),
          ms: attempt.ms,
        })),
      })),
    });
  });

  router.post("/", (request, response) => {
    const { url, body, count } = z
      .strictObject({
        url: httpUrl,
        body: z.union([z.string(), z.record(z.string(), z.unknown())]),
        count: z.int().min(1).max(100_000).default(1),
      })
      .parse(request.body ?? {});
    const fields = typeof body === "string" ? {} : body;
    const text = typeof body === "string" ? body : webhookText(body);
    const webhook = {
      itemId: textOf(fields["item_id"]),
      type: textOf(fields["webhook_type"]),
      code: textOf(fields["webhook_code"]),
      url,
      body: text,
    };
    const ids = Array.from({ length: count }, () => sender.send(webhook)).flat();
    response.status(202).json({ ids });
  });

  router.get("/examples", (_request, response) => {
    const subject = nobody("http://localhost:4000/webhooks/plaid", now());
    response.json({ webhooks: WEBHOOK_PAIRS.map(({ type, code }) => exampleWebhook(type, code, subject)) });
  });

  router.post("/example", (request, response) => {
    const {
      url,
      item_id: itemId,
      fields,
      ...pair
    } = z
      .strictObject({
        webhook_type: z.string(),
        webhook_code: z.string(),
        item_id: z.string().optional(),
        url: httpUrl.optional(),
        fields: z.record(z.string(), z.unknown()).default({}),
      })
      .parse(request.body ?? {});
    const item = itemId === undefined ? undefined : items.find(itemId);
    const target = url ?? item?.webhook ?? undefined;
    if (target === undefined) throw new ControlError(400, "name a url, or the item_id of an Item that has a webhook");
    const subject = item === undefined ? nobody(target, now()) : subjectOf(item, target, now());
    const example = exampleWebhook(pair.webhook_type, pair.webhook_code, subject);
    if (example === undefined)
      throw new ControlError(400, "Plaid sends no such webhook; GET /control/webhooks/examples lists all of them");
    const body = { ...example, ...fields };
    // What goes to an Item's own webhook is what /item/get then calls its last one.
    const isOfItem = item !== undefined && url === undefined && body["item_id"] === item.itemId;
    const ids = isOfItem
      ? sender.sendForItem(item, body)
      : sender.send({
          itemId: textOf(body["item_id"]),
          type: pair.webhook_type,
          code: pair.webhook_code,
          url: target,
          body: webhookText(body),
        });
    response.status(202).json({ ids, body });
  });

  router.post("/sign", async (request, response) => {
    const { body, iat } = z.strictObject({ body: z.string(), iat: z.int().optional() }).parse(request.body ?? {});
    response.json({ jwt: await keys.sign(body, iat ?? Math.floor(now() / 1000)) });
  });

  return router;
}

/** For a webhook that is about no Item of this sandbox. */
function nobody(url: string, now: number): ExampleSubject {
  return {
    itemId: "anItemThatNobodyKnows0000000000000000",
    accountId: "anAccountThatNobodyKnows0000000000000",
    institution: { id: "ins_109508", name: institutions.get("ins_109508")?.name ?? "" },
    url,
    now,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
