import { and, eq, isNull, sql } from "drizzle-orm";
import type { Executor } from "../connect.ts";
import { deliveries, subscriptions, teams } from "../schema/index.ts";
import { FIRST_ATTEMPT, isCalled, REPLAY, RETRY } from "./deliveries.ts";
import type { SubscriptionRow } from "./subscriptions.ts";

/** How long the delivery waits that is due for longest, in seconds; 0 if none is. What is throttled is not due. */
export async function oldestDueSeconds(db: Executor): Promise<number> {
  const result = await db.execute<{ seconds: number }>(sql`
    select coalesce(extract(epoch from now() - min(next.due_at)), 0)::float8 as seconds
    from ${subscriptions}
    cross join (values (${FIRST_ATTEMPT}::smallint), (${RETRY}::smallint), (${REPLAY}::smallint)) as of (priority)
    cross join lateral (
      select ${deliveries.dueAt} as due_at from ${deliveries}
      where ${deliveries.subscriptionId} = ${subscriptions.id} and ${deliveries.priority} = of.priority
        and ${deliveries.state} = 'pending' and ${deliveries.dueAt} <= now()
      order by ${deliveries.dueAt} limit 1) as next
    where ${isCalled}`);
  return result.rows[0]?.seconds ?? 0;
}

/** How many webhooks are in which state. A state that none is in is left out. */
export async function countEndpoints(db: Executor): Promise<Map<SubscriptionRow["status"], number>> {
  const rows = await db
    .select({ state: subscriptions.status, count: sql<number>`count(*)::int` })
    .from(subscriptions)
    .innerJoin(teams, eq(teams.id, subscriptions.teamId))
    .where(and(eq(subscriptions.kind, "webhook"), isNull(subscriptions.deletedAt), isNull(teams.deletedAt)))
    .groupBy(subscriptions.status);
  return new Map(rows.map(({ state, count }) => [state, count]));
}

/** The age of the oldest delivery that is kept, in seconds; 0 if there is none. Retention keeps it from growing for ever. */
export async function oldestKeptSeconds(db: Executor): Promise<number> {
  const result = await db.execute<{ seconds: number }>(sql`
    select extract(epoch from now() - ${deliveries.createdAt})::float8 as seconds
    from ${deliveries} order by ${deliveries.id} limit 1`);
  return result.rows[0]?.seconds ?? 0;
}
