import type { Tx } from "../connect.ts";
import { accounts } from "../schema/index.ts";

export type AccountRow = typeof accounts.$inferSelect;

/** Notes that the user withdrew one account. The first time counts. */
export async function revokeAccount(tx: Tx, itemId: string, plaidAccountId: string, at: Date): Promise<void> {
  await tx.insert(accounts).values({ itemId, plaidAccountId, revokedAt: at }).onConflictDoNothing();
}
