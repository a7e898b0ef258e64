import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as a subscriber got it. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What a receiver does with a request. */
export type Answer = (response: ServerResponse, request: Received) => void;

/** A subscriber's endpoint. */
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** Requests that it has not answered yet, and how many there were at most. */
  readonly open: number;
  readonly mostOpen: number;
  /** From now on it does this. */
  answer: Answer;
  close(): Promise<void>;
}

/** Answers with a status, and headers. */
export function answerWith(status: number, headers: Record<string, string> = {}, body = ""): Answer {
  return (response) => void response.writeHead(status, headers).end(body);
}

/** Takes the request and never answers. */
export const neverAnswer: Answer = () => {};

/** Listens on a free port of this machine. */
export async function startReceiver(answer: Answer = answerWith(204)): Promise<Receiver> {
  const received: Received[] = [];
  const counts = { open: 0, mostOpen: 0 };
  const server = createServer((incoming, response) => {
    let body = "";
    counts.open += 1;
    counts.mostOpen = Math.max(counts.mostOpen, counts.open);
    response.on("close", () => (counts.open -= 1));
    incoming.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    incoming.on("end", () => {
      const request = { path: incoming.url ?? "", headers: incoming.headers, body };
      received.push(request);
      receiver.answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A TCP server that listens has an address of this form.
  const { port } = server.address() as AddressInfo;
  const receiver = {
    url: `http://127.0.0.1:${port}/in`,
    received,
    get open() {
      return counts.open;
    },
    get mostOpen() {
      return counts.mostOpen;
    },
    answer,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
