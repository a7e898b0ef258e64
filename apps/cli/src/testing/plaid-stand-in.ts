import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { closeServer, listen } from "@relink/service";

export const WEBHOOK_URL = "http://127.0.0.1:9/webhooks/plaid";

/** The access token of an Item, as the stand-in knows it. */
export const accessTokenOf = (plaidItemId: string): string => `access-sandbox-${plaidItemId}`;

export interface PlaidStandIn {
  readonly url: string;
  /** Every call, in order; `at` is in epoch milliseconds. */
  readonly calls: { path: string; plaidItemId: string; at: number }[];
  /** From now on this is wrong with an Item. */
  breakItem(plaidItemId: string, errorCode: string): void;
  /** The next calls about an Item are answered with this, one each. */
  fail(plaidItemId: string, ...answers: { status: number; errorType: string; errorCode: string }[]): void;
  /** Hears of every URL that an Item's webhooks are pointed at, before the answer. */
  onWebhookUpdate: (plaidItemId: string, url: string) => Promise<void>;
  close(): Promise<void>;
}

/**
 * A Plaid where every Item is well unless it was broken, and an access token is the only way to learn of it: what an app
 * sends that is no such token, it cannot have opened.
 */
export async function startPlaidStandIn(): Promise<PlaidStandIn> {
  const calls: PlaidStandIn["calls"] = [];
  const errors = new Map<string, string>();
  const failures = new Map<string, { status: number; errorType: string; errorCode: string }[]>();
  const failure = (type: string, code: string) => ({ error_type: type, error_code: code, error_message: "no" });

  async function answer(path: string, body: Record<string, unknown>): Promise<[status: number, body: object]> {
    const [, plaidItemId] = /^access-sandbox-([\w-]+)$/.exec(String(body["access_token"])) ?? [];
    calls.push({ path, plaidItemId: plaidItemId ?? "", at: Date.now() });
    const next = failures.get(plaidItemId ?? "")?.shift();
    if (next !== undefined) return [next.status, failure(next.errorType, next.errorCode)];
    if (path === "/institutions/get_by_id") return [400, failure("INVALID_INPUT", "INVALID_INSTITUTION")];
    if (plaidItemId === undefined) return [400, failure("INVALID_INPUT", "INVALID_ACCESS_TOKEN")];
    if (path === "/item/webhook/update") await standIn.onWebhookUpdate(plaidItemId, String(body["webhook"]));
    const code = errors.get(plaidItemId);
    const error = code === undefined ? null : failure("ITEM_ERROR", code);
    return [200, { item: { item_id: plaidItemId, institution_id: "ins_109508", webhook: WEBHOOK_URL, error } }];
  }

  const server = createServer((request, response) => {
    void (async () => {
      const asked = request.method === "POST" ? Object(await json(request)) : {};
      const [status, body] = await answer(request.url ?? "", asked as Record<string, unknown>);
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ request_id: randomUUID(), ...body }));
    })();
  });
  const port = await listen(server, 0, "127.0.0.1");
  const standIn: PlaidStandIn = {
    url: `http://127.0.0.1:${port}`,
    calls,
    breakItem: (plaidItemId, errorCode) => void errors.set(plaidItemId, errorCode),
    fail: (plaidItemId, ...answers) => void failures.set(plaidItemId, answers),
    onWebhookUpdate: async () => {},
    close: () => closeServer(server, 0),
  };
  return standIn;
}
