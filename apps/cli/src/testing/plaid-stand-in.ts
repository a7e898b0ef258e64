import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { closeServer, listen } from "@relink/service";

export const WEBHOOK_URL = "http://127.0.0.1:9/webhooks/plaid";

/** The access token of an Item, as the stand-in knows it. */
export const accessTokenOf = (plaidItemId: string): string => `access-sandbox-${plaidItemId}`;

/**
 * A Plaid where every Item is well, and an access token is the only way to learn of it: what an app sends that is no such
 * token, it cannot have opened.
 */
export async function startPlaidStandIn(): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const [, plaidItemId] = /^access-sandbox-([\w-]+)$/.exec(String(Object(body).access_token)) ?? [];
      const item = { item_id: plaidItemId, institution_id: "ins_109508", webhook: WEBHOOK_URL, error: null };
      const failure = { error_type: "INVALID_INPUT", error_code: "INVALID_ACCESS_TOKEN", error_message: "unknown" };
      response.writeHead(plaidItemId === undefined ? 400 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify({ request_id: randomUUID(), ...(plaidItemId === undefined ? failure : { item }) }));
    });
  });
  const port = await listen(server, 0, "127.0.0.1");
  return { url: `http://127.0.0.1:${port}`, close: () => closeServer(server, 0) };
}
