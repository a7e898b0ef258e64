import type { EventType } from "@relink/core";
import { API_VERSION, type EventData, eventSchema } from "./event-schemas.ts";

/** What happened, as it is written down once for all who want to hear of it. */
export interface NewEventBody<Type extends EventType> {
  /** As it is shown: `evt_…`. */
  id: string;
  type: Type;
  occurredAt: Date;
  environment: "sandbox" | "production";
  data: EventData<Type>;
}

/**
 * The bytes of an event. They are made once, stored, and signed and sent as they are for ever: to make them again from
 * their parts could change them.
 *
 * @throws ZodError if the data is not what the type promises: a fault of ours.
 */
export function renderEvent<Type extends EventType>(event: NewEventBody<Type>): string {
  const { id, type, occurredAt, environment, data } = event;
  const timestamp = occurredAt.toISOString();
  return JSON.stringify(eventSchema(type).parse({ id, type, timestamp, environment, api_version: API_VERSION, data }));
}
