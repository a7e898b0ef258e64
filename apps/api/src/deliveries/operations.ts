import {
  cancelDelivery,
  type Db,
  type DeliveryFilter,
  type DeliveryRow,
  findDelivery,
  findSubscription,
  listDeliveries,
  lockDelivery,
  resendDelivery,
  type TeamScope,
  type Tx,
} from "@relink/db";
import { showId } from "@relink/service";
import { z } from "zod";
import { audit } from "../audit.ts";
import { orderedPage, pageOf } from "../cursor.ts";
import { pageQuery, pageSchema, sentId } from "../fields.ts";
import { defineOperation, nothing, type Operation } from "../operation.ts";
import { periodOf, periodQuery } from "../period.ts";
import { actorOf, teamOf } from "../principal.ts";
import { Problem } from "../problem.ts";
import { requireSubscription } from "../subscriptions/read-subscription.ts";
import { requireCallable } from "../subscriptions/require-callable.ts";
import { requireEvent } from "../events/read-event.ts";
import {
  attemptExample,
  attemptSchema,
  deliveryExample,
  deliverySchema,
  deliveryStatus,
  errorCode,
  eventType,
  readStatusClass,
  statusClass,
} from "./delivery.ts";
import { viewDeliveries, viewDelivery, viewWithAttempts } from "./view-deliveries.ts";

const params = z.object({ id: sentId("dlv") });
const ofSubscription = z.object({ id: sentId("sub") });
const ofEvent = z.object({ id: sentId("evt") });

const deliveryQuery = {
  status: deliveryStatus.optional(),
  event_type: eventType.optional(),
  error_code: errorCode.optional().meta({ description: "Of the last attempt." }),
  status_class: statusClass.optional().meta({ description: "Of the last attempt's answer; `none` where none came." }),
  ...periodQuery,
  ...pageQuery,
};

const deliveryPage = {
  schema: pageSchema(deliverySchema),
  example: { data: [deliveryExample], has_more: false, next_cursor: null },
  statuses: { 200: "A page of deliveries." },
};

const withAttempts = deliverySchema
  .extend({ attempt_log: z.array(attemptSchema) })
  .meta({ id: "DeliveryWithAttempts" });

const notThere = () => new Problem("not-found", "there is no delivery with this id");

/** What was sent, and what came of it. */
export function deliveryOperations({ db }: { db: Db }): Operation[] {
  const readPage = async (
    filter: Omit<DeliveryFilter, keyof ReturnType<typeof readFilter>>,
    query: z.output<z.ZodObject<typeof deliveryQuery>>,
  ) => {
    const rows = await listDeliveries(db, { ...filter, ...readFilter(query) }, orderedPage("deliveries", query));
    const { data, ...more } = pageOf(rows, query.limit, (row) => ["deliveries", query.order, row.id]);
    return { status: 200, body: { data: await viewDeliveries(db, data), ...more } };
  };

  return [
    defineOperation({
      id: "listDeliveries",
      method: "get",
      path: "/v1/deliveries",
      scope: "deliveries:read",
      tag: "Events",
      summary: "List deliveries",
      description: "Newest first. Filters add up. A team's key sees those to its own subscriptions.",
      params: nothing,
      query: z.strictObject({
        subscription_id: sentId("sub").optional(),
        event_id: sentId("evt").optional(),
        ...deliveryQuery,
      }),
      body: null,
      answer: deliveryPage,
      problems: [],
      handle: async ({ query, principal }) => {
        const { subscription_id: subscriptionId, event_id: eventId, ...others } = query;
        return readPage({ teamId: teamOf(principal), subscriptionId, eventId }, others);
      },
    }),
    defineOperation({
      id: "listDeliveriesOfSubscription",
      method: "get",
      path: "/v1/subscriptions/{id}/deliveries",
      scope: "deliveries:read",
      tag: "Events",
      summary: "List the deliveries of a subscription",
      description: "Newest first. Filters add up.",
      params: ofSubscription,
      query: z.strictObject(deliveryQuery),
      body: null,
      answer: deliveryPage,
      problems: ["not-found"],
      handle: async ({ params: { id }, query, principal }) => {
        await requireSubscription(db, id, teamOf(principal));
        return readPage({ teamId: teamOf(principal), subscriptionId: id }, query);
      },
    }),
    defineOperation({
      id: "listDeliveriesOfEvent",
      method: "get",
      path: "/v1/events/{id}/deliveries",
      scope: "deliveries:read",
      tag: "Events",
      summary: "List the deliveries of an event",
      description: "To whom it was sent, and how that went. A team's key sees those to its own subscriptions.",
      params: ofEvent,
      query: z.strictObject(deliveryQuery),
      body: null,
      answer: deliveryPage,
      problems: ["not-found"],
      handle: async ({ params: { id }, query, principal }) => {
        await requireEvent(db, id, teamOf(principal));
        return readPage({ teamId: teamOf(principal), eventId: id }, query);
      },
    }),
    defineOperation({
      id: "getDelivery",
      method: "get",
      path: "/v1/deliveries/{id}",
      scope: "deliveries:read",
      tag: "Events",
      summary: "Read a delivery",
      description: "One event for one subscription, with every attempt.",
      params,
      query: nothing,
      body: null,
      answer: {
        schema: withAttempts,
        example: { ...deliveryExample, attempt_log: [attemptExample] },
        statuses: { 200: "The delivery." },
      },
      problems: ["not-found"],
      handle: async ({ params: { id }, principal }) => {
        const row = await findDelivery(db, id, teamOf(principal));
        if (row === null) throw notThere();
        return { status: 200, body: await viewWithAttempts(db, row, principal.kind === "admin") };
      },
    }),
    defineOperation({
      id: "resendDelivery",
      method: "post",
      path: "/v1/deliveries/{id}/resend",
      scope: "deliveries:write",
      tag: "Events",
      summary: "Send a delivery again",
      description:
        "Makes an attempt at once: the same webhook-id and the same bytes, signed with the secrets of now. If it succeeds, no further attempts are made. If it fails, the delivery is again what it was, with the attempts that were still to come.",
      params,
      query: nothing,
      body: {
        schema: z
          .strictObject({
            force: z.boolean().default(false).meta({ description: "Also if it was delivered. Default: false." }),
          })
          .meta({ id: "Resend" }),
        examples: { default: {}, delivered: { force: true } },
        isOptional: true,
      },
      answer: {
        schema: deliverySchema,
        example: { ...deliveryExample, trigger: "manual", actor: "admin" },
        statuses: { 202: "The attempt is due." },
      },
      problems: [
        "not-found",
        "already-delivered",
        "subscription-disabled",
        "subscription-paused",
        "verification-required",
        "delivery-in-flight",
      ],
      handle: async ({ params: { id }, body, principal, requestId }) => {
        const row = await db.transaction(async (tx) => {
          const { state, subscriptionId } = await requireLockedDelivery(tx, id, teamOf(principal));
          const subscription = await findSubscription(tx, subscriptionId, teamOf(principal));
          if (subscription === null) throw new Problem("subscription-disabled", "its subscription was deleted");
          requireCallable(subscription);
          if (state === "in_flight") throw inFlight();
          if (state === "delivered" && !body.force) {
            throw new Problem(
              "already-delivered",
              "the receiver has taken it: send force true to deliver it once more",
            );
          }
          const resent = await resendDelivery(tx, id, actorOf(principal));
          const resource = showId("dlv", id);
          const { teamId } = subscription;
          await audit(tx, { principal, requestId, action: "delivery.resent", resource, teamId });
          return resent;
        });
        return { status: 202, body: await viewDelivery(db, row) };
      },
    }),
    defineOperation({
      id: "cancelDelivery",
      method: "post",
      path: "/v1/deliveries/{id}/cancel",
      scope: "deliveries:write",
      tag: "Events",
      summary: "Cancel a delivery",
      description: "Makes no further attempts. It can still be sent again by hand.",
      params,
      query: nothing,
      body: null,
      answer: {
        schema: deliverySchema,
        example: { ...deliveryExample, status: "cancelled", next_attempt_at: null },
        statuses: { 200: "The delivery, as it is now." },
      },
      problems: ["not-found", "delivery-in-flight", "nothing-to-cancel"],
      handle: async ({ params: { id }, principal, requestId }) => {
        const row = await db.transaction(async (tx) => {
          const locked = await requireLockedDelivery(tx, id, teamOf(principal));
          if (locked.state === "cancelled") return locked;
          if (locked.state === "in_flight") throw inFlight();
          if (locked.state !== "pending" && locked.state !== "held") {
            throw new Problem("nothing-to-cancel", `it is ${locked.state}: no attempt is to come`);
          }
          const cancelled = await cancelDelivery(tx, id);
          const subscription = await findSubscription(tx, locked.subscriptionId, undefined);
          const resource = showId("dlv", id);
          const teamId = subscription?.teamId;
          await audit(tx, { principal, requestId, action: "delivery.cancelled", resource, teamId });
          return cancelled;
        });
        return { status: 200, body: await viewDelivery(db, row) };
      },
    }),
  ];
}

async function requireLockedDelivery(tx: Tx, id: string, teamId: TeamScope): Promise<DeliveryRow> {
  const row = await lockDelivery(tx, id, teamId);
  if (row === null) throw notThere();
  return row;
}

function readFilter(query: z.output<z.ZodObject<typeof deliveryQuery>>) {
  return {
    state: query.status,
    eventType: query.event_type,
    errorCode: query.error_code,
    statusClass: readStatusClass(query.status_class),
    ...periodOf(query),
  };
}

function inFlight(): Problem {
  return new Problem("delivery-in-flight", "it is being sent at this moment: look again in a few seconds");
}
