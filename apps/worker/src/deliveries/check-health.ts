import { nextHealth } from "@relink/core";
import { databaseNow, healthColumns, listDueHealth, lockSubscriptions, readHealth, updateEndpoint } from "@relink/db";
import { tellOwner } from "@relink/items";
import type { SettleDeps } from "./settle-attempts.ts";
import { nextLookAt } from "./store-endpoint.ts";

/**
 * Looks at the clocks of endpoints that fail: warns their owners, and disables those whose time is over.
 *
 * @returns those that were disabled.
 */
export async function checkHealth(deps: SettleDeps): Promise<string[]> {
  const disabled: string[] = [];
  for (const id of await listDueHealth(deps.db)) {
    if (await checkClock(deps, id)) disabled.push(id);
  }
  return disabled;
}

async function checkClock(deps: SettleDeps, id: string): Promise<boolean> {
  return deps.db.transaction(async (tx) => {
    const [subscription] = await lockSubscriptions(tx, [id]);
    const at = await databaseNow(tx);
    if (subscription?.healthDueAt === undefined || subscription.healthDueAt === null || subscription.healthDueAt > at) {
      return false; // Somebody else was faster.
    }
    const isGone = subscription.deletedAt !== null || subscription.isTeamDeleted;
    const before = readHealth(subscription);
    const { health, effects } = isGone ? { health: before, effects: [] } : nextHealth(before, { kind: "ticked", at });
    await updateEndpoint(tx, subscription, {
      ...healthColumns(health),
      healthDueAt: isGone ? null : nextLookAt(health, at),
    });
    for (const notice of effects) await tellOwner(tx, deps.environment, notice, { subscription, health, at });
    return before.state !== health.state;
  });
}
