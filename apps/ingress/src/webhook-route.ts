import { createHash, randomUUIDv7 } from "node:crypto";
import type { NewWebhookEvent } from "@relink/db/append";
import {
  checkBody,
  deliveryKey,
  hashTokens,
  type KeyStore,
  type TokenHasher,
  verifyToken,
} from "@relink/plaid/verification";
import { createLogThrottle, describeError, type Logger } from "@relink/service";
import type { Request, Response } from "express";
import { type GroupCommit, OverloadedError } from "./group-commit.ts";
import type { IngressMetrics } from "./ingress-metrics.ts";
import { PLAID_ADDRESSES } from "./plaid-addresses.ts";
import { readBody } from "./read-body.ts";
import { REFUSAL_STATUS, type RefusalReason, retryAfterSeconds } from "./refusals.ts";

/** Plaid's largest webhooks are a few kilobytes. */
const MAX_BODY_BYTES = 256 * 1024;
const MAX_HEADERS = 100;
/** Plaid gives up after 10 s; what is not stored by then gets an answer that makes it come back. */
const STORE_TIMEOUT_MS = 8_000;

/** What a refusal may tell the log: never the token, the body, or a header. */
interface RefusalDetails {
  bodyLength?: number;
  bodySha256?: string;
  error?: unknown;
}

/**
 * `POST /webhooks/plaid`.
 *
 * Cheap checks first; the signature covers only the token, so it is checked before a byte of the body is read, and
 * nothing of the body is parsed or stored before its hash matches.
 */
export function createWebhookRoute(deps: {
  environment: "sandbox" | "production";
  keys: KeyStore;
  hashToken: TokenHasher;
  store: GroupCommit<NewWebhookEvent>;
  logger: Logger;
  metrics: IngressMetrics;
  isShuttingDown: () => boolean;
}) {
  const throttle = createLogThrottle();

  function refuse(request: Request, response: Response, reason: RefusalReason, details: RefusalDetails = {}): void {
    const status = REFUSAL_STATUS[reason];
    deps.metrics.rejected.inc({ reason });
    throttle(reason, (held) => {
      const { error, ...line } = details;
      deps.logger.warn({
        event: "webhook.rejected",
        reason,
        status,
        remoteIp: request.ip,
        ...line,
        ...(held > 0 && { alsoNotLogged: held }),
        ...(error !== undefined && { error: describeError(error) }),
      });
    });
    if (response.headersSent || response.destroyed) return;
    if (status === 405) response.setHeader("Allow", "POST");
    if (status === 429) response.setHeader("Retry-After", retryAfterSeconds());
    // A body that was not read stays on the connection, so the connection ends with the answer. It ends with every 401,
    // for otherwise a caller could tell by it which of the checks failed.
    if (!request.complete || status === 401 || reason === "shutting_down") response.setHeader("Connection", "close");
    response.status(status).end();
  }

  async function receive(request: Request, response: Response): Promise<RefusalReason | null> {
    const arrivedAt = Date.now();
    if (deps.isShuttingDown()) return "shutting_down";
    if (request.method !== "POST") return "method";
    if (request.rawHeaders.length > MAX_HEADERS * 2) return "headers";
    const announced = request.headers["content-length"];
    if (announced === undefined && request.headers["transfer-encoding"] === undefined) return "length_missing";
    if (Number(announced ?? 0) > MAX_BODY_BYTES) return "length_over_limit";
    if (!["identity", undefined].includes(request.headers["content-encoding"])) return "encoding";

    const known = await verifyToken(request.headersDistinct["plaid-verification"], {
      keys: deps.keys,
      arrivedAt,
      budget: PLAID_ADDRESSES.has(request.ip ?? "") ? "plaid_address" : "anybody",
    });
    if (known.kind !== "verified") return known.reason;

    if (request.headers.expect !== undefined) response.writeContinue();
    const body = await readBody(request, MAX_BODY_BYTES);
    if (typeof body === "string") return body;
    if (!checkBody(known.token, body)) {
      refuse(request, response, "body_hash", {
        bodyLength: body.length,
        bodySha256: createHash("sha256").update(body).digest("hex").slice(0, 8),
      });
      return null;
    }

    const stored = deps.store.add({
      id: randomUUIDv7(),
      deliveryKey: deliveryKey(deps.environment, known.token),
      environment: deps.environment,
      body: hashTokens(body, deps.hashToken),
      bodySha256: known.token.bodySha256,
      signedAt: new Date(known.token.issuedAt * 1_000),
      keyId: known.token.keyId,
    });
    await withTimeLimit(stored, STORE_TIMEOUT_MS);
    deps.metrics.acknowledged.inc();
    deps.metrics.answerSeconds.observe((Date.now() - arrivedAt) / 1_000);
    // Left open, the connection would keep a server that is closing from its end.
    if (deps.isShuttingDown()) response.setHeader("Connection", "close");
    response.status(200).end();
    return null;
  }

  return async function webhookRoute(request: Request, response: Response): Promise<void> {
    try {
      const reason = await receive(request, response);
      if (reason !== null) refuse(request, response, reason);
    } catch (error) {
      refuse(request, response, error instanceof OverloadedError ? "overload" : "store", { error });
    }
  };
}

/** Rejects if it takes too long. What was begun goes on: a row that is stored after all makes the repetition a duplicate. */
async function withTimeLimit(work: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not committed within ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
