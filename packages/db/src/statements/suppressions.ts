import { eq } from "drizzle-orm";
import type { Executor } from "../connect.ts";
import { suppressions } from "../schema/index.ts";

export type SuppressionRow = typeof suppressions.$inferSelect;

/** Puts an address on the list of those that are not written to. The first reason stays. */
export async function suppressAddress(db: Executor, address: string, reason: SuppressionRow["reason"]): Promise<void> {
  await db.insert(suppressions).values({ address: address.toLowerCase(), reason }).onConflictDoNothing();
}

export async function findSuppression(db: Executor, address: string): Promise<SuppressionRow | null> {
  const [row] = await db.select().from(suppressions).where(eq(suppressions.address, address.toLowerCase()));
  return row ?? null;
}
