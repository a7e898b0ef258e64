import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { ItemError } from "@relink/core";
import { closeServer, listen } from "@relink/service";

/** A Plaid that knows a webhook key or several, and tells of each Item what it was last told to tell. */
export interface ScriptedPlaid {
  readonly url: string;
  /** The paths that were asked for, in order. */
  readonly asked: readonly string[];
  /**
   * Adds a healthy Item.
   *
   * @param institutionName - default: First Platypus Bank.
   * @returns its access token.
   */
  addItem(plaidItemId: string, institutionName?: string): string;
  /** From now on this is the truth about an Item. */
  setError(plaidItemId: string, error: ItemError | null): void;
  /** From now on it gives out this key, too. One with `expired_at` retires what was published under its id. */
  publishKey(jwk: PublishedKey): void;
  /** Changes how it answers from now on; what is left out stays as it is. */
  behave(how: Partial<PlaidBehaviour>): void;
  close(): Promise<void>;
}

export type PublishedKey = { kid: string; expired_at?: number | null };

export interface PlaidBehaviour {
  /** How long every answer takes, in milliseconds. At first 0. */
  delayMs: number;
  /** What is answered when a key is asked for: the key, an error, or the key under another id. */
  keys: "right" | "down" | "wrong";
}

/**
 * Starts it on a free port.
 *
 * Smaller than the sandbox, so that a run under load measures and breaks Relink alone.
 */
export async function startScriptedPlaid(jwk: { kid: string }): Promise<ScriptedPlaid> {
  const asked: string[] = [];
  const errors = new Map<string, ItemError | null>();
  const itemIds = new Map<string, string>();
  const institutionNames = new Map<string, string>();
  const keys = new Map<unknown, PublishedKey>([[jwk.kid, jwk]]);
  let behaviour: PlaidBehaviour = { delayMs: 0, keys: "right" };

  function answerKey(keyId: unknown): Record<string, unknown> {
    const key = keys.get(keyId);
    if (behaviour.keys === "down") return failure("API_ERROR", "INTERNAL_SERVER_ERROR");
    if (key === undefined) return failure("INVALID_INPUT", "INVALID_WEBHOOK_VERIFICATION_KEY_ID");
    return { key: behaviour.keys === "wrong" ? { ...key, kid: "another" } : key };
  }

  function answer(path: string, body: Record<string, unknown>): Record<string, unknown> {
    asked.push(path);
    if (path === "/webhook_verification_key/get") return answerKey(body["key_id"]);
    const itemId = itemIds.get(String(body["access_token"]));
    if (itemId === undefined) return failure("INVALID_INPUT", "INVALID_ACCESS_TOKEN");
    if (path !== "/item/get" && path !== "/item/webhook/update") return failure("INVALID_REQUEST", "UNKNOWN_PATH");
    const error = errors.get(itemId) ?? null;
    return {
      item: {
        item_id: itemId,
        institution_id: "ins_109508",
        institution_name: institutionNames.get(itemId),
        webhook: null,
        error: error && { error_type: error.type, error_code: error.code, error_code_reason: error.reason },
      },
    };
  }

  const server = createServer((request, response) => {
    void readJson(request).then(async (body) => {
      if (behaviour.delayMs > 0) await delay(behaviour.delayMs);
      const answered = { ...answer(request.url ?? "", body), request_id: randomUUID() };
      response.writeHead("error_code" in answered ? 400 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answered));
    });
  });
  const port = await listen(server, 0, "127.0.0.1");

  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    addItem(plaidItemId, institutionName = "First Platypus Bank") {
      institutionNames.set(plaidItemId, institutionName);
      const accessToken = `access-sandbox-${randomUUID()}`;
      itemIds.set(accessToken, plaidItemId);
      return accessToken;
    },
    publishKey: (key) => void keys.set(key.kid, key),
    behave: (how) => void (behaviour = { ...behaviour, ...how }),
    setError: (plaidItemId, error) => void errors.set(plaidItemId, error),
    close: () => closeServer(server, 0),
  };
}

function failure(type: string, code: string): Record<string, unknown> {
  return { error_type: type, error_code: code, error_message: code, display_message: null };
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as Record<string, unknown>;
}
