import type { Server } from "node:http";
import { RelinkError } from "@relink/core";
import express, { type Router } from "express";
import type { Registry } from "prom-client";

/** A port that an app needs is taken. */
export class PortInUseError extends RelinkError {
  override readonly name = "PortInUseError";
  readonly code = "ERR_PORT_IN_USE";
  readonly retryable = false;

  constructor(port: number) {
    super(`port ${port} is in use: stop what listens there, or set RELINK_PORT to another first port`);
  }
}

/**
 * Starts listening.
 *
 * @param port - 0 for any free one.
 * @returns the port it listens on.
 * @throws {@link PortInUseError} if something else listens there.
 */
export async function listen(server: Server, port: number, host = "0.0.0.0"): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new PortInUseError(port) : error);
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("the server does not listen on a port");
  return address.port;
}

/** Stops taking connections, lets the requests under way end, and then closes what keeps alive without one. */
export async function closeServer(server: Server, graceMs = 5_000): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}

/** Answers within its time or throws; what it returns does not matter. */
export type HealthCheck = () => Promise<unknown>;

const CHECK_TIMEOUT_MS = 2_000;

/**
 * `GET /healthz` (the process lives), `/readyz` (its stores answer, within 2 s each) and `/metrics` (Prometheus).
 *
 * `/readyz` says only which store does not answer, never why: the reason is in the log.
 */
export function insideRoutes(options: { registry: Registry; checks: Readonly<Record<string, HealthCheck>> }): Router {
  const router = express.Router();
  router.get("/healthz", (_request, response) => {
    response.json({ status: "ok" });
  });
  router.get("/readyz", async (_request, response) => {
    const failed: string[] = [];
    await Promise.all(
      Object.entries(options.checks).map(async ([name, check]) => {
        const timeout = new Promise((_resolve, reject) => {
          setTimeout(() => reject(new Error("no answer in time")), CHECK_TIMEOUT_MS).unref();
        });
        await Promise.race([check(), timeout]).catch(() => failed.push(name));
      }),
    );
    response.status(failed.length === 0 ? 200 : 503).json({ status: failed.length === 0 ? "ok" : "unready", failed });
  });
  router.get("/metrics", async (_request, response) => {
    response.type(options.registry.contentType).send(await options.registry.metrics());
  });
  return router;
}
