import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { SignedWebhook } from "../src/sign-webhook.ts";
import type { Ledger, Outcome } from "./ledger.ts";

export interface Deliverer {
  /** Sends a webhook until it is acknowledged. Resolves then; rejects only if the deliverer was closed before. */
  deliver(webhook: SignedWebhook): Promise<void>;
  /** Resolves when everything that was given to it is acknowledged. */
  settled(): Promise<void>;
  /** Gives up what is still on its way. */
  close(): void;
}

/** As Plaid: after this time without an answer it counts as not delivered. */
const ANSWER_TIMEOUT_MS = 10_000;
/** Plaid waits 30 s, then four times as long each time; the ingress sees the same repetitions, only sooner. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 8_000;

/** Posts webhooks as Plaid does, and comes back with the same one as long as it was not answered with 200. */
export function createDeliverer(url: string, ledger: Ledger): Deliverer {
  // Not `fetch`: a generator that is busy with itself would hold up the kills and the restarts.
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const underWay = new Set<Promise<void>>();
  let isClosed = false;

  function attempt(webhook: SignedWebhook): Promise<[Outcome, string]> {
    return new Promise((resolve) => {
      const posted = request(url, {
        agent,
        method: "POST",
        headers: {
          "content-type": "application/json",
          "content-length": webhook.body.length,
          "plaid-verification": webhook.token,
        },
        timeout: ANSWER_TIMEOUT_MS,
      });
      posted.on("response", (response) => {
        response.resume();
        resolve([response.statusCode === 200 ? "acked" : "refused", String(response.statusCode)]);
      });
      posted.on("timeout", () => posted.destroy(new Error("no answer in time")));
      posted.on("error", ({ code, message }: NodeJS.ErrnoException) => {
        resolve([code === "ECONNREFUSED" ? "refused" : "unknown", code ?? message]);
      });
      posted.end(webhook.body);
    });
  }

  async function deliverUntilAcked(webhook: SignedWebhook): Promise<void> {
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)) {
      const [outcome, detail] = await attempt(webhook);
      if (isClosed) throw new Error("the deliverer was closed");
      ledger.note(webhook.key, outcome, detail);
      if (outcome === "acked") return;
      await delay(retryMs * (0.5 + Math.random() / 2));
    }
  }

  return {
    deliver(webhook) {
      ledger.noteSent(webhook.key);
      const delivery = deliverUntilAcked(webhook);
      underWay.add(delivery);
      const forget = (): void => void underWay.delete(delivery);
      delivery.then(forget, forget);
      return delivery;
    },
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    close() {
      isClosed = true;
      agent.destroy();
    },
  };
}
