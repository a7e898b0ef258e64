import { errorBody, type PlaidErrorBody } from "../plaid/errors.ts";
import express, { type NextFunction, type Request, type Response, type Router } from "express";
import { z } from "zod";
import type { ItemLife } from "../item-life.ts";
import { institutions } from "../plaid/institutions.ts";
import type { Item, Items } from "../store/items.ts";
import type { Webhooks } from "../store/webhooks.ts";
import type { WebhookKeys } from "../webhooks/keys.ts";
import { type WebhookSender, webhookText } from "../webhooks/sender.ts";
import { type FaultState, faultsSchema } from "./faults.ts";

/** What a caller of `/control/` got wrong; answered with its status and message. */
class ControlError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const firesWebhook = { webhook: z.boolean().default(true) };
const page = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  start: z.coerce.number().int().min(0).default(0),
});

/**
 * What Plaid's own Sandbox has no call for: break and repair Items at will, send any webhook, and make the sandbox itself
 * misbehave. JSON, no credentials.
 */
export function createControlRoutes(deps: {
  items: Items;
  life: ItemLife;
  webhooks: Webhooks;
  sender: WebhookSender;
  keys: WebhookKeys;
  faults: FaultState;
  now: () => number;
  clearState: () => void;
}): Router {
  const { items, life, webhooks, sender, keys, faults, now } = deps;
  const router = express.Router();
  router.use(refuseOtherSites);
  router.use(express.json({ limit: "1mb" }));

  const itemOf = (request: Request): Item => {
    const item = items.find(String(request.params["itemId"]));
    if (item === undefined) throw new ControlError(404, "there is no such Item; GET /control/items lists them");
    return item;
  };

  router.get("/items", (request, response) => {
    const { limit, start } = page.parse(request.query);
    const { items: found, total } = items.list(limit, start);
    response.json({ total, items: found.map(itemState) });
  });

  router.get("/items/:itemId", (request, response) => {
    response.json(itemState(itemOf(request)));
  });

  router.post("/items/:itemId/error", (request, response) => {
    const body = z
      .strictObject({
        error_code: z.string().min(1).default("ITEM_LOGIN_REQUIRED"),
        error_type: z.string().min(1).optional(),
        error_code_reason: z.string().nullable().optional(),
        error_message: z.string().optional(),
        display_message: z.string().nullable().optional(),
        ...firesWebhook,
      })
      .parse(request.body ?? {});
    const { error_code: code, webhook, ...given } = body;
    const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const error = errorBody(code, named as Partial<PlaidErrorBody>);
    response.json(itemState(life.breakItem(itemOf(request), error, webhook)));
  });

  router.post("/items/:itemId/repair", (request, response) => {
    const { webhook } = z.strictObject(firesWebhook).parse(request.body ?? {});
    response.json(itemState(life.repairElsewhere(itemOf(request), webhook)));
  });

  router.post("/items/:itemId/pending-expiration", (request, response) => {
    const body = z
      .strictObject({ consent_expiration_time: z.iso.datetime(), ...firesWebhook })
      .parse(request.body ?? {});
    response.json(itemState(life.setConsentEnd(itemOf(request), body.consent_expiration_time, body.webhook)));
  });

  router.post("/items/:itemId/pending-disconnect", (request, response) => {
    const body = z
      .strictObject({
        reason: z.enum(["INSTITUTION_MIGRATION", "INSTITUTION_TOKEN_EXPIRATION"]).default("INSTITUTION_MIGRATION"),
        disconnect_time: z.iso.datetime(),
        ...firesWebhook,
      })
      .parse(request.body ?? {});
    response.json(itemState(life.setDisconnect(itemOf(request), body.reason, body.disconnect_time, body.webhook)));
  });

  router.post("/items/:itemId/revoke", (request, response) => {
    const { webhook } = z.strictObject(firesWebhook).parse(request.body ?? {});
    response.json(itemState(life.revoke(itemOf(request), webhook)));
  });

  router.get("/webhooks", (request, response) => {
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

  router.post("/webhooks", (request, response) => {
    const { url, body, count } = z
      .strictObject({
        url: z.url({ protocol: /^https?$/ }),
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

  router.post("/webhooks/sign", async (request, response) => {
    const { body, iat } = z.strictObject({ body: z.string(), iat: z.int().optional() }).parse(request.body ?? {});
    response.json({ jwt: await keys.sign(body, iat ?? Math.floor(now() / 1000)) });
  });

  router
    .route("/faults")
    .get((_request, response) => {
      response.json(faults.current);
    })
    .put((request, response) => {
      faults.set(faultsSchema.parse(request.body ?? {}));
      response.json(faults.current);
    })
    .delete((_request, response) => {
      faults.clear();
      response.json(faults.current);
    });

  router.get("/keys", (_request, response) => {
    response.json({ keys: keys.list() });
  });

  router.post("/keys/rotate", async (_request, response) => {
    response.json({ kid: await keys.rotate() });
  });

  router.delete("/state", (_request, response) => {
    deps.clearState();
    response.json({});
  });

  router.use((request) => {
    throw new ControlError(404, `there is no ${request.method} /control${request.path}; see the README`);
  });
  router.use(answerError);
  return router;
}

/** An Item's true state. The access token stays out: whoever owns it has it. */
function itemState(item: Item) {
  const bank = institutions.get(item.institutionId);
  return {
    item_id: item.itemId,
    institution_id: item.institutionId,
    institution_name: bank?.name ?? null,
    products: item.products,
    webhook: item.webhook,
    error: item.error,
    consent_expiration_time: item.consentExpirationTime,
    disconnect_time: item.disconnectTime,
    created_at: new Date(item.createdAt).toISOString(),
    removed_at: item.removedAt === null ? null : new Date(item.removedAt).toISOString(),
    last_webhook: item.lastWebhook && {
      code: item.lastWebhook.code,
      sent_at: new Date(item.lastWebhook.at).toISOString(),
    },
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** A page of another site, open in the developer's browser, must not work these controls. Programs send no such header. */
export function refuseOtherSites(request: Request, _response: Response, next: NextFunction): void {
  const site = request.get("sec-fetch-site");
  if (site !== undefined && site !== "same-origin" && site !== "none")
    throw new ControlError(403, "pages of other sites may not call this");
  next();
}

/** Express knows an error handler by its four arguments. */
export function answerError(error: unknown, _request: Request, response: Response, next: NextFunction): void {
  if (error instanceof z.ZodError) {
    response.status(400).json({ error: z.prettifyError(error) });
    return;
  }
  const status = error instanceof Error ? (error as { status?: unknown }).status : undefined;
  if (error instanceof Error && typeof status === "number" && status < 500) {
    response.status(status).json({ error: error.message });
    return;
  }
  next(error);
}
