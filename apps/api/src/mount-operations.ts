import express, { type RequestHandler, type Router } from "express";
import { observed } from "./observe-requests.ts";
import type { Operation } from "./operation.ts";
import { Problem } from "./problem.ts";

const MAX_BODY_BYTES = 64 * 1024;

/** What may go into the log of a path: an id of ours and nothing else. */
const SHOWN_ID = /^[a-z]{3}_[0-9a-z]{26}$/;

/** The routes of these operations. Any other method on their paths is answered with 405. */
export function mountOperations(operations: readonly Operation[]): Router {
  const router = express.Router();
  const byPath = Map.groupBy(operations, (operation) => operation.path);
  for (const [path, onPath] of byPath) {
    const route = router.route(path.replaceAll(/\{(\w+)\}/g, ":$1"));
    route.all((_request, response, next) => {
      observed(response).route = path;
      next();
    });
    for (const operation of onPath) {
      if (operation.method === "get") route.get(answer(operation));
      else route[operation.method](readJson, answer(operation));
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

function answer(operation: Operation): RequestHandler {
  return async (request, response) => {
    const { params, query } = request;
    const body: unknown = request.body;
    const about = observed(response);
    if (SHOWN_ID.test(String(params["id"]))) about.resource = String(params["id"]);
    const reply = await operation.respond({ params, query, body });
    if (reply.resource !== undefined) about.resource = reply.resource;
    response.status(reply.status).set(reply.headers ?? {});
    if (reply.text === undefined) {
      response.json(reply.body);
      return;
    }
    response.vary("accept");
    if (request.accepts(["text/plain", "application/json"]) === "application/json") response.json(reply.body);
    else response.type("text/plain").send(reply.text);
  };
}

const parseJson = express.json({ limit: MAX_BODY_BYTES, inflate: false, strict: false });

const readJson: RequestHandler = (request, response, next) => {
  const isEmpty = request.get("content-length") === "0" && request.get("transfer-encoding") === undefined;
  // Null without a body, false with one of another type.
  if (!isEmpty && request.is("application/json") === false) {
    throw new Problem("unsupported-media-type", "send JSON in UTF-8 without a content-encoding");
  }
  parseJson(request, response, next);
};
