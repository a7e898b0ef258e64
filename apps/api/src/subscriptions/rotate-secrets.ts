import {
  insertSubscriptionSecrets,
  listSecretsOf,
  oweNotice,
  retireSecrets,
  type SubscriptionRow,
  updateSubscription,
} from "@relink/db";
import { Secret, showId } from "@relink/service";
import { audit } from "../audit.ts";
import { invalidBody } from "../invalid-body.ts";
import type { RequestContext } from "../operation.ts";
import { teamOf } from "../principal.ts";
import { Problem } from "../problem.ts";
import type { SubscriptionDeps } from "./deps.ts";
import { requireLockedSubscription } from "./read-subscription.ts";
import { makeSigningSecrets, schemeOf, type SignatureScheme } from "./secrets.ts";

/** Old secrets of one scheme that may sign beside the newest. */
const MAX_OLD = 3;

/**
 * Gives a subscription new keys to sign with, all of them or the one that is brought along. Those before them sign as well
 * until the overlap is over. The owner is told.
 */
export async function rotateSecrets(
  deps: SubscriptionDeps,
  id: string,
  { overlapSeconds, imported }: { overlapSeconds: number; imported: string | undefined },
  { principal, requestId }: RequestContext,
): Promise<{ row: SubscriptionRow; secret: string | null }> {
  return deps.db.transaction(async (tx) => {
    const locked = await requireLockedSubscription(tx, id, teamOf(principal));
    const schemes = schemesToRotate(locked, imported);
    const old = (await listSecretsOf(tx, [id])).filter(({ expiresAt }) => expiresAt !== null);
    for (const scheme of schemes) {
      const kept = old.filter(({ kind }) => kind === scheme);
      if (overlapSeconds > 0 && kept.length >= MAX_OLD) throw tooMany(kept.map(({ expiresAt }) => expiresAt));
    }
    const secret = imported === undefined ? undefined : new Secret(imported);
    const { sealed, shown } = makeSigningSecrets(id, schemes, secret, deps.encryptionKeys);
    await retireSecrets(tx, id, schemes, overlapSeconds);
    await insertSubscriptionSecrets(tx, sealed);
    const row = await updateSubscription(tx, id, {});
    const resource = showId("sub", id);
    await audit(tx, { principal, requestId, action: "subscription.secret_rotated", resource, teamId: row.teamId });
    if (row.ownerContact !== null) {
      const details = { disableAt: null, disabledReason: null };
      await oweNotice(tx, { subscriptionId: id, kind: "secret_rotated", details });
    }
    return { row, secret: shown };
  });
}

function schemesToRotate({ kind, signatureSchemes }: SubscriptionRow, imported: string | undefined): SignatureScheme[] {
  if (kind !== "webhook") throw invalidBody("#", "not_allowed", "only what is sent to a webhook is signed");
  // Two words are stored there and no other.
  const schemes = signatureSchemes as SignatureScheme[];
  if (imported === undefined) return schemes;
  const scheme = schemeOf(imported);
  if (!schemes.includes(scheme))
    throw invalidBody("#/secret", "not_allowed", "is for a scheme that the subscription does not use");
  return [scheme];
}

function tooMany(expiries: readonly (Date | null)[]): Problem {
  const next = Math.min(...expiries.flatMap((at) => at?.getTime() ?? []));
  return new Problem(
    "too-many-secrets",
    `${MAX_OLD} old secrets are still good, the first of them until ${new Date(next).toISOString()}: wait for it, or send overlap_s 0`,
  );
}
