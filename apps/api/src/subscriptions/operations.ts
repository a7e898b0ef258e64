import { deleteSecrets, listSubscriptions, type SubscriptionRow, updateSubscription } from "@relink/db";
import { showId } from "@relink/service";
import { z } from "zod";
import { audit } from "../audit.ts";
import { pageOf, readCursor } from "../cursor.ts";
import { pageQuery, pageSchema, sentId, shownId } from "../fields.ts";
import { defineOperation, noContent, nothing, type Operation, type Reply } from "../operation.ts";
import { canReachTeam, teamOf } from "../principal.ts";
import { verificationExample, verificationSchema } from "./ask-endpoint.ts";
import { changeSubscription } from "./change-subscription.ts";
import { createSubscription } from "./create-subscription.ts";
import type { SubscriptionDeps } from "./deps.ts";
import { importedSecret, newSubscriptionSchema, subscriptionChangesSchema } from "./new-subscription.ts";
import {
  requireLockedSubscription,
  requireSubscription,
  viewSubscription,
  viewSubscriptions,
} from "./read-subscription.ts";
import { rotateSecrets } from "./rotate-secrets.ts";
import { sendTest, TESTABLE_TYPES } from "./send-test.ts";
import { readSummary, summaryExample, summarySchema } from "./summary.ts";
import { SUBSCRIPTION_KINDS, subscriptionExample, subscriptionSchema, type SubscriptionView } from "./subscription.ts";
import { disable, enable, pause, resume, verify } from "./switch-subscription.ts";

/** Where a page of subscriptions ended. */
const place = z.tuple([z.literal("subscriptions"), z.uuid()]);

const params = z.object({ id: sentId("sub") });

const secret = z.string().nullable().meta({
  description: "`whsec_…`: what signatures of `v1` are made with. Shown this once. Null if there is none to be known.",
});
const verification = verificationSchema
  .nullable()
  .meta({ description: "What came of asking the receiver; null if it was not asked. An address is asked by mail." });

const withSecret = subscriptionSchema.extend({ secret }).meta({ id: "SubscriptionWithSecret" });
const withVerification = subscriptionSchema.extend({ verification }).meta({ id: "SubscriptionWithVerification" });
const created = subscriptionSchema.extend({ secret, verification }).meta({ id: "CreatedSubscription" });
const changed = subscriptionSchema.extend({ secret, verification }).meta({ id: "ChangedSubscription" });
const withStats = subscriptionSchema.extend({ stats: summarySchema }).meta({ id: "SubscriptionWithStats" });

const exampleSecret = "whsec_cGxhaWQtcmVsaW5rLXJvdGF0aW9uLXZlY3Rvci0wMDE=";

/** Where teams want to hear of events: made, read, changed, switched on and off. */
export function subscriptionOperations(deps: SubscriptionDeps): Operation[] {
  const { db } = deps;

  const reply = async <More extends object>(
    row: SubscriptionRow,
    more: More,
    status = 200,
  ): Promise<Reply<SubscriptionView & More>> => ({
    status,
    body: { ...(await viewSubscription(db, row)), ...more },
    version: row.version,
    resource: showId("sub", row.id),
  });

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
      handle: async ({ params: { id }, ...context }) => reply(await run(deps, id, context), {}),
    });

  return [
    defineOperation({
      id: "createSubscription",
      method: "post",
      path: "/v1/subscriptions",
      scope: "subscriptions:write",
      tag: "Subscriptions",
      summary: "Create a subscription",
      description:
        'A webhook is asked at once whether it wants to be called: it gets a signed `webhook.verification` and answers 2xx with its `data.challenge`, as text or as `{"challenge": …}`. Until it has, its status is `pending_verification` and nothing else is sent to it; `verification` says how it went, and `verify` asks again. Slack is active at once. An address is asked by a mail with a button to press, unless the admin key names it.',
      isVersioned: true,
      params: nothing,
      query: nothing,
      body: {
        schema: newSubscriptionSchema,
        examples: {
          webhook: { kind: "webhook", url: "https://hooks.example.com/relink", event_types: ["item.*"] },
          slack: {
            kind: "slack",
            slack: { channel: "C024BE91L", bot_token: "xoxb-000000000000-example" },
            event_types: ["item.error", "item.repaired"],
            filter: { environments: ["production"], who_acts: ["operator"] },
          },
          email: {
            kind: "email",
            team_id: subscriptionExample.team_id,
            address: "payments@example.com",
            event_types: ["item.error"],
          },
        },
      },
      answer: {
        schema: created,
        example: { ...subscriptionExample, secret: exampleSecret, verification: verificationExample },
        statuses: { 201: "The subscription, with its secret." },
        headers: { location: "Where the subscription is read." },
      },
      problems: ["url-not-allowed", "limit-reached", "address-refused", "asked-recently"],
      handle: async ({ body, ...context }) => {
        const made = await createSubscription(deps, body, context);
        const isAsked = body.kind === "webhook" && body.verify && body.enabled;
        const asked = isAsked ? await verify(deps, made.row.id, context) : { row: made.row, verification: null };
        const answer = await reply(asked.row, { secret: made.secret, verification: asked.verification }, 201);
        return { ...answer, headers: { location: `/v1/subscriptions/${answer.body.id}` } };
      },
    }),
    defineOperation({
      id: "listSubscriptions",
      method: "get",
      path: "/v1/subscriptions",
      scope: "subscriptions:read",
      tag: "Subscriptions",
      summary: "List subscriptions",
      description: "Newest first. Filters add up.",
      params: nothing,
      query: z.strictObject({
        team_id: sentId("team")
          .optional()
          .meta({ description: "Of this team only. A key of a team sees its own in any case." }),
        kind: z.enum(SUBSCRIPTION_KINDS).optional(),
        status: subscriptionSchema.shape.status.optional().meta({ description: "As in the subscription." }),
        ...pageQuery,
      }),
      body: null,
      answer: {
        schema: pageSchema(subscriptionSchema),
        example: { data: [subscriptionExample], has_more: false, next_cursor: null },
        statuses: { 200: "A page of subscriptions." },
      },
      problems: [],
      handle: async ({ query, principal }) => {
        const [, before] = readCursor(place, query.cursor) ?? [];
        const isHidden = query.team_id !== undefined && !canReachTeam(principal, query.team_id);
        const filter = { teamId: teamOf(principal) ?? query.team_id, kind: query.kind, status: query.status };
        const rows = isHidden ? [] : await listSubscriptions(db, filter, { limit: query.limit + 1, before });
        const { data, ...more } = pageOf(rows, query.limit, (row) => ["subscriptions", row.id]);
        return { status: 200, body: { data: await viewSubscriptions(db, data), ...more } };
      },
    }),
    defineOperation({
      id: "getSubscription",
      method: "get",
      path: "/v1/subscriptions/{id}",
      scope: "subscriptions:read",
      tag: "Subscriptions",
      summary: "Read a subscription",
      description: "One subscription, with how its last 24 hours went and what waits for it.",
      isVersioned: true,
      params,
      query: nothing,
      body: null,
      answer: {
        schema: withStats,
        example: { ...subscriptionExample, stats: summaryExample },
        statuses: { 200: "The subscription." },
      },
      problems: ["not-found"],
      handle: async ({ params: { id }, principal }) => {
        const row = await requireSubscription(db, id, teamOf(principal));
        return reply(row, { stats: await readSummary(db, id) });
      },
    }),
    defineOperation({
      id: "changeSubscription",
      method: "patch",
      path: "/v1/subscriptions/{id}",
      scope: "subscriptions:write",
      tag: "Subscriptions",
      summary: "Change a subscription",
      description:
        "What is absent stays as it is; null takes a value away. A new URL of a webhook is asked before it takes the place of the old one, and if it does not answer as it should, nothing is changed. A new address is asked by mail, and nothing else is sent there before it has confirmed. With `verify: false` a new URL takes its place at once and has to be verified later; events until then are not sent to it.",
      isVersioned: true,
      params,
      query: nothing,
      body: {
        schema: subscriptionChangesSchema,
        examples: {
          filter: { event_types: ["item.error", "item.repaired"], filter: { institution_ids: ["ins_109508"] } },
          url: { url: "https://hooks.example.com/relink-2" },
          pace: { rate_limit: 20, max_concurrency: 2 },
          schemes: { signature_schemes: ["v1", "v1a"] },
        },
      },
      answer: {
        schema: changed,
        example: { ...subscriptionExample, secret: null, verification: null },
        statuses: { 200: "The subscription, as it is now; with a secret, if `v1` is new to it." },
      },
      problems: ["not-found", "url-not-allowed", "verification-required", "address-refused", "asked-recently"],
      handle: async ({ params: { id }, body, ...context }) => {
        const { row, ...more } = await changeSubscription(deps, id, body, context);
        return reply(row, more);
      },
    }),
    defineOperation({
      id: "deleteSubscription",
      method: "delete",
      path: "/v1/subscriptions/{id}",
      scope: "subscriptions:write",
      tag: "Subscriptions",
      summary: "Delete a subscription",
      description:
        "Nothing more is sent to it, and its secrets are deleted. What was still to be sent is cancelled soon after. The log of what was sent is kept as long as any other.",
      params,
      query: nothing,
      body: null,
      answer: { ...noContent, statuses: { 204: "It is gone." } },
      problems: ["not-found"],
      handle: async ({ params: { id }, principal, requestId }) => {
        await db.transaction(async (tx) => {
          const { teamId } = await requireLockedSubscription(tx, id, teamOf(principal));
          await updateSubscription(tx, id, { deletedAt: new Date(), healthDueAt: null });
          await deleteSecrets(tx, id);
          await audit(tx, {
            principal,
            requestId,
            action: "subscription.deleted",
            resource: showId("sub", id),
            teamId,
          });
        });
        return { status: 204, body: null };
      },
    }),
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
        return reply(asked.row, { verification: asked.verification });
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
        return reply(rotated.row, { secret: rotated.secret });
      },
    }),
  ];
}
