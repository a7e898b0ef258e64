import { setTimeout as delay } from "node:timers/promises";
import { readError } from "./relink-api-error.ts";

/** Nobody waits longer inside of a call. The API itself asks for a minute at most. */
const MAX_WAIT_SECONDS = 60;

/**
 * Sends requests with the key. What the API asks to send again later is sent again after that time.
 *
 * A POST gets an `Idempotency-Key` if it has none, the same for all its tries: what was done is not done twice.
 *
 * @param options.maxRetries - how often one request is sent again at most.
 * @returns a function that gives good answers, and throws a RelinkApiError for bad ones, the error of `fetch` if there is
 * no answer, and an AbortError if the request is given up while it waits.
 */
export function createSend(options: { apiKey: string; fetch: typeof fetch; maxRetries: number }) {
  return async (request: Request): Promise<Response> => {
    request.headers.set("authorization", `Bearer ${options.apiKey}`);
    if (request.method === "POST" && !request.headers.has("idempotency-key")) {
      request.headers.set("idempotency-key", crypto.randomUUID());
    }
    for (let retries = 0; ; retries += 1) {
      const response = await options.fetch(request.clone());
      if (response.status < 400) return response;
      const error = await readError(response);
      const { retryAfterSeconds } = error;
      if (retryAfterSeconds === null || retryAfterSeconds > MAX_WAIT_SECONDS || retries >= options.maxRetries) {
        throw error;
      }
      await delay(retryAfterSeconds * 1_000, undefined, { signal: request.signal });
    }
  };
}
