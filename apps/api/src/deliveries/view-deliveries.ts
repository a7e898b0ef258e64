import { attemptsOf, type Db, type DeliveryRow, subscriptionKinds } from "@relink/db";
import { type AttemptView, type DeliveryView, showAttempt, showDelivery } from "./delivery.ts";

/** Deliveries as the API shows them. As many statements for a page as for one. */
export async function viewDeliveries(db: Db, rows: readonly DeliveryRow[]): Promise<DeliveryView[]> {
  const kindOf = await readKinds(db, rows);
  return rows.map((row) => showDelivery(row, kindOf(row)));
}

/** A delivery as the API shows it. */
export async function viewDelivery(db: Db, row: DeliveryRow): Promise<DeliveryView> {
  const kindOf = await readKinds(db, [row]);
  return showDelivery(row, kindOf(row));
}

/** A delivery with all its attempts. @param isOperator - who may see what is known of the network. */
export async function viewWithAttempts(
  db: Db,
  row: DeliveryRow,
  isOperator: boolean,
): Promise<DeliveryView & { attempt_log: AttemptView[] }> {
  const kind = (await readKinds(db, [row]))(row);
  const attempts = await attemptsOf(db, row.id);
  return {
    ...showDelivery(row, kind),
    attempt_log: attempts.map((attempt) => showAttempt(attempt, { kind, isOperator })),
  };
}

/** What to do about an error depends on the kind of its subscription. */
async function readKinds(db: Db, rows: readonly DeliveryRow[]) {
  const ids = rows.map(({ subscriptionId }) => subscriptionId);
  const kinds = await subscriptionKinds(db, ids);
  return ({ subscriptionId }: DeliveryRow) => {
    const kind = kinds.get(subscriptionId);
    if (kind === undefined) throw new TypeError("a delivery has a subscription");
    return kind;
  };
}
