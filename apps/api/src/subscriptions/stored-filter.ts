import type { SubscriptionRow } from "@relink/db";
import type { NewSubscription } from "./new-subscription.ts";

type SentFilter = NonNullable<NewSubscription["filter"]>;

/** A filter as it is stored: without the lists that are absent. */
export function storedFilter(sent: SentFilter): SubscriptionRow["filter"] {
  const { environments, institution_ids, error_codes, who_acts, products } = sent;
  return {
    ...(environments !== undefined && { environments }),
    ...(institution_ids !== undefined && { institution_ids }),
    ...(error_codes !== undefined && { error_codes }),
    ...(who_acts !== undefined && { who_acts }),
    ...(products !== undefined && { products }),
  };
}
