import { DeepLinkError } from "@relink/items";
import { createLogThrottle, describeError, type Logger } from "@relink/service";
import compression from "compression";
import express, { type NextFunction, type Request, type RequestHandler, type Response, type Router } from "express";
import { z } from "zod";
import { type NoticeName, renderNotice } from "#pages";
import { readCookie, readOauthStateId, writeCookie } from "./cookies.ts";
import type { FoundLink } from "./find-link.ts";
import type { LinkMetrics } from "./link-metrics.ts";
import type { createPressButton } from "./press-button.ts";
import { problem, problemFor, type Reply } from "./reply.ts";
import { type ShowDeps, showLink } from "./show-link.ts";

const MAX_BODY = "16kb";

/** `resume`: go on with the session that was left for the bank. */
const Press = z.strictObject({ resume: z.literal(true).optional() });

export interface RouteDeps {
  findLink: (token: string) => Promise<FoundLink>;
  show: ShowDeps;
  press: ReturnType<typeof createPressButton>;
  record: (link: FoundLink, body: unknown) => Promise<Reply>;
  /** The origin that pages of ours have. */
  publicOrigin: string;
  headers: Readonly<Record<string, string>>;
  /** The folder of the hashed files. */
  assetFolder: string;
  logger: Logger;
  metrics: LinkMetrics;
}

/**
 * Everything on the public port. A GET never has an effect, since programs follow links too; what has one is a POST that
 * only a page of ours can send.
 */
export function createRoutes(deps: RouteDeps): Router {
  const router = express.Router();
  const throttle = createLogThrottle();
  const notices = { product: deps.show.productName, assets: deps.show.assets };

  router.use((_request, response, next) => {
    response.locals["startedAt"] = performance.now();
    response.set(deps.headers);
    next();
  });
  // Pages hold a token, and nothing of what a request says: their size tells nobody anything.
  router.use(compression());
  router.get("/healthz", (_request, response) => void response.json({ status: "ok" }));
  router.use(
    "/assets",
    express.static(deps.assetFolder, {
      index: false,
      redirect: false,
      cacheControl: false,
      setHeaders: (response) => void response.set("cache-control", "public, max-age=31536000, immutable"),
    }),
  );

  router.get("/r", reply(showFromCookie));
  router.get(
    "/r/:token",
    reply(async (request) => {
      const link = await deps.findLink(pathToken(request));
      return showLink(deps.show, link, returnedStateId(request) === null ? "opened" : "returned_elsewhere");
    }),
  );
  router.get(
    "/oauth-return",
    reply(async (request) => {
      const stateId = readOauthStateId(request.query["oauth_state_id"]);
      if (stateId === null) return showFromCookie(request);
      const link = await linkOfCookie(request);
      if (link !== null) return showLink(deps.show, link, "returned");
      return { ...notice("almost"), headers: { "set-cookie": writeCookie("return", stateId) } };
    }),
  );

  const json = express.json({ limit: MAX_BODY, inflate: false });
  router.post(
    "/r/:token/link-token",
    ownPagesOnly,
    json,
    reply(async (request) => {
      const link = await deps.findLink(pathToken(request));
      const press = Press.safeParse(request.body);
      if (!press.success) return problem(400, "ERR_PRESS", "the body has not the expected form");
      return deps.press(link, { isResume: press.data.resume === true, returnedStateId: returnedStateId(request) });
    }),
  );
  router.post(
    "/r/:token/events",
    ownPagesOnly,
    json,
    reply(async (request) => deps.record(await deps.findLink(pathToken(request)), request.body)),
  );

  router.use(reply(async () => notice("not_found", 404)));
  router.use(answerError);
  return router;

  /** A page that was loaded again after the token had left its address. */
  async function showFromCookie(request: Request): Promise<Reply> {
    const link = await linkOfCookie(request);
    return link === null ? notice("reopen") : showLink(deps.show, link, "opened");
  }

  async function linkOfCookie(request: Request): Promise<FoundLink | null> {
    const token = readCookie(request.get("cookie"), "link");
    if (token === null) return null;
    try {
      return await deps.findLink(token);
    } catch (error) {
      if (error instanceof DeepLinkError) return null;
      throw error;
    }
  }

  function notice(name: NoticeName, status = 200): Reply {
    return { status, body: { html: renderNotice(name, notices) }, outcome: name };
  }

  function reply(handle: (request: Request) => Promise<Reply>): RequestHandler {
    return async (request, response) => send(request, response, await handle(request));
  }

  /** Refuses a POST that a page of ours did not send. Browsers name the page's origin with each, and it cannot be forged there. */
  function ownPagesOnly(request: Request, response: Response, next: NextFunction): void {
    const site = request.get("sec-fetch-site");
    if (request.get("origin") !== deps.publicOrigin || (site !== undefined && site !== "same-origin")) {
      send(request, response, problem(403, "ERR_ORIGIN", "only the page itself may ask for this"));
    } else if (request.is("application/json") === false) {
      send(request, response, problem(415, "ERR_CONTENT_TYPE", "send application/json"));
    } else next();
  }

  // Express knows it for an error handler by its four parameters.
  function answerError(error: unknown, request: Request, response: Response, _next: NextFunction): void {
    const refusal = problemFor(error);
    if (refusal.status >= 500) {
      const route = routeOf(request);
      throttle(`failed ${route}`, (held) =>
        deps.logger.error({
          event: "link.request_failed",
          route,
          error: describeError(error),
          ...(held > 0 && { alsoNotLogged: held }),
        }),
      );
    }
    if (request.method === "POST") send(request, response, refusal);
    else if (refusal.status === 410) send(request, response, notice("expired", 410));
    else if (refusal.status < 500) send(request, response, notice("not_found", 404));
    else send(request, response, notice("unavailable", 503));
  }

  function send(request: Request, response: Response, answer: Reply): void {
    response.status(answer.status);
    if (answer.headers !== undefined) {
      for (const [name, value] of Object.entries(answer.headers)) response.set(name, [value].flat());
    }
    if ("html" in answer.body) response.type("html").send(answer.body.html);
    else response.json(answer.body.json);

    const route = routeOf(request);
    const durationMs = Math.round(performance.now() - Number(response.locals["startedAt"]));
    deps.metrics.requestSeconds.observe({ route, status: answer.status }, durationMs / 1_000);
    if ("html" in answer.body) deps.metrics.pages.inc({ outcome: answer.outcome });
    const write = (held: number): void =>
      deps.logger.info({
        event: "link.request",
        method: request.method,
        route,
        status: answer.status,
        outcome: answer.outcome,
        durationMs,
        ...answer.subject,
        ...(held > 0 && { alsoNotLogged: held }),
      });
    // Refusals come in floods, and anybody can cause them.
    if (answer.status < 400) write(0);
    else throttle(`${route} ${answer.status} ${answer.outcome}`, write);
  }
}

/** The template of the route and never the path itself, which holds the token. */
function routeOf(request: Request): string {
  const path: unknown = request.route?.path;
  return typeof path === "string" ? path : "other";
}

function pathToken(request: Request): string {
  const { token } = request.params;
  return typeof token === "string" ? token : "";
}

function returnedStateId(request: Request): string | null {
  return readOauthStateId(readCookie(request.get("cookie"), "return"));
}
