import { createServer } from "node:http";
import { DEFAULT_POLICY } from "@relink/core";
import { connect } from "@relink/db";
import { createGuardedClient, createHostResolver, DELIVERY_USER_AGENT, type ResolveHost } from "@relink/delivery";
import { recordPlaidCalls } from "@relink/items";
import { createPlaidClient, createTokenHasher } from "@relink/plaid";
import {
  type App,
  closeServer,
  createLogger,
  createErrorLog,
  createRegistry,
  insideRoutes,
  listen,
  type Logger,
} from "@relink/service";
import express, { type NextFunction, type Request, type Response } from "express";
import { auditLogOperations } from "./audit-log/operations.ts";
import type { ApiConfig } from "./config.ts";
import { attemptOperations } from "./deliveries/attempt-operations.ts";
import { deliveryOperations } from "./deliveries/operations.ts";
import { describeApi } from "./describe-api.ts";
import { eventCatalogueOperations } from "./events/catalogue-operations.ts";
import { eventOperations } from "./events/operations.ts";
import { webhookEventOperations } from "./events/webhook-operations.ts";
import { itemOperations } from "./items/operations.ts";
import { itemSupportOperations } from "./items/support-operations.ts";
import { limitRate } from "./limit-rate.ts";
import { mountOperations } from "./mount-operations.ts";
import { observed, observeRequests } from "./observe-requests.ts";
import { DOCS_PATH, pageRoutes } from "./pages/routes.ts";
import { Problem, PROBLEMS } from "./problem.ts";
import { problemOf } from "./problem-of.ts";
import { renderProblem, sendAnswer } from "./rendered-answer.ts";
import { recoveryOperations } from "./recoveries/operations.ts";
import { createRepeatSafely } from "./repeat-safely.ts";
import { requireKey } from "./require-key.ts";
import { searchOperations } from "./search/operations.ts";
import { subscriptionActionOperations } from "./subscriptions/action-operations.ts";
import { receiverOperations } from "./subscriptions/receiver-operations.ts";
import { subscriptionOperations } from "./subscriptions/operations.ts";
import { suppressionOperations } from "./suppressions/operations.ts";
import { apiKeyOperations } from "./teams/key-operations.ts";
import { meOperations } from "./teams/me-operations.ts";
import { teamOperations } from "./teams/operations.ts";
import { userOperations } from "./users/operations.ts";

export interface Api extends App {
  /** Where it listens, once started. */
  readonly port: number;
}

/** What a test may bring instead of the real thing. */
export interface ApiOverrides {
  logger?: Logger;
  /** Instead of asking DNS where receivers are. */
  resolveHost?: ResolveHost;
}

const DESCRIPTION_PATH = "/v1/openapi.json";

/**
 * The REST API for product teams and operators, on a private port together with health and metrics.
 *
 * It starts with the database and Plaid away, and answers 503 until they are back. It has no Redis: what a request causes
 * stands in the rows, where the workers find it.
 */
export function createApi(config: ApiConfig, overrides: ApiOverrides = {}): Api {
  const logger = overrides.logger ?? createLogger({ app: "api", level: config.logLevel });
  const onError = createErrorLog(logger);

  const registry = createRegistry("api");
  const database = connect({
    url: config.databaseUrl,
    app: "api",
    encryptionKeys: config.encryptionKeys,
    onError: onError("postgres.error"),
  });
  const { db } = database;
  const plaid = createPlaidClient({
    ...config.plaid,
    record: recordPlaidCalls(db),
    onRecordFailed: onError("plaid.call_not_logged"),
  });
  const policy = config.targetPolicy;
  const resolveHost = overrides.resolveHost ?? createHostResolver();
  const client = createGuardedClient({ policy, userAgent: DELIVERY_USER_AGENT, resolveHost });
  const { encryptionKeys } = config;
  const environment = config.plaid.env;
  const ofSubscriptions = { db, encryptionKeys, client, policy, resolveHost, environment };
  const operations = [
    ...itemOperations({
      db,
      plaid,
      environment,
      policy: { ...DEFAULT_POLICY, holdMs: config.reauthHoldSeconds * 1_000 },
      webhookUrl: config.plaidWebhookUrl,
      linkPublicUrl: config.linkPublicUrl,
      encryptionKeys,
      hashToken: createTokenHasher(config.plaid.secret),
      linkTokenKeys: config.linkTokenKeys,
    }),
    ...itemSupportOperations({ db }),
    ...userOperations({ db }),
    ...subscriptionOperations(ofSubscriptions),
    ...subscriptionActionOperations(ofSubscriptions),
    ...receiverOperations({ db, egressAddresses: config.egressAddresses }),
    ...eventOperations({ db }),
    ...eventCatalogueOperations(),
    ...deliveryOperations({ db }),
    ...attemptOperations({ db }),
    ...recoveryOperations({ db }),
    ...webhookEventOperations({ db }),
    ...searchOperations({ db }),
    ...suppressionOperations({ db }),
    ...teamOperations({ db }),
    ...apiKeyOperations({ db }),
    ...meOperations({ db }),
    ...auditLogOperations({ db }),
  ];
  const description = describeApi(operations);
  const repeatSafely = createRepeatSafely({
    db,
    encryptionKeys: config.encryptionKeys,
    onError: onError("idempotency.not_stored"),
  });

  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(insideRoutes({ registry, checks: { postgres: () => database.ping() } }));
  app.use(observeRequests({ logger, registry }));
  app.get(DESCRIPTION_PATH, (_request, response) => {
    observed(response).route = DESCRIPTION_PATH;
    response.json(description);
  });
  app.use(pageRoutes(description));
  app.use("/v1", requireKey({ adminKeyHash: config.adminApiKeyHash, db }), limitRate());
  app.use(mountOperations(operations, repeatSafely));
  app.use(() => {
    const places = `${DOCS_PATH} and ${DESCRIPTION_PATH} describe`;
    throw new Problem("not-found", `there is no such route; ${places} those that there are`);
  });
  app.use(answerProblem);
  const server = createServer({ requestTimeout: 30_000 }, app);

  let port = config.port;
  return {
    get port() {
      return port;
    },
    async start() {
      await database.checkAtStart();
      port = await listen(server, config.port);
      logger.info({ event: "app.started", port });
    },
    async close() {
      await closeServer(server);
      await client.close();
      await database.close();
      logger.info({ event: "app.stopped" });
    },
  };
}

/** The one place that turns an error into an answer. Express knows it by its four arguments. */
function answerProblem(error: unknown, request: Request, response: Response, _next: NextFunction): void {
  const problem = problemOf(error);
  const about = observed(response);
  about.problem = problem.kind;
  // What is wrong with a request is in the answer; the body parser's message would quote the body.
  if (PROBLEMS[problem.kind].status >= 500 && problem !== error) about.error = error;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  sendAnswer(response, renderProblem(problem, request.path, about.id));
}
