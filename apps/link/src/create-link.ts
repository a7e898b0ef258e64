import { createServer } from "node:http";
import { connect } from "@relink/db";
import { recordPlaidCalls } from "@relink/items";
import { createPlaidClient, createTokenHasher, type PlaidClient } from "@relink/plaid";
import {
  type App,
  closeServer,
  createLogger,
  createErrorLog,
  createPublicServer,
  createRegistry,
  insideRoutes,
  listen,
  type Logger,
} from "@relink/service";
import express from "express";
import { createAddressPages } from "./address-pages.ts";
import { ASSET_FOLDER, readAssetPaths } from "./assets.ts";
import { createBrandStyle } from "./brand-style.ts";
import type { LinkConfig } from "./config.ts";
import { findLink } from "./find-link.ts";
import { createLimit } from "./limits.ts";
import { createLinkMetrics } from "./link-metrics.ts";
import { pageHeaders } from "./page-headers.ts";
import { createPressButton } from "./press-button.ts";
import { findSessionOf, proveOutcome } from "./prove-outcome.ts";
import { createRecentAnswers } from "./recent-answers.ts";
import { recordCallback } from "./record-callback.ts";
import { requestNewMail } from "./request-new-mail.ts";
import { createRoutes } from "./routes.ts";
import { createTeamMailPages } from "./team-mail-pages.ts";

export interface Link extends App {
  /** The ports it listens on, once started. */
  readonly ports: { public: number; inside: number };
}

/** What a test may bring instead of the real thing. */
export interface LinkOverrides {
  logger?: Logger;
  plaid?: Pick<PlaidClient, "getItem" | "createUpdateLinkToken" | "getLinkSessions">;
  now?: () => Date;
}

/** Plaid allows 15 questions a minute about one Item, and the workers ask too. */
const ASKS_PER_MINUTE = 10;
/** A session has some twenty callbacks; a person has one or two sessions a minute. */
const CALLBACKS_PER_MINUTE = 300;
/** One mail an hour is owed at most, however often it is asked for; this spares the database. */
const MAILS_ASKED_PER_MINUTE = 5;

/**
 * What an end user sees: the page behind the link in a mail, and Link update mode.
 *
 * The access token, Plaid's id of the Item and every key stay here: the browser gets a link token, on a press, and
 * nothing else.
 */
export function createLink(config: LinkConfig, overrides: LinkOverrides = {}): Link {
  const logger = overrides.logger ?? createLogger({ app: "link", level: config.logLevel });
  const onError = createErrorLog(logger);
  const now = overrides.now ?? (() => new Date());

  const registry = createRegistry("link");
  const metrics = createLinkMetrics(registry);
  const { db, ...database } = connect({
    url: config.databaseUrl,
    app: "link",
    encryptionKeys: config.encryptionKeys,
    onError: onError("postgres.error"),
  });
  const plaid =
    overrides.plaid ??
    createPlaidClient({
      ...config.plaid,
      record: recordPlaidCalls(db),
      onRecordFailed: onError("plaid.call_not_logged"),
    });
  const { encryptionKeys, linkTokenKeys, policy } = config;
  const ask = { db, plaid, encryptionKeys, policy, askLimit: createLimit(ASKS_PER_MINUTE) };
  const links = { db, linkTokenKeys, environment: config.plaid.env, now };
  const callbackLimit = createLimit(CALLBACKS_PER_MINUTE);
  const mailLimit = createLimit(MAILS_ASKED_PER_MINUTE);
  const brandStyle = config.brandColor === undefined ? null : createBrandStyle(config.brandColor);

  const brand = { product: config.productName, logoUrl: config.brandLogoUrl, supportAddress: config.supportAddress };
  const assets = { ...readAssetPaths(), brandStyle: brandStyle?.path };

  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(
    createRoutes({
      findLink: (token) => findLink(links, token),
      show: {
        answers: createRecentAnswers({ plaid, encryptionKeys, policy, now, onError: onError("link.item_not_asked") }),
        brand,
        plaidScriptUrl: config.plaidLinkScriptUrl,
        assets,
      },
      press: createPressButton({
        ...ask,
        plaid,
        hashToken: createTokenHasher(config.plaid.secret),
        productName: config.productName,
        countryCodes: config.plaidCountryCodes,
        linkMode: config.linkMode,
        publicUrl: config.publicUrl,
      }),
      prove: (link, body) => proveOutcome({ ...ask, plaid }, link, body),
      hasSession: async (link, session) => (await findSessionOf(ask, link, session)) !== null,
      newMail: (token) => requestNewMail({ ...links, mailLimit }, token),
      record: (link, body) =>
        recordCallback(
          {
            ...ask,
            callbackLimit,
            logger,
            onRecorded: (callback, outcome) => metrics.callbacks.inc({ callback, outcome }),
          },
          link,
          body,
        ),
      teamMail: createTeamMailPages({ db, linkTokenKeys, now, brand, assets }),
      address: createAddressPages({ ...links, brand, assets }),
      publicOrigin: new URL(config.publicUrl).origin,
      headers: pageHeaders(config),
      assetFolder: ASSET_FOLDER,
      brandStyle,
      logger,
      metrics,
    }),
  );
  const publicServer = createPublicServer(app, { registry, logger });
  const inside = express();
  inside.use(insideRoutes({ registry, checks: { postgres: () => database.ping() } }));
  const insideServer = createServer(inside);

  const ports = { public: config.port, inside: config.insidePort };
  return {
    ports,
    async start() {
      await database.checkAtStart();
      ports.public = await listen(publicServer, config.port);
      ports.inside = await listen(insideServer, config.insidePort);
      logger.info({ event: "app.started", port: ports.public, insidePort: ports.inside });
    },
    async close() {
      await closeServer(publicServer);
      await database.close();
      await closeServer(insideServer, 0);
      logger.info({ event: "app.stopped" });
    },
  };
}
