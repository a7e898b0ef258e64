import { type HealthEvent, isReceiving, nextHealth } from "@relink/core";
import { healthColumns, readHealth, type SubscriptionRow, type Tx, updateSubscription } from "@relink/db";
import { tellOwner } from "@relink/items";
import { showId } from "@relink/service";
import { audit } from "../audit.ts";
import type { RequestContext } from "../operation.ts";
import { teamOf } from "../principal.ts";
import { Problem } from "../problem.ts";
import { askEndpoint, requireOk, type Verification } from "./ask-endpoint.ts";
import { askAddress, vouchForAddress } from "./confirm-address.ts";
import type { SubscriptionDeps } from "./deps.ts";
import { requireLockedSubscription, requireSubscription } from "./read-subscription.ts";
import { requireNotDisabled, requireVerified } from "./require-callable.ts";

const isOn = (row: SubscriptionRow) => isReceiving({ state: row.status });

/** Applies what the rules of health make of an event, with whatever else changes. */
async function switchTo(
  tx: Tx,
  row: SubscriptionRow,
  event: HealthEvent,
  more: Partial<SubscriptionRow> = {},
): Promise<SubscriptionRow> {
  const { health } = nextHealth(readHealth(row), event);
  return updateSubscription(tx, row.id, { ...healthColumns(health), healthDueAt: null, ...more });
}

/** What a fresh start forgets of how hard the receiver may be called. */
const freshPace = (row: SubscriptionRow) => ({
  throttledUntil: null,
  rateLimitedSince: null,
  concurrency: row.maxConcurrency,
});

/**
 * Runs a change in a transaction that holds the lock, and notes it, unless there is nothing to change.
 *
 * @param apply - gives null if it is as it should be already.
 */
async function change(
  deps: SubscriptionDeps,
  id: string,
  { principal, requestId }: RequestContext,
  action: string,
  apply: (tx: Tx, row: SubscriptionRow) => Promise<SubscriptionRow | null>,
): Promise<SubscriptionRow> {
  return deps.db.transaction(async (tx) => {
    const row = await requireLockedSubscription(tx, id, teamOf(principal));
    const changed = await apply(tx, row);
    if (changed === null) return row;
    await audit(tx, { principal, requestId, action, resource: showId("sub", id), teamId: row.teamId });
    return changed;
  });
}

/** Nothing more is sent; what is meant for it is held, by the worker what waits already, and its owner is told. */
export async function disable(deps: SubscriptionDeps, id: string, context: RequestContext): Promise<SubscriptionRow> {
  return change(deps, id, context, "subscription.disabled", async (tx, row) => {
    if (row.status === "disabled") return null;
    const at = new Date();
    const { health, effects } = nextHealth(readHealth(row), { kind: "disabled", at, reason: "manual" });
    const changed = await updateSubscription(tx, id, { ...healthColumns(health), healthDueAt: null });
    for (const notice of effects) await tellOwner(tx, deps.environment, notice, { subscription: row, health, at });
    return changed;
  });
}

/** What is meant for it waits. */
export async function pause(deps: SubscriptionDeps, id: string, context: RequestContext): Promise<SubscriptionRow> {
  return change(deps, id, context, "subscription.paused", async (tx, row) => {
    if (row.status === "paused") return null;
    requireNotDisabled(row);
    requireVerified(row);
    return switchTo(tx, row, { kind: "paused" });
  });
}

/** What has waited is sent. */
export async function resume(deps: SubscriptionDeps, id: string, context: RequestContext): Promise<SubscriptionRow> {
  return change(deps, id, context, "subscription.resumed", async (tx, row) => {
    if (isOn(row)) return null;
    requireNotDisabled(row);
    requireVerified(row);
    return switchTo(tx, row, { kind: "resumed" }, freshPace(row));
  });
}

/**
 * Lets a disabled or unverified subscription be sent to. Its receiver has to answer first: one that never did at this URL
 * with the challenge, any other with 2xx.
 */
export async function enable(deps: SubscriptionDeps, id: string, context: RequestContext): Promise<SubscriptionRow> {
  const { principal } = context;
  const before = await requireSubscription(deps.db, id, teamOf(principal));
  if (isOn(before)) return before;
  const { url, verifiedAt } = before;
  if (url !== null) {
    requireOk(await askEndpoint(deps, { subscriptionId: id, url, mustEcho: verifiedAt === null }));
  }
  return change(deps, id, context, "subscription.enabled", async (tx, row) => {
    if (isOn(row)) return null;
    requireSameUrl(row, url);
    if (url === null && principal.kind !== "admin") requireVerified(row);
    await vouchForAddress(tx, row, principal);
    const event: HealthEvent = row.status === "paused" ? { kind: "resumed" } : { kind: "enabled" };
    return switchTo(tx, row, event, { ...freshPace(row), verifiedAt: row.verifiedAt ?? new Date() });
  });
}

/**
 * Asks the receiver with the challenge. One that waits for nothing else is sent to from then on. An address is asked by mail,
 * unless it has confirmed; Slack is not asked.
 */
export async function verify(
  deps: SubscriptionDeps,
  id: string,
  context: RequestContext,
): Promise<{ row: SubscriptionRow; verification: Verification | null }> {
  const before = await requireSubscription(deps.db, id, teamOf(context.principal));
  const { url } = before;
  if (before.kind === "email") {
    const asked = await change(deps, id, context, "subscription.asked", async (tx, locked) => {
      if (locked.verifiedAt !== null) return null;
      await askAddress(tx, locked);
      return locked;
    });
    return { row: asked, verification: null };
  }
  if (url === null) return { row: before, verification: null };
  const verification = await askEndpoint(deps, { subscriptionId: id, url, mustEcho: true });
  if (!verification.ok) return { row: await requireSubscription(deps.db, id, teamOf(context.principal)), verification };
  const row = await change(deps, id, context, "subscription.verified", async (tx, locked) => {
    requireSameUrl(locked, url);
    const verified = { verifiedAt: new Date() };
    if (locked.status !== "pending_verification") return updateSubscription(tx, id, verified);
    return switchTo(tx, locked, { kind: "enabled" }, verified);
  });
  return { row, verification };
}

/** What was answered by one URL is no answer of another. */
function requireSameUrl(row: SubscriptionRow, url: string | null): void {
  if (row.url !== url) throw new Problem("verification-required", "its URL was changed in between: try again");
}
