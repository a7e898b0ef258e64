import { and, eq, isNull, lte, sql } from "drizzle-orm";
import type { Db, Executor } from "../connect.ts";
import { institutionTroubles } from "../schema/index.ts";

/** Notes that Plaid alerts to a bank's trouble, unless that is known. */
export async function beginTrouble(db: Executor, institutionId: string, recheckMs: number): Promise<void> {
  await db
    .insert(institutionTroubles)
    .values({ institutionId, source: "alert", recheckAt: sql`now() + ${recheckMs} * interval '1 millisecond'` })
    .onConflictDoNothing();
}

export async function endTrouble(db: Executor, institutionId: string): Promise<void> {
  await db
    .update(institutionTroubles)
    .set({ endedAt: sql`now()` })
    .where(and(eq(institutionTroubles.institutionId, institutionId), isNull(institutionTroubles.endedAt)));
}

export async function isInTrouble(db: Executor, institutionId: string): Promise<boolean> {
  const rows = await db
    .select({ id: institutionTroubles.id })
    .from(institutionTroubles)
    .where(and(eq(institutionTroubles.institutionId, institutionId), isNull(institutionTroubles.endedAt)));
  return rows.length > 0;
}

/** Banks in trouble about which Plaid is to be asked now. Nobody else asks within `recheckMs`. */
export async function claimTroubles(db: Db, recheckMs: number): Promise<{ institutionId: string; beganAt: Date }[]> {
  return db
    .update(institutionTroubles)
    .set({ recheckAt: sql`now() + ${recheckMs} * interval '1 millisecond'` })
    .where(and(isNull(institutionTroubles.endedAt), lte(institutionTroubles.recheckAt, sql`now()`)))
    .returning({ institutionId: institutionTroubles.institutionId, beganAt: institutionTroubles.beganAt });
}
