import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { SignedWebhook } from "../sign-webhook.ts";

/** When a webhook was due, and when it was answered with 200; in milliseconds since 1970. */
export interface Answered {
  webhook: SignedWebhook;
  dueAt: number;
  answeredAt: number;
}

/**
 * Sends webhooks at a steady rate, whether the server keeps up or not. A webhook that had to wait for its turn was late
 * for the server too: times count from when it was due.
 *
 * @throws if one is not answered with 200.
 */
export async function pace(port: number, webhooks: readonly SignedWebhook[], perSecond: number): Promise<Answered[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const startAt = performance.now() + 50;
  const answers: Promise<Answered>[] = [];
  for (const [index, webhook] of webhooks.entries()) {
    const due = startAt + (index / perSecond) * 1_000;
    const early = due - performance.now();
    if (early > 0) await delay(early);
    answers.push(send(agent, port, webhook, performance.timeOrigin + due));
  }
  try {
    return await Promise.all(answers);
  } finally {
    agent.destroy();
  }
}

function send(agent: Agent, port: number, webhook: SignedWebhook, dueAt: number): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const headers = {
      "Content-Type": "application/json",
      "Content-Length": webhook.body.length,
      "Plaid-Verification": webhook.token,
    };
    const sent = request({ agent, host: "127.0.0.1", port, path: "/webhooks/plaid", method: "POST", headers });
    sent.on("error", reject);
    sent.on("response", (response) => {
      response.resume();
      if (response.statusCode === 200) {
        resolve({ webhook, dueAt, answeredAt: performance.timeOrigin + performance.now() });
      } else reject(new Error(`a webhook was answered with ${response.statusCode}`));
    });
    sent.end(webhook.body);
  });
}
