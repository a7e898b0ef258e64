import { randomUUIDv7 } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { NEW_ENDPOINT_HEALTH } from "@relink/core";
import { seal } from "@relink/db";
import { createSigningSecret } from "@relink/delivery";
import type { KeyRing } from "@relink/service";
import type pg from "pg";

/** Settings that let a worker send to this machine. */
export const RECEIVERS_HERE = {
  DELIVERY_ALLOWED_TARGETS: "127.0.0.0/8",
  DELIVERY_ALLOWED_PORTS: "1-65535",
  DELIVERY_ALLOW_LOOPBACK: "true",
  DELIVERY_ALLOW_HTTP: "true",
} as const;

/** One request as a subscriber got it. */
export interface Arrival {
  /** `webhook-id`. */
  id: string;
  /** In milliseconds since 1970. */
  at: number;
  headers: IncomingHttpHeaders;
  body: string;
  socket: Socket;
}

/** A subscriber's server, on plain HTTP. */
export interface Receiver {
  readonly url: string;
  close(): Promise<void>;
}

/** @param onArrival - is given each request once its body is there, and answers it or does not. */
export async function startReceiver(
  onArrival: (arrival: Arrival, response: ServerResponse) => void,
): Promise<Receiver> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { headers, socket } = request;
      const body = Buffer.concat(chunks).toString("utf8");
      onArrival({ id: String(headers["webhook-id"]), at: Date.now(), headers, body, socket }, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A TCP server that listens has an address of this form.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A subscription that is verified and gets everything about Items. */
export interface Subscription {
  id: string;
  /** `whsec_…` */
  secret: string;
}

/** @param options.retrySchedule - in seconds. Default: as in production. */
export async function subscribe(
  sql: pg.Pool,
  encryptionKeys: KeyRing,
  url: string,
  options: { maxConcurrency?: number; retrySchedule?: readonly number[] } = {},
): Promise<Subscription> {
  const [teamId, id, secretId] = [randomUUIDv7(), randomUUIDv7(), randomUUIDv7()];
  const secret = createSigningSecret();
  const place = { column: "subscription_secrets.secret", rowId: secretId, environment: "any" } as const;
  await sql.query(
    `with team as (insert into teams (id, name) values ($1::uuid, $1::uuid::text) returning id),
      subscription as (
        insert into subscriptions (id, team_id, kind, url, event_types, signature_schemes, api_version, status, health,
          max_concurrency, retry_schedule)
        select $2, id, 'webhook', $3, '{item.*}', '{v1}', '2026-11-22', 'active', $4, $5, $6 from team returning id)
    insert into subscription_secrets (id, subscription_id, kind, secret) select $7, id, 'v1', $8 from subscription`,
    [
      teamId,
      id,
      url,
      JSON.stringify({ ...NEW_ENDPOINT_HEALTH, state: "active" }),
      options.maxConcurrency ?? 5,
      options.retrySchedule ?? null,
      secretId,
      seal(secret, place, encryptionKeys),
    ],
  );
  return { id, secret: secret.reveal() };
}
