import type { Socket } from "node:net";
import { Client, type Dispatcher } from "undici";
import { AttemptFailure } from "./attempt-failure.ts";

export interface HttpRequest {
  path: string;
  method: "GET" | "POST";
  headers: Readonly<Record<string, string>>;
  body: Uint8Array | null;
  signal: AbortSignal;
}

/** A connection to a tested address, for one request at a time. */
export interface Connection {
  readonly origin: string;
  readonly address: string | null;
  /** Sends a request and returns once the headers of the answer are there. The body must be read to its end, or destroyed. */
  request(request: HttpRequest): Promise<Dispatcher.ResponseData>;
  /** True if another request may be sent. */
  isUsable(): boolean;
  destroy(): void;
}

/** Of an answer, in bytes. More is an invalid answer. */
const MAX_HEADER_BYTES = 16_384;

/** Over all receivers. Each is a file descriptor. */
const MAX_IDLE = 256;

/**
 * Speaks HTTP/1.1 on a socket, and never opens one itself: the HTTP client gets this socket when it asks to connect, and
 * nothing when it asks again. So there is no way around the tests that the socket has passed.
 *
 * @param maxAgeMs - from now on, requests may be sent for that long; then the address has to be tested again.
 */
export function createConnection(url: URL, socket: Socket, address: string | null, maxAgeMs: number): Connection {
  const openedAt = performance.now();
  let given: Socket | null = socket;
  const client = new Client(url.origin, {
    connect: (_options, callback) => {
      const taken = given;
      given = null;
      // The client is not ready for an answer before it has finished to ask.
      queueMicrotask(() => {
        if (taken === null) callback(new AttemptFailure("CONNECTION_RESET", "closed before it was used again"), null);
        else callback(null, taken);
      });
    },
    allowH2: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    // One signal limits the attempt as a whole: these would limit the pauses in it.
    headersTimeout: 0,
    bodyTimeout: 0,
    // A receiver that announces a shorter time has its will.
    keepAliveTimeout: maxAgeMs,
    keepAliveMaxTimeout: maxAgeMs,
  });
  return {
    origin: url.origin,
    address,
    request: async (request) => client.request(request),
    isUsable: () => !socket.destroyed && performance.now() - openedAt < maxAgeMs,
    destroy() {
      void client.destroy();
      socket.destroy();
    },
  };
}

/** The connections that wait for another request to the same receiver. */
export interface IdleConnections {
  /** One that can be used now, the one used last; it is the caller's from then on. */
  take(origin: string): Connection | undefined;
  /** Gives one back whose answer was read to its end. */
  keep(connection: Connection): void;
  /** Closes them all, and from then on those that are given back. */
  close(): void;
}

export function createIdleConnections(): IdleConnections {
  let idle: Connection[] = [];
  let isClosed = false;
  return {
    take(origin) {
      for (const connection of idle.filter((each) => !each.isUsable())) connection.destroy();
      idle = idle.filter((each) => each.isUsable());
      const index = idle.findLastIndex((each) => each.origin === origin);
      return index === -1 ? undefined : idle.splice(index, 1)[0];
    },
    keep(connection) {
      if (isClosed || !connection.isUsable()) return connection.destroy();
      idle.push(connection);
      if (idle.length > MAX_IDLE) idle.shift()?.destroy();
    },
    close() {
      isClosed = true;
      for (const connection of idle.splice(0)) connection.destroy();
    },
  };
}
