import { Counter, describeError, type Logger, type Registry } from "@relink/service";
import type { FaultState } from "../control/faults.ts";
import type { Items } from "../store/items.ts";
import type { Webhook, Webhooks } from "../store/webhooks.ts";
import type { WebhookBody } from "./examples.ts";
import type { WebhookKeys } from "./keys.ts";
import { LIFETIME_MS, retryAfterMs, retryDelayMs } from "./schedule.ts";

const MAX_IN_FLIGHT = 100;
const LONGEST_TIMER_MS = 60_000;
const REORDER_HOLD_MS = 2000;
const BREAKER_SHARE = 0.9;
const BREAKER_MINIMUM = 10;

/** How long Plaid waits for an answer. @see https://plaid.com/docs/api/webhooks/ (checked 2026-11-21) */
export const WEBHOOK_TIMEOUT_MS = 10_000;

export type WebhookSender = ReturnType<typeof createWebhookSender>;

/**
 * Sends webhooks as Plaid does: at least once, without an order, signed, 200 alone is success, tried again on Plaid's
 * schedule.
 *
 * The table of webhooks is the queue, so a restart loses none.
 *
 * @param deps.timeScale - divides every wait between attempts, and the time until a webhook is given up.
 * @param deps.timeoutMs - how long an endpoint may take. Not scaled: the endpoint is real.
 */
export function createWebhookSender(deps: {
  webhooks: Webhooks;
  items: Items;
  keys: WebhookKeys;
  faults: FaultState;
  timeScale: number;
  timeoutMs: number;
  now: () => number;
  logger: Logger;
  registry: Registry;
}) {
  const { webhooks, items, keys, faults, timeScale, timeoutMs, now, logger } = deps;
  const attemptsTotal = new Counter({
    name: "sandbox_webhook_attempts_total",
    help: "Webhook deliveries tried, by outcome",
    labelNames: ["outcome"],
    registers: [deps.registry],
  });
  const closing = new AbortController();
  const inFlight = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let started = false;
  /** With `reorder`: the webhook that waits for another one to overtake it. */
  let held: string | undefined;
  const overtakes = new Map<string, string>();

  function pump(): void {
    if (!started || closing.signal.aborted) return;
    clearTimeout(timer);
    for (const webhook of webhooks.take(now(), MAX_IN_FLIGHT - inFlight.size)) {
      const sending = attempt(webhook).finally(() => {
        inFlight.delete(sending);
        pump();
      });
      inFlight.add(sending);
    }
    if (inFlight.size >= MAX_IN_FLIGHT) return; // the next one that ends pumps again
    const due = webhooks.nextDue();
    if (due !== null) timer = setTimeout(pump, Math.min(Math.max(due - now(), 0), LONGEST_TIMER_MS));
  }

  async function post(webhook: Webhook, iat: number): Promise<{ status: number; retryAfter: string | null }> {
    const response = await fetch(webhook.url, {
      method: "POST",
      headers: { "content-type": "application/json", "plaid-verification": await keys.sign(webhook.body, iat) },
      body: webhook.body,
      redirect: "manual",
      signal: AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.body?.cancel();
    return { status: response.status, retryAfter: response.headers.get("retry-after") };
  }

  async function attempt(webhook: Webhook): Promise<void> {
    if (held === webhook.id) held = undefined;
    const at = now();
    const fresh = Math.floor(at / 1000);
    const iat = faults.current.webhooks?.keep_iat === true ? (webhook.firstIat ?? fresh) : fresh;
    webhooks.began(webhook.id, iat, at);
    const startedAt = performance.now();
    let status: number | null = null;
    let error: string | null = null;
    let retryAfter: string | null = null;
    try {
      ({ status, retryAfter } = await post(webhook, iat));
    } catch (cause) {
      if (closing.signal.aborted) return; // still pending, and due at the next start
      error = describeFailure(cause);
    }
    webhooks.recordAttempt(webhook, { at, status, error, ms: Math.round(performance.now() - startedAt) });
    const outcome = afterAttempt(webhook, at, status, retryAfter);
    webhooks.finish(webhook.id, outcome);
    attemptsTotal.inc({ outcome: outcome.state });
    logger.debug({
      event: "webhook.attempt",
      id: webhook.id,
      code: webhook.code,
      status,
      error,
      outcome: outcome.state,
    });

    const overtaken = overtakes.get(webhook.id);
    if (overtaken !== undefined) {
      overtakes.delete(webhook.id);
      webhooks.makeDue(overtaken, now());
    }
  }

  function afterAttempt(webhook: Webhook, at: number, status: number | null, retryAfter: string | null) {
    if (status === 200) return { state: "delivered", dueAt: null, retries: webhook.retries } as const;
    const asked = status === 429 ? retryAfterMs(retryAfter, now()) : undefined;
    const dueAt = now() + (asked ?? retryDelayMs(webhook.retries)) / timeScale;
    const givenUpAt = (webhook.firstAttemptAt ?? at) + LIFETIME_MS / timeScale;
    if (dueAt > givenUpAt || isCircuitOpen(webhook.url))
      return { state: "gave_up", dueAt: null, retries: webhook.retries } as const;
    return {
      state: "pending",
      dueAt: Math.ceil(dueAt),
      retries: asked === undefined ? webhook.retries + 1 : webhook.retries,
    } as const;
  }

  function isCircuitOpen(url: string): boolean {
    if (faults.current.webhooks?.circuit_breaker !== true) return false;
    const { total, refused } = webhooks.refusals(url, now() - LIFETIME_MS / timeScale);
    return total >= BREAKER_MINIMUM && refused / total > BREAKER_SHARE;
  }

  function enqueue(webhook: Pick<Webhook, "itemId" | "type" | "code" | "url" | "body">): string {
    const { reorder = false, delay_ms: delayMs = 0 } = faults.current.webhooks ?? {};
    if (faults.takeDrop()) return webhooks.create(webhook, { state: "dropped", dueAt: now() }, now());
    const dueAt = now() + delayMs;
    if (!reorder) return webhooks.create(webhook, { state: "pending", dueAt }, now());
    if (held === undefined) {
      held = webhooks.create(webhook, { state: "pending", dueAt: dueAt + REORDER_HOLD_MS }, now());
      return held;
    }
    const id = webhooks.create(webhook, { state: "pending", dueAt }, now());
    overtakes.set(id, held);
    held = undefined;
    return id;
  }

  return {
    start(): void {
      started = true;
      webhooks.recover(now());
      pump();
    },

    /** Stops sending. What is under way is broken off and stays pending. */
    async close(): Promise<void> {
      closing.abort();
      clearTimeout(timer);
      await Promise.all(inFlight);
    },

    /** Queues one text for a URL, with the copies that a fault asks for. Returns the ids. */
    send(webhook: Pick<Webhook, "itemId" | "type" | "code" | "url" | "body">): string[] {
      const copies = 1 + (faults.current.webhooks?.duplicate ?? 0);
      const ids = Array.from({ length: copies }, () => enqueue(webhook));
      // In a turn of its own, so that the API call that fires a webhook is answered as if it did not.
      setImmediate(pump);
      return ids;
    },

    /** Sends an Item's webhook to the URL it has; nothing if it has none. */
    sendForItem(item: { itemId: string; webhook: string | null }, body: WebhookBody): string[] {
      if (item.webhook === null) return [];
      items.noteWebhook(item.itemId, body.webhook_code, now());
      return this.send({
        itemId: item.itemId,
        type: body.webhook_type,
        code: body.webhook_code,
        url: item.webhook,
        body: webhookText(body),
      });
    },
  };
}

/** The text of a body as Plaid writes it: indented by two spaces, no line end at the end. */
export function webhookText(body: unknown): string {
  return JSON.stringify(body, null, 2);
}

/** Why there was no answer, in one line: the system's code, or the kind of the error. */
function describeFailure(error: unknown): string {
  if (error instanceof Error && error.name === "TimeoutError") return "timeout";
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code, message } = describeError(cause);
  return typeof code === "string" ? code : String(message);
}
