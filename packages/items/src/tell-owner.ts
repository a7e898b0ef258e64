import { disableAt, type EndpointHealth, type HealthNotice } from "@relink/core";
import { oweNotice, type SubscriptionRow, type Tx } from "@relink/db";
import { showId } from "@relink/service";
import { otherFact, publishEvents } from "./publish-events.ts";

/** An endpoint that something is to be told about. */
export interface Told {
  subscription: Pick<SubscriptionRow, "id" | "teamId" | "ownerContact">;
  /** As it is now. */
  health: EndpointHealth;
  at: Date;
}

/**
 * Tells the owner of an endpoint how it is: owes them a mail, since that does not go by the endpoint itself, and publishes
 * an event for whoever of the team wants it.
 *
 * @param environment - of Plaid, which every event names.
 */
export async function tellOwner(
  tx: Tx,
  environment: "sandbox" | "production",
  notice: HealthNotice,
  { subscription, health, at }: Told,
): Promise<void> {
  const end = disableAt(health)?.toISOString() ?? null;
  if (subscription.ownerContact !== null) {
    await oweNotice(tx, {
      subscriptionId: subscription.id,
      kind: notice,
      details: { disableAt: end, disabledReason: health.disabledReason },
    });
  }
  const about = { at, environment, teamId: subscription.teamId };
  const data = { subscription_id: showId("sub", subscription.id), status: health.state };
  switch (notice) {
    case "failing": {
      const failingSince = health.failingSince?.toISOString() ?? null;
      await publishEvents(tx, [
        otherFact("endpoint.failing", { ...about, data: { ...data, failing_since: failingSince, disable_at: end } }),
      ]);
      break;
    }
    case "disabled": {
      const reason = health.disabledReason ?? "manual";
      await publishEvents(tx, [otherFact("endpoint.disabled", { ...about, data: { ...data, reason } })]);
      break;
    }
    case "recovered":
      await publishEvents(tx, [otherFact("endpoint.recovered", { ...about, data })]);
      break;
    case "warning_60h":
    case "warning_96h":
      break; // Words for the owner alone.
  }
}
