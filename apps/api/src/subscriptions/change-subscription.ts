import { type EndpointHealth, NEW_ENDPOINT_HEALTH } from "@relink/core";
import {
  healthColumns,
  insertSubscriptionSecrets,
  readHealth,
  retireSecrets,
  type SubscriptionRow,
  updateSubscription,
} from "@relink/db";
import { showId } from "@relink/service";
import { audit } from "../audit.ts";
import { invalidBody } from "../invalid-body.ts";
import type { RequestContext } from "../operation.ts";
import { type Principal, teamOf } from "../principal.ts";
import { requireVersion } from "../require-version.ts";
import { askEndpoint, requireOk, type Verification } from "./ask-endpoint.ts";
import { askAddress, vouchForAddress } from "./confirm-address.ts";
import { readSlack } from "./create-subscription.ts";
import type { SubscriptionDeps } from "./deps.ts";
import type { SubscriptionChanges } from "./new-subscription.ts";
import { requireLockedSubscription, requireSubscription } from "./read-subscription.ts";
import { requireTarget } from "./require-target.ts";
import { changeSchemes } from "./rotate-secrets.ts";
import { sealHeaders } from "./secrets.ts";
import { storedFilter } from "./stored-filter.ts";

/** Which fields only one kind of subscription has. */
const ONLY_OF: Partial<Record<keyof SubscriptionChanges, readonly SubscriptionRow["kind"][]>> = {
  url: ["webhook", "slack"],
  slack: ["slack"],
  address: ["email"],
  signature_schemes: ["webhook"],
  headers: ["webhook"],
  retry_schedule: ["webhook"],
  max_concurrency: ["webhook"],
  rate_limit: ["webhook"],
};

/**
 * Changes a subscription. A new URL is asked before it takes the place of the old one, so nothing is lost in between: if it
 * does not answer as it should, nothing is changed. A new address is asked by mail; until it has confirmed, nothing else is
 * sent there.
 */
export async function changeSubscription(
  deps: SubscriptionDeps,
  id: string,
  body: SubscriptionChanges,
  { principal, requestId, ifMatch }: RequestContext,
): Promise<{ row: SubscriptionRow; secret: string | null; verification: Verification | null }> {
  const before = await requireSubscription(deps.db, id, teamOf(principal));
  requireVersion(ifMatch, before.version);
  requireFieldsOf(before.kind, body);
  const url = before.kind === "webhook" && body.url !== undefined ? await requireTarget(body.url, deps) : null;
  const isNewUrl = url !== null && url !== before.url;
  // Whoever may change the URL may not read the headers: at another host they are not meant for it.
  const isElsewhere = isNewUrl && new URL(url).host !== URL.parse(before.url ?? "")?.host;
  const headers = body.headers ?? (isElsewhere ? {} : undefined);
  const verification =
    isNewUrl && body.verify ? await askEndpoint(deps, { subscriptionId: id, url, mustEcho: true, headers }) : null;
  if (verification !== null) requireOk(verification);

  const { row, secret } = await deps.db.transaction(async (tx) => {
    const locked = await requireLockedSubscription(tx, id, teamOf(principal));
    requireVersion(ifMatch, locked.version);
    const hasSlack = locked.kind === "slack" && (body.url !== undefined || body.slack !== undefined);
    const slack = hasSlack ? readSlack(deps, id, body) : null;
    if (slack !== null) {
      await retireSecrets(tx, id, ["slack_url", "slack_token"], 0);
      await insertSubscriptionSecrets(tx, [slack.sealed]);
    }
    if (headers !== undefined) {
      await retireSecrets(tx, id, ["headers"], 0);
      await insertSubscriptionSecrets(tx, sealHeaders(id, headers, deps.encryptionKeys));
    }
    const schemes = body.signature_schemes;
    const shown = schemes === undefined ? null : await changeSchemes(tx, locked, schemes, deps.encryptionKeys);
    const changed = await updateSubscription(tx, id, {
      ...plainChanges(body, locked),
      ...(schemes !== undefined && { signatureSchemes: schemes }),
      ...(headers !== undefined && { headerNames: Object.keys(headers) }),
      ...(slack !== null && { slackChannel: slack.slackChannel, ...newTarget(locked, true) }),
      ...(isNewUrl && { url, ...newTarget(locked, verification !== null) }),
      ...newAddress(body, locked, principal),
    });
    if (changed.address !== locked.address) {
      await vouchForAddress(tx, changed, principal);
      if (changed.verifiedAt === null && changed.status !== "disabled" && body.verify) await askAddress(tx, changed);
    }
    const { teamId } = locked;
    await audit(tx, { principal, requestId, action: "subscription.changed", resource: showId("sub", id), teamId });
    return { row: changed, secret: shown };
  });
  return { row, secret, verification };
}

function requireFieldsOf(kind: SubscriptionRow["kind"], body: SubscriptionChanges): void {
  for (const [field, kinds] of Object.entries(ONLY_OF)) {
    if (body[field as keyof typeof ONLY_OF] !== undefined && !kinds.includes(kind)) {
      throw invalidBody(`#/${field}`, "unknown", `is not a field of a subscription of kind ${kind}`);
    }
  }
  if (body.url !== undefined && body.slack !== undefined) {
    throw invalidBody("#/slack", "not_allowed", "Slack is reached by a url or by a bot: send one of them");
  }
}

function plainChanges(body: SubscriptionChanges, row: SubscriptionRow): Partial<SubscriptionRow> {
  const { description, event_types, filter, supersede, retry_schedule, max_concurrency, rate_limit } = body;
  // Lowered for now, it stays lowered: the receiver shows when it is well again.
  const isLowered = row.concurrency < row.maxConcurrency;
  return {
    ...(description !== undefined && { description }),
    ...(event_types !== undefined && { eventTypes: event_types }),
    ...(filter !== undefined && { filter: storedFilter(filter) }),
    ...(supersede !== undefined && { supersede }),
    ...(retry_schedule !== undefined && { retrySchedule: retry_schedule }),
    ...(max_concurrency !== undefined && {
      maxConcurrency: max_concurrency,
      concurrency: isLowered ? Math.min(row.concurrency, max_concurrency) : max_concurrency,
    }),
    ...(rate_limit !== undefined && { rateLimit: rate_limit }),
    ...(body.owner_contact !== undefined && { ownerContact: body.owner_contact }),
    ...(body.metadata !== undefined && { metadata: body.metadata }),
  };
}

/** What is known of the old receiver says nothing about the new one. A disabled or paused subscription stays so. */
function newTarget(row: SubscriptionRow, isVerified: boolean): Partial<SubscriptionRow> {
  const health = readHealth(row);
  const forgotten: EndpointHealth = {
    ...NEW_ENDPOINT_HEALTH,
    toldAt: health.toldAt,
    state: health.state === "paused" ? "paused" : isVerified ? "active" : "pending_verification",
  };
  return {
    ...healthColumns(health.state === "disabled" ? health : forgotten),
    healthDueAt: null,
    verifiedAt: isVerified ? new Date() : null,
    throttledUntil: null,
    rateLimitedSince: null,
    concurrency: row.maxConcurrency,
  };
}

/** The operator vouches for an address; one that a team names has yet to be verified. */
function newAddress(
  { address }: SubscriptionChanges,
  row: SubscriptionRow,
  principal: Principal,
): Partial<SubscriptionRow> {
  if (address === undefined || address === row.address) return {};
  return { address, ...newTarget(row, principal.kind === "admin") };
}
