import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@relink/service";
import express, { type NextFunction, type Request, type Response, type Router } from "express";
import { z } from "zod";
import type { FaultState } from "../control/faults.ts";
import { newId } from "../ids.ts";
import type { ItemLife } from "../item-life.ts";
import type { InstitutionHealths } from "../store/institution-health.ts";
import type { Item, Items } from "../store/items.ts";
import type { LinkSession, LinkStore } from "../store/link.ts";
import type { Tokens } from "../store/tokens.ts";
import type { Webhooks } from "../store/webhooks.ts";
import { fireableWebhook, itemWebhooks } from "../webhooks/bodies.ts";
import type { WebhookKeys } from "../webhooks/keys.ts";
import type { WebhookSender } from "../webhooks/sender.ts";
import { accountsOf } from "./accounts.ts";
import { errorBody, PlaidApiError, plaidError } from "./errors.ts";
import { consentEnd, institutions, institutionView } from "./institutions.ts";
import { itemStatusView, itemView } from "./item-view.ts";
import { checkLinkTokenRequest, type LinkTokenRequest, linkTokenRequest } from "./link-token-request.ts";
import { COUNTRY_CODES, FIREABLE_CODES, PROCESSORS, PRODUCTS, REMOVE_REASONS, WEBHOOK_TYPES } from "./lists.ts";
import type { RateLimits } from "./rate-limits.ts";
import { readRequest } from "./read-request.ts";
import { listWebhookEvents, webhookEventsRequest } from "./webhook-events.ts";

/** Lifetimes of Link tokens. @see https://plaid.com/docs/api/link/#linktokencreate (checked 2026-11-21) */
const LINK_TOKEN_LIFETIME_MS = 4 * 3_600_000;
const UPDATE_TOKEN_LIFETIME_MS = 30 * 60_000;
const HOSTED_LIFETIME_MS = 30 * 60_000;

/** A session can be asked for so long after its end. @see https://plaid.com/docs/api/link/ (checked 2026-11-22) */
const SESSION_KEPT_MS = 6 * 3_600_000;

const SLOW_KEY_SERVICE_MS = 15_000;

const httpUrl = z.url({ protocol: /^https?$/, error: "must be an http or https URL" });
const withAccessToken = z.strictObject({ access_token: z.string() });

/** The client id and secret that are accepted; any, if there is none. */
export interface PlaidClient {
  clientId: string;
  secret: string;
}

export interface PlaidRoutesDeps {
  items: Items;
  healths: InstitutionHealths;
  tokens: Tokens;
  link: LinkStore;
  webhooks: Webhooks;
  life: ItemLife;
  sender: WebhookSender;
  keys: WebhookKeys;
  faults: FaultState;
  rateLimits: RateLimits;
  /** The sandbox's own address, as a browser reaches it. */
  ownUrl: () => string;
  client: PlaidClient | undefined;
  now: () => number;
  /** Ends every artificial wait when the sandbox closes. */
  closing: AbortSignal;
  logger: Logger;
}

/**
 * Plaid's API at its own paths: shapes, checks and errors as Plaid's, a `request_id` in every answer.
 *
 * @see https://plaid.com/docs/api/ (checked 2026-11-21)
 */
export function createPlaidRoutes(deps: PlaidRoutesDeps): Router {
  const { items, healths, tokens, link, webhooks, life, sender, keys, faults, rateLimits, now, closing } = deps;
  const router = express.Router();

  function route<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    handle: (body: z.infer<Schema>) => object | Promise<object>,
  ): void {
    router.post(path, async (request: Request, response: Response) => {
      await misbehave();
      const { clientId, rest } = readCredentials(request, deps.client);
      const { access_token: accessToken } = rest;
      const { rate_limits: limited } = faults.current;
      rateLimits.count(
        { path, clientId, accessToken: typeof accessToken === "string" ? accessToken : undefined },
        limited === true ? "sandbox" : limited || undefined,
      );
      const answer = await handle(readRequest(schema, rest));
      response.json({ ...answer, request_id: requestIdOf(response) });
    });
  }

  async function misbehave(): Promise<void> {
    const { latency_ms: latencyMs = 0, down = false, error_rate: errorRate = 0 } = faults.current.api ?? {};
    if (latencyMs > 0) await sleep(latencyMs, undefined, { signal: closing });
    if (down) throw new GatewayError();
    if (Math.random() < errorRate) throw plaidError("INTERNAL_SERVER_ERROR");
  }

  function findItem(accessToken: string): Item {
    const environment = /^access-([a-z]+)-[0-9a-f-]{36}$/.exec(accessToken)?.[1];
    if (environment === undefined)
      throw plaidError(
        "INVALID_ACCESS_TOKEN",
        "provided access token is in an invalid format. expected format: access-<environment>-<identifier>",
      );
    if (environment !== "sandbox")
      throw plaidError(
        "INVALID_ACCESS_TOKEN",
        `provided access token is for the wrong Plaid environment. expected "sandbox", got "${environment}"`,
      );
    const item = items.findByAccessToken(accessToken);
    if (item === undefined) throw plaidError("INVALID_ACCESS_TOKEN");
    if (item.removedAt !== null || item.error?.error_code === "ITEM_NOT_FOUND") throw plaidError("ITEM_NOT_FOUND");
    return item;
  }

  const sharedAccounts = (item: Item) => accountsOf(item, institutions.get(item.institutionId)?.oauth);

  /** For endpoints that fetch data: a broken Item answers with its error. */
  function findWorkingItem(accessToken: string): Item {
    const item = findItem(accessToken);
    if (item.error === null) return item;
    if (item.error.error_code === "USER_PERMISSION_REVOKED") throw plaidError("USER_PERMISSION_REVOKED");
    throw new PlaidApiError(item.error);
  }

  router.use((_request, response, next) => {
    response.locals["requestId"] = newId.request();
    next();
  });
  router.use(express.json({ limit: "1mb" }));

  route(
    "/sandbox/public_token/create",
    z.strictObject({
      institution_id: z.string(),
      initial_products: z.array(z.enum(PRODUCTS)).min(1),
      options: z
        .looseObject({
          webhook: httpUrl.optional(),
          override_username: z.string().nullish(),
          override_password: z.string().nullish(),
        })
        .optional(),
      user_token: z.string().nullish(),
      user_id: z.string().nullish(),
    }),
    (body) => {
      const bank = institutions.get(body.institution_id);
      if (bank === undefined) throw plaidError("INVALID_INSTITUTION");
      const askedFor = /^error_([A-Z_]+)$/.exec(body.options?.override_password ?? "")?.[1];
      if (askedFor !== undefined) throw plaidError(askedFor);
      const { itemId } = items.create(
        {
          institutionId: bank.id,
          products: body.initial_products,
          webhook: body.options?.webhook ?? null,
          consentExpirationTime: consentEnd(bank, now()),
        },
        now(),
      );
      return { public_token: tokens.createPublic(itemId, now()) };
    },
  );

  route("/item/public_token/exchange", z.strictObject({ public_token: z.string() }), (body) => {
    if (!/^public-sandbox-[0-9a-f-]{36}$/.test(body.public_token))
      throw plaidError(
        "INVALID_PUBLIC_TOKEN",
        "provided public token is in an invalid format. expected format: public-<environment>-<identifier>",
      );
    const itemId = tokens.takePublic(body.public_token, now());
    const item = itemId === undefined ? undefined : items.find(itemId);
    if (item === undefined)
      throw plaidError("INVALID_PUBLIC_TOKEN", "provided public token is unknown, expired or already exchanged");
    return { access_token: item.accessToken, item_id: item.itemId };
  });

  route("/item/get", withAccessToken, (body) => {
    const item = findItem(body.access_token);
    return { item: itemView(item), status: itemStatusView(item, now()) };
  });

  route(
    "/item/remove",
    withAccessToken.extend({
      reason_code: z.enum(REMOVE_REASONS).optional(),
      reason_note: z.string().max(512).nullish(),
    }),
    (body) => {
      items.change(findItem(body.access_token), { removedAt: now() });
      return {};
    },
  );

  route("/item/webhook/update", withAccessToken.extend({ webhook: httpUrl.nullish() }), (body) => {
    const item = items.change(findItem(body.access_token), { webhook: body.webhook ?? null });
    if (item.webhook !== null) sender.sendForItem(item, itemWebhooks.webhookUpdateAcknowledged(item, item.webhook));
    return { item: itemView(item) };
  });

  route(
    "/accounts/get",
    withAccessToken.extend({ options: z.looseObject({ account_ids: z.array(z.string()).optional() }).optional() }),
    (body) => {
      const item = findWorkingItem(body.access_token);
      const accounts = sharedAccounts(item);
      const wanted = body.options?.account_ids;
      if (wanted?.some((id) => !accounts.some((account) => account.account_id === id)))
        throw plaidError("INVALID_ACCOUNT_ID");
      return {
        accounts: accounts.filter((account) => wanted === undefined || wanted.includes(account.account_id)),
        item: itemView(item),
      };
    },
  );

  route(
    "/institutions/get_by_id",
    z.strictObject({
      institution_id: z.string().min(1),
      country_codes: z.array(z.enum(COUNTRY_CODES)).min(1),
      options: z
        .looseObject({ include_status: z.boolean().optional(), include_optional_metadata: z.boolean().optional() })
        .optional(),
    }),
    (body) => {
      const bank = institutions.get(body.institution_id);
      if (bank === undefined || !body.country_codes.some((country) => bank.countries.includes(country)))
        throw plaidError("INVALID_INSTITUTION");
      return { institution: institutionView(bank, healths.of(bank), body.options ?? {}) };
    },
  );

  route("/link/token/create", linkTokenRequest, (body) => {
    checkLinkTokenRequest(body);
    const item = typeof body.access_token === "string" ? findItem(body.access_token) : undefined;
    const isRevoked = item?.error?.error_code === "USER_PERMISSION_REVOKED";
    if (isRevoked && faults.current.revoked_items === "refused") throw plaidError("USER_PERMISSION_REVOKED");
    const { access_token: _inTheItem, ...request } = body;
    const { linkToken, expiresAt, hostedId } = link.createToken(
      { itemId: item?.itemId ?? null, request },
      linkTokenLifetimeMs(body, item !== undefined),
      now(),
    );
    return {
      link_token: linkToken,
      expiration: new Date(expiresAt).toISOString(),
      ...(hostedId !== null && { hosted_link_url: `${deps.ownUrl()}/hl/${hostedId}` }),
    };
  });

  route("/link/token/get", z.strictObject({ link_token: z.string() }), (body) => {
    const token = link.findToken(body.link_token);
    if (token === undefined) throw plaidError("INVALID_LINK_TOKEN", "could not find matching link token");
    return {
      link_token: token.linkToken,
      created_at: new Date(token.createdAt).toISOString(),
      expiration: new Date(token.expiresAt).toISOString(),
      link_sessions: link
        .sessionsOf(token.linkToken)
        .filter(({ finishedAt }) => finishedAt === null || finishedAt + SESSION_KEPT_MS > now())
        .map((session) => linkSessionView(session, link)),
      metadata: {
        initial_products: token.request.products ?? [],
        webhook: token.request.webhook ?? null,
        country_codes: token.request.country_codes,
        language: token.request.language,
        redirect_uri: token.request.redirect_uri ?? null,
        client_name: token.request.client_name,
      },
    };
  });

  route("/item/access_token/invalidate", withAccessToken, (body) => ({
    new_access_token: items.replaceAccessToken(findItem(body.access_token).itemId),
  }));

  route("/beta/webhook_events/list", webhookEventsRequest, (body) => listWebhookEvents(webhooks, body, now()));

  route("/webhook_verification_key/get", z.strictObject({ key_id: z.string() }), async (body) => {
    const fault = faults.current.key_service;
    if (fault === "down") throw plaidError("INTERNAL_SERVER_ERROR");
    if (fault === "slow") await sleep(SLOW_KEY_SERVICE_MS, undefined, { signal: closing });
    const key = fault === "wrong" ? await keys.findWrong(body.key_id) : keys.find(body.key_id);
    if (key === undefined) throw plaidError("INVALID_WEBHOOK_VERIFICATION_KEY_ID");
    return { key };
  });

  route("/sandbox/item/reset_login", withAccessToken, (body) => {
    life.breakItem(findItem(body.access_token), errorBody("ITEM_LOGIN_REQUIRED"));
    return { reset_login: true };
  });

  route(
    "/sandbox/item/fire_webhook",
    withAccessToken.extend({
      webhook_code: z.enum(FIREABLE_CODES),
      webhook_type: z.enum(WEBHOOK_TYPES).optional(),
    }),
    (body) => {
      const item = findItem(body.access_token);
      const webhook = fireableWebhook(item, body.webhook_code, body.webhook_type, now());
      if (webhook === undefined)
        throw plaidError("INVALID_FIELD", `there is no ${body.webhook_type} webhook with code ${body.webhook_code}`);
      if (item.webhook === null) throw plaidError("SANDBOX_WEBHOOK_INVALID");
      if (webhook.product !== undefined && !item.products.includes(webhook.product))
        throw plaidError("SANDBOX_PRODUCT_NOT_ENABLED");
      sender.sendForItem(item, webhook.body);
      return { webhook_fired: true };
    },
  );

  route(
    "/processor/token/create",
    withAccessToken.extend({ account_id: z.string(), processor: z.enum(PROCESSORS) }),
    (body) => {
      const item = findWorkingItem(body.access_token);
      if (!accountsOf(item).some((account) => account.account_id === body.account_id))
        throw plaidError("INVALID_ACCOUNT_ID");
      return { processor_token: tokens.createProcessor(item.itemId, body.account_id, body.processor) };
    },
  );

  router.use((request) => {
    throw plaidError("NOT_FOUND", `there is no ${request.method} ${request.path} in this sandbox`);
  });
  router.use(plaidErrors(deps.logger));
  return router;
}

/** Hosted Link in update mode always ends after 30 minutes in Sandbox; the token lives as long as the page. */
function linkTokenLifetimeMs({ hosted_link: hosted }: LinkTokenRequest, isUpdateMode: boolean): number {
  if (isUpdateMode) return UPDATE_TOKEN_LIFETIME_MS;
  if (hosted === undefined) return LINK_TOKEN_LIFETIME_MS;
  return hosted.url_lifetime_seconds === undefined ? HOSTED_LIFETIME_MS : hosted.url_lifetime_seconds * 1000;
}

/** The API is "down": what stands before it answers, and not in Plaid's format. */
class GatewayError extends Error {}

/** Turns every failure into an answer of Plaid's form. For the routers that speak as Plaid. */
export function plaidErrors(logger: Logger) {
  return function answerError(error: unknown, _request: Request, response: Response, _next: NextFunction): void {
    if (error instanceof GatewayError) {
      response.status(503).type("text/plain").send("service unavailable");
      return;
    }
    const known = toPlaidError(error);
    if (known === undefined) logger.error({ event: "plaid.unexpected_error", error });
    const { status, body } = known ?? plaidError("INTERNAL_SERVER_ERROR");
    response.status(status).json({ ...body, request_id: requestIdOf(response) });
  };
}

function toPlaidError(error: unknown): PlaidApiError | undefined {
  if (error instanceof PlaidApiError) return error;
  // What the body parser throws carries the status of a client's mistake.
  const status = error instanceof Error ? (error as { status?: unknown }).status : undefined;
  return typeof status === "number" && status < 500 ? plaidError("INVALID_BODY") : undefined;
}

export function requestIdOf(response: Response): string {
  return String(response.locals["requestId"]);
}

/**
 * The client id, and the body without it and without the secret. Both may come in the body or in headers.
 *
 * @throws {@link PlaidApiError} INVALID_BODY, MISSING_FIELDS or INVALID_API_KEYS.
 */
function readCredentials(
  request: Request,
  accepted: PlaidClient | undefined,
): { clientId: string; rest: Record<string, unknown> } {
  if (request.body === undefined) throw plaidError("INVALID_BODY"); // none, or of another type than JSON
  const body: Record<string, unknown> = request.body;
  const { client_id: inBody, secret: secretInBody, ...rest } = body;
  const clientId = inBody ?? request.get("plaid-client-id");
  const secret = secretInBody ?? request.get("plaid-secret");
  const missing = Object.entries({ client_id: clientId, secret }).flatMap(([name, value]) => (value ? [] : [name]));
  if (missing.length > 0)
    throw plaidError("MISSING_FIELDS", `the following required fields are missing: ${missing.join(", ")}`);
  if (typeof clientId !== "string" || typeof secret !== "string") throw plaidError("INVALID_API_KEYS");
  if (accepted !== undefined && (clientId !== accepted.clientId || secret !== accepted.secret))
    throw plaidError("INVALID_API_KEYS");
  return { clientId, rest };
}

function linkSessionView(session: LinkSession, link: LinkStore) {
  return {
    link_session_id: session.linkSessionId,
    started_at: new Date(session.startedAt).toISOString(),
    finished_at: session.finishedAt === null ? null : new Date(session.finishedAt).toISOString(),
    exit: session.exit,
    events: link.eventsOf(session.linkSessionId),
    results: session.result,
  };
}
