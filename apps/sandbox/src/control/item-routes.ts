import express, { type Request, type Router } from "express";
import { z } from "zod";
import type { ItemLife } from "../item-life.ts";
import { accountIdOf, accountName, grantsOf } from "../plaid/accounts.ts";
import { errorBody, type PlaidErrorBody } from "../plaid/errors.ts";
import { consentEnd, institutions } from "../plaid/institutions.ts";
import { PRODUCTS } from "../plaid/lists.ts";
import type { Item, Items } from "../store/items.ts";
import { inTransaction, type Store } from "../store/open-store.ts";
import { ControlError } from "./answer-errors.ts";
import { bankOf, firesWebhook, httpUrl, page } from "./request-fields.ts";

const WEEK_MS = 7 * 86_400_000;
const MOST_ITEMS_AT_ONCE = 200_000;

export interface ItemControlsDeps {
  store: Store;
  items: Items;
  life: ItemLife;
  now: () => number;
}

/** `/control/items`: make Items, and put them into any state. */
export function createItemControls({ store, items, life, now }: ItemControlsDeps): Router {
  const router = express.Router();
  const inAWeek = () => new Date(now() + WEEK_MS).toISOString();

  const itemOf = (request: Request): Item => {
    const item = items.find(String(request.params["itemId"]));
    if (item === undefined) throw new ControlError(404, "there is no such Item; GET /control/items lists them");
    return item;
  };

  router.get("/", (request, response) => {
    const { limit, start } = page.parse(request.query);
    const { items: found, total } = items.list(limit, start);
    response.json({ total, items: found.map(itemState) });
  });

  router.get("/:itemId", (request, response) => {
    response.json(itemState(itemOf(request)));
  });

  router.post("/", (request, response) => {
    const body = z
      .strictObject({
        count: z.int().min(1).max(MOST_ITEMS_AT_ONCE).default(1),
        institution_id: z.string().default("ins_109508"),
        products: z.array(z.enum(PRODUCTS)).min(1).default(["transactions"]),
        webhook_url: httpUrl.nullable().default(null),
      })
      .parse(request.body ?? {});
    const bank = bankOf(body.institution_id);
    const item = {
      institutionId: bank.id,
      products: body.products,
      webhook: body.webhook_url,
      consentExpirationTime: consentEnd(bank, now()),
    };
    const created = inTransaction(store, () => Array.from({ length: body.count }, () => items.create(item, now())));
    response.status(201).type("application/x-ndjson");
    response.send(
      created
        .map(({ itemId, accessToken }) => `${JSON.stringify({ item_id: itemId, access_token: accessToken })}\n`)
        .join(""),
    );
  });

  router.post("/:itemId/error", (request, response) => {
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

  router.post("/:itemId/repair", (request, response) => {
    const { webhook } = z.strictObject(firesWebhook).parse(request.body ?? {});
    response.json(itemState(life.repairElsewhere(itemOf(request), webhook)));
  });

  router.post("/:itemId/consent", (request, response) => {
    const body = z.strictObject({ consent_expiration_time: z.iso.datetime().nullable() }).parse(request.body ?? {});
    response.json(itemState(life.setConsentEnd(itemOf(request), body.consent_expiration_time)));
  });

  router.post("/:itemId/pending-expiration", (request, response) => {
    const { consent_expiration_time: time = inAWeek(), webhook } = z
      .strictObject({ consent_expiration_time: z.iso.datetime().optional(), ...firesWebhook })
      .parse(request.body ?? {});
    response.json(itemState(life.announceConsentEnd(itemOf(request), time, webhook)));
  });

  router.post("/:itemId/pending-disconnect", (request, response) => {
    const {
      reason,
      disconnect_time: time = inAWeek(),
      webhook,
    } = z
      .strictObject({
        reason: z.enum(["INSTITUTION_MIGRATION", "INSTITUTION_TOKEN_EXPIRATION"]).default("INSTITUTION_MIGRATION"),
        disconnect_time: z.iso.datetime().optional(),
        ...firesWebhook,
      })
      .parse(request.body ?? {});
    response.json(itemState(life.setDisconnect(itemOf(request), reason, time, webhook)));
  });

  router.post("/:itemId/revoke", (request, response) => {
    const { webhook } = z.strictObject(firesWebhook).parse(request.body ?? {});
    response.json(itemState(life.revoke(itemOf(request), webhook)));
  });

  router.post("/:itemId/revoke-account", (request, response) => {
    const item = itemOf(request);
    const shared = grantsOf(item).filter(({ state }) => state === "shared");
    const { account_id: accountId, webhook } = z
      .strictObject({ account_id: z.string().optional(), ...firesWebhook })
      .parse(request.body ?? {});
    const ids = shared.map((grant) => accountIdOf(item.itemId, grant));
    const revoked = ids.find((id) => accountId === undefined || id === accountId);
    if (revoked === undefined)
      throw new ControlError(404, "the Item shares no such account; GET /control/items/{id} lists its accounts");
    response.json(itemState(life.revokeAccount(item, revoked, webhook)));
  });

  router.post("/:itemId/new-account", (request, response) => {
    const { webhook } = z.strictObject(firesWebhook).parse(request.body ?? {});
    response.json(itemState(life.openAccount(itemOf(request), webhook)));
  });

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
    accounts: grantsOf(item).map((grant) => ({
      account_id: accountIdOf(item.itemId, grant),
      name: accountName(grant.mask),
      mask: grant.mask,
      state: grant.state,
    })),
    created_at: new Date(item.createdAt).toISOString(),
    removed_at: item.removedAt === null ? null : new Date(item.removedAt).toISOString(),
    last_webhook: item.lastWebhook && {
      code: item.lastWebhook.code,
      sent_at: new Date(item.lastWebhook.at).toISOString(),
    },
  };
}
