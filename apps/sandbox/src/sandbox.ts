import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { dirname } from "node:path";
import {
  type App,
  closeServer,
  createLogger,
  createRegistry,
  insideRoutes,
  listen,
  type Logger,
} from "@relink/service";
import express from "express";
import type { SandboxConfig } from "./config.ts";
import { createFaultState } from "./control/faults.ts";
import { createControlRoutes } from "./control/routes.ts";
import { createInboxRoutes } from "./inbox/routes.ts";
import { createInboxServer } from "./inbox/smtp.ts";
import { createItemLife } from "./item-life.ts";
import { createLinkRoutes } from "./link/routes.ts";
import { createLinkSessions } from "./link/session.ts";
import { pages } from "./pages.ts";
import { createRateLimits } from "./plaid/rate-limits.ts";
import { createPlaidRoutes } from "./plaid/routes.ts";
import { createInstitutionHealths } from "./store/institution-health.ts";
import { createItems } from "./store/items.ts";
import { createLinkStore } from "./store/link.ts";
import { createMails } from "./store/mails.ts";
import { emptyStore, openStore } from "./store/open-store.ts";
import { createTokens } from "./store/tokens.ts";
import { createWebhooks } from "./store/webhooks.ts";
import { createWebhookKeys } from "./webhooks/keys.ts";
import { createWebhookSender, WEBHOOK_TIMEOUT_MS } from "./webhooks/sender.ts";

export interface SandboxOverrides {
  /** Epoch milliseconds. What ends after a time (tokens, consents, retries) ends by this clock. */
  now?: () => number;
  /** How long an endpoint may take to answer a webhook. Default 10 s, as with Plaid. */
  webhookTimeoutMs?: number;
  logger?: Logger;
}

/** A running stand-in for Plaid. The addresses are known once it is started. */
export interface Sandbox extends App {
  /** What the official client takes as `basePath`. */
  readonly url: string;
  /** Where mail is taken in. */
  readonly smtpUrl: string;
}

/** Builds the sandbox: Plaid's API, Link, the sender of webhooks, the inbox and the controls, around one database. */
export function createSandbox(config: SandboxConfig, overrides: SandboxOverrides = {}): Sandbox {
  const now = overrides.now ?? Date.now;
  const logger = overrides.logger ?? createLogger({ app: "sandbox", level: config.logLevel });
  const registry = createRegistry("sandbox");
  const timeScale = config.timeScale ?? 1;
  const closing = new AbortController();

  if (config.dataFile !== ":memory:") mkdirSync(dirname(config.dataFile), { recursive: true });
  const store = openStore(config.dataFile);
  const items = createItems(store);
  const healths = createInstitutionHealths(store);
  const tokens = createTokens(store);
  const link = createLinkStore(store);
  const webhooks = createWebhooks(store);
  const mails = createMails(store);

  const faults = createFaultState();
  const rateLimits = createRateLimits(now);
  const keys = createWebhookKeys(store, now);
  const sender = createWebhookSender({
    webhooks,
    items,
    keys,
    faults,
    timeScale,
    timeoutMs: overrides.webhookTimeoutMs ?? WEBHOOK_TIMEOUT_MS,
    now,
    logger,
    registry,
  });
  const life = createItemLife({ store, items, healths, sender, now });
  const sessions = createLinkSessions({ items, healths, tokens, link, life, sender, faults, timeScale, now });
  const inbox = createInboxServer({ mails, faults, now, logger, registry });
  const client = config.client && { clientId: config.client.clientId, secret: config.client.secret.reveal() };

  const clearState = (): void => {
    emptyStore(store);
    keys.reset();
    faults.clear();
    rateLimits.clear();
  };

  let ports: { http: number; smtp: number } | undefined;
  const portOf = (kind: "http" | "smtp"): number => {
    if (ports === undefined) throw new TypeError("the sandbox has no address before it is started");
    return ports[kind];
  };
  const ownUrl = (): string => config.publicUrl ?? `http://127.0.0.1:${portOf("http")}`;

  const app = express();
  app.disable("x-powered-by");
  app.use(insideRoutes({ registry, checks: { database: async () => store.prepare("select 1").get() } }));
  app.use(pages());
  app.use(createInboxRoutes(mails));
  app.use(
    "/control",
    createControlRoutes({
      store,
      items,
      healths,
      life,
      webhooks,
      sender,
      keys,
      faults,
      rateLimits,
      now,
      clearState,
    }),
  );
  app.use(createLinkRoutes({ sessions, logger }));
  app.use(
    createPlaidRoutes({
      items,
      healths,
      tokens,
      link,
      webhooks,
      life,
      sender,
      keys,
      faults,
      rateLimits,
      ownUrl,
      client,
      now,
      closing: closing.signal,
      logger,
    }),
  );
  const server = createServer(app);

  return {
    get url() {
      return ownUrl();
    },

    get smtpUrl() {
      return `smtp://127.0.0.1:${portOf("smtp")}`;
    },

    async start() {
      ports = { http: await listen(server, config.port), smtp: await inbox.start(config.smtpPort) };
      sender.start();
      life.start();
      sessions.start();
      logger.info({ event: "sandbox.started", url: this.url, smtpUrl: this.smtpUrl });
    },

    async close() {
      closing.abort();
      life.close();
      sessions.close();
      await Promise.all([closeServer(server), inbox.close(), sender.close()]);
      store.close();
    },
  };
}
