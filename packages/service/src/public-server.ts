import { createServer, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import type { Express, Request, Response } from "express";
import { Counter, type Registry } from "prom-client";

/**
 * A server that strangers can reach: limits on time, size and connections, and an answer to what is no HTTP.
 *
 * @param options.registry - counts requests that were no HTTP, by the code of the error: one of a few, or `other`.
 */
export function createPublicServer(app: Express, options: { registry: Registry }): Server {
  const clientErrors = new Counter({
    name: "relink_http_client_error_total",
    help: "Requests that were no HTTP we speak",
    labelNames: ["code"],
    registers: [options.registry],
  });
  const served = new WeakMap<Socket, number>();
  // Not a last route: a target that is no URL reaches none, and Express would answer it with a page of its own.
  const listener: RequestListener = (request, response) => {
    const count = (served.get(request.socket) ?? 0) + 1;
    served.set(request.socket, count);
    // Not by the server's `maxRequestsPerSocket`: that one answers 503 to what comes behind the last one in a pipeline.
    if (count >= MAX_REQUESTS_PER_CONNECTION) response.setHeader("Connection", "close");
    app(request as Request, response as Response, () => {
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
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    clientErrors.inc({ code: KNOWN_CLIENT_ERRORS.has(error.code ?? "") ? (error.code ?? "") : "other" });
    if (!socket.writable || socket.bytesWritten > 0) {
      socket.destroy();
      return;
    }
    const status =
      error.code === "HPE_HEADER_OVERFLOW"
        ? "431 Request Header Fields Too Large"
        : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
          ? "408 Request Timeout"
          : "400 Bad Request";
    socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    // Not only our half of the connection: whoever never closes the other half would hold it, and a request, for ever.
    socket.destroySoon();
  });
  return server;
}

/** A connection is closed after so many, so that load spreads over instances that were started later. */
const MAX_REQUESTS_PER_CONNECTION = 1_000;
const KNOWN_CLIENT_ERRORS = new Set(["HPE_HEADER_OVERFLOW", "ERR_HTTP_REQUEST_TIMEOUT", "ECONNRESET", "EPIPE"]);
