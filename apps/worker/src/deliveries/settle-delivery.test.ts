import { DEFAULT_RETRY_WAITS, NEW_ENDPOINT_HEALTH } from "@relink/core";
import type { DeliveryRow } from "@relink/db";
import { expect, test } from "vitest";
import type { AttemptEnd, EndedAttempt } from "./attempt-delivery.ts";
import { type Endpoint, settleDelivery } from "./settle-delivery.ts";

const ID = "01a201f8-82bd-7bd1-a404-7d7027d71774";
const start = new Date("2026-11-22T09:00:00Z");

const endpoint: Endpoint = {
  health: { ...NEW_ENDPOINT_HEALTH, state: "active" },
  pace: { throttledUntil: null, rateLimitedSince: null, lowerConcurrency: false },
};

function inFlight(change: Partial<DeliveryRow> = {}): DeliveryRow {
  return {
    id: ID,
    eventId: ID,
    subscriptionId: ID,
    itemId: null,
    eventType: "item.error",
    state: "in_flight",
    priority: 0,
    dueAt: start,
    leaseUntil: start,
    attempts: 1,
    failures: 0,
    resumeState: null,
    resumeDueAt: null,
    trigger: "initial",
    actor: null,
    recoveryId: null,
    notificationId: null,
    lastStatus: null,
    lastErrorCode: null,
    lastAttemptAt: null,
    settledAt: null,
    createdAt: start,
    ...change,
  };
}

const lost: AttemptEnd = { kind: "unknown", detail: "its worker ended" };

function settle(end: AttemptEnd, row: DeliveryRow, lostBefore: number) {
  const ended: EndedAttempt = {
    deliveryId: row.id,
    subscriptionId: row.subscriptionId,
    number: row.attempts,
    startedAt: row.dueAt,
    endedAt: row.dueAt,
    url: null,
    signatureKeyIds: [],
    end,
  };
  const context = { row, endpoint, subscription: { retrySchedule: null }, forbiddenBefore: 0, isGone: false };
  return settleDelivery(ended, { ...context, lostBefore, random: () => 0.5 });
}

test("a delivery that is lost with its worker each time is made twice at once, then on its schedule, and ends", () => {
  const waits: number[] = [];
  let row = inFlight();
  for (let lostBefore = 0; row.state === "in_flight"; lostBefore += 1) {
    const settlement = settle(lost, row, lostBefore);
    expect(settlement.endpoint).toEqual(endpoint);
    expect(settlement.attempt).toMatchObject({ errorCode: "INTERNAL" });
    const { state, dueAt } = settlement.delivery;
    if (state === "pending") waits.push((dueAt.getTime() - row.dueAt.getTime()) / 1_000);
    const attempts = state === "pending" ? row.attempts + 1 : row.attempts;
    row = { ...row, ...settlement.delivery, attempts, state: state === "pending" ? "in_flight" : state };
  }
  expect(waits).toEqual([0, 0, ...DEFAULT_RETRY_WAITS]);
  expect(row).toMatchObject({ state: "exhausted", attempts: 12, failures: 10, settledAt: row.dueAt });
});

test("what a person sent again, and is lost each time, is at last what it was before", () => {
  const manual = inFlight({ trigger: "manual", resumeState: "delivered", resumeDueAt: start });
  expect(settle(lost, manual, 1).delivery).toMatchObject({ state: "pending", trigger: "manual", dueAt: start });
  expect(settle(lost, manual, 2).delivery).toMatchObject({ state: "delivered", failures: 0, resumeState: null });
});

test("a test that is lost each time ends", () => {
  expect(settle(lost, inFlight({ trigger: "test" }), 2).delivery).toMatchObject({ state: "exhausted", failures: 0 });
});

test("what was not sent through a fault of our own is no attempt, however many were lost", () => {
  const { delivery, attempt } = settle({ kind: "not_sent", detail: "a key is missing" }, inFlight(), 5);
  expect(attempt).toBeNull();
  expect(delivery).toMatchObject({ state: "pending", attempts: 0, failures: 0 });
});
