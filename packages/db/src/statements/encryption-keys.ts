import { asc, eq } from "drizzle-orm";
import type { Executor, Tx } from "../connect.ts";
import { encryptionKeys } from "../schema/index.ts";

export type EncryptionKeyRow = typeof encryptionKeys.$inferSelect;

/** The keys that sealed columns may be sealed with, in the order of their making. */
export async function listEncryptionKeys(db: Executor): Promise<EncryptionKeyRow[]> {
  return db.select().from(encryptionKeys).orderBy(asc(encryptionKeys.createdAt), asc(encryptionKeys.id));
}

/** Announces a key. Of two processes that do it at once one wins, and the other's canary is dropped. */
export async function insertEncryptionKey(db: Executor, key: Pick<EncryptionKeyRow, "id" | "canary">): Promise<void> {
  await db.insert(encryptionKeys).values(key).onConflictDoNothing();
}

/** Withdraws a key. @returns false if it was not there. */
export async function deleteEncryptionKey(tx: Tx, id: string): Promise<boolean> {
  const result = await tx.delete(encryptionKeys).where(eq(encryptionKeys.id, id));
  return result.rowCount === 1;
}
