import { randomUUIDv7 } from "node:crypto";
import { and, eq, isNull, sql } from "drizzle-orm";
import type { Db } from "../connect.ts";
import { idempotencyKeys } from "../schema/index.ts";

export type IdempotencyRow = typeof idempotencyKeys.$inferSelect;

/** How long an answer is given again. */
export const IDEMPOTENCY_HOURS = 24;
/**
 * After that long a request without an answer was cut off, and may be made anew. Only a registration that waits for Plaid
 * three times may take longer, and that one may be made twice.
 */
const CUT_OFF_SECONDS = 60;

/** What is known about a key of a caller's. */
export type ClaimedKey =
  /** It is the caller's now, who makes the request and then either stores its answer or releases the key. */
  | { kind: "claimed"; id: string }
  /** The request was made before; its answer is null as long as it is under way. */
  | { kind: "known"; row: IdempotencyRow };

/**
 * Claims a key for a request. Of several that do it at the same moment, one gets it: the constraint on (actor, key)
 * decides. A key whose answer is too old is taken like a new one, and so is one whose request was cut off, by the same
 * request only.
 */
export async function claimIdempotencyKey(
  db: Db,
  request: Pick<IdempotencyRow, "actor" | "key" | "fingerprint">,
): Promise<ClaimedKey> {
  const { actor, key, fingerprint } = request;
  const id = randomUUIDv7();
  const claimed = await db.execute(sql`
    insert into ${idempotencyKeys} as old (id, actor, key, fingerprint) values (${id}, ${actor}, ${key}, ${fingerprint})
    on conflict (actor, key) do update
      set id = excluded.id, fingerprint = excluded.fingerprint, created_at = now(), status = null, headers = null, body = null
      where old.created_at < now() - ${IDEMPOTENCY_HOURS} * interval '1 hour'
        or (old.status is null and old.fingerprint = excluded.fingerprint
          and old.created_at < now() - ${CUT_OFF_SECONDS} * interval '1 second')`);
  if (claimed.rowCount === 1) return { kind: "claimed", id };
  const [row] = await db
    .select()
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.actor, actor), eq(idempotencyKeys.key, key)));
  // Released, or deleted for its age, a moment ago.
  return row === undefined ? claimIdempotencyKey(db, request) : { kind: "known", row };
}

/** Keeps the answer of a request, unless another one has taken the key over meanwhile. */
export async function storeIdempotentAnswer(
  db: Db,
  id: string,
  answer: { status: number; headers: Record<string, string>; body: Buffer },
): Promise<void> {
  await db
    .update(idempotencyKeys)
    .set(answer)
    .where(and(eq(idempotencyKeys.id, id), isNull(idempotencyKeys.status)));
}

/** Gives a key back whose request did not end well, so that it can be made anew at once. */
export async function releaseIdempotencyKey(db: Db, id: string): Promise<void> {
  await db.delete(idempotencyKeys).where(and(eq(idempotencyKeys.id, id), isNull(idempotencyKeys.status)));
}
