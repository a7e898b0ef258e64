import {
  type AttemptVerdict,
  DEFAULT_RETRY_WAITS,
  type EndpointHealth,
  type EndpointPace,
  type EndedAttempt as JudgedAttempt,
  type HealthNotice,
  judgeAttempt,
  nextHealth,
} from "@relink/core";
import { type DeliveryRow, REPLAY, RETRY, type SettledDelivery, type SubscriptionRow } from "@relink/db";
import type { EndedAttempt } from "./attempt-delivery.ts";

/** What attempts change of an endpoint, one after the other. */
export interface Endpoint {
  health: EndpointHealth;
  pace: EndpointPace;
}

/** What follows from one attempt. */
export interface Settlement {
  delivery: SettledDelivery;
  endpoint: Endpoint;
  notices: readonly HealthNotice[];
  /** For the log of attempts. `null` if it was no attempt: nothing was sent. */
  attempt: { errorCode: string | null; retryAfterSeconds: number | null; nextAttemptAt: Date | null } | null;
}

/** After a fault of our own that takes a person to mend, such as a missing key. */
const NOT_SENT_WAIT_MS = 60_000;

/**
 * So many attempts of a delivery may be lost with their worker, as when one is replaced, and be made again at once. A delivery
 * that loses more may be what ends the workers: from then on it costs an attempt of the schedule each time.
 */
const LOST_FOR_FREE = 2;

/** What there is to judge of an attempt that is lost. */
export const LOST_RESULT = { status: null, errorCode: "INTERNAL", retryAfter: null, control: null } as const;

/**
 * Decides what becomes of a delivery that is in flight, and of its endpoint.
 *
 * Pure.
 *
 * @param row - as locked; in flight with this attempt.
 * @param forbiddenBefore - attempts of this delivery before it whose target must not be called.
 * @param lostBefore - attempts of this delivery before it that ended through a fault of our own, as with their worker.
 *   Default 0.
 * @param isElsewhere - whether the subscription's target is another one by now than the attempt went to. What the old one said
 *   is no matter of the new one: what failed is made again there at once. Default false.
 * @param isGone - whether the subscription, or its team, is deleted.
 * @param isObsolete - whether a newer event has made this one so for whoever does not want it then. Default false.
 */
export function settleDelivery(
  { endedAt, end }: EndedAttempt,
  context: {
    row: DeliveryRow;
    subscription: Pick<SubscriptionRow, "retrySchedule">;
    endpoint: Endpoint;
    forbiddenBefore: number;
    lostBefore?: number;
    isElsewhere?: boolean;
    isGone: boolean;
    isObsolete?: boolean;
    random: () => number;
  },
): Settlement {
  const { row, endpoint, lostBefore = 0, isElsewhere = false, isGone, isObsolete = false } = context;
  const waiting = (health: EndpointHealth, dueAt: Date): NextState => {
    if (isGone || isObsolete) return { state: isGone ? "cancelled" : "superseded", dueAt, settledAt: endedAt };
    return { state: health.state === "disabled" ? "held" : "pending", dueAt, settledAt: null };
  };
  /** At once, and at no cost to the schedule. */
  const madeAgain = (errorCode: string, lastStatus: number | null): Settlement => {
    const next = waiting(endpoint.health, endedAt);
    return {
      delivery: { ...row, ...next, lastErrorCode: errorCode, lastStatus, lastAttemptAt: endedAt },
      endpoint,
      notices: [],
      attempt: { errorCode, retryAfterSeconds: null, nextAttemptAt: dueAtOf(next) },
    };
  };
  const judged = (result: Omit<JudgedAttempt, "endedAt">): Settlement => {
    const isEgress = result.status === null && result.errorCode === "EGRESS_UNAVAILABLE";
    const verdict = judgeAttempt(
      { ...result, endedAt },
      {
        ...endpoint.pace,
        waits: context.subscription.retrySchedule ?? DEFAULT_RETRY_WAITS,
        attemptsUsed: row.failures,
        forbiddenBefore: context.forbiddenBefore,
        // What was never sent is tried again, whoever asked for it.
        isManual: isManual(row) && !isEgress,
        random: context.random,
      },
    );
    if (isElsewhere && !isEgress && verdict.errorCode !== null) return madeAgain(verdict.errorCode, result.status);
    const { endpoint: nextEndpoint, notices } = isElsewhere
      ? { endpoint, notices: [] }
      : endpointAfter(endpoint, verdict, { at: endedAt, deliveryId: row.id });
    const { health } = nextEndpoint;
    if (isEgress) {
      return givenBack(row, nextEndpoint, verdict.errorCode, waiting(health, verdict.nextAttemptAt ?? endedAt));
    }
    const next = stateAfter(verdict, row, endedAt, (dueAt) => waiting(health, dueAt));
    return {
      delivery: {
        ...row,
        resumeState: null,
        resumeDueAt: null,
        ...next,
        failures: row.failures + (verdict.errorCode !== null && verdict.usesAttempt ? 1 : 0),
        lastStatus: result.status,
        lastErrorCode: verdict.errorCode,
        lastAttemptAt: endedAt,
      },
      endpoint: nextEndpoint,
      notices,
      attempt: {
        errorCode: verdict.errorCode,
        retryAfterSeconds: verdict.retryAfterSeconds,
        nextAttemptAt: dueAtOf(next),
      },
    };
  };
  switch (end.kind) {
    case "unknown":
      return lostBefore >= LOST_FOR_FREE ? judged(LOST_RESULT) : madeAgain("INTERNAL", null);
    case "not_sent":
      return givenBack(row, endpoint, "INTERNAL", waiting(endpoint.health, after(endedAt, NOT_SENT_WAIT_MS)));
    case "answered":
      return judged(end.result);
  }
}

/** Whether somebody asked for the attempt: it succeeds or fails by itself, and the schedule goes on without it. */
function isManual({ trigger }: Pick<DeliveryRow, "trigger">): boolean {
  return trigger === "manual" || trigger === "test";
}

type NextState = Pick<SettledDelivery, "state" | "dueAt" | "settledAt"> & Partial<SettledDelivery>;

function stateAfter(
  verdict: AttemptVerdict,
  row: DeliveryRow,
  endedAt: Date,
  waiting: (dueAt: Date) => NextState,
): NextState {
  const settled = (state: DeliveryRow["state"]): NextState => ({
    state,
    dueAt: row.dueAt,
    settledAt: state === "held" ? null : endedAt,
  });
  switch (verdict.outcome) {
    case "delivered":
      return settled("delivered");
    case "retry":
      return { ...waiting(verdict.nextAttemptAt ?? endedAt), priority: later(row), trigger: "schedule" };
    case "exhausted":
      return settled("exhausted");
    case "abort":
      return settled("aborted");
    case "gone":
    case "disable":
    case "forbidden":
    case "unchanged":
      break;
  }
  // A test is made once. All else is meant for an endpoint that is disabled now.
  if (row.resumeState === null) return settled(verdict.outcome === "unchanged" ? "exhausted" : "held");
  if (row.resumeState !== "pending") return settled(row.resumeState);
  const hasFailed = row.failures > 0;
  return {
    ...waiting(row.resumeDueAt ?? endedAt),
    priority: hasFailed ? later(row) : row.priority,
    trigger: hasFailed ? "schedule" : "initial",
  };
}

/** The priority of what is tried again: a replay stays one. */
function later({ recoveryId }: DeliveryRow): number {
  return recoveryId === null ? RETRY : REPLAY;
}

function dueAtOf({ state, dueAt }: NextState): Date | null {
  return state === "pending" ? dueAt : null;
}

/** Its number goes to the next attempt. */
function givenBack(row: DeliveryRow, endpoint: Endpoint, lastErrorCode: string | null, next: NextState): Settlement {
  return {
    delivery: { ...row, ...next, attempts: row.attempts - 1, lastErrorCode, lastStatus: null },
    endpoint,
    notices: [],
    attempt: null,
  };
}

function endpointAfter(
  { health: before }: Endpoint,
  { errorCode, countsForHealth, disablesEndpoint, throttledUntil, rateLimitedSince, lowerConcurrency }: AttemptVerdict,
  { at, deliveryId }: { at: Date; deliveryId: string },
): { endpoint: Endpoint; notices: readonly HealthNotice[] } {
  const pace = { throttledUntil, rateLimitedSince, lowerConcurrency };
  const isOk = errorCode === null;
  const attempted = nextHealth(before, { kind: "attempted", at, deliveryId, isOk, counts: countsForHealth });
  if (disablesEndpoint === null) return { endpoint: { health: attempted.health, pace }, notices: attempted.effects };
  const disabled = nextHealth(attempted.health, { kind: "disabled", at, reason: disablesEndpoint });
  return { endpoint: { health: disabled.health, pace }, notices: [...attempted.effects, ...disabled.effects] };
}

function after(moment: Date, ms: number): Date {
  return new Date(moment.getTime() + ms);
}
