import { z } from "zod";
import { baseUrlOf, createCaller, type PlaidCallOptions } from "./call.ts";
import { id } from "./fields.ts";

/** A key is waited for by a webhook, and Plaid waits 10 s for the answer to it. */
const TIMEOUT_MS = 3_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const PATH = "/webhook_verification_key/get";

const KeyAnswer = z.object({ request_id: id, key: z.looseObject({}) });

/**
 * Asks Plaid for webhook verification keys. The one call that the ingress makes, so it is made without the official
 * client: that one takes as much memory as all the rest of the process.
 *
 * @returns a function that takes a key's id and resolves to the key, unchecked. It throws {@link PlaidApiError}, for
 * instance when there is no such key, and {@link PlaidUnreachableError}.
 * @see https://plaid.com/docs/api/webhooks/webhook-verification/ (checked 2026-11-21)
 */
export function createWebhookKeyFetcher(options: PlaidCallOptions): (keyId: string) => Promise<unknown> {
  const call = createCaller(options);
  const url = new URL(PATH, baseUrlOf(options));
  const headers = {
    "Content-Type": "application/json",
    "PLAID-CLIENT-ID": options.clientId,
    "PLAID-SECRET": options.secret.reveal(),
  };
  return async (keyId) => {
    const answer = await call(
      PATH,
      {},
      { key_id: keyId },
      KeyAnswer,
      ({ signal }) =>
        post(url, { signal, headers, body: JSON.stringify({ key_id: keyId }), redirect: "manual" }).catch(
          withoutRequest,
        ),
      { timeoutMs: TIMEOUT_MS },
    );
    return answer.key;
  };
}

class TooLongError extends Error {
  readonly code = "ERR_TOO_LONG";
}

async function post(url: URL, init: RequestInit): Promise<{ status: number; data: unknown }> {
  const response = await fetch(url, { ...init, method: "POST" });
  const { status } = response;
  const text = await readText(response, MAX_ANSWER_BYTES);
  const answer = { status, data: parseJson(text) };
  if (!response.ok) throw Object.assign(new Error(`status ${status}`), { response: answer });
  return answer;
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new TooLongError("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What `fetch` throws tells its code in its cause. */
function withoutRequest(error: Error): never {
  if ("response" in error || error instanceof TooLongError) throw error;
  const cause = error.cause as { code?: unknown } | undefined;
  const code = error.name === "TimeoutError" ? "ERR_CANCELED" : cause?.code;
  throw Object.assign(new Error("no answer"), { code });
}
