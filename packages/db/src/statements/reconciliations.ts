import { sql } from "drizzle-orm";
import type { Db, Tx } from "../connect.ts";
import { marks, reconciliations } from "../schema/index.ts";

export type ReconciliationRow = typeof reconciliations.$inferSelect;

/** Notes what the sweep found to be other than the webhooks had said. */
export async function insertReconciliation(tx: Tx, found: typeof reconciliations.$inferInsert): Promise<void> {
  await tx.insert(reconciliations).values(found);
}

/** Reads a mark and moves it to now. @returns where it was; `null` if there was none. */
export async function moveMark(db: Db, name: (typeof marks.$inferSelect)["name"]): Promise<Date | null> {
  const result = await db.execute<{ before: string | null }>(sql`
    with old as (select at from ${marks} where name = ${name})
    insert into ${marks} (name, at) values (${name}, now())
    on conflict (name) do update set at = now()
    returning (select at::text from old) as before`);
  const before = result.rows[0]?.before ?? null;
  return before === null ? null : new Date(before);
}

export async function readMark(db: Db, name: (typeof marks.$inferSelect)["name"]): Promise<Date | null> {
  const result = await db.execute<{ at: string }>(sql`select at::text from ${marks} where name = ${name}`);
  const at = result.rows[0]?.at;
  return at === undefined ? null : new Date(at);
}
