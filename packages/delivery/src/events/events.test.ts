import { EVENT_TYPE_NAMES } from "@relink/core";
import { describe, expect, test } from "vitest";
import { EVENT_EXAMPLES } from "./event-examples.ts";
import { eventJsonSchema, eventSchema } from "./event-schemas.ts";
import { renderEvent } from "./render-event.ts";

const ID = "evt_01kazv3c5me2n4p6q8r0s2t4v6";

describe.each(EVENT_TYPE_NAMES)("%s", (type) => {
  const render = () =>
    renderEvent({
      id: ID,
      type,
      occurredAt: new Date("2026-11-21T09:30:00Z"),
      environment: "production",
      data: EVENT_EXAMPLES[type],
    });

  test("its example is an event of its schema, on one line, with the moment when it happened", () => {
    const body = render();
    const event: unknown = JSON.parse(body);
    expect(eventSchema(type).parse(event)).toEqual(event);
    expect(event).toMatchObject({ id: ID, type, timestamp: "2026-11-21T09:30:00.000Z", environment: "production" });
    expect(body).toBe(JSON.stringify(event));
    expect(body.length).toBeLessThan(20_000);
  });

  test("no field of its schema could hold a token, a number, a name or an address", () => {
    expect(
      fieldsOf(eventJsonSchema(type)).filter((name) => /token|number|name|mail|address|phone|url/.test(name)),
    ).toEqual([]);
  });
});

test("data that is not what the type promises is refused, and nothing that it does not name gets through", () => {
  const event = { id: ID, type: "item.removed", occurredAt: new Date(), environment: "sandbox" } as const;
  const data = EVENT_EXAMPLES["item.removed"];
  expect(() => renderEvent({ ...event, data: { ...data, sequence: 0 } })).toThrow("sequence");
  const more = { ...data, access_token: "access-sandbox-1" };
  expect(renderEvent({ ...event, data: more })).not.toContain("access");
});

function fieldsOf(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const own =
    "properties" in schema && typeof schema.properties === "object" ? Object.keys(schema.properties ?? {}) : [];
  return [...own, ...Object.values(schema).flatMap(fieldsOf)];
}
