import { MESSAGE_WINDOW_MS } from "@relink/core";
import {
  countNotifiedItems,
  databaseNow,
  type Db,
  findSlackSecret,
  isChannelBusy,
  listLostNotifications,
  lockChannel,
  type NamedItem,
  nameItemsOnTheirWay,
  nameNotifiedItems,
  nameSubscriptionsOnTheirWay,
  type NotificationCounts,
  type NotificationRow,
  type SubscriptionRow,
  takeDeliveries,
  takeDueNotification,
  type Tx,
} from "@relink/db";
import { PLACED_AT_ONCE, placeDueDeliveries } from "./place-deliveries.ts";

/** Longer than Slack takes at most, to change a message and then to post it, with time to write down what came of it. */
const MESSAGE_LEASE_MS = 45_000;

/** So many Items, or subscriptions, are named in a message. */
const NAMED_AT_MOST = 5;

/** A message that is its worker's alone now, with all that it is to tell. */
export interface ClaimedMessage {
  notification: NotificationRow;
  subscription: SubscriptionRow;
  /** What Slack is reached with; `null` for mail. */
  secret: Awaited<ReturnType<typeof findSlackSecret>>;
  /** How many deliveries are on their way in it; 0 if it only changes. */
  deliveries: number;
  counts: NotificationCounts;
  named: readonly NamedItem[];
  /** The subscriptions that it is about, as shown: `sub_…`. Empty if it is about Items. */
  subscriptions: readonly string[];
  /** The database's time, whatever this machine's clock says or does. */
  now: () => Date;
}

/** What there was to do for a subscription. `placed`: there may be more. */
export type Claim = { kind: "message"; message: ClaimedMessage } | { kind: "placed" } | { kind: "nothing" };

/**
 * Puts what is due for a subscription into messages, and takes the next of these that may go out. One goes out at a time,
 * over all workers.
 *
 * @param settleLost - ends, in the same transaction, what a worker that is gone had taken.
 */
export async function claimMessage(
  db: Db,
  subscriptionId: string,
  settleLost: (tx: Tx, subscription: SubscriptionRow, lost: NotificationRow) => Promise<unknown>,
): Promise<Claim> {
  return db.transaction(async (tx): Promise<Claim> => {
    const subscription = await lockChannel(tx, subscriptionId);
    if (subscription === null) return { kind: "nothing" };
    for (const lost of await listLostNotifications(tx, subscriptionId)) await settleLost(tx, subscription, lost);
    if (!subscription.isOpen || (await isChannelBusy(tx, subscriptionId))) return { kind: "nothing" };
    const at = await databaseNow(tx);
    const claimedAt = performance.now();
    const placed = await placeDueDeliveries(tx, subscription, at);
    const lease = { at, leaseMs: MESSAGE_LEASE_MS, windowMs: MESSAGE_WINDOW_MS };
    const taken = await takeDueNotification(tx, subscriptionId, lease);
    if (taken === null) return { kind: placed === PLACED_AT_ONCE ? "placed" : "nothing" };
    const { id, topic } = taken;
    const isAboutItems = topic.trouble !== null && topic.requestedId === null;
    const deliveries = await takeDeliveries(tx, id);
    const message: ClaimedMessage = {
      notification: taken,
      subscription,
      secret: subscription.kind === "slack" ? await findSlackSecret(tx, subscriptionId) : null,
      deliveries,
      counts: await countNotifiedItems(tx, id),
      named: await (isAboutItems ? nameNotifiedItems : nameItemsOnTheirWay)(tx, id, NAMED_AT_MOST),
      subscriptions: topic.trouble === null ? await nameSubscriptionsOnTheirWay(tx, id, NAMED_AT_MOST) : [],
      now: () => new Date(at.getTime() + Math.round(performance.now() - claimedAt)),
    };
    return { kind: "message", message };
  });
}
