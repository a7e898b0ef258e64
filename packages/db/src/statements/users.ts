import { and, desc, eq, lt, sql } from "drizzle-orm";
import type { Db, Executor } from "../connect.ts";
import { users } from "../schema/index.ts";

export type UserRow = typeof users.$inferSelect;

/** Adds a user, or brings one that is known up to date. */
export async function upsertUser(
  db: Executor,
  user: Pick<UserRow, "externalId" | "email" | "name" | "locale" | "timeZone">,
): Promise<UserRow> {
  const { externalId: _externalId, ...changed } = user;
  const [row] = await db
    .insert(users)
    .values(user)
    .onConflictDoUpdate({ target: users.externalId, set: { ...changed, updatedAt: sql`now()` } })
    .returning();
  if (row === undefined) throw new TypeError("an upsert returns its row");
  return row;
}

export async function findUser(db: Executor, id: string): Promise<UserRow | null> {
  const [row] = await db.select().from(users).where(eq(users.id, id));
  return row ?? null;
}

/** The language of a user, for whoever may not read the name and the address. */
export async function findUserLocale(db: Executor, id: string): Promise<string | null> {
  const [row] = await db.select({ locale: users.locale }).from(users).where(eq(users.id, id));
  return row?.locale ?? null;
}

/** A page of users, newest first. */
export async function listUsers(
  db: Db,
  filter: { id?: string; externalId?: string | undefined },
  page: { limit: number; before?: string | undefined },
): Promise<UserRow[]> {
  return db
    .select()
    .from(users)
    .where(
      and(
        filter.id === undefined ? undefined : eq(users.id, filter.id),
        filter.externalId === undefined ? undefined : eq(users.externalId, filter.externalId),
        page.before === undefined ? undefined : lt(users.id, page.before),
      ),
    )
    .orderBy(desc(users.id))
    .limit(page.limit);
}
