/**
 * An end that Plaid has announced for a connection that works.
 *
 * `expiration`: the user's consent ends. `disconnect`: the bank moves to another way of connecting, or its tokens end.
 *
 * @see https://plaid.com/docs/link/update-mode/ (checked 2026-11-22)
 */
export interface Pending {
  kind: "expiration" | "disconnect";
  /** When the connection ends unless the user acts. */
  at: Date;
  /** `CONSENT`, or Plaid's `reason`: `INSTITUTION_MIGRATION`, `INSTITUTION_TOKEN_EXPIRATION`. An open set. */
  reason: string;
}

/** What is known of an Item's consent, besides an announcement. */
export interface Consent {
  /** As `/item/get` said last; `null` if it gave none. */
  expiresAt: Date | null;
  /** When Link was last gone through for it, in update mode. */
  renewedAt: Date | null;
}

/** Plaid announces an end a week ahead. An announcement that was missed is read off the date itself. */
const ANNOUNCED_MS = 7 * 24 * 60 * 60_000;

/**
 * True if the user went through Link after the announcement was made. That was a week before the date, however late the
 * webhook came.
 */
export function isRenewedSince({ pending, since }: { pending: Pending; since: Date }, { renewedAt }: Consent): boolean {
  const madeAt = Math.min(since.getTime(), pending.at.getTime() - ANNOUNCED_MS);
  return renewedAt !== null && renewedAt.getTime() > madeAt;
}

/**
 * What is still announced after an answer of `/item/get` that names no error.
 *
 * No webhook says that an end was averted. An answer shows it for a consent: its date is a later one, or there is none. A
 * disconnection has no date in the answer, so what counts is that the consent's date has changed, or that the user went
 * through Link since. If they went through it before, and nobody has asked since then, a changed date is the mark of that
 * and averts nothing. Once the date has passed the Item works or does not, and the answer says which.
 *
 * @param announced.since - when it was announced.
 * @param known.askedAt - when the question was asked whose answer told of the consent; `null` before the first one.
 */
export function stillPending(
  announced: { pending: Pending; since: Date } | null,
  known: Consent & { askedAt: Date | null },
  answer: { askedAt: Date; consentExpiresAt: Date | null },
): Pending | null {
  const { askedAt, consentExpiresAt } = answer;
  if (announced?.pending.kind === "disconnect" && isDisconnectPending(announced, known, answer)) {
    return announced.pending;
  }
  if (consentExpiresAt === null || consentExpiresAt <= askedAt) return null;
  const isAnnounced = announced?.pending.kind === "expiration" && consentExpiresAt <= announced.pending.at;
  const isNear = consentExpiresAt.getTime() - askedAt.getTime() <= ANNOUNCED_MS;
  return isAnnounced || isNear ? { kind: "expiration", at: consentExpiresAt, reason: "CONSENT" } : null;
}

function isDisconnectPending(
  announced: { pending: Pending; since: Date },
  known: Consent & { askedAt: Date | null },
  { askedAt, consentExpiresAt }: { askedAt: Date; consentExpiresAt: Date | null },
): boolean {
  const { pending } = announced;
  if (askedAt >= pending.at || isRenewedSince(announced, known)) return false;
  const isDateStale = known.renewedAt !== null && (known.askedAt === null || known.renewedAt >= known.askedAt);
  if (isDateStale) return true;
  if (known.expiresAt === null) return consentExpiresAt === null || consentExpiresAt <= pending.at;
  return consentExpiresAt !== null && consentExpiresAt <= known.expiresAt;
}
