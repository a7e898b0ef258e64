import { isTroubleType, type NotifiedEvent } from "@relink/core";
import type { DueDelivery } from "@relink/db";
import type { EventData } from "@relink/delivery/events";

/** What a message to people needs to know of an event. */
export function readEvent({ id, trigger, attempts, event }: Omit<DueDelivery, "notification">): NotifiedEvent {
  const { type, environment, itemId, sequence, isTest, occurredAt: at } = event;
  const data = readData(event.body);
  const common = {
    environment,
    institutionId: event.institutionId ?? data.institution_id ?? null,
    requestedId: isRequested({ trigger }) ? `${id} ${attempts}` : null,
    isTest,
  };
  const endsAt = data.expires_at === undefined ? null : new Date(data.expires_at);
  if (!isTroubleType(type)) {
    return { deliveryId: id, topic: { ...common, type, trouble: null }, itemId, sequence, at, endsAt: null };
  }
  const trouble = {
    state: data.state ?? "needs_developer",
    errorType: data.error?.type ?? null,
    errorCode: data.error?.code ?? null,
    reason: data.error?.reason ?? data.reason ?? null,
  };
  return { deliveryId: id, topic: { ...common, type, trouble }, itemId, sequence, at, endsAt };
}

/** True for what somebody asked for: it is told by itself, and at once. */
export function isRequested({ trigger }: Pick<DueDelivery, "trigger">): boolean {
  return trigger === "manual" || trigger === "test";
}

type TroubleData = Partial<EventData<"item.error"> & EventData<"item.expiring">>;

function readData(body: string): TroubleData {
  // Made by `renderEvent`, which has checked it, and by nothing else. What a type has not is missing.
  return (JSON.parse(body) as { data: TroubleData }).data;
}
