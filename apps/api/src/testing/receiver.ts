import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { closeServer, listen } from "@relink/service";
import { onTestFinished } from "vitest";

/** One request, as a receiver gets it. */
export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

/** A receiver of events on this machine. */
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
}

/** The challenge in a request, if it is one. */
export function challengeOf({ body }: Received): string {
  return (JSON.parse(body) as { data: { challenge?: string } }).data.challenge ?? "";
}

const echo = (request: Received, response: ServerResponse) =>
  void response.setHeader("content-type", "application/json").end(JSON.stringify({ challenge: challengeOf(request) }));

/**
 * Starts one for the length of a test.
 *
 * @param answer - default: 200 with the challenge.
 */
export async function startReceiver(
  answer: (request: Received, response: ServerResponse) => void = echo,
): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const request = { headers: incoming.headers, body: Buffer.concat(chunks).toString("utf8") };
      received.push(request);
      answer(request, response);
    });
  });
  const port = await listen(server, 0);
  onTestFinished(async () => {
    server.closeAllConnections();
    await closeServer(server);
  });
  return { url: `http://127.0.0.1:${port}/hooks`, received };
}
