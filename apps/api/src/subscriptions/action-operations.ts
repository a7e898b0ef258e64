import { showId } from "@relink/service";
import { z } from "zod";
import { sentId, shownId } from "../fields.ts";
import { defineOperation, nothing, type Operation } from "../operation.ts";
import { verificationExample } from "./ask-endpoint.ts";
import type { SubscriptionDeps } from "./deps.ts";
import { importedSecret } from "./new-subscription.ts";
import { exampleSecret, replyWith, shownSecret, shownVerification } from "./reply.ts";
import { rotateSecrets } from "./rotate-secrets.ts";
import { sendTest, TESTABLE_TYPES } from "./send-test.ts";
import { subscriptionExample, subscriptionSchema } from "./subscription.ts";
import { disable, enable, pause, resume, verify } from "./switch-subscription.ts";

const params = z.object({ id: sentId("sub") });

const withSecret = subscriptionSchema.extend({ secret: shownSecret }).meta({ id: "SubscriptionWithSecret" });
const withVerification = subscriptionSchema
  .extend({ verification: shownVerification })
  .meta({ id: "SubscriptionWithVerification" });

/** What is done with subscriptions that are there: switched on and off, verified, tested, given new keys. */
export function subscriptionActionOperations(deps: SubscriptionDeps): Operation[] {
  const { db } = deps;

  const verb = (
    name: string,
    run: typeof disable,
    about: Pick<Operation, "summary" | "description" | "problems">,
  ): Operation =>
    defineOperation({
      id: `${name}Subscription`,
      method: "post",
      path: `/v1/subscriptions/{id}/${name}`,
      scope: "subscriptions:write",
      tag: "Subscriptions",
      ...about,
      isVersioned: true,
      params,
      query: nothing,
      body: null,
      answer: {
        schema: subscriptionSchema,
        example: subscriptionExample,
        statuses: { 200: "The subscription, as it is now." },
      },
      handle: async ({ params: { id }, ...context }) => replyWith(db, await run(deps, id, context), {}),
    });

  return [
    verb("enable", enable, {
      summary: "Enable a subscription",
      description:
        "Lets a disabled or unverified subscription be sent to. Its receiver gets a signed `webhook.verification` and has to answer first: with the challenge if it never did at this URL, else with any 2xx. What was held stays held: a recovery sends it.",
      problems: ["not-found", "verification-required"],
    }),
    verb("disable", disable, {
      summary: "Disable a subscription",
      description:
        "Nothing more is sent to it. What is meant for it is recorded and held; what waits already is `pending` for a moment still.",
      problems: ["not-found"],
    }),
    verb("pause", pause, {
      summary: "Pause a subscription",
      description: "Nothing is sent to it for now. What is meant for it waits, and is sent when it is resumed.",
      problems: ["not-found", "subscription-disabled", "verification-required"],
    }),
    verb("resume", resume, {
      summary: "Resume a subscription",
      description: "Ends a pause: what has waited is sent.",
      problems: ["not-found", "subscription-disabled", "verification-required"],
    }),
    defineOperation({
      id: "verifySubscription",
      method: "post",
      path: "/v1/subscriptions/{id}/verify",
      scope: "subscriptions:write",
      tag: "Subscriptions",
      summary: "Verify a webhook or an address",
      description:
        "Sends the receiver of a webhook a challenge again. One that is `pending_verification` is active once it answers as it should; otherwise nothing changes. An address that has not confirmed yet gets another mail with a button to press, and is active once somebody has pressed it. Slack is not asked.",
      isVersioned: true,
      params,
      query: nothing,
      body: null,
      answer: {
        schema: withVerification,
        example: { ...subscriptionExample, verification: verificationExample },
        statuses: { 200: "The subscription, and how it went." },
      },
      problems: ["not-found", "verification-required", "address-refused", "asked-recently"],
      handle: async ({ params: { id }, ...context }) => {
        const asked = await verify(deps, id, context);
        return replyWith(db, asked.row, { verification: asked.verification });
      },
    }),
    defineOperation({
      id: "testSubscription",
      method: "post",
      path: "/v1/subscriptions/{id}/test",
      scope: "subscriptions:write",
      tag: "Subscriptions",
      summary: "Send a test event",
      description:
        "Sends the example of a type of event, with `data.test: true`, whatever the subscription asked for. It is signed and delivered as any other, but only tried once: the delivery says how it went.",
      params,
      query: nothing,
      body: {
        schema: z
          .strictObject({
            type: z
              .enum(TESTABLE_TYPES as [(typeof TESTABLE_TYPES)[number], ...typeof TESTABLE_TYPES])
              .default("webhook.test")
              .meta({ description: "Default: `webhook.test`." }),
          })
          .meta({ id: "TestEvent" }),
        examples: { default: {}, alarm: { type: "item.error" } },
        isOptional: true,
      },
      answer: {
        schema: z
          .object({ event_id: shownId("evt"), delivery_id: shownId("dlv"), type: z.string() })
          .meta({ id: "SentTest" }),
        example: {
          event_id: "evt_01kazv5a9zf5c7d9e1f3g5h7j9",
          delivery_id: "dlv_01kazv5b0ae4b6c8d0e2f4g6h8",
          type: "webhook.test",
        },
        statuses: { 202: "It is due." },
        headers: { location: "Where the delivery is read." },
      },
      problems: ["not-found", "subscription-disabled", "subscription-paused", "verification-required"],
      handle: async ({ params: { id }, body, ...context }) => {
        const { id: deliveryId, eventId, eventType } = await sendTest(deps, id, body.type, context);
        const shown = showId("dlv", deliveryId);
        return {
          status: 202,
          body: { event_id: showId("evt", eventId), delivery_id: shown, type: eventType },
          headers: { location: `/v1/deliveries/${shown}` },
        };
      },
    }),
    defineOperation({
      id: "rotateSubscriptionSecret",
      method: "post",
      path: "/v1/subscriptions/{id}/secret/rotate",
      scope: "subscriptions:write",
      tag: "Subscriptions",
      summary: "Rotate the signing secret",
      description:
        "Makes new keys for all signature schemes of the subscription, or takes the one that is sent for its scheme. Those before sign beside the new ones until the overlap is over, so that the receiver can change over in its own time. With `overlap_s: 0` only the new one is good from now on: for a secret that others know.",
      isVersioned: true,
      params,
      query: nothing,
      body: {
        schema: z
          .strictObject({
            overlap_s: z
              .int()
              .min(0)
              .max(604_800)
              .default(86_400)
              .meta({ description: "For how many seconds old secrets sign as well, at most. Default: a day." }),
            secret: importedSecret.optional(),
          })
          .meta({ id: "SecretRotation" }),
        examples: { default: {}, emergency: { overlap_s: 0 } },
        isOptional: true,
      },
      answer: {
        schema: withSecret,
        example: { ...subscriptionExample, secret: exampleSecret },
        statuses: { 200: "The subscription, with its new secret." },
      },
      problems: ["not-found", "too-many-secrets"],
      handle: async ({ params: { id }, body, ...context }) => {
        const wanted = { overlapSeconds: body.overlap_s, imported: body.secret };
        const rotated = await rotateSecrets(deps, id, wanted, context);
        return replyWith(db, rotated.row, { secret: rotated.secret });
      },
    }),
  ];
}
