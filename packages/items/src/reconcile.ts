import { TROUBLE_LONGEST_MS, TROUBLE_RECHECK_MS } from "@relink/core";
import {
  claimTroubles,
  databaseNow,
  type Db,
  endTrouble,
  moveMark,
  readMark,
  requestReconciliation,
  requestReconciliationOf,
} from "@relink/db";
import { PlaidApiError, type PlaidClient, PlaidUnreachableError } from "@relink/plaid";

/** An Item that nobody asked about for so long is asked about. */
const RECONCILE_AFTER_MS = 24 * 60 * 60_000;
/** With this pause between two signs of life, no worker was there; webhooks may have been lost meanwhile. */
const OUTAGE_MS = 30 * 60_000;
/** A sweep comes once a minute. Less than the questions that the workers may ask in one, so that hints find room. */
const ITEMS_PER_SWEEP = 2_000;

/**
 * Makes questions due about Items whose truth nobody has asked for lately: first those never asked about, then those not
 * asked about for longest. After an outage of ours that is every Item, at once, as fast as Plaid's limits let it be.
 *
 * To be called once a minute, by one of the workers.
 *
 * @returns our ids of the Items.
 */
export async function reconcile(db: Db): Promise<string[]> {
  const lastSeen = await moveMark(db, "alive");
  const now = (await databaseNow(db)).getTime();
  if (lastSeen !== null && now - lastSeen.getTime() > OUTAGE_MS) await moveMark(db, "reconcile_all");
  const outage = (await readMark(db, "reconcile_all"))?.getTime() ?? 0;
  const notSince = new Date(Math.max(now - RECONCILE_AFTER_MS, outage));
  return requestReconciliation(db, { notSince, limit: ITEMS_PER_SWEEP });
}

/** Plaid tries for a day; what came to nothing is known some time after that. */
const UNDELIVERED_MS = 2 * 24 * 60 * 60_000;

/**
 * Asks Plaid which of its webhooks never arrived, and makes questions due about their Items, unless somebody has asked
 * since. A beta of Plaid's, which not every client may use.
 *
 * @returns how many Items are to be asked about.
 * @throws PlaidApiError, PlaidUnreachableError.
 */
export async function makeUpForUndelivered(deps: {
  db: Db;
  plaid: Pick<PlaidClient, "listWebhookEvents">;
}): Promise<number> {
  let items = 0;
  let start: Parameters<PlaidClient["listWebhookEvents"]>[0] = { since: new Date(Date.now() - UNDELIVERED_MS) };
  for (;;) {
    const { events, hasMore, cursor } = await deps.plaid.listWebhookEvents(start, ["failed"]);
    const missed = events.flatMap(({ plaidItemId, sentAt }) => (plaidItemId === null ? [] : [{ plaidItemId, sentAt }]));
    items += await requestReconciliationOf(deps.db, missed);
    if (!hasMore) return items;
    start = { cursor };
  }
}

/**
 * Asks Plaid about the banks that had trouble, and notes which have none any more. One of which Plaid says nothing is
 * taken for well after a day, for no trouble may keep mails back for ever.
 *
 * @returns the banks whose trouble is over.
 */
export async function recheckTroubles(deps: {
  db: Db;
  plaid: Pick<PlaidClient, "getInstitutionHealth">;
  /** Where the Items are: Plaid finds a bank only by the countries it serves. */
  countryCodes: readonly string[];
}): Promise<string[]> {
  const over: string[] = [];
  const now = (await databaseNow(deps.db)).getTime();
  for (const { institutionId, beganAt } of await claimTroubles(deps.db, TROUBLE_RECHECK_MS)) {
    const health = await deps.plaid.getInstitutionHealth(institutionId, deps.countryCodes).catch((error: unknown) => {
      if (error instanceof PlaidApiError || error instanceof PlaidUnreachableError) return "unknown" as const;
      throw error;
    });
    const isTooLong = now - beganAt.getTime() > TROUBLE_LONGEST_MS;
    if (health !== "healthy" && !isTooLong) continue;
    await endTrouble(deps.db, institutionId);
    over.push(institutionId);
  }
  return over;
}
