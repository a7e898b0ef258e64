import { randomUUIDv7 } from "node:crypto";
import { Histogram, type Logger, type Registry } from "@relink/service";
import type { RequestHandler, Response } from "express";
import type { ProblemKind } from "./problem.ts";

/** What becomes known about a request while it is answered. */
export interface ObservedRequest {
  readonly id: string;
  /** The route's template; null while none has matched. */
  route: string | null;
  /** The id of what it is about. */
  resource: string | null;
  problem: ProblemKind | null;
  /** Only of an error that nobody foresaw, or that a store is to blame for. */
  error: unknown;
}

/** What {@link observeRequests} keeps about the request that is being answered. */
export function observed(response: Response): ObservedRequest {
  return response.locals["observed"] as ObservedRequest;
}

/**
 * Gives every request its id, and writes one line when it has been answered. The line holds the route's template and
 * ids; never the address as sent, headers or bodies.
 */
export function observeRequests(options: { logger: Logger; registry: Registry }): RequestHandler {
  const answerSeconds = new Histogram<"route" | "method" | "status">({
    name: "relink_api_answer_seconds",
    help: "From the request's headers to the answer",
    labelNames: ["route", "method", "status"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 20],
    registers: [options.registry],
  });

  return (request, response, next) => {
    const startedAt = performance.now();
    const about: ObservedRequest = { id: randomUUIDv7(), route: null, resource: null, problem: null, error: undefined };
    response.locals["observed"] = about;
    response.setHeader("x-request-id", about.id);
    response.setHeader("cache-control", "no-store");
    response.setHeader("x-content-type-options", "nosniff");

    response.once("close", () => {
      const durationMs = Math.round(performance.now() - startedAt);
      const { route, resource, problem, error } = about;
      const status = response.statusCode;
      answerSeconds.observe(
        { route: route ?? "none", method: methodLabel(request.method), status },
        durationMs / 1_000,
      );
      options.logger[status >= 500 ? "error" : "info"]({
        event: "api.request",
        requestId: about.id,
        method: request.method,
        route,
        status,
        durationMs,
        ...(resource !== null && { resource }),
        ...(problem !== null && { problem }),
        ...(!response.writableFinished && { outcome: "caller_gone" }),
        ...(error !== undefined && { error }),
      });
    });
    next();
  };
}

/** A label has few values, whatever callers send. */
function methodLabel(method: string): string {
  return ["GET", "HEAD", "POST", "PATCH", "DELETE"].includes(method) ? method : "other";
}
