import { and, asc, eq } from "drizzle-orm";
import type { Executor, Tx } from "../connect.ts";
import { accounts } from "../schema/index.ts";

export type AccountRow = typeof accounts.$inferSelect;

/** Notes that the user withdrew one account. The first time counts. */
export async function revokeAccount(tx: Tx, itemId: string, plaidAccountId: string, at: Date): Promise<void> {
  await tx.insert(accounts).values({ itemId, plaidAccountId, revokedAt: at }).onConflictDoNothing();
}

export async function listAccounts(db: Executor, itemId: string): Promise<AccountRow[]> {
  return db
    .select()
    .from(accounts)
    .where(and(eq(accounts.itemId, itemId)))
    .orderBy(asc(accounts.id));
}
