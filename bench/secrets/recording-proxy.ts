import { createServer, type IncomingMessage } from "node:http";
import { closeServer, listen } from "@relink/service";
import type { Markers } from "./markers.ts";

/** `echo`: Plaid answers 500, and repeats in its error all that it was sent. `refuse`: no answer at all. */
export type ProxyMode = "pass" | "echo" | "refuse";

const TOKEN = /\b(access|link|public|processor)-sandbox-[0-9A-Za-z-]{8,}/g;

/** Adds every token of Plaid's in a text to the markers. */
export function collectTokens(text: string, markers: Markers): void {
  for (const [token, kind] of text.matchAll(TOKEN)) {
    markers.add(token, token, kind === "access" || kind === "processor" ? "secret" : "link_token");
  }
}

/** Stands between Relink and Plaid: learns every token that passes, and can turn against whoever calls. */
export async function startRecordingProxy(targetUrl: string, markers: Markers) {
  const mode: { current: ProxyMode } = { current: "pass" };

  async function pass(request: IncomingMessage, body: string): Promise<{ status: number; text: string }> {
    const { "plaid-client-id": client = "", "plaid-secret": secret = "" } = request.headers;
    const response = await fetch(new URL(request.url ?? "/", targetUrl), {
      method: request.method ?? "POST",
      headers: {
        "content-type": "application/json",
        "plaid-client-id": String(client),
        "plaid-secret": String(secret),
      },
      body,
    });
    return { status: response.status, text: await response.text() };
  }

  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString("utf8");
      collectTokens(body, markers);
      if (mode.current === "refuse") {
        request.socket.destroy();
        return;
      }
      const echo = `${body} ${JSON.stringify(request.headers)}`;
      const failure = { error_type: "API_ERROR", error_code: "INTERNAL_SERVER_ERROR", error_message: echo };
      const answer =
        mode.current === "echo" ? { status: 500, text: JSON.stringify(failure) } : await pass(request, body);
      collectTokens(answer.text, markers);
      response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.text);
    })();
  });
  const port = await listen(server, 0, "127.0.0.1");
  return {
    url: `http://127.0.0.1:${port}`,
    turn(next: ProxyMode): void {
      mode.current = next;
    },
    close: () => closeServer(server, 0),
  };
}
