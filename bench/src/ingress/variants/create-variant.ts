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
import type { JWK } from "jose";
import { readBody } from "../../../../apps/ingress/src/read-body.ts";
import { createQueueWhole } from "./queue-whole.ts";

/**
 * What a webhook is answered 200 for: `read` because it was read, `verify` because it is genuine as well, `queue` because
 * it was put on a queue after that, in the plain way.
 */
export type Variant = "read" | "verify" | "queue";

const MAX_BODY_BYTES = 256 * 1024;

/**
 * The ingress' own server, with less behind it, or something plainer: what is left of its figures is what the rest costs.
 *
 * @param config.jwk - the webhook key.
 * @param config.redisUrl - for `queue`.
 */
export function createVariant(config: {
  variant: Variant;
  jwk: JWK;
  redisUrl: string;
  port: number;
  insidePort: number;
}): App {
  const registry = createRegistry(config.variant);
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  const { handlers, close } = createHandlers(config);
  app.all("/webhooks/plaid", ...handlers);
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
      await close();
    },
  };
}

function createHandlers(config: { variant: Variant; jwk: JWK; redisUrl: string }): {
  handlers: RequestHandler[];
  close: () => Promise<void>;
} {
  switch (config.variant) {
    case "read":
      return { handlers: [read], close: async () => {} };
    case "verify":
      return { handlers: [createVerify(config.jwk)], close: async () => {} };
    case "queue": {
      const { handle, close } = createQueueWhole(config);
      return { handlers: [express.raw({ type: () => true, limit: MAX_BODY_BYTES }), handle], close };
    }
  }
}

const read: RequestHandler = async (request, response) => {
  const body = await readBody(request, MAX_BODY_BYTES);
  response.status(typeof body === "string" ? 400 : 200).end();
};

function createVerify(jwk: JWK): RequestHandler {
  const keys = createKeyStore({ fetchKey: async () => jwk });
  return async (request, response) => {
    const known = await verifyToken(request.headersDistinct["plaid-verification"], {
      keys,
      arrivedAt: Date.now(),
      budget: "anybody",
    });
    const body = await readBody(request, MAX_BODY_BYTES);
    const isGenuine = known.kind === "verified" && typeof body !== "string" && checkBody(known.token, body);
    response.status(isGenuine ? 200 : 401).end();
  };
}
