import {
  type Db,
  findSubscription,
  listSecretsOf,
  lockSubscription,
  type SubscriptionRow,
  type TeamScope,
  type Tx,
} from "@relink/db";
import { Problem } from "../problem.ts";
import { showSubscription, type SubscriptionView } from "./subscription.ts";

const notThere = () => new Problem("not-found", "there is no subscription with this id");

/** @throws Problem `not-found` if there is none, or it is another team's. */
export async function requireSubscription(db: Db, id: string, teamId: TeamScope): Promise<SubscriptionRow> {
  const row = await findSubscription(db, id, teamId);
  if (row === null) throw notThere();
  return row;
}

/** As {@link requireSubscription}, and keeps it from being changed until the transaction ends. */
export async function requireLockedSubscription(tx: Tx, id: string, teamId: TeamScope): Promise<SubscriptionRow> {
  const row = await lockSubscription(tx, id, teamId);
  if (row === null) throw notThere();
  return row;
}

/** A subscription as the API shows it. */
export async function viewSubscription(db: Db, row: SubscriptionRow): Promise<SubscriptionView> {
  return showSubscription(row, await listSecretsOf(db, [row.id]));
}

/** Subscriptions as the API shows them. As many statements for a page as for one. */
export async function viewSubscriptions(db: Db, rows: readonly SubscriptionRow[]): Promise<SubscriptionView[]> {
  const ids = rows.map(({ id }) => id);
  const secrets = Map.groupBy(await listSecretsOf(db, ids), (secret) => secret.subscriptionId);
  return rows.map((row) => showSubscription(row, secrets.get(row.id) ?? []));
}
