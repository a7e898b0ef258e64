import { EVENT_EXAMPLES, type EventData } from "@relink/delivery";
import { expect, expectTypeOf, test } from "vitest";
import type { RelinkEvent } from "./relink-event.ts";

type Type = keyof typeof EVENT_EXAMPLES;

/** What each type of event holds, as receivers see it. */
type Held = { [One in Type]: keyof Extract<RelinkEvent, { type: One }>["data"] };

const event = {
  id: "evt_01kazv5a9zf5c7d9e1f3g5h7j9",
  type: "webhook.verification",
  timestamp: "2026-11-22T09:30:00.000Z",
  environment: "sandbox",
  api_version: "2026-11-22",
  data: EVENT_EXAMPLES["webhook.verification"],
} satisfies RelinkEvent;

test("the types are those that Relink sends, and hold what it sends", () => {
  expectTypeOf<RelinkEvent["type"]>().toEqualTypeOf<Type>();
  expectTypeOf<Held>().toEqualTypeOf<{ [One in Type]: keyof EventData<One> }>();
  expect(event.data).toHaveProperty("challenge");
});

test("the type tells what the data holds", () => {
  expect(tell(event)).toBe(EVENT_EXAMPLES["webhook.verification"].challenge);
});

function tell(received: RelinkEvent): string {
  // @ts-expect-error: not every event has an error.
  expect(received.data.error).toBeUndefined();
  if (received.type === "item.error") {
    expectTypeOf(received.data.error.code).toEqualTypeOf<string>();
    expectTypeOf(received.data.who_acts).toEqualTypeOf<"user" | "operator" | "nobody">();
    return received.data.error.code;
  }
  if (received.type !== "webhook.verification") return received.type;
  expectTypeOf(received.data).toEqualTypeOf<{ subscription_id: string; challenge: string }>();
  return received.data.challenge;
}
