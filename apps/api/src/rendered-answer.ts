import type { Response } from "express";
import type { Reply } from "./operation.ts";
import { type Problem, PROBLEMS } from "./problem.ts";
import { entityTag } from "./require-version.ts";

/** An answer as it goes out. */
export interface RenderedAnswer {
  status: number;
  /** In lower case; `content-type` among them where there is a body. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** A good answer. With 204 it has no body. */
export function renderReply(reply: Reply<unknown>): RenderedAnswer {
  const { status, headers = {}, version } = reply;
  if (status === 204) return { status, headers, body: "" };
  const body = JSON.stringify(reply.body);
  const etag = version === undefined ? {} : { etag: entityTag(version, body) };
  return { status, headers: { ...headers, ...etag, "content-type": "application/json; charset=utf-8" }, body };
}

/** @param path - of the request, without its query. */
export function renderProblem(problem: Problem, path: string, requestId: string): RenderedAnswer {
  return {
    status: PROBLEMS[problem.kind].status,
    headers: { ...problem.headers, "content-type": "application/problem+json; charset=utf-8" },
    body: JSON.stringify(problem.toBody(path, requestId)),
  };
}

export function sendAnswer(response: Response, { status, headers, body }: RenderedAnswer): void {
  response.status(status).set(headers);
  if (body === "") response.end();
  else response.send(body);
}
