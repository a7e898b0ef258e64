import { EVENT_TYPE_NAMES, EVENT_TYPES, type EventType } from "@relink/core";
import { eventSchema } from "@relink/delivery";
import { z } from "zod";
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject, ZodOpenApiResponsesObject } from "zod-openapi";
import { shownId } from "../fields.ts";
import { exampleEvent } from "./example-event.ts";

const sentHeaders = z.object({
  "webhook-id": shownId("evt").meta({
    description: "The event's id, the same in every attempt and whenever it is sent again: act once on each.",
  }),
  "webhook-timestamp": z.string().meta({ description: "When this attempt was made, in whole seconds since 1970." }),
  "webhook-signature": z.string().meta({
    description:
      "One signature, as [Standard Webhooks](https://www.standardwebhooks.com) has them, or several with spaces between while a secret is replaced. It is over the two headers above and the bytes of the body; one that fits is enough.",
  }),
  "relink-attempt": z.string().meta({
    description: "Counts the attempts of this delivery, from 1. For your log: it is not signed.",
  }),
  "relink-delivery": shownId("dlv").optional().meta({
    description:
      "Leads to the attempts, in `GET /v1/deliveries/{id}`. Not signed, and absent from a `webhook.verification`.",
  }),
});

const answers: ZodOpenApiResponsesObject = {
  "2XX": { description: "The receiver has it. The body does not matter." },
  "3XX": { description: "A failure, and tried again: no redirect is followed." },
  "410": { description: "The receiver is gone for good: the subscription is disabled." },
  "429": {
    description:
      "Nothing is sent to the subscription before the time in `retry-after`, or for a minute without it. The same goes for 503 with `retry-after`.",
  },
  default: {
    description:
      "Tried again, as is what gets no answer. On any answer, the header `webhook-delivery` can say `abort-message` to give this event up, or `disable` to disable the subscription.",
  },
};

/** Only with the challenge in it, a 2xx says that the receiver wants to be called. */
const ANSWERS_OF: Partial<Record<EventType, ZodOpenApiResponsesObject>> = {
  "webhook.verification": {
    "2XX": {
      description:
        'With `data.challenge` in the body, as text or as `{"challenge": …}`, the receiver wants to be called.',
      content: {
        "text/plain": { schema: z.string().meta({ description: "The challenge." }) },
        "application/json": { schema: z.object({ challenge: z.string() }) },
      },
    },
    default: { description: "The receiver does not want to be called, or not yet: nothing is sent to it." },
  },
};

/** What Relink sends to receivers, one for each type of event: from the schemas that events are made with. */
export function describeWebhooks(): ZodOpenApiPathsObject {
  return Object.fromEntries(EVENT_TYPE_NAMES.map((type) => [type, { post: describeWebhook(type) }]));
}

function describeWebhook(type: EventType): ZodOpenApiOperationObject {
  const { description } = EVENT_TYPES[type];
  const schema = eventSchema(type).meta({ id: shapeNameOf(type), description });
  return {
    tags: ["Events"],
    summary: type,
    description,
    // It is signed; no key of the API goes out.
    security: [],
    requestParams: { header: sentHeaders },
    requestBody: {
      required: true,
      content: { "application/json": { schema, examples: { example: { value: exampleEvent(type) } } } },
    },
    responses: ANSWERS_OF[type] ?? answers,
  };
}

/** `item.account_revoked` is described as `ItemAccountRevokedEvent`. */
function shapeNameOf(type: EventType): string {
  const words = type.split(/[._]/).map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`);
  return `${words.join("")}Event`;
}
