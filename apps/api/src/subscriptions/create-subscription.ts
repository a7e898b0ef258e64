import { randomUUIDv7 } from "node:crypto";
import { NEW_ENDPOINT_HEALTH, nextHealth } from "@relink/core";
import {
  countSubscriptions,
  healthColumns,
  insertSubscription,
  insertSubscriptionSecrets,
  lockTeam,
  type NewSubscription as NewRow,
  type SubscriptionRow,
} from "@relink/db";
import { API_VERSION } from "@relink/delivery";
import { Secret, showId } from "@relink/service";
import { audit } from "../audit.ts";
import { invalidBody } from "../invalid-body.ts";
import type { RequestContext } from "../operation.ts";
import type { Principal } from "../principal.ts";
import { Problem } from "../problem.ts";
import { askAddress, vouchForAddress } from "./confirm-address.ts";
import type { SubscriptionDeps } from "./deps.ts";
import type { NewSubscription } from "./new-subscription.ts";
import { requireSlackUrl, requireTarget } from "./require-target.ts";
import { makeSigningSecrets, schemeOf, type SealedSecret, sealHeaders, sealSecret } from "./secrets.ts";
import { storedFilter } from "./stored-filter.ts";

const MAX_PER_TEAM = 50;

/**
 * Stores a new subscription with its secrets. A webhook is not verified yet; an address that a team names is owed the mail
 * that asks it.
 *
 * @returns what was stored, and the signing secret, if there is one that the subscriber has to know.
 */
export async function createSubscription(
  deps: SubscriptionDeps,
  body: NewSubscription,
  { principal, requestId }: RequestContext,
): Promise<{ row: SubscriptionRow; secret: string | null }> {
  const teamId = requireTeam(principal, body.team_id);
  const id = randomUUIDv7();
  const { columns, sealed, secret } = await readKind(deps, id, body);
  const canStart = body.kind === "slack" || (body.kind === "email" && principal.kind === "admin");
  const row = await deps.db.transaction(async (tx) => {
    if ((await lockTeam(tx, teamId)) === null)
      throw invalidBody("#/team_id", "not_allowed", "there is no team with this id");
    if ((await countSubscriptions(tx, teamId)) >= MAX_PER_TEAM) {
      throw new Problem(
        "limit-reached",
        `a team has at most ${MAX_PER_TEAM} subscriptions: delete one that is not used`,
      );
    }
    const made = await insertSubscription(tx, {
      id,
      teamId,
      kind: body.kind,
      ...columns,
      description: body.description ?? null,
      eventTypes: body.event_types,
      filter: storedFilter(body.filter ?? {}),
      supersede: body.supersede ?? false,
      ownerContact: body.owner_contact ?? null,
      metadata: body.metadata ?? {},
      apiVersion: API_VERSION,
      ...startingHealth({ canStart, isEnabled: body.enabled }),
    });
    await insertSubscriptionSecrets(tx, sealed);
    await vouchForAddress(tx, made, principal);
    if (made.kind === "email" && made.status === "pending_verification") await askAddress(tx, made);
    await audit(tx, { principal, requestId, action: "subscription.created", resource: showId("sub", id), teamId });
    return made;
  });
  return { row, secret };
}

function requireTeam(principal: Principal, sent: string | undefined): string {
  if (principal.kind === "admin") {
    if (sent === undefined) throw invalidBody("#/team_id", "required", "is missing: the admin key is no team's");
    return sent;
  }
  if (sent !== undefined && sent !== principal.teamId) {
    throw invalidBody("#/team_id", "not_allowed", "must be the key's own team, or be left away");
  }
  return principal.teamId;
}

/** What only subscriptions of its kind have. */
type KindColumns = Pick<
  NewRow,
  | "url"
  | "address"
  | "slackChannel"
  | "signatureSchemes"
  | "headerNames"
  | "retrySchedule"
  | "maxConcurrency"
  | "concurrency"
  | "rateLimit"
>;

interface ReadKind {
  columns: KindColumns;
  sealed: SealedSecret[];
  secret: string | null;
}

async function readKind(deps: SubscriptionDeps, id: string, body: NewSubscription): Promise<ReadKind> {
  switch (body.kind) {
    case "webhook": {
      if (body.secret !== undefined && !body.signature_schemes.includes(schemeOf(body.secret))) {
        throw invalidBody("#/secret", "not_allowed", "is for a scheme that is not one of signature_schemes");
      }
      const url = await requireTarget(body.url, deps);
      const imported = body.secret === undefined ? undefined : new Secret(body.secret);
      const { sealed, shown } = makeSigningSecrets(id, body.signature_schemes, imported, deps.encryptionKeys);
      const maxConcurrency = body.max_concurrency ?? 5;
      const columns = {
        url,
        signatureSchemes: body.signature_schemes,
        headerNames: Object.keys(body.headers ?? {}),
        retrySchedule: body.retry_schedule ?? null,
        maxConcurrency,
        concurrency: maxConcurrency,
        rateLimit: body.rate_limit ?? null,
      };
      const headers = sealHeaders(id, body.headers ?? {}, deps.encryptionKeys);
      return { columns, sealed: [...sealed, ...headers], secret: shown };
    }
    case "slack": {
      const { slackChannel, sealed } = readSlack(deps, id, body);
      return { columns: { slackChannel, signatureSchemes: [] }, sealed: [sealed], secret: null };
    }
    case "email":
      return { columns: { address: body.address, signatureSchemes: [] }, sealed: [], secret: null };
  }
}

/** How Slack is reached: by exactly one of the two, which has been checked. */
export function readSlack(
  { encryptionKeys }: SubscriptionDeps,
  id: string,
  { url, slack }: Pick<Extract<NewSubscription, { kind: "slack" }>, "url" | "slack">,
): { slackChannel: string | null; sealed: SealedSecret } {
  if (slack !== undefined) {
    const sealed = sealSecret(id, "slack_token", new Secret(slack.bot_token), encryptionKeys);
    return { slackChannel: slack.channel, sealed };
  }
  const text = url ?? "";
  requireSlackUrl(text);
  return { slackChannel: null, sealed: sealSecret(id, "slack_url", new Secret(text), encryptionKeys) };
}

/** Slack's URL or token shows by itself that somebody may post there; an address is asked, if the operator does not vouch for it. */
function startingHealth({ canStart, isEnabled }: { canStart: boolean; isEnabled: boolean }) {
  const now = new Date();
  const started = canStart ? nextHealth(NEW_ENDPOINT_HEALTH, { kind: "enabled" }).health : NEW_ENDPOINT_HEALTH;
  const { health } = isEnabled
    ? { health: started }
    : nextHealth(started, { kind: "disabled", at: now, reason: "manual" });
  return { ...healthColumns(health), verifiedAt: canStart ? now : null };
}
