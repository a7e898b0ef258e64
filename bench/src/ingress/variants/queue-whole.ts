import { createHash, timingSafeEqual } from "node:crypto";
import { Queue } from "bullmq";
import type { RequestHandler } from "express";
import { decodeProtectedHeader, importJWK, type JWK, jwtVerify } from "jose";

/** The queue of the plain implementation. Its jobs are the webhooks' bodies. */
export const PLAIN_QUEUE = "plaid-webhooks";

/**
 * What Plaid's documentation shows, with a queue behind it as most would put it there: check the token with a JWT library
 * and a cached key, compare the body's hash, put the whole body on the queue, answer 200.
 *
 * @see https://plaid.com/docs/api/webhooks/webhook-verification/ (checked 2026-11-21)
 */
export function createQueueWhole(config: { jwk: JWK; redisUrl: string }): {
  handle: RequestHandler;
  close: () => Promise<void>;
} {
  const queue = new Queue(PLAIN_QUEUE, {
    connection: { url: config.redisUrl },
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  });
  const keys = new Map<string, Awaited<ReturnType<typeof importJWK>>>();

  async function isGenuine(token: string, body: Buffer): Promise<boolean> {
    const { kid = "", alg } = decodeProtectedHeader(token);
    if (alg !== "ES256" || kid !== config.jwk.kid) return false;
    const key = keys.get(kid) ?? (await importJWK(config.jwk, alg));
    keys.set(kid, key);
    const { payload } = await jwtVerify(token, key, { maxTokenAge: "5 min" });
    const claimed = Buffer.from(String(payload["request_body_sha256"]), "hex");
    const actual = createHash("sha256").update(body).digest();
    return claimed.length === actual.length && timingSafeEqual(claimed, actual);
  }

  return {
    handle: async (request, response) => {
      const body = request.body as Buffer;
      if (!(await isGenuine(request.get("plaid-verification") ?? "", body))) {
        response.status(401).end();
        return;
      }
      await queue.add("webhook", JSON.parse(body.toString("utf8")));
      response.status(200).end();
    },
    close: () => queue.close(),
  };
}
