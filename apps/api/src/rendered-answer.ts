import type { Response } from "express";
import type { Reply } from "./operation.ts";
import { type Problem, PROBLEMS } from "./problem.ts";

/** An answer as it goes out. */
export interface RenderedAnswer {
  status: number;
  /** In lower case; `content-type` among them where there is a body. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** A good answer. With 204 it has no body. */
export function renderReply(reply: Reply<unknown>): RenderedAnswer {
  const { status, headers = {}, body } = reply;
  if (status === 204) return { status, headers, body: "" };
  return { status, headers: { ...headers, "content-type": JSON_TYPE }, body: JSON.stringify(body) };
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

const JSON_TYPE = "application/json; charset=utf-8";
