import {
  insertSubscriptionSecrets,
  listSecretsOf,
  oweNotice,
  retireSecrets,
  type SubscriptionRow,
  type Tx,
  updateSubscription,
} from "@relink/db";
import { type KeyRing, Secret, showId } from "@relink/service";
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
    await tellOfNewKeys(tx, row);
    return { row, secret: shown };
  });
}

/**
 * Makes keys for the schemes that are new to a locked subscription, and deletes those of the schemes that it leaves. The
 * owner is told of new keys.
 *
 * @returns the secret that the subscriber has to know, if one was made.
 */
export async function changeSchemes(
  tx: Tx,
  locked: SubscriptionRow,
  wanted: readonly SignatureScheme[],
  keys: KeyRing,
): Promise<string | null> {
  const current = schemesOf(locked);
  const added = wanted.filter((scheme) => !current.includes(scheme));
  const left = current.filter((scheme) => !wanted.includes(scheme));
  if (left.length > 0) await retireSecrets(tx, locked.id, left, 0);
  if (added.length === 0) return null;
  const { sealed, shown } = makeSigningSecrets(locked.id, added, undefined, keys);
  await insertSubscriptionSecrets(tx, sealed);
  await tellOfNewKeys(tx, locked);
  return shown;
}

async function tellOfNewKeys(tx: Tx, { id, ownerContact }: SubscriptionRow): Promise<void> {
  if (ownerContact === null) return;
  const details = { disableAt: null, disabledReason: null };
  await oweNotice(tx, { subscriptionId: id, kind: "secret_rotated", details });
}

/** Two words are stored there and no other. */
function schemesOf({ signatureSchemes }: SubscriptionRow): SignatureScheme[] {
  return signatureSchemes as SignatureScheme[];
}

function schemesToRotate(row: SubscriptionRow, imported: string | undefined): SignatureScheme[] {
  if (row.kind !== "webhook") throw invalidBody("#", "not_allowed", "only what is sent to a webhook is signed");
  const schemes = schemesOf(row);
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
