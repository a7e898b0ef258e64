import { type Db, insertPlaidApiEvent } from "@relink/db";
import type { PlaidCall } from "@relink/plaid";

/** Stores every call to Plaid, for the timelines. To be given to `createPlaidClient`. */
export function recordPlaidCalls(db: Db): (call: PlaidCall) => Promise<void> {
  return (call) => insertPlaidApiEvent(db, call);
}
