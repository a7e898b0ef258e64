import { ENDPOINT_STATES } from "@relink/core";
import {
  type ClaimedDelivery,
  claimDeliveries,
  countEndpoints,
  FIRST_ATTEMPT,
  isDataError,
  listLostDeliveries,
  listStopped,
  lockSubscriptions,
  type LostDelivery,
  oldestDueSeconds,
  oldestKeptSeconds,
  recoveryProgress,
  stopDeliveries,
} from "@relink/db";
import { mergeBatches } from "@relink/jobs";
import { createErrorLog, type Logger, showId } from "@relink/service";
import { withinMs } from "../end-in-time.ts";
import { settlePatiently } from "../settle-patiently.ts";
import { type AttemptDeps, attemptDelivery, type DeliveryInHand, type EndedAttempt } from "./attempt-delivery.ts";
import { checkHealth } from "./check-health.ts";
import type { DeliveryMetrics } from "./delivery-metrics.ts";
import { createPump } from "./pump.ts";
import { repeat } from "./repeat.ts";
import { runRecoveries } from "./run-recoveries.ts";
import { type NoticeDeps, sendNotices } from "./send-notices.ts";
import { settleAttempts, type SettledAttempt, type SettleDeps } from "./settle-attempts.ts";

export interface DeliveriesDeps extends SettleDeps, AttemptDeps, NoticeDeps {
  /** After which `client` gives an attempt up. Default 15,000. */
  timeoutMs?: number;
  logger: Logger;
  metrics: DeliveryMetrics;
  /** How often it looks for what was left behind, and goes on with what takes longer. Default 2,000. */
  sweepIntervalMs?: number;
}

/** Sends what is due to subscribers, and looks after their endpoints. */
export interface Deliveries {
  start(): void;
  /** Something may be due. */
  wake(): void;
  /** Lets the attempts under way end, `graceMs` at most, and gives back those that do not. */
  stop(graceMs: number): Promise<void>;
}

const TIMEOUT_MS = 15_000;
/** After the whole time of an attempt a delivery is still its worker's alone, to write down what came of it. */
const SETTLE_MS = 15_000;
/** Most of the time an attempt waits for its receiver. */
const SLOTS = 100;
/** A claim takes milliseconds, also when there is nothing: nobody is needed to wake a worker. */
const POLL_MS = { idle: 500, busy: 100 };
const SWEEP_EVERY_MS = 2_000;
const COUNT_EVERY_MS = 15_000;
const LOST_PER_SWEEP = 500;
const STOPPED_PER_TRANSACTION = 1_000;

export function createDeliveries(deps: DeliveriesDeps): Deliveries {
  const { db, logger, metrics } = deps;
  const onError = createErrorLog(logger);
  const leaseMs = (deps.timeoutMs ?? TIMEOUT_MS) + SETTLE_MS;
  const abort = new AbortController();

  const settle = mergeBatches<EndedAttempt>(async (attempts) => {
    report(await settleAttempts(deps, attempts));
  });

  function report(settled: readonly SettledAttempt[]): void {
    for (const { ended, delivery, isAttempt } of settled) {
      const { state, lastErrorCode, createdAt } = delivery;
      const seconds = (ended.endedAt.getTime() - ended.startedAt.getTime()) / 1_000;
      if (isAttempt) {
        metrics.attempts.inc({ result: state, error_code: lastErrorCode ?? "none" });
        metrics.attemptSeconds.observe(seconds);
      }
      if (state === "delivered" && delivery.attempts === 1) {
        metrics.endToEndSeconds.observe((ended.endedAt.getTime() - createdAt.getTime()) / 1_000);
      }
      logger.info({
        event: isAttempt ? "delivery.attempted" : "delivery.given_back",
        delivery: showId("dlv", delivery.id),
        subscription: showId("sub", delivery.subscriptionId),
        attempt: ended.number,
        state,
        ...(lastErrorCode !== null && { errorCode: lastErrorCode }),
        ...(ended.end.kind !== "answered" && { detail: ended.end.detail }),
        durationMs: Math.round(seconds * 1_000),
      });
    }
  }

  /** The answer is kept as long as nobody else may have made the attempt again. */
  async function settleWhole(ended: EndedAttempt, leaseEndsAt: number): Promise<void> {
    try {
      await settlePatiently(() => settle([ended]), leaseEndsAt, onError("deliveries.settle_failed"));
    } catch (error) {
      if (!isDataError(error)) throw error;
      onError("deliveries.settle_failed")(error);
      // Whatever strange words cannot be stored: they must not keep the outcome, and those of the batch, from being so.
      report(await settleAttempts(deps, [withoutWords(ended)]));
    }
  }

  const pump = createPump<DeliveryInHand & { isFirst: boolean; leaseEndsAt: number }>({
    slots: SLOTS,
    pollMs: POLL_MS,
    async claim(room) {
      const claimed = await claimDeliveries(db, room, leaseMs);
      const claimedAt = performance.now();
      return claimed.map((delivery) => ({
        ...delivery,
        now: clockFrom(delivery, claimedAt),
        isFirst: delivery.priority === FIRST_ATTEMPT,
        leaseEndsAt: claimedAt + leaseMs,
      }));
    },
    async attempt(delivery, signal) {
      metrics.inFlight.inc();
      try {
        await settleWhole(await attemptDelivery(deps, delivery, signal), delivery.leaseEndsAt);
      } finally {
        metrics.inFlight.dec();
      }
    },
    onError: onError("deliveries.failed"),
  });

  async function takeBackLost(): Promise<void> {
    const lost = await listLostDeliveries(db, LOST_PER_SWEEP);
    if (lost.length === 0) return;
    report(
      await settleAttempts(
        deps,
        lost.map((each) => toLostAttempt(each, leaseMs)),
      ),
    );
    pump.wake();
  }

  /** Whoever disables or deletes an endpoint changes its state alone, and has an answer at once: the rest is done here. */
  async function clearStopped(): Promise<void> {
    for (const stopped of await listStopped(db)) {
      let count: number;
      do {
        count = await db.transaction(async (tx) => {
          const [subscription] = await lockSubscriptions(tx, [stopped.subscriptionId]);
          const isEnabledAgain = stopped.to === "held" && subscription?.status !== "disabled";
          return isEnabledAgain ? 0 : stopDeliveries(tx, stopped, STOPPED_PER_TRANSACTION);
        });
      } while (count === STOPPED_PER_TRANSACTION && !abort.signal.aborted);
    }
  }

  async function lookAtClocks(): Promise<void> {
    for (const id of await checkHealth(deps)) {
      logger.warn({ event: "endpoint.disabled", subscription: showId("sub", id) });
    }
  }

  async function goOnWithRecoveries(): Promise<void> {
    for (const id of await runRecoveries(deps)) logger.info({ event: "recovery.ended", recovery: showId("rcv", id) });
    pump.wake();
  }

  async function tellOwners(): Promise<void> {
    for (const { id, ...outcome } of await sendNotices(deps)) {
      metrics.notices.inc({ outcome: outcome.kind });
      const isFailure = outcome.kind === "failed" || outcome.kind === "unknown";
      logger[isFailure ? "error" : "info"]({
        event: `notice.${outcome.kind}`,
        notice: showId("ntc", id),
        ...("problem" in outcome && { problem: outcome.problem }),
      });
    }
  }

  async function sweep(): Promise<void> {
    for (const step of [takeBackLost, lookAtClocks, goOnWithRecoveries]) {
      await step().catch(onError("deliveries.sweep_failed"));
    }
  }

  async function count(): Promise<void> {
    metrics.dueAgeSeconds.set(await oldestDueSeconds(db));
    metrics.oldestKeptSeconds.set(await oldestKeptSeconds(db));
    const endpoints = await countEndpoints(db);
    for (const state of ENDPOINT_STATES) metrics.endpoints.set({ state }, endpoints.get(state) ?? 0);
    const { done, left } = await recoveryProgress(db);
    metrics.recovering.set({ part: "done" }, done);
    metrics.recovering.set({ part: "left" }, left);
  }

  let loops: Promise<unknown> = Promise.resolve();

  return {
    start() {
      pump.start();
      const { sweepIntervalMs = SWEEP_EVERY_MS } = deps;
      const loop = (everyMs: number, work: () => Promise<void>) =>
        repeat(everyMs, abort.signal, () => work().catch(onError("deliveries.sweep_failed")));
      // A mail server that is slow, or a million deliveries for whoever is gone, hold up nothing else.
      loops = Promise.all([
        loop(sweepIntervalMs, sweep),
        loop(sweepIntervalMs, clearStopped),
        loop(sweepIntervalMs, tellOwners),
        loop(COUNT_EVERY_MS, count),
      ]);
    },
    wake: () => pump.wake(),
    async stop(graceMs) {
      abort.abort();
      await Promise.all([pump.stop(graceMs), withinMs(graceMs, loops)]);
    },
  };
}

/**
 * The database's time, counted on from its answer by a clock that only goes forward: this machine's own may be wrong, or be
 * set while we look at it.
 */
function clockFrom({ claimedAt }: ClaimedDelivery, at: number): () => Date {
  return () => new Date(claimedAt.getTime() + Math.round(performance.now() - at));
}

/** Without anything that the receiver has said, but for what it meant. */
function withoutWords(ended: EndedAttempt): EndedAttempt {
  if (ended.end.kind !== "answered") return ended;
  const result = { ...ended.end.result, responseHeaders: {}, responseBody: null, operatorDetail: null };
  return { ...ended, end: { kind: "answered", result } };
}

function toLostAttempt(lost: LostDelivery, leaseMs: number): EndedAttempt {
  return {
    deliveryId: lost.id,
    subscriptionId: lost.subscriptionId,
    number: lost.attempts,
    startedAt: new Date(lost.leaseUntil.getTime() - leaseMs),
    endedAt: lost.leaseUntil,
    url: null,
    signatureKeyIds: [],
    end: { kind: "unknown", detail: "its worker ended, and whether it arrived is not known" },
  };
}
