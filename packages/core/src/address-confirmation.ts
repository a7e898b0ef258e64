const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

/** How long the link works in a mail that asks an address whether it wants a team's mails. */
export const CONFIRMATION_LIFETIME_MS = DAY_MS;

/** Such mails to one address in a day, whoever wants them sent. */
const PER_ADDRESS_AND_DAY = 5;
/** Such mails that one team may have sent in a day, to whomever. */
const PER_TEAM_AND_DAY = 20;

/** When such mails were owed within the last day, the newest first. */
export interface AskedBefore {
  /** To this address, by any team. */
  address: readonly Date[];
  /** By this team, to any address. */
  team: readonly Date[];
}

/**
 * When a team may ask an address: once an hour and five times a day at most, and whomever it asks no more than twenty
 * times a day, so that nobody can be bothered by a form that anybody of a team may fill in.
 *
 * Pure.
 *
 * @returns `null` if it may be asked now.
 */
export function nextConfirmationAt({ address, team }: AskedBefore, now: Date): Date | null {
  const waits = [
    { since: address[0], forMs: HOUR_MS },
    { since: address[PER_ADDRESS_AND_DAY - 1], forMs: DAY_MS },
    { since: team[PER_TEAM_AND_DAY - 1], forMs: DAY_MS },
  ].flatMap(({ since, forMs }) => (since === undefined ? [] : [since.getTime() + forMs]));
  const at = Math.max(...waits);
  return at > now.getTime() ? new Date(at) : null;
}
