import { readFileSync } from "node:fs";
import express, { type Response, type Router } from "express";
import type { describeApi } from "../describe-api.ts";
import { observed } from "../observe-requests.ts";
import { Problem, PROBLEM_KINDS } from "../problem.ts";
import { type ApiDescription, docsPage } from "./docs-page.ts";
import { PAGE_HEADERS, STYLE_PATH } from "./page.ts";
import { describeProblemKind, problemPage, problemsPage } from "./problem-pages.ts";

export const DOCS_PATH = "/v1/docs";

const style = readFileSync(new URL("style.css", import.meta.url), "utf8");

/**
 * Pages for people, open to all: how to use the API, which is also where its bare address leads, and what each problem means.
 * They hold nothing of anybody.
 */
export function pageRoutes(description: ReturnType<typeof describeApi>): Router {
  let docs: string | undefined;
  const router = express.Router();

  const send = (response: Response, route: string, type: string, text: string) => {
    observed(response).route = route;
    response.set(PAGE_HEADERS).type(type).send(text);
  };

  router.get("/", (_request, response) => {
    observed(response).route = "/";
    response.redirect(DOCS_PATH);
  });
  router.get(DOCS_PATH, (_request, response) => {
    docs ??= docsPage(ourOwn(description));
    send(response, DOCS_PATH, "html", docs);
  });
  router.get(STYLE_PATH, (_request, response) => send(response, STYLE_PATH, "css", style));
  router.get("/v1/problems", (request, response) => {
    response.vary("accept");
    if (request.accepts(["json", "html"]) === "html") send(response, "/v1/problems", "html", problemsPage());
    else {
      const all = PROBLEM_KINDS.map((kind) => describeProblemKind(kind));
      send(response, "/v1/problems", "json", JSON.stringify({ data: all }));
    }
  });
  router.get("/v1/problems/:code", (request, response) => {
    const kind = PROBLEM_KINDS.find((one) => one === request.params.code);
    if (kind === undefined)
      throw new Problem("not-found", "there is no such problem; /v1/problems lists those that there are");
    response.vary("accept");
    const isForPeople = request.accepts(["json", "html"]) === "html";
    const text = isForPeople ? problemPage(kind) : JSON.stringify(describeProblemKind(kind));
    send(response, "/v1/problems/{code}", isForPeople ? "html" : "json", text);
  });
  return router;
}

/** OpenAPI allows for much more; what we describe has this form, and the tests of the page would show it if not. */
function ourOwn(description: ReturnType<typeof describeApi>): ApiDescription {
  const own: unknown = description;
  return own as ApiDescription;
}
