import { listDueChannels } from "@relink/db";
import { createErrorLog, describeError, type Logger, showId } from "@relink/service";
import type { SettleDeps } from "../deliveries/settle-attempts.ts";
import { endInTime } from "../end-in-time.ts";
import { settlePatiently } from "../settle-patiently.ts";
import { claimMessage, type ClaimedMessage } from "./claim-message.ts";
import type { NotificationMetrics } from "./notification-metrics.ts";
import { type MessageEnd, sendMessage, type SendMessageDeps } from "./send-message.ts";
import { type SettledMessage, settleLost, settleMessage } from "./settle-message.ts";

export interface NotificationsDeps extends SendMessageDeps, SettleDeps {
  logger: Logger;
  metrics: NotificationMetrics;
  /** How often it looks for what is due when nobody wakes it. Default 1,000. */
  pollMs?: number;
}

/** Tells people in teams of events, through Slack and by mail. */
export interface Notifications {
  start(): void;
  /** Something may be due. Cheap, and safe to call at any time. */
  wake(): void;
  /** Lets the messages under way end, and cuts off what goes to Slack if it does not; `graceMs` for all of that. */
  stop(graceMs: number): Promise<void>;
}

/** Subscriptions that are served at the same time. Most of the time each waits for an answer. */
const CHANNELS_AT_ONCE = 50;
const POLL_MS = 1_000;
const SETTLE_FOR_MS = 20_000;

export function createNotifications(deps: NotificationsDeps): Notifications {
  const { db, logger, metrics } = deps;
  const onError = createErrorLog(logger);
  const underWay = new Map<string, Promise<void>>();
  const cut = new AbortController();
  let isOpen = false;
  let looking: Promise<void> | null = null;
  let isWoken = false;
  let timer: NodeJS.Timeout | undefined;

  /** Sends what is due to one subscription, one message after the other. No other subscription waits for that. */
  async function serve(subscriptionId: string): Promise<void> {
    while (isOpen) {
      const claim = await claimMessage(db, subscriptionId, async (tx, subscription, lost) => {
        report({ notification: lost, subscription }, await settleLost(tx, deps, subscription, lost));
      });
      if (claim.kind === "nothing") return;
      if (claim.kind === "message") await deliver(claim.message);
    }
  }

  async function deliver(message: ClaimedMessage): Promise<void> {
    const startedAt = message.now();
    const end = await send(message);
    const endedAt = message.now();
    const settled: SettledMessage =
      end === null
        ? { outcome: "lost", errorCode: null }
        : // Whoever takes the message over meanwhile is not disturbed.
          await settlePatiently(
            () => settleMessage(deps, message, { ...end, startedAt, endedAt }),
            performance.now() + SETTLE_FOR_MS,
            onError("notification.settle_failed"),
          );
    const durationMs = endedAt.getTime() - startedAt.getTime();
    report(message, settled, { deliveries: message.deliveries, durationMs });
  }

  function report(
    { notification, subscription }: Pick<ClaimedMessage, "notification" | "subscription">,
    { outcome, errorCode }: SettledMessage,
    more: object = {},
  ): void {
    metrics.messages.inc({ channel: subscription.kind, outcome });
    logger[outcome === "sent" || outcome === "retry" ? "info" : "error"]({
      event: `notification.${outcome}`,
      notification: showId("ntf", notification.id),
      subscription: showId("sub", subscription.id),
      channel: subscription.kind,
      ...(errorCode !== null && { errorCode }),
      ...more,
    });
  }

  /** Never throws: what cannot be sent is a fault of our own, and is tried again. */
  async function send(message: ClaimedMessage): Promise<MessageEnd | null> {
    try {
      return await sendMessage(deps, message, cut.signal);
    } catch (error) {
      onError("notification.not_sent")(error);
      const detail = `it cannot be sent: ${String(describeError(error)["message"])}`;
      return { end: { kind: "not_sent", detail }, status: null, url: null, slack: null, isFinal: false };
    }
  }

  async function look(): Promise<void> {
    isWoken = false;
    for (const id of await listDueChannels(db)) {
      // Each has its turn, also if the first ones of the list are due all the time.
      while (isOpen && underWay.size >= CHANNELS_AT_ONCE) await Promise.race(underWay.values());
      if (!isOpen) return;
      if (underWay.has(id)) continue;
      const served = serve(id)
        .catch(onError("notification.failed"))
        .finally(() => underWay.delete(id));
      underWay.set(id, served);
    }
  }

  function wake(): void {
    isWoken = true;
    if (!isOpen || looking !== null) return;
    clearTimeout(timer);
    looking = look()
      .catch(onError("notification.failed"))
      .finally(() => {
        looking = null;
        if (isOpen) timer = setTimeout(wake, isWoken ? 0 : (deps.pollMs ?? POLL_MS));
      });
  }

  async function settled(): Promise<void> {
    await looking;
    await Promise.all(underWay.values());
  }

  return {
    start() {
      isOpen = true;
      wake();
    },
    wake,
    async stop(graceMs) {
      isOpen = false;
      clearTimeout(timer);
      await endInTime(graceMs, settled, cut);
    },
  };
}
