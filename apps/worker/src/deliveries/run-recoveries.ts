import {
  advanceRecovery,
  databaseNow,
  endRecovery,
  isReplayQueueFull,
  isReplaying,
  listOpenRecoveries,
  lockRecovery,
  lockSubscriptions,
  type RecoveryRow,
  takeBatch,
  type Tx,
} from "@relink/db";
import { otherFact, publishEvents } from "@relink/items";
import { showId } from "@relink/service";
import type { SettleDeps } from "./settle-attempts.ts";

const BATCH_SIZE = 100;
/** For an endpoint without a limit of its own. */
const PER_SECOND = 100;
/** So much is given to the workers ahead of time, and no more: what is given cannot be called back. */
const AHEAD_MS = 3_000;

/**
 * Goes on with every recovery: makes its next deliveries due, at the pace of their endpoint, and ends it once all of them
 * were attempted. Safe to run in every worker and to break off at any point.
 *
 * @returns the recoveries that have come to their end.
 */
export async function runRecoveries(deps: SettleDeps): Promise<string[]> {
  const ended: string[] = [];
  for (const open of await listOpenRecoveries(deps.db)) {
    let next: Step;
    do {
      next = await deps.db.transaction((tx) => step(tx, deps.environment, open));
    } while (next === "took_some");
    if (next === "ended") ended.push(open.id);
  }
  return ended;
}

type Step = "took_some" | "waits" | "ended";

async function step(
  tx: Tx,
  environment: SettleDeps["environment"],
  { id, subscriptionId }: Pick<RecoveryRow, "id" | "subscriptionId">,
): Promise<Step> {
  const [subscription] = await lockSubscriptions(tx, [subscriptionId]);
  const recovery = await lockRecovery(tx, id);
  if (subscription === undefined || recovery === null) return "waits";
  if (subscription.deletedAt !== null || subscription.isTeamDeleted || subscription.status === "disabled") {
    await endRecovery(tx, id, "failed");
    return "ended";
  }
  const now = await databaseNow(tx);
  const from = new Date(Math.max(now.getTime(), recovery.nextBatchAt?.getTime() ?? 0));
  const isAhead = from.getTime() > now.getTime() + AHEAD_MS;
  if (isAhead || (await isReplayQueueFull(tx, subscriptionId, BATCH_SIZE, AHEAD_MS))) return "waits";

  const everyMs = 1_000 / (subscription.rateLimit ?? PER_SECOND);
  const { count, cursor, missedCursor } = await takeBatch(tx, recovery, subscription, BATCH_SIZE, { from, everyMs });
  if (count > 0) {
    const nextBatchAt = new Date(from.getTime() + count * everyMs);
    await advanceRecovery(tx, id, { cursor, missedCursor, processed: recovery.processed + count, nextBatchAt });
    return "took_some";
  }
  if (await isReplaying(tx, recovery)) return "waits";
  await endRecovery(tx, id, "completed");
  const about = { at: now, environment, teamId: recovery.teamId };
  const { total, processed } = recovery;
  await publishEvents(tx, [
    otherFact("recovery.completed", {
      ...about,
      data: {
        recovery_id: showId("rcv", id),
        subscription_id: showId("sub", subscriptionId),
        total,
        processed,
      },
    }),
  ]);
  return "ended";
}
