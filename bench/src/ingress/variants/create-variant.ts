import { createServer } from "node:http";
import { checkBody, createKeyStore, verifyToken } from "@relink/plaid";
import {
  type App,
  closeServer,
  createLogger,
  createPublicServer,
  createRegistry,
  insideRoutes,
  listen,
} from "@relink/service";
import express, { type RequestHandler } from "express";
import { readBody } from "../../../../apps/ingress/src/read-body.ts";

/** What a webhook is answered 200 for: `read` because it was read, `verify` because it is genuine as well. */
export type Variant = "read" | "verify";

const MAX_BODY_BYTES = 256 * 1024;

/**
 * The ingress' own server, with less behind it: what is left of its figures is what the rest costs.
 *
 * @param config.jwk - the webhook key.
 */
export function createVariant(config: { variant: Variant; jwk: unknown; port: number; insidePort: number }): App {
  const keys = createKeyStore({ fetchKey: async () => config.jwk });

  const read: RequestHandler = async (request, response) => {
    const body = await readBody(request, MAX_BODY_BYTES);
    response.status(typeof body === "string" ? 400 : 200).end();
  };
  const verify: RequestHandler = async (request, response) => {
    const verdict = verifyToken(request.headersDistinct["plaid-verification"], {
      keys,
      arrivedAt: Date.now(),
      budget: "anybody",
    });
    const known = verdict instanceof Promise ? await verdict : verdict;
    const body = await readBody(request, MAX_BODY_BYTES);
    const isGenuine = known.kind === "verified" && typeof body !== "string" && checkBody(known.token, body);
    response.status(isGenuine ? 200 : 401).end();
  };

  const registry = createRegistry(config.variant);
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.all("/webhooks/plaid", config.variant === "read" ? read : verify);
  const server = createPublicServer(app, { registry, logger: createLogger({ app: config.variant, level: "info" }) });
  const inside = express();
  inside.use(insideRoutes({ registry, checks: {} }));
  const insideServer = createServer(inside);
  return {
    async start() {
      await listen(server, config.port, "127.0.0.1");
      await listen(insideServer, config.insidePort, "127.0.0.1");
    },
    async close() {
      await closeServer(server, 0);
      await closeServer(insideServer, 0);
    },
  };
}
