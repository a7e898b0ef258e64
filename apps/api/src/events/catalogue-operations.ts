import { EVENT_TYPE_NAMES, EVENT_TYPES, type EventType, isSubscribable } from "@relink/core";
import { eventJsonSchema } from "@relink/delivery";
import { z } from "zod";
import { defineOperation, nothing, type Operation } from "../operation.ts";
import { exampleEvent } from "./example-event.ts";

const json = z.record(z.string(), z.unknown());

const typeSchema = z
  .object({
    type: z.string(),
    description: z.string(),
    audience: z.enum(["teams", "operators", "endpoint"]).meta({
      description:
        "`teams`: what happens to Items. `operators`: what happens to deliveries; `*` leaves it out. `endpoint`: sent to one receiver because somebody asked for it.",
    }),
    can_subscribe: z.boolean(),
    schema: json.meta({ description: "JSON Schema (draft 2020-12) of what is sent." }),
    example: json,
  })
  .meta({ id: "EventType" });

type TypeView = z.input<typeof typeSchema>;

function showType(type: EventType): TypeView {
  const { audience, description } = EVENT_TYPES[type];
  return {
    type,
    description,
    audience,
    can_subscribe: isSubscribable(type),
    schema: eventJsonSchema(type) as TypeView["schema"],
    example: exampleEvent(type),
  };
}

/** What product teams can be told. */
export function eventCatalogueOperations(): Operation[] {
  const types = EVENT_TYPE_NAMES.map((type) => showType(type));
  return [
    defineOperation({
      id: "listEventTypes",
      method: "get",
      path: "/v1/event-types",
      scope: "any-key",
      tag: "Events",
      summary: "List the types of events",
      description:
        "All of them on one page, each with its JSON Schema and an example. Within a version, fields are only added.",
      params: nothing,
      query: nothing,
      body: null,
      answer: {
        schema: z.object({ data: z.array(typeSchema) }),
        example: { data: types.slice(0, 1) },
        statuses: { 200: "The catalogue." },
      },
      problems: [],
      handle: () => Promise.resolve({ status: 200, body: { data: types } }),
    }),
  ];
}
