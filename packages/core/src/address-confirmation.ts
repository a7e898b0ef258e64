const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

/** How long the link works in a mail that asks an address whether it wants a team's mails. */
export const CONFIRMATION_LIFETIME_MS = DAY_MS;

/** Such mails to one address in a day, whoever wants them sent. */
const CONFIRMATIONS_PER_DAY = 5;

/**
 * When an address may be asked again: once an hour and five times a day at most, so that nobody can be bothered by a form
 * that anybody of a team may fill in.
 *
 * Pure.
 *
 * @param askedAt - when it was asked within the last day, by any team, the newest first.
 * @returns `null` if it may be asked now.
 */
export function nextConfirmationAt(askedAt: readonly Date[], now: Date): Date | null {
  const waits = [
    { since: askedAt[0], forMs: HOUR_MS },
    { since: askedAt[CONFIRMATIONS_PER_DAY - 1], forMs: DAY_MS },
  ].flatMap(({ since, forMs }) => (since === undefined ? [] : [since.getTime() + forMs]));
  const at = Math.max(...waits);
  return at > now.getTime() ? new Date(at) : null;
}
