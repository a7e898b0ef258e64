import express, { type Request, type RequestHandler, type Response, type Router } from "express";
import { observed } from "./observe-requests.ts";
import type { Operation, Reply } from "./operation.ts";
import { actorOf, principalOf, requireAccess } from "./principal.ts";
import { notJson, Problem } from "./problem.ts";
import { renderReply, sendAnswer } from "./rendered-answer.ts";
import type { RepeatSafely } from "./repeat-safely.ts";
import { isKnown } from "./require-version.ts";

const MAX_BODY_BYTES = 64 * 1024;

/** What may go into the log of a path: an id of ours and nothing else. */
const SHOWN_ID = /^[a-z]{3,4}_[0-9a-z]{26}$/;

/** The routes of these operations. Any other method on their paths is answered with 405. */
export function mountOperations(operations: readonly Operation[], repeatSafely: RepeatSafely): Router {
  const router = express.Router();
  const byPath = Map.groupBy(operations, (operation) => operation.path);
  for (const [path, onPath] of byPath) {
    const route = router.route(path.replaceAll(/\{(\w+)\}/g, ":$1"));
    route.all((_request, response, next) => {
      observed(response).route = path;
      next();
    });
    for (const operation of onPath) {
      const check: RequestHandler = (_request, response, next) => {
        requireAccess(principalOf(response), operation.scope);
        next();
      };
      const handler = answer(operation, repeatSafely);
      if (operation.method === "get") route.get(check, handler);
      else route[operation.method](check, readJson, handler);
    }
    const allow = onPath
      .flatMap(({ method }) => (method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()]))
      .join(", ");
    route.all(() => {
      throw new Problem("method-not-allowed", `this route takes ${allow}`, { headers: { allow } });
    });
  }
  return router;
}

function answer(operation: Operation, repeatSafely: RepeatSafely): RequestHandler {
  return async (request, response) => {
    const { params } = request;
    if (SHOWN_ID.test(String(params["id"]))) observed(response).resource = String(params["id"]);
    const idempotencyKey = request.method === "POST" ? request.get("idempotency-key") : undefined;
    if (idempotencyKey === undefined) {
      sendReply(request, response, await respond(operation, request, response));
      return;
    }
    const repeatable = {
      actor: actorOf(principalOf(response)),
      idempotencyKey,
      method: request.method,
      path: request.originalUrl,
      body: sentBody(response),
    };
    const give = async () => renderReply(await respond(operation, request, response));
    sendAnswer(response, await repeatSafely(repeatable, give));
  };
}

async function respond(operation: Operation, request: Request, response: Response): Promise<Reply<unknown>> {
  const { params, query } = request;
  const body: unknown = request.body;
  const about = observed(response);
  const principal = principalOf(response);
  const ifMatch = request.get("if-match");
  const reply = await operation.respond({ params, query, body, principal, requestId: about.id, ifMatch });
  if (reply.resource !== undefined) about.resource = reply.resource;
  return reply;
}

function sendReply(request: Request, response: Response, reply: Reply<unknown>): void {
  const rendered = renderReply(reply);
  const tag = rendered.headers["etag"];
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (isRead && tag !== undefined && isKnown(request.get("if-none-match"), tag)) {
    response.status(304).set("etag", tag).end();
    return;
  }
  if (reply.text === undefined) {
    sendAnswer(response, rendered);
    return;
  }
  response.vary("accept");
  if (request.accepts(["text/plain", "application/json"]) === "application/json") sendAnswer(response, rendered);
  else
    response
      .status(reply.status)
      .set(reply.headers ?? {})
      .type("text/plain")
      .send(reply.text);
}

const parseJson = express.json({
  limit: MAX_BODY_BYTES,
  inflate: false,
  strict: false,
  verify: (_request, response, bytes) => {
    // It is Express's own, which the parser knows by the type of Node's.
    (response as Response).locals["sentBody"] = bytes;
  },
});

/** The bytes that {@link parseJson} has read; none if there was no body. */
function sentBody(response: Response): Uint8Array {
  return (response.locals["sentBody"] as Uint8Array | undefined) ?? new Uint8Array();
}

const readJson: RequestHandler = (request, response, next) => {
  const isEmpty = request.get("content-length") === "0" && request.get("transfer-encoding") === undefined;
  // Null without a body, false with one of another type.
  if (!isEmpty && request.is("application/json") === false) {
    throw notJson();
  }
  parseJson(request, response, next);
};
