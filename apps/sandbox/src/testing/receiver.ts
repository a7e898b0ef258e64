import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { closeServer, listen } from "@relink/service";

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  at: number;
}

type Reply = number | { status: number; headers: Record<string, string> };

/** An endpoint for webhooks. `replies` are given in turn, the last one for ever. */
export async function createReceiver(replies: readonly Reply[] = [200]) {
  const received: Received[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = createServer((request, response) => void answer(request, response));
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += chunk;
    const reply = replies[Math.min(received.length, replies.length - 1)] ?? 200;
    received.push({ headers: request.headers, body, at: Date.now() });
    const { status, headers } = typeof reply === "number" ? { status: reply, headers: {} } : reply;
    response.writeHead(status, headers).end();
    for (const waiter of waiting) if (received.length >= waiter.count) waiter.resolve();
  }
  const port = await listen(server, 0, "127.0.0.1");
  return {
    url: `http://127.0.0.1:${port}/webhooks`,
    received,
    codes: () => received.map(({ body }) => String(JSON.parse(body).webhook_code)),
    /** Resolves when so many came in. */
    async count(count: number): Promise<void> {
      if (received.length >= count) return;
      await new Promise<void>((resolve) => waiting.push({ count, resolve }));
    },
    close: () => closeServer(server),
  };
}
