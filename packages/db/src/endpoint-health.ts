import type { EndpointHealth } from "@relink/core";
import type { subscriptions } from "./schema/index.ts";

type SubscriptionRow = typeof subscriptions.$inferSelect;

const MOMENTS = ["disabledAt", "failingSince", "otherFailedAt", "clockFrom", "toldAt"] as const;

/** What the rules of health remember of a subscription, as {@link healthColumns} stored it. */
export function readHealth({ health }: Pick<SubscriptionRow, "health">): EndpointHealth {
  const stored = health as Record<string, unknown>;
  const moments = MOMENTS.map((name) => [name, typeof stored[name] === "string" ? new Date(stored[name]) : null]);
  // Written below and nowhere else.
  return { ...stored, ...Object.fromEntries(moments) } as EndpointHealth;
}

/** The columns of a subscription that say how its endpoint is. The rest of the program reads these, the rules `health`. */
export function healthColumns(
  health: EndpointHealth,
): Pick<SubscriptionRow, "health" | "status" | "disabledReason" | "disabledAt"> {
  const { state, disabledReason, disabledAt } = health;
  return { health, status: state, disabledReason, disabledAt };
}
