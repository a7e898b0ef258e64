import {
  type IncomingHttpHeaders,
  type RequestListener,
  type ServerResponse,
  createServer as createHttp,
} from "node:http";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, type Server, type Socket, createServer as createTcp } from "node:net";
import type { TlsOptions } from "node:tls";

export interface ReceivedRequest {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Sink {
  port: number;
  /** Addresses of this machine that were connected to, in order. */
  connectedTo: (string | undefined)[];
  requests: ReceivedRequest[];
  /** The sockets that are open. */
  sockets: Set<Socket>;
  /** Breaks every connection. */
  close(): Promise<void>;
}

/**
 * A receiver of webhooks that keeps what it is sent. It listens on all IPv4 addresses of this machine, so that a test sees
 * which of them was called.
 *
 * @param answer - called once the body is there.
 * @param tls - makes it `https:`.
 */
export async function startSink(
  answer: (response: ServerResponse, request: ReceivedRequest) => void,
  tls?: TlsOptions,
): Promise<Sink> {
  const requests: ReceivedRequest[] = [];
  const listener: RequestListener = (incoming, response) => {
    let body = "";
    incoming.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    incoming.on("end", () => {
      const request = { method: incoming.method, url: incoming.url, headers: incoming.headers, body };
      requests.push(request);
      answer(response, request);
    });
  };
  return listen(tls === undefined ? createHttp(listener) : createHttps(tls, listener), requests);
}

/** A server that does with each connection whatever the test wants: what a proper server cannot do. */
export async function startRawSink(onSocket: (socket: Socket) => void): Promise<Sink> {
  const server = createTcp((socket) => {
    onSocket(socket);
    // An end is seen only by one who reads.
    socket.resume();
  });
  return listen(server, []);
}

async function listen(server: Server, requests: ReceivedRequest[]): Promise<Sink> {
  const connectedTo: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    connectedTo.push(socket.localAddress);
    sockets.add(socket);
    // Broken on purpose, by either side.
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
  });
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  return {
    // A TCP server that listens has an address of this form.
    port: (server.address() as AddressInfo).port,
    connectedTo,
    requests,
    sockets,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
