import { openSealed, type SealedPlace, type SubscriptionSecretRow } from "@relink/db";
import { parseSigningSecret, type SigningKey } from "@relink/delivery";
import type { KeyRing } from "@relink/service";

type SealedSecret = Pick<SubscriptionSecretRow, "id" | "secret">;

/** Where the secret of a subscription is sealed. */
export function secretPlace(rowId: string): SealedPlace {
  return { column: "subscription_secrets.secret", rowId, environment: "any" };
}

/**
 * The keys that requests are signed with, in the order of their rows.
 *
 * @throws SealError if one does not open, as with a key that was taken out of the ring.
 */
export function openSigningKeys(rows: readonly SealedSecret[], keys: KeyRing): SigningKey[] {
  return rows.map(({ id, secret }) => parseSigningSecret(openSealed(secret, secretPlace(id), keys)));
}

/**
 * The headers that a subscriber wants to be sent along.
 *
 * @param row - of kind `headers`; null or undefined if there are none.
 * @throws SealError if they do not open.
 */
export function openCustomHeaders(row: SealedSecret | null | undefined, keys: KeyRing): Record<string, string> {
  if (row === null || row === undefined) return {};
  // Checked before they were sealed.
  return JSON.parse(openSealed(row.secret, secretPlace(row.id), keys).reveal()) as Record<string, string>;
}
