import { type Db, listEvents } from "@relink/db";
import { z } from "zod";
import { orderedPage, pageOf, showPage } from "../cursor.ts";
import { deliveryStatus, eventType } from "../deliveries/delivery.ts";
import { pageQuery, pageSchema, sentId } from "../fields.ts";
import { defineOperation, nothing, type Operation } from "../operation.ts";
import { periodOf, periodQuery } from "../period.ts";
import { teamOf } from "../principal.ts";
import { eventExample, eventSchema, showEvent } from "./event.ts";
import { requireEvent } from "./read-event.ts";

/** What there was to tell: for whoever has missed something, and for whoever looks into it. */
export function eventOperations({ db }: { db: Db }): Operation[] {
  return [
    defineOperation({
      id: "listEvents",
      method: "get",
      path: "/v1/events",
      scope: "events:read",
      tag: "Events",
      summary: "List events",
      description:
        "What there was to tell, newest first. A receiver that was down can read here what it has missed: with `order=asc` and `created_after`, or by `delivery_status`. Filters add up. A team's key sees what is for all teams or for its own.",
      params: nothing,
      query: z.strictObject({
        type: eventType.optional(),
        item_id: sentId("itm").optional(),
        delivery_status: deliveryStatus
          .optional()
          .meta({ description: "Of events with such a delivery, to a subscription of the team." }),
        ...periodQuery,
        ...pageQuery,
      }),
      body: null,
      answer: {
        schema: pageSchema(eventSchema),
        example: { data: [eventExample], has_more: false, next_cursor: null },
        statuses: { 200: "A page of events." },
      },
      problems: [],
      handle: async ({ query, principal }) => {
        const filter = {
          teamId: teamOf(principal),
          type: query.type,
          itemId: query.item_id,
          deliveryState: query.delivery_status,
          ...periodOf(query),
        };
        const rows = await listEvents(db, filter, orderedPage("events", query));
        const page = pageOf(rows, query.limit, (row) => ["events", query.order, row.id]);
        return { status: 200, body: showPage(page, (row) => showEvent(row, principal)) };
      },
    }),
    defineOperation({
      id: "getEvent",
      method: "get",
      path: "/v1/events/{id}",
      scope: "events:read",
      tag: "Events",
      summary: "Read an event",
      description: "One event, with what is sent of it.",
      params: z.object({ id: sentId("evt") }),
      query: nothing,
      body: null,
      answer: { schema: eventSchema, example: eventExample, statuses: { 200: "The event." } },
      problems: ["not-found"],
      handle: async ({ params: { id }, principal }) => ({
        status: 200,
        body: showEvent(await requireEvent(db, id, teamOf(principal)), principal),
      }),
    }),
  ];
}
