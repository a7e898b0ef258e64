import { judgeAttempt } from "@relink/core";
import {
  countNotifiedItems,
  databaseNow,
  type DeliveryAttemptRow,
  type DeliveryRow,
  giveBackDeliveries,
  insertAttempts,
  lockDeliveriesOnTheirWay,
  lockNewestOnItsWay,
  lockSubscriptions,
  lockTakenNotification,
  nextDueOf,
  type NotificationRow,
  releaseNotification,
  type SubscriptionRow,
  type Tx,
  updateDeliveries,
} from "@relink/db";
import { tellOwner } from "@relink/items";
import type { EndedAttempt } from "../deliveries/attempt-delivery.ts";
import { type SettleDeps, tellOfExhausted, toAttemptRow } from "../deliveries/settle-attempts.ts";
import { type Endpoint, LOST_RESULT, settleDelivery, type Settlement } from "../deliveries/settle-delivery.ts";
import { endpointOf, storeEndpoint } from "../deliveries/store-endpoint.ts";
import type { ClaimedMessage } from "./claim-message.ts";
import type { MessageEnd } from "./send-message.ts";

/** What became of a message and of the events in it. */
export interface SettledMessage {
  /**
   * `sent`: or changed. `retry`: it is tried again. `failed`: it is not. `disabled`: nobody can be reached there any more.
   * `unknown`: it may have arrived, and is not sent again. `lost`: somebody else has taken it over.
   */
  outcome: "sent" | "retry" | "failed" | "disabled" | "unknown" | "lost";
  /** Why it did not succeed. */
  errorCode: string | null;
}

/** So many rows are read and written at a time. */
const ROWS_AT_ONCE = 1_000;

/** A change that no delivery waits for is tried so often, with this pause. */
const MOST_FAILURES = 5;
const CHANGE_AGAIN_SECONDS = 5 * 60;

/**
 * Writes down what became of a message, all in one transaction: its deliveries, the attempt, the health of the channel and
 * what has to be told of it, and how the message stands.
 *
 * It is one attempt, however many events are in it: that of the newest one. Each event keeps its own schedule; one that
 * was taken along while it waited for its next try waits on if the message fails.
 *
 * @throws what the database throws; then nothing was written.
 */
export async function settleMessage(
  deps: SettleDeps,
  message: ClaimedMessage,
  sent: MessageEnd & { startedAt: Date; endedAt: Date },
): Promise<SettledMessage> {
  return deps.db.transaction(async (tx) => {
    const [subscription] = await lockSubscriptions(tx, [message.subscription.id]);
    const notification = await lockTakenNotification(tx, message.notification);
    if (subscription === undefined || notification === null) return { outcome: "lost", errorCode: null };
    const isElsewhere = message.subscription.verifiedAt?.getTime() !== subscription.verifiedAt?.getTime();
    // What the old place would never take, the new one may.
    const isFinal = sent.isFinal && !(isElsewhere && sent.end.kind === "answered");
    return settle(tx, deps, { subscription, notification, message, isElsewhere, sent: { ...sent, isFinal } });
  });
}

type LockedSubscription = Awaited<ReturnType<typeof lockSubscriptions>>[number];

interface Context {
  subscription: LockedSubscription;
  notification: NotificationRow;
  message: Pick<ClaimedMessage, "deliveries" | "counts">;
  /** Whether the channel or address is another one by now than the message went to: each is verified anew. */
  isElsewhere: boolean;
  sent: MessageEnd & { startedAt: Date; endedAt: Date };
}

async function settle(tx: Tx, deps: SettleDeps, context: Context): Promise<SettledMessage> {
  const { notification, message, sent } = context;
  const { count, recovered, changed } = message.counts;
  const newest = await lockNewestOnItsWay(tx, notification.id);
  const attempt = newest && (await settleNewest(tx, deps, context, newest));
  const exhausted = await settleAll(tx, context, newest, attempt);
  await tellOfExhausted(tx, deps.environment, exhausted);

  const errorCode = sent.end.kind === "answered" ? sent.end.result.errorCode : "INTERNAL";
  const isUnknown = sent.isFinal && sent.end.kind === "unknown";
  const isTold = errorCode === null || isUnknown;
  const isOver = notification.topic.requestedId !== null || (count > 0 && recovered + changed === count);
  const failures = isTold ? 0 : notification.failures + 1;
  const waiting = await nextDueOf(tx, notification.id);
  const changeAgainAt = !isTold && newest === null ? await settleChange(tx, context) : null;
  const dueAt = waiting ?? (failures < MOST_FAILURES ? changeAgainAt : null);
  await releaseNotification(tx, notification.id, {
    dueAt,
    failures,
    problem: errorCode === null ? null : problemOf(sent),
    alarms: count || notification.alarms + (isTold ? message.deliveries : 0),
    recovered,
    ...(isTold && { messages: notification.messages + 1, sentAt: sent.endedAt }),
    ...(isTold && isOver && { closedAt: notification.closedAt ?? sent.endedAt }),
    ...(sent.slack !== null && { slackChannelId: sent.slack.channel, slackTs: sent.slack.ts }),
  });
  if (isUnknown) return { outcome: "unknown", errorCode };
  if (isTold) return { outcome: "sent", errorCode };
  if (attempt?.endpoint.health.state === "disabled") return { outcome: "disabled", errorCode };
  return { outcome: dueAt === null ? "failed" : "retry", errorCode };
}

/** The attempt of the message: it is logged with its newest event, and counts for the health of the channel. */
async function settleNewest(
  tx: Tx,
  { environment }: SettleDeps,
  context: Context,
  row: DeliveryRow,
): Promise<Settlement> {
  const { subscription, sent } = context;
  const before = endpointOf(subscription);
  const ended = toEndedAttempt(row, sent);
  const settlement = settleDelivery(ended, contextOf(row, context, before));
  if (settlement.attempt !== null) {
    const logged: DeliveryAttemptRow = {
      ...toAttemptRow(ended, row, settlement.attempt),
      responseStatus: sent.status,
      ...(sent.isFinal && { nextAttemptAt: null }),
    };
    await insertAttempts(tx, [logged]);
  }
  await storeEndpoint(tx, subscription, before, settlement.endpoint, sent.endedAt);
  for (const notice of settlement.notices) {
    const { health } = settlement.endpoint;
    await tellOwner(tx, environment, notice, { subscription, health, at: sent.endedAt });
  }
  return settlement;
}

/**
 * A change of a message that no delivery waits for has failed. It counts nothing against the channel, but a rest that was
 * asked for is kept.
 *
 * @returns when it is to be tried again.
 */
async function settleChange(tx: Tx, { subscription, sent, isElsewhere }: Context): Promise<Date> {
  const { end, endedAt } = sent;
  if (isElsewhere) return endedAt;
  const before = endpointOf(subscription);
  const result = end.kind === "answered" ? end.result : LOST_RESULT;
  const { nextAttemptAt, throttledUntil, rateLimitedSince, lowerConcurrency } = judgeAttempt(
    { ...result, endedAt },
    { ...before.pace, waits: [CHANGE_AGAIN_SECONDS], attemptsUsed: 0, forbiddenBefore: 0, isManual: false, random },
  );
  const pace = { throttledUntil, rateLimitedSince, lowerConcurrency };
  await storeEndpoint(tx, subscription, before, { health: before.health, pace }, endedAt);
  return nextAttemptAt ?? endedAt;
}

function contextOf(row: DeliveryRow, { subscription, isElsewhere }: Context, endpoint: Endpoint) {
  return {
    row,
    subscription,
    endpoint,
    isElsewhere,
    // The log has the attempts of one event of many, so the row has to say what the last ones were.
    forbiddenBefore: row.lastErrorCode === "TARGET_FORBIDDEN" ? row.failures : 0,
    isGone: subscription.deletedAt !== null || subscription.isTeamDeleted,
    random,
  };
}

/** Without jitter: all that is in a message is tried again at the same time. */
const random = (): number => 0.5;

interface Exhausted {
  delivery: DeliveryRow;
  subscription: SubscriptionRow;
  ended: Pick<EndedAttempt, "endedAt">;
}

/** Settles the events of the message. @returns those that are given up. */
async function settleAll(
  tx: Tx,
  context: Context,
  newest: DeliveryRow | null,
  attempt: Settlement | null,
): Promise<Exhausted[]> {
  const { subscription, notification, sent } = context;
  const exhausted: Exhausted[] = [];
  const before = endpointOf(subscription);
  const isDisabled = attempt?.endpoint.health.state === "disabled";
  for (;;) {
    const rows = await lockDeliveriesOnTheirWay(tx, notification.id, ROWS_AT_ONCE);
    const settled = rows.map((row): DeliveryRow => {
      const isNewest = row.id === newest?.id && attempt !== null;
      const { delivery } = isNewest
        ? attempt
        : settleDelivery(toEndedAttempt(row, sent), contextOf(row, context, before));
      const isTriedAgain = delivery.state === "pending" && !sent.isFinal;
      const hasWaited = !isNewest && row.dueAt > sent.startedAt;
      if (isTriedAgain && hasWaited) return { ...row, state: isDisabled ? "held" : "pending" };
      return {
        ...row,
        ...delivery,
        lastStatus: sent.status,
        // The log has the attempt of the newest one, and no other.
        ...(!isNewest && { attempts: row.attempts }),
        ...(delivery.state === "pending" && !isTriedAgain && { state: "exhausted", settledAt: sent.endedAt }),
      };
    });
    await updateDeliveries(tx, settled);
    for (const delivery of settled) {
      if (delivery.state !== "exhausted") continue;
      // Each was in as many messages that failed, whichever of them the log has it with.
      const attempts = Math.max(delivery.attempts, delivery.failures, 1);
      exhausted.push({ delivery: { ...delivery, attempts }, subscription, ended: sent });
    }
    if (rows.length < ROWS_AT_ONCE) return exhausted;
  }
}

function toEndedAttempt(row: DeliveryRow, { end, url, startedAt, endedAt }: Context["sent"]): EndedAttempt {
  const { id: deliveryId, subscriptionId, attempts: number } = row;
  return { deliveryId, subscriptionId, number, startedAt, endedAt, url, signatureKeyIds: [], end };
}

function problemOf({ end }: MessageEnd): string | null {
  return end.kind === "answered" ? end.result.errorDetail : end.detail;
}

/**
 * Ends what a worker that is gone had taken. A message to Slack is sent again: it may be there twice then, but is never lost.
 * A mail that was on its way may have arrived, and is not sent again; one that was not begun is.
 */
export async function settleLost(
  tx: Tx,
  deps: SettleDeps,
  subscription: SubscriptionRow,
  lost: NotificationRow,
): Promise<SettledMessage> {
  const at = await databaseNow(tx);
  if (lost.state === "sending") {
    await giveBackDeliveries(tx, lost.id);
    await releaseNotification(tx, lost.id, { dueAt: at });
    return { outcome: "retry", errorCode: "INTERNAL" };
  }
  return settle(tx, deps, {
    subscription: { ...subscription, isTeamDeleted: false },
    notification: lost,
    message: { deliveries: 0, counts: await countNotifiedItems(tx, lost.id) },
    isElsewhere: false,
    sent: {
      end: { kind: "unknown", detail: "its worker ended while it was sending: it may have arrived" },
      status: null,
      url: null,
      slack: null,
      isFinal: true,
      startedAt: lost.transmittingAt ?? at,
      endedAt: at,
    },
  });
}
