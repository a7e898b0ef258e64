import { and, asc, desc, eq, exists, getTableColumns, gt, inArray, isNull, lte, ne, or, sql } from "drizzle-orm";
import type { Db, Tx } from "../connect.ts";
import { deliveries, notifications, subscriptions, subscriptionSecrets, teams } from "../schema/index.ts";
import type { DeliveryRow } from "./delivery-log.ts";
import type { SubscriptionRow, SubscriptionSecretRow } from "./subscriptions.ts";

export type NotificationRow = typeof notifications.$inferSelect;

/** Slack takes about one message a second in a channel. https://docs.slack.dev/apis/web-api/rate-limits (checked 2026-11-22) */
const CHANNEL_PACE_MS = 1_000;

/** True for subscriptions through which people are told. */
const isChannel = inArray(subscriptions.kind, ["slack", "email"]);

/** True for those that are sent to at the moment. */
const isOpen = and(
  inArray(subscriptions.status, ["active", "failing"]),
  isNull(subscriptions.deletedAt),
  or(isNull(subscriptions.throttledUntil), lte(subscriptions.throttledUntil, sql`now()`)),
  sql`exists (select from ${teams} where ${teams.id} = ${subscriptions.teamId} and ${teams.deletedAt} is null)`,
);

/** What is due of one subscription; by each priority, because only then the index ends at what is not due yet. */
export const isDueDelivery = sql`${deliveries.state} = 'pending' and ${deliveries.priority} in (0, 1, 2)
  and ${deliveries.dueAt} <= now()`;

const isOfChannel = eq(notifications.subscriptionId, subscriptions.id);
const isLost = and(ne(notifications.state, "idle"), lte(notifications.leaseUntil, sql`now()`));

/**
 * Subscriptions of Slack and mail for which there is something to do: an event to be told, a message to be sent or changed,
 * or one whose worker is gone.
 */
export async function listDueChannels(db: Db): Promise<string[]> {
  const hasDelivery = sql`exists (select from ${deliveries}
    where ${deliveries.subscriptionId} = ${subscriptions.id} and ${isDueDelivery})`;
  const hasMessage = exists(
    db
      .select({ found: sql`1` })
      .from(notifications)
      .where(and(isOfChannel, lte(notifications.dueAt, sql`now()`))),
  );
  const hasLost = exists(
    db
      .select({ found: sql`1` })
      .from(notifications)
      .where(and(isOfChannel, isLost)),
  );
  const rows = await db
    .select({ id: subscriptions.id })
    .from(subscriptions)
    .where(and(isChannel, or(and(isOpen, or(hasDelivery, hasMessage)), hasLost)))
    .orderBy(asc(subscriptions.id));
  return rows.map(({ id }) => id);
}

/**
 * Locks a subscription of Slack or mail until the transaction ends, if nobody else is at it: one message at a time goes out
 * to it, counted over all workers.
 *
 * @returns with it, whether it is sent to at the moment.
 */
export async function lockChannel(tx: Tx, id: string): Promise<(SubscriptionRow & { isOpen: boolean }) | null> {
  const [row] = await tx
    .select({ ...getTableColumns(subscriptions), isOpen: sql<boolean>`${isOpen}` })
    .from(subscriptions)
    .where(and(eq(subscriptions.id, id), isChannel))
    .for("no key update", { skipLocked: true });
  return row ?? null;
}

/** True while a message goes out to a subscription, or has just gone out. */
export async function isChannelBusy(tx: Tx, subscriptionId: string): Promise<boolean> {
  const isUnderWay = and(ne(notifications.state, "idle"), gt(notifications.leaseUntil, sql`now()`));
  const isFresh = gt(notifications.attemptedAt, sql`now() - ${CHANNEL_PACE_MS} * interval '1 millisecond'`);
  const busy = await tx.$count(
    notifications,
    and(eq(notifications.subscriptionId, subscriptionId), or(isUnderWay, isFresh)),
  );
  return busy > 0;
}

/** Messages whose worker is gone. */
export async function listLostNotifications(tx: Tx, subscriptionId: string): Promise<NotificationRow[]> {
  return tx
    .select()
    .from(notifications)
    .where(and(eq(notifications.subscriptionId, subscriptionId), isLost));
}

/**
 * Takes the message of a locked subscription that is due for longest, unless one of its group has just gone out. Nobody else
 * takes it within the lease.
 *
 * @param options.at - the database's time.
 */
export async function takeDueNotification(
  tx: Tx,
  subscriptionId: string,
  options: { at: Date; leaseMs: number; windowMs: number },
): Promise<NotificationRow | null> {
  const { at, leaseMs, windowMs } = options;
  const [due] = await tx
    .select({ id: notifications.id })
    .from(notifications)
    .where(
      and(
        eq(notifications.subscriptionId, subscriptionId),
        eq(notifications.state, "idle"),
        lte(notifications.dueAt, at),
        sql`not exists (select from notifications sibling where sibling.subscription_id = ${notifications.subscriptionId}
          and sibling.group_key = ${notifications.groupKey}
          and sibling.attempted_at > ${new Date(at.getTime() - windowMs)})`,
      ),
    )
    .orderBy(asc(notifications.dueAt), asc(notifications.id))
    .limit(1);
  if (due === undefined) return null;
  const [taken] = await tx
    .update(notifications)
    .set({
      state: "sending",
      dueAt: null,
      attemptedAt: at,
      leaseUntil: new Date(at.getTime() + leaseMs),
    })
    .where(eq(notifications.id, due.id))
    .returning();
  return taken ?? null;
}

/**
 * Brings all that waits in a message on its way, also what waits for another try, and counts an attempt of the newest of it.
 *
 * @returns how many there are.
 */
export async function takeDeliveries(tx: Tx, notificationId: string): Promise<number> {
  const taken = await tx
    .update(deliveries)
    .set({ state: "in_flight", leaseUntil: null })
    .where(and(eq(deliveries.notificationId, notificationId), eq(deliveries.state, "pending")))
    .returning({ id: deliveries.id });
  const newest = taken
    .map(({ id }) => id)
    .toSorted()
    .at(-1);
  if (newest !== undefined) {
    await tx
      .update(deliveries)
      .set({ attempts: sql`${deliveries.attempts} + 1` })
      .where(eq(deliveries.id, newest));
  }
  return taken.length;
}

/** What Slack is reached with, sealed; `null` if it was taken away. */
export async function findSlackSecret(
  tx: Tx,
  subscriptionId: string,
): Promise<Pick<SubscriptionSecretRow, "id" | "kind" | "secret"> | null> {
  const [row] = await tx
    .select({ id: subscriptionSecrets.id, kind: subscriptionSecrets.kind, secret: subscriptionSecrets.secret })
    .from(subscriptionSecrets)
    .where(
      and(
        eq(subscriptionSecrets.subscriptionId, subscriptionId),
        inArray(subscriptionSecrets.kind, ["slack_url", "slack_token"]),
        or(isNull(subscriptionSecrets.expiresAt), gt(subscriptionSecrets.expiresAt, sql`now()`)),
      ),
    )
    .orderBy(desc(subscriptionSecrets.id))
    .limit(1);
  return row ?? null;
}

/**
 * Commits that a mail is about to go out. From here on it is never sent again unless the server refused it.
 *
 * @param options.leaseMs - longer than a mailer takes at most.
 * @returns false if somebody else has taken it over.
 */
export async function beginTeamMail(
  db: Db,
  id: string,
  options: { messageId: string; leaseMs: number },
): Promise<boolean> {
  const started = await db
    .update(notifications)
    .set({
      state: "transmitting",
      transmittingAt: sql`now()`,
      leaseUntil: sql`now() + ${options.leaseMs} * interval '1 millisecond'`,
      messageId: sql`coalesce(${notifications.messageId}, ${options.messageId})`,
    })
    .where(and(eq(notifications.id, id), eq(notifications.state, "sending"), gt(notifications.leaseUntil, sql`now()`)))
    .returning({ id: notifications.id });
  return started.length === 1;
}

/** Locks a message that is on its way, as the caller has brought it there; `null` if somebody else has taken it over. */
export async function lockTakenNotification(
  tx: Tx,
  { id, attemptedAt }: Pick<NotificationRow, "id" | "attemptedAt">,
): Promise<NotificationRow | null> {
  const [row] = await tx
    .select()
    .from(notifications)
    .where(
      and(
        eq(notifications.id, id),
        ne(notifications.state, "idle"),
        attemptedAt === null ? isNull(notifications.attemptedAt) : eq(notifications.attemptedAt, attemptedAt),
      ),
    )
    .for("no key update");
  return row ?? null;
}

/** The newest delivery that is on its way in a message, locked: the one whose attempt it is. */
export async function lockNewestOnItsWay(tx: Tx, notificationId: string): Promise<DeliveryRow | null> {
  const [row] = await tx
    .select()
    .from(deliveries)
    .where(and(eq(deliveries.notificationId, notificationId), eq(deliveries.state, "in_flight")))
    .orderBy(desc(deliveries.id))
    .limit(1)
    .for("no key update");
  return row ?? null;
}

/** Deliveries that are on their way in a message, as many as are settled in one go, locked. */
export async function lockDeliveriesOnTheirWay(tx: Tx, notificationId: string, limit: number): Promise<DeliveryRow[]> {
  return tx
    .select()
    .from(deliveries)
    .where(and(eq(deliveries.notificationId, notificationId), eq(deliveries.state, "in_flight")))
    .orderBy(asc(deliveries.id))
    .limit(limit)
    .for("no key update");
}

/** Stores what became of a message, and lets go of it. */
export async function releaseNotification(
  tx: Tx,
  id: string,
  changes: Partial<
    Pick<
      typeof notifications.$inferInsert,
      | "messages"
      | "failures"
      | "slackChannelId"
      | "slackTs"
      | "problem"
      | "alarms"
      | "recovered"
      | "sentAt"
      | "closedAt"
      | "dueAt"
    >
  >,
): Promise<void> {
  await tx
    .update(notifications)
    .set({ ...changes, state: "idle", leaseUntil: null, transmittingAt: null })
    .where(eq(notifications.id, id));
}

/** When the next delivery of a message is due; `null` if none waits. */
export async function nextDueOf(tx: Tx, notificationId: string): Promise<Date | null> {
  const [row] = await tx
    .select({ at: sql<Date | null>`min(${deliveries.dueAt})`.mapWith(deliveries.dueAt) })
    .from(deliveries)
    .where(and(eq(deliveries.notificationId, notificationId), eq(deliveries.state, "pending")));
  return row?.at ?? null;
}

/** Gives back the deliveries of a message that surely did not go out, or may go out twice. */
export async function giveBackDeliveries(tx: Tx, notificationId: string): Promise<void> {
  await tx
    .update(deliveries)
    .set({ state: "pending" })
    .where(and(eq(deliveries.notificationId, notificationId), eq(deliveries.state, "in_flight")));
}
