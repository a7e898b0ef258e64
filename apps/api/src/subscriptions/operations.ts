import { deleteSecrets, listSubscriptions, updateSubscription } from "@relink/db";
import { showId } from "@relink/service";
import { z } from "zod";
import { audit } from "../audit.ts";
import { pageOf, readCursor } from "../cursor.ts";
import { pageQuery, pageSchema, sentId } from "../fields.ts";
import { defineOperation, noContent, nothing, type Operation } from "../operation.ts";
import { canReachTeam, teamOf } from "../principal.ts";
import { verificationExample } from "./ask-endpoint.ts";
import { changeSubscription } from "./change-subscription.ts";
import { createSubscription } from "./create-subscription.ts";
import type { SubscriptionDeps } from "./deps.ts";
import { newSubscriptionSchema, subscriptionChangesSchema } from "./new-subscription.ts";
import { requireLockedSubscription, requireSubscription, viewSubscriptions } from "./read-subscription.ts";
import { exampleSecret, replyWith, shownSecret, shownVerification } from "./reply.ts";
import { readSummary, summaryExample, summarySchema } from "./summary.ts";
import { SUBSCRIPTION_KINDS, subscriptionExample, subscriptionSchema } from "./subscription.ts";
import { verify } from "./switch-subscription.ts";

/** Where a page of subscriptions ended. */
const place = z.tuple([z.literal("subscriptions"), z.uuid()]);

const params = z.object({ id: sentId("sub") });

const shownOnce = { secret: shownSecret, verification: shownVerification };
const created = subscriptionSchema.extend(shownOnce).meta({ id: "CreatedSubscription" });
const changed = subscriptionSchema.extend(shownOnce).meta({ id: "ChangedSubscription" });
const withStats = subscriptionSchema.extend({ stats: summarySchema }).meta({ id: "SubscriptionWithStats" });

/** Where teams want to hear of events: made, read, changed, deleted. */
export function subscriptionOperations(deps: SubscriptionDeps): Operation[] {
  const { db } = deps;

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
        const answer = await replyWith(db, asked.row, { secret: made.secret, verification: asked.verification }, 201);
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
        return replyWith(db, row, { stats: await readSummary(db, id) });
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
        return replyWith(db, row, more);
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
  ];
}
