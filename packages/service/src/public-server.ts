import { createServer, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Express, Request, Response } from "express";
import { Counter, type Registry } from "prom-client";
import { createLogThrottle, type Logger } from "./logger.ts";

/**
 * A server that strangers can reach: limits on time, size and connections, and an answer to what is no HTTP.
 *
 * What it turns away before a route is asked is counted (`relink_http_refused_total`) and logged (`http.refused`, at most
 * a line a second per reason), by one of a few reasons and with nothing of what was sent.
 */
export function createPublicServer(app: Express, options: { registry: Registry; logger: Logger }): Server {
  const refused = new Counter({
    name: "relink_http_refused_total",
    help: "Requests and connections turned away before a route was asked, by reason",
    labelNames: ["reason"],
    registers: [options.registry],
  });
  const throttle = createLogThrottle();
  function note(reason: string, status: number | null): void {
    refused.inc({ reason });
    throttle(reason, (held) =>
      options.logger.warn({ event: "http.refused", reason, status, ...(held > 0 && { alsoNotLogged: held }) }),
    );
  }

  const served = new WeakMap<Socket, number>();
  // Not a last route: a target that is no URL reaches none, and Express would answer it with a page of its own.
  const listener: RequestListener = (request, response) => {
    const count = (served.get(request.socket) ?? 0) + 1;
    served.set(request.socket, count);
    // Not by the server's `maxRequestsPerSocket`: that one answers 503 to what comes behind the last one in a pipeline.
    if (count >= MAX_REQUESTS_PER_CONNECTION) response.setHeader("Connection", "close");
    app(request as Request, response as Response, () => {
      note("no_route", 404);
      response.writeHead(404, { Connection: "close", "Content-Length": 0 }).end();
    });
  };

  const server = createServer(
    {
      headersTimeout: 5_000,
      requestTimeout: 10_000,
      connectionsCheckingInterval: 1_000,
      // Longer than load balancers keep theirs, so that it is never us who closes a connection they are about to use.
      keepAliveTimeout: 75_000,
    },
    listener,
  );
  server.maxConnections = 10_000;
  server.on("drop", () => note("too_many_connections", null));
  server.on("connect", (_request, socket) => {
    note("tunnel", null);
    socket.destroy();
  });
  server.on("checkExpectation", (_request, response) => {
    note("expectation", 417);
    response.writeHead(417, { Connection: "close", "Content-Length": 0 }).end();
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const { reason, line } = CLIENT_ERRORS.get(error.code ?? "") ?? NO_HTTP;
    const isAnswered = line !== null && socket.writable && socket.bytesWritten === 0;
    note(reason, isAnswered ? Number.parseInt(line, 10) : null);
    if (!isAnswered) {
      socket.destroy();
      return;
    }
    socket.write(`HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    // Not only our half of the connection: whoever never closes the other half would hold it, and a request, for ever.
    socket.destroySoon();
  });
  return server;
}

/** A connection is closed after so many, so that load spreads over instances that were started later. */
const MAX_REQUESTS_PER_CONNECTION = 1_000;

/** The status line of each error of a connection; null where nobody is left to read it. */
const CLIENT_ERRORS: ReadonlyMap<string, { reason: string; line: string | null }> = new Map([
  ["HPE_HEADER_OVERFLOW", { reason: "headers_too_large", line: "431 Request Header Fields Too Large" }],
  ["ERR_HTTP_REQUEST_TIMEOUT", { reason: "too_slow", line: "408 Request Timeout" }],
  ["ECONNRESET", { reason: "connection_lost", line: null }],
  ["EPIPE", { reason: "connection_lost", line: null }],
]);
const NO_HTTP = { reason: "not_http", line: "400 Bad Request" };
