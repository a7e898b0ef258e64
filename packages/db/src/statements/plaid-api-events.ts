import type { Db } from "../connect.ts";
import { plaidApiEvents } from "../schema/index.ts";

export type NewPlaidApiEvent = typeof plaidApiEvents.$inferInsert;

/** Logs one call to Plaid. */
export async function insertPlaidApiEvent(db: Db, event: NewPlaidApiEvent): Promise<void> {
  await db.insert(plaidApiEvents).values(event);
}
