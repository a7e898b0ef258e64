import { and, desc, eq, gt, isNull, lt, or, sql } from "drizzle-orm";
import type { Db, Executor, Tx } from "../connect.ts";
import { apiKeys, teams } from "../schema/index.ts";

/** A key without its hash, which nobody needs to see. */
export type ApiKeyRow = Omit<typeof apiKeys.$inferSelect, "hash">;

const { id, teamId, name, hint, scopes, createdAt, lastUsedAt, expiresAt, revokedAt } = apiKeys;
const shown = { id, teamId, name, hint, scopes, createdAt, lastUsedAt, expiresAt, revokedAt };

/** The key with this hash, if it opens anything at this moment: not revoked, not expired, of a team that is there. */
export async function findLiveApiKey(db: Executor, hash: Buffer): Promise<ApiKeyRow | null> {
  const [row] = await db
    .select(shown)
    .from(apiKeys)
    .innerJoin(teams, eq(teams.id, apiKeys.teamId))
    .where(
      and(
        eq(apiKeys.hash, hash),
        isNull(apiKeys.revokedAt),
        or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, sql`now()`)),
        isNull(teams.deletedAt),
      ),
    );
  return row ?? null;
}

export async function findApiKey(db: Executor, keyId: string): Promise<ApiKeyRow | null> {
  const [row] = await db.select(shown).from(apiKeys).where(eq(apiKeys.id, keyId));
  return row ?? null;
}

/** Notes that a key is used, to the minute: within one, only the first use writes. */
export async function noteApiKeyUse(db: Executor, keyId: string): Promise<void> {
  await db.execute(sql`
    update ${apiKeys} set last_used_at = date_trunc('minute', now())
    where id = ${keyId} and (last_used_at is null or last_used_at < date_trunc('minute', now()))`);
}

export async function insertApiKey(tx: Tx, key: typeof apiKeys.$inferInsert): Promise<ApiKeyRow> {
  const [row] = await tx.insert(apiKeys).values(key).returning(shown);
  if (row === undefined) throw new TypeError("an insert returns its row");
  return row;
}

/** A page of a team's keys, newest first, with those that were revoked or have expired. */
export async function listApiKeys(
  db: Db,
  ofTeam: string,
  page: { limit: number; before?: string | undefined },
): Promise<ApiKeyRow[]> {
  return db
    .select(shown)
    .from(apiKeys)
    .where(and(eq(apiKeys.teamId, ofTeam), page.before === undefined ? undefined : lt(apiKeys.id, page.before)))
    .orderBy(desc(apiKeys.id))
    .limit(page.limit);
}

/** Ends a key. The next request with it is refused. @returns null if there is none that was not revoked before. */
export async function revokeApiKey(tx: Tx, keyId: string): Promise<ApiKeyRow | null> {
  const [row] = await tx
    .update(apiKeys)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(apiKeys.id, keyId), isNull(apiKeys.revokedAt)))
    .returning(shown);
  return row ?? null;
}
