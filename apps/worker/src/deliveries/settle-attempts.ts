import { randomUUIDv7 } from "node:crypto";
import { type DeliveryErrorCode, EVENT_TYPES, type EventType, supersedes } from "@relink/core";
import {
  countAttemptsWith,
  type Db,
  type DeliveryAttemptRow,
  type DeliveryRow,
  insertAttempts,
  lockDeliveries,
  lockSubscriptions,
  newerEventTypes,
  oweExhaustedNotice,
  type SubscriptionRow,
  type Tx,
  updateDeliveries,
} from "@relink/db";
import { type Fact, otherFact, publishEvents, tellOwner } from "@relink/items";
import { showId } from "@relink/service";
import { type EndedAttempt, maskQuery } from "./attempt-delivery.ts";
import { settleDelivery, type Settlement } from "./settle-delivery.ts";
import { endpointOf, storeEndpoint } from "./store-endpoint.ts";

export interface SettleDeps {
  db: Db;
  /** Of Plaid; every event names it. */
  environment: "sandbox" | "production";
}

/** An attempt that has changed something. */
export interface SettledAttempt {
  ended: EndedAttempt;
  /** As it is now. */
  delivery: DeliveryRow;
  /** False if nothing was sent. */
  isAttempt: boolean;
}

type Settled = SettledAttempt & { subscription: SubscriptionRow; settlement: Settlement };

/**
 * Writes down what became of attempts, all in one transaction: their log, their deliveries, the health of their endpoints,
 * and what has to be told of it.
 *
 * An attempt that comes too late, because its lease ended or its delivery was taken back, is logged if it is not yet, and
 * changes nothing. So settling twice is harmless.
 *
 * @throws what the database throws; then nothing was written.
 */
export async function settleAttempts(deps: SettleDeps, attempts: readonly EndedAttempt[]): Promise<SettledAttempt[]> {
  return deps.db.transaction(async (tx) => {
    const subscriptions = await lockSubscriptions(tx, distinct(attempts.map((attempt) => attempt.subscriptionId)));
    const rows = await lockDeliveries(tx, distinct(attempts.map((attempt) => attempt.deliveryId)));
    const forbidden = await countEarlier(tx, attempts, "TARGET_FORBIDDEN");
    const lost = await countEarlier(tx, attempts, "INTERNAL");
    const obsolete = await findObsolete(tx, attempts, rows, subscriptions);
    const rowOf = new Map(rows.map((row) => [row.id, row]));
    const settled: Settled[] = [];
    const log: DeliveryAttemptRow[] = [];
    for (const subscription of subscriptions) {
      const before = endpointOf(subscription);
      let endpoint = before;
      const own = attempts.filter(({ subscriptionId }) => subscriptionId === subscription.id).toSorted(byEnd);
      for (const ended of own) {
        const row = rowOf.get(ended.deliveryId);
        if (row === undefined || row.attempts !== ended.number) continue;
        if (row.state !== "in_flight") {
          if (wasMade(ended)) log.push(toAttemptRow(ended, row, lateVerdict(ended)));
          continue;
        }
        const settlement = settleDelivery(ended, {
          row,
          subscription,
          endpoint,
          forbiddenBefore: forbidden.get(row.id) ?? 0,
          lostBefore: lost.get(row.id) ?? 0,
          isElsewhere: isElsewhere(ended, subscription),
          isGone: subscription.deletedAt !== null || subscription.isTeamDeleted,
          isObsolete: obsolete.has(row.id),
          random: Math.random,
        });
        const delivery = { ...row, ...settlement.delivery };
        rowOf.set(row.id, delivery);
        endpoint = settlement.endpoint;
        settled.push({ ended, delivery, isAttempt: settlement.attempt !== null, subscription, settlement });
        if (settlement.attempt !== null) log.push(toAttemptRow(ended, row, settlement.attempt));
      }
      const latest = own.at(-1)?.endedAt;
      if (latest !== undefined) await storeEndpoint(tx, subscription, before, endpoint, latest);
    }
    await insertAttempts(tx, log);
    await updateDeliveries(
      tx,
      settled.map(({ delivery }) => delivery),
    );
    for (const { subscription, settlement, ended } of settled) {
      for (const notice of settlement.notices) {
        const { health } = settlement.endpoint;
        await tellOwner(tx, deps.environment, notice, { subscription, health, at: ended.endedAt });
      }
    }
    await tellOfExhausted(tx, deps.environment, settled);
    return settled;
  });
}

/** How often deliveries ended like this before. Only what ended in it now is asked about: that is rare. */
async function countEarlier(
  tx: Tx,
  attempts: readonly EndedAttempt[],
  errorCode: DeliveryErrorCode,
): Promise<Map<string, number>> {
  const such = attempts.filter((attempt) => errorCodeOf(attempt) === errorCode);
  return countAttemptsWith(
    tx,
    such.map(({ deliveryId }) => deliveryId),
    errorCode,
  );
}

/** What has failed, while a newer event came that takes its place for a subscription which wants that. */
async function findObsolete(
  tx: Tx,
  attempts: readonly EndedAttempt[],
  rows: readonly DeliveryRow[],
  subscriptions: readonly SubscriptionRow[],
): Promise<ReadonlySet<string>> {
  const superseding = new Set(subscriptions.filter(({ supersede }) => supersede).map(({ id }) => id));
  const failed = attempts.filter((attempt) => superseding.has(attempt.subscriptionId) && errorCodeOf(attempt) !== null);
  const newer = await newerEventTypes(
    tx,
    failed.map(({ deliveryId }) => deliveryId),
  );
  const isObsolete = ({ id, eventType }: DeliveryRow): boolean =>
    newer.get(id)?.some((type) => supersedes(type, toEventType(eventType))) ?? false;
  return new Set(rows.filter(isObsolete).map(({ id }) => id));
}

/** Only our own types are stored. */
function toEventType(type: string): EventType {
  return type as EventType;
}

/**
 * Tells of the deliveries that are exhausted by now. That of a delivery to whoever listens for exhausted ones is not told:
 * it would be told for ever.
 */
export async function tellOfExhausted(
  tx: Tx,
  environment: SettleDeps["environment"],
  settled: readonly { delivery: DeliveryRow; subscription: SubscriptionRow; ended: Pick<EndedAttempt, "endedAt"> }[],
): Promise<void> {
  const exhausted = settled.filter(
    ({ delivery }) => delivery.state === "exhausted" && delivery.trigger !== "test" && isForTeams(delivery.eventType),
  );
  const facts = exhausted.map(({ delivery, subscription, ended }): Fact => {
    const about = { at: ended.endedAt, environment, teamId: subscription.teamId };
    return otherFact("delivery.exhausted", {
      ...about,
      data: {
        delivery_id: showId("dlv", delivery.id),
        subscription_id: showId("sub", delivery.subscriptionId),
        event_id: showId("evt", delivery.eventId),
        event_type: delivery.eventType,
        attempts: delivery.attempts,
        last_status: delivery.lastStatus,
        last_error_code: delivery.lastErrorCode,
      },
    });
  });
  await publishEvents(tx, facts);
  const owners = new Map(exhausted.map(({ subscription }) => [subscription.id, subscription]));
  for (const { id, ownerContact } of owners.values()) {
    if (ownerContact !== null) await oweExhaustedNotice(tx, id);
  }
}

function isForTeams(type: string): boolean {
  return EVENT_TYPES[toEventType(type)].audience === "teams";
}

/** Whether a webhook's URL is another one by now than an attempt went to. */
function isElsewhere({ url }: EndedAttempt, subscription: SubscriptionRow): boolean {
  return url !== null && url !== maskQuery(subscription.url ?? "");
}

/** What the log says of an attempt that was made. */
export function toAttemptRow(
  { number, startedAt, endedAt, url, signatureKeyIds, end }: EndedAttempt,
  row: DeliveryRow,
  verdict: NonNullable<Settlement["attempt"]>,
): DeliveryAttemptRow {
  const { id: deliveryId, subscriptionId, trigger, actor, dueAt: scheduledFor } = row;
  const about = { id: randomUUIDv7(), deliveryId, subscriptionId, number, trigger, actor, scheduledFor, startedAt };
  if (end.kind !== "answered") {
    return {
      ...about,
      ...verdict,
      url,
      signatureKeyIds,
      ...NO_ANSWER,
      totalMs: endedAt.getTime() - startedAt.getTime(),
      errorDetail: end.detail,
    };
  }
  const { result } = end;
  const { dnsMs, connectMs, tlsMs, ttfbMs, totalMs } = result.timings;
  return {
    ...about,
    ...verdict,
    url,
    signatureKeyIds,
    dnsMs: rounded(dnsMs),
    connectMs: rounded(connectMs),
    tlsMs: rounded(tlsMs),
    firstByteMs: rounded(ttfbMs),
    totalMs: Math.round(totalMs),
    isReusedConnection: result.reusedConnection,
    requestBytes: result.requestBytes,
    responseStatus: result.status,
    responseHeaders: Object.fromEntries(
      Object.entries(result.responseHeaders).map(([name, value]) => [name, storable(value)]),
    ),
    responseBody: result.responseBody === null ? null : storable(result.responseBody),
    isResponseTruncated: result.responseTruncated,
    errorDetail: result.operatorDetail === null ? null : storable(result.operatorDetail),
    resolvedAddress: result.resolvedAddress,
  };
}

const NO_ANSWER = {
  dnsMs: null,
  connectMs: null,
  tlsMs: null,
  firstByteMs: null,
  isReusedConnection: false,
  requestBytes: 0,
  responseStatus: null,
  responseHeaders: null,
  responseBody: null,
  isResponseTruncated: false,
  resolvedAddress: null,
} as const;

/** A stranger's words as Postgres takes them: it knows no NUL and no half of a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}

/** False if nothing was sent. */
function wasMade(ended: EndedAttempt): boolean {
  return ended.end.kind !== "not_sent" && errorCodeOf(ended) !== "EGRESS_UNAVAILABLE";
}

function lateVerdict(ended: EndedAttempt): NonNullable<Settlement["attempt"]> {
  return { errorCode: errorCodeOf(ended), retryAfterSeconds: null, nextAttemptAt: null };
}

function errorCodeOf({ end }: EndedAttempt): string | null {
  return end.kind === "answered" ? end.result.errorCode : "INTERNAL";
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms);
}

function byEnd(a: EndedAttempt, b: EndedAttempt): number {
  return a.endedAt.getTime() - b.endedAt.getTime();
}

function distinct(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
