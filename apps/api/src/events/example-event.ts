import type { EventType } from "@relink/core";
import { EVENT_EXAMPLES, renderEvent } from "@relink/delivery";

export const EXAMPLE_EVENT_ID = "evt_01kazv5a9zf5c7d9e1f3g5h7j9";

/** An event of a type, as it is sent. */
export function exampleEvent<Type extends EventType>(type: Type): Record<string, unknown> {
  const body = renderEvent({
    id: EXAMPLE_EVENT_ID,
    type,
    occurredAt: new Date("2026-11-22T09:30:00Z"),
    environment: "production",
    data: EVENT_EXAMPLES[type],
  });
  return JSON.parse(body) as Record<string, unknown>;
}
