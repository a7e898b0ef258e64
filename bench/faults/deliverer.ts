import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { waitFor } from "@relink/testkit";
import type { SignedWebhook } from "../src/sign-webhook.ts";
import type { Ledger, Outcome } from "./ledger.ts";

/** How one attempt ended. */
export interface Attempt {
  outcome: Outcome;
  /** The status, or the code of the error. */
  detail: string;
  /** From the request to the answer, in milliseconds. */
  tookMs: number;
}

export interface Deliverer {
  /** Sends a webhook until it is acknowledged. Resolves then; rejects only if the deliverer was closed before. */
  deliver(webhook: SignedWebhook): Promise<void>;
  /** Sends a webhook once. */
  attempt(webhook: SignedWebhook): Promise<Attempt>;
  /** Sends to another address from now on. */
  redirect(url: string): void;
  /** Resolves when everything that was given to it until now is acknowledged. @throws if that takes longer than a minute. */
  settled(): Promise<void>;
  /** The longest that an answer took since this was last asked, in milliseconds. */
  takeWorstAnswer(): number;
  /** Gives up what is still on its way. */
  close(): void;
}

/** As Plaid: after this time without an answer it counts as not delivered. */
const ANSWER_TIMEOUT_MS = 10_000;
/** Plaid waits 30 s, then four times as long each time; the ingress sees the same repetitions, only sooner. */
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 4_000;

/** Posts webhooks as Plaid does, and comes back with the same one as long as it was not answered with 200. */
export function createDeliverer(firstUrl: string, ledger: Ledger): Deliverer {
  // Not `fetch`: a generator that is busy with itself would hold up the kills and the restarts.
  const agent = new Agent({ keepAlive: true, maxSockets: 4_096 });
  const underWay = new Set<Promise<void>>();
  let url = firstUrl;
  let worstAnswerMs = 0;
  let isClosed = false;

  function post(webhook: SignedWebhook): Promise<Attempt> {
    let startedAt = performance.now();
    return new Promise((resolve) => {
      const settle = (outcome: Outcome, detail: string): void =>
        resolve({ outcome, detail, tookMs: performance.now() - startedAt });
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
      // Waiting for one of our own connections is no time of the ingress.
      posted.on("socket", () => (startedAt = performance.now()));
      posted.on("response", (response) => {
        response.resume();
        settle(response.statusCode === 200 ? "acked" : "refused", String(response.statusCode));
      });
      posted.on("timeout", () => posted.destroy(new Error("no answer in time")));
      posted.on("error", ({ code, message }: NodeJS.ErrnoException) => {
        settle(code === "ECONNREFUSED" ? "refused" : "unknown", code ?? message);
      });
      posted.end(webhook.body);
    });
  }

  async function attempt(webhook: SignedWebhook): Promise<Attempt> {
    ledger.noteSent(webhook.key);
    const made = await post(webhook);
    if (isClosed) throw new Error("the deliverer was closed");
    ledger.note(webhook.key, made.outcome, made.detail);
    if (made.outcome !== "unknown") worstAnswerMs = Math.max(worstAnswerMs, made.tookMs);
    return made;
  }

  async function deliverUntilAcked(webhook: SignedWebhook): Promise<void> {
    for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)) {
      const { outcome } = await attempt(webhook);
      if (outcome === "acked") return;
      await delay(retryMs * (0.5 + Math.random() / 2));
    }
  }

  return {
    attempt,
    deliver(webhook) {
      const delivery = deliverUntilAcked(webhook);
      underWay.add(delivery);
      const forget = (): void => void underWay.delete(delivery);
      delivery.then(forget, forget);
      return delivery;
    },
    redirect: (to) => void (url = to),
    async settled() {
      // Under load there is always something newer under way.
      const owed = [...underWay];
      await waitFor(() => !owed.some((delivery) => underWay.has(delivery)), { timeoutMs: 60_000 });
    },
    takeWorstAnswer() {
      const worst = worstAnswerMs;
      worstAnswerMs = 0;
      return worst;
    },
    close() {
      isClosed = true;
      agent.destroy();
    },
  };
}
