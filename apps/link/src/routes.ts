import { DeepLinkError } from "@relink/items";
import { createLogThrottle, describeError, type Logger } from "@relink/service";
import compression from "compression";
import express, { type NextFunction, type Request, type RequestHandler, type Response, type Router } from "express";
import { z } from "zod";
import { ADDRESS_ANSWERS, type NoticeName, renderNotice } from "#pages";
import type { AddressPages } from "./address-pages.ts";
import type { BrandStyle } from "./brand-style.ts";
import { readCookie, readOauthStateId, writeCookie } from "./cookies.ts";
import type { FoundLink } from "./find-link.ts";
import type { LinkMetrics } from "./link-metrics.ts";
import { pageLanguage } from "./page-language.ts";
import type { createPressButton } from "./press-button.ts";
import { problem, problemFor, type Reply } from "./reply.ts";
import { type Arrival, type ShowDeps, showExpired, showLink } from "./show-link.ts";
import type { TeamMailPages } from "./team-mail-pages.ts";

const MAX_BODY = "16kb";

/** `resume`: go on with the session that was left for the bank. */
const Press = z.strictObject({ resume: z.literal(true).optional() });

/** What the forms send on the page that asks an address. */
const Answer = z.strictObject({ answer: z.enum(ADDRESS_ANSWERS) });

export interface RouteDeps {
  findLink: (token: string) => Promise<FoundLink>;
  show: ShowDeps;
  press: ReturnType<typeof createPressButton>;
  record: (link: FoundLink, body: unknown) => Promise<Reply>;
  prove: (link: FoundLink, body: unknown) => Promise<Reply>;
  /** True if the session is one of this link, by the id that we gave it. */
  hasSession: (link: FoundLink, session: string) => Promise<boolean>;
  newMail: (token: string) => Promise<Reply>;
  teamMail: TeamMailPages;
  address: AddressPages;
  /** The origin that pages of ours have. */
  publicOrigin: string;
  headers: Readonly<Record<string, string>>;
  /** The folder of the hashed files. */
  assetFolder: string;
  /** Served beside them. */
  brandStyle: BrandStyle | null;
  logger: Logger;
  metrics: LinkMetrics;
}

/**
 * Everything on the public port. A GET never has an effect, since programs follow links too; what has one is a POST, which
 * only a page of ours can send, but for the one that pauses a team's mails.
 */
export function createRoutes(deps: RouteDeps): Router {
  const router = express.Router();
  const throttle = createLogThrottle();

  router.use((_request, response, next) => {
    response.locals["startedAt"] = performance.now();
    response.set(deps.headers);
    next();
  });
  // Pages hold a token, and nothing of what a request says: their size tells nobody anything.
  router.use(compression());
  router.get("/healthz", (_request, response) => void response.json({ status: "ok" }));
  const keep = (response: { setHeader: (name: string, value: string) => unknown }): void =>
    void response.setHeader("cache-control", "public, max-age=31536000, immutable");
  const { brandStyle } = deps;
  if (brandStyle !== null) {
    router.get(brandStyle.path, (_request, response) => {
      keep(response);
      response.type("css").send(brandStyle.css);
    });
  }
  router.use(
    "/assets",
    express.static(deps.assetFolder, { index: false, redirect: false, cacheControl: false, setHeaders: keep }),
  );

  router.get("/r", reply(showFromCookie));
  router.get(
    "/r/:token",
    reply(async (request) => {
      const token = pathToken(request);
      try {
        const link = await deps.findLink(token);
        return await show(request, link, { kind: returnedStateId(request) === null ? "opened" : "returned_elsewhere" });
      } catch (error) {
        if (!(error instanceof DeepLinkError) || error.reason !== "expired") throw error;
        return showExpired(deps.show, token, pageLanguage(request, null));
      }
    }),
  );
  router.get(
    "/oauth-return",
    reply(async (request) => {
      const stateId = readOauthStateId(request.query["oauth_state_id"]);
      if (stateId === null) return showFromCookie(request);
      const link = await linkOfCookie(request);
      if (link !== null) return show(request, link, { kind: "returned" });
      return { ...notice(request, "almost"), headers: { "set-cookie": writeCookie("return", stateId) } };
    }),
  );
  router.get(
    "/hosted-return/:session",
    reply(async (request) => {
      const { session } = request.params;
      const link = await linkOfCookie(request);
      // The cookie says which link it is. Of the path only what belongs to that link counts.
      if (link === null || typeof session !== "string" || !(await deps.hasSession(link, session))) {
        return notice(request, "elsewhere");
      }
      return show(request, link, { kind: "hosted_return", session });
    }),
  );

  const json = [jsonOnly, express.json({ limit: MAX_BODY, inflate: false })];
  router.post(
    "/r/:token/link-token",
    ownPagesOnly,
    json,
    reply(async (request) => {
      const link = await deps.findLink(pathToken(request));
      const press = Press.safeParse(request.body);
      if (!press.success) return problem(400, "ERR_PRESS", "the body has not the expected form");
      return deps.press(link, {
        isResume: press.data.resume === true,
        returnedStateId: returnedStateId(request),
        pageLanguage: pageLanguage(request, link.locale),
      });
    }),
  );
  router.post(
    "/r/:token/events",
    ownPagesOnly,
    json,
    reply(async (request) => deps.record(await deps.findLink(pathToken(request)), request.body)),
  );
  router.post(
    "/r/:token/outcome",
    ownPagesOnly,
    json,
    reply(async (request) => deps.prove(await deps.findLink(pathToken(request)), request.body)),
  );
  router.post(
    "/r/:token/new-mail",
    ownPagesOnly,
    json,
    reply(async (request) => deps.newMail(pathToken(request))),
  );

  const form = express.urlencoded({ limit: MAX_BODY, inflate: false, extended: false });
  router.get(
    "/team-mail/confirm/:token",
    reply(async (request) => (await deps.address.show(pathToken(request))) ?? notice(request, "not_found", 404)),
  );
  router.post(
    "/team-mail/confirm/:token",
    ownPagesOnly,
    form,
    reply(async (request) => {
      const answer = Answer.safeParse(request.body);
      if (!answer.success) return problem(400, "ERR_ANSWER", "the body has not the expected form");
      const page = await deps.address.answer(pathToken(request), answer.data.answer);
      return page ?? notice(request, "not_found", 404);
    }),
  );
  router.get(
    "/team-mail/:token",
    reply(async (request) => (await deps.teamMail.show(pathToken(request))) ?? notice(request, "not_found", 404)),
  );
  // Mail programs send it by themselves, without an origin: that it knows the token is all that there is to know.
  router.post(
    "/team-mail/:token",
    reply(async (request) => (await deps.teamMail.pause(pathToken(request))) ?? notice(request, "not_found", 404)),
  );

  router.use(reply(async (request) => notice(request, "not_found", 404)));
  router.use(answerError);
  return router;

  /** A page that was loaded again after the token had left its address. */
  async function showFromCookie(request: Request): Promise<Reply> {
    const link = await linkOfCookie(request);
    return link === null ? notice(request, "reopen") : show(request, link, { kind: "opened" });
  }

  function show(request: Request, link: FoundLink, arrival: Arrival): Promise<Reply> {
    return showLink(deps.show, link, arrival, pageLanguage(request, link.locale));
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

  function notice(request: Request, name: NoticeName, status = 200): Reply {
    const { brand, assets } = deps.show;
    const html = renderNotice(name, { language: pageLanguage(request, null), brand, assets });
    return { status, body: { html }, outcome: name };
  }

  function reply(handle: (request: Request) => Promise<Reply>): RequestHandler {
    return async (request, response) => send(request, response, await handle(request));
  }

  /** Refuses a POST that a page of ours did not send. Browsers name the page's origin with each, and it cannot be forged there. */
  function ownPagesOnly(request: Request, response: Response, next: NextFunction): void {
    const site = request.get("sec-fetch-site");
    if (request.get("origin") !== deps.publicOrigin || (site !== undefined && site !== "same-origin")) {
      send(request, response, problem(403, "ERR_ORIGIN", "only the page itself may ask for this"));
    } else next();
  }

  function jsonOnly(request: Request, response: Response, next: NextFunction): void {
    if (request.is("application/json") === false) {
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
    else if (refusal.status < 500) send(request, response, notice(request, "not_found", 404));
    else send(request, response, notice(request, "unavailable", 503));
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
