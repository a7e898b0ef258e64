import { type AttemptStats, attemptStatsByDay, type Db, listAttempts } from "@relink/db";
import { z } from "zod";
import { pageOf, readCursor, showPage } from "../cursor.ts";
import { pageQuery, pageSchema, sentId } from "../fields.ts";
import { defineOperation, type Operation } from "../operation.ts";
import { periodOf, periodQuery, sentMoment } from "../period.ts";
import { teamOf } from "../principal.ts";
import { attemptStatsExample, attemptStatsShape, showAttemptStats } from "../subscriptions/attempt-stats.ts";
import { requireSubscription } from "../subscriptions/read-subscription.ts";
import {
  attemptExample,
  attemptSchema,
  errorCode,
  eventType,
  readStatusClass,
  showAttempt,
  statusClass,
} from "./delivery.ts";

const ofSubscription = z.object({ id: sentId("sub") });

const DAY_MS = 24 * 60 * 60_000;
const MAX_DAYS = 30;

const statsSchema = z
  .object({
    days: z.array(z.object({ day: z.iso.date().meta({ description: "Of UTC." }), ...attemptStatsShape })),
  })
  .meta({ id: "SubscriptionHistory", description: "How the attempts of each day went, oldest first." });

/** Every request that was made to a subscription, and how they went. */
export function attemptOperations({ db }: { db: Db }): Operation[] {
  return [
    defineOperation({
      id: "listAttemptsOfSubscription",
      method: "get",
      path: "/v1/subscriptions/{id}/attempts",
      scope: "deliveries:read",
      tag: "Events",
      summary: "List the attempts for a subscription",
      description: "Every request that was made to it, newest first. Filters add up.",
      params: ofSubscription,
      query: z.strictObject({
        ok: z.enum(["true", "false"]).optional().meta({ description: "Whether it succeeded." }),
        status_class: statusClass.optional().meta({ description: "Of the answer; `none` where none came." }),
        event_type: eventType.optional(),
        error_code: errorCode.optional(),
        ...periodQuery,
        ...pageQuery,
      }),
      body: null,
      answer: {
        schema: pageSchema(attemptSchema),
        example: { data: [attemptExample], has_more: false, next_cursor: null },
        statuses: { 200: "A page of attempts." },
      },
      problems: ["not-found"],
      handle: async ({ params: { id }, query, principal }) => {
        const { kind } = await requireSubscription(db, id, teamOf(principal));
        const { limit, order } = query;
        const place = z.tuple([z.literal("attempts"), z.literal(order), sentMoment, z.uuid()]);
        const cursor = readCursor(place, query.cursor);
        const from = cursor && { startedAt: cursor[2], id: cursor[3] };
        const filter = {
          subscriptionId: id,
          isOk: query.ok === undefined ? undefined : query.ok === "true",
          statusClass: readStatusClass(query.status_class),
          eventType: query.event_type,
          errorCode: query.error_code,
          ...periodOf(query),
        };
        const rows = await listAttempts(db, filter, { limit: limit + 1, order, from });
        const page = pageOf(rows, limit, (row) => ["attempts", order, row.startedAt, row.id]);
        return {
          status: 200,
          body: showPage(page, (row) => showAttempt(row, { kind, isOperator: principal.kind === "admin" })),
        };
      },
    }),
    defineOperation({
      id: "getSubscriptionStats",
      method: "get",
      path: "/v1/subscriptions/{id}/stats",
      scope: "deliveries:read",
      tag: "Events",
      summary: "Read how the attempts of each day went",
      description: "One entry for each day of UTC, also for days without attempts; today is the last.",
      params: ofSubscription,
      query: z.strictObject({
        days: z
          .string()
          .regex(/^(?:[1-9]|[12][0-9]|30)$/, `must be a whole number from 1 to ${MAX_DAYS}`)
          .transform(Number)
          .default(7)
          .meta({
            description: "How many days, today included.",
            override: ({ jsonSchema }) => {
              delete jsonSchema.pattern;
              Object.assign(jsonSchema, { type: "integer", minimum: 1, maximum: MAX_DAYS, default: 7 });
            },
          }),
      }),
      body: null,
      answer: {
        schema: statsSchema,
        example: { days: [{ day: "2026-11-22", ...attemptStatsExample }] },
        statuses: { 200: "The days." },
      },
      problems: ["not-found"],
      handle: async ({ params: { id }, query, principal }) => {
        await requireSubscription(db, id, teamOf(principal));
        const days = lastDays(query.days);
        const stats = await attemptStatsByDay(db, id, new Date(`${days[0] ?? ""}T00:00:00Z`));
        const byDay = new Map<string, AttemptStats>(stats.map((one) => [one.day, one]));
        return {
          status: 200,
          body: { days: days.map((day) => ({ day, ...showAttemptStats(byDay.get(day) ?? NO_ATTEMPTS) })) },
        };
      },
    }),
  ];
}

const NO_ATTEMPTS: AttemptStats = {
  attempts: 0,
  succeeded: 0,
  firstAttempts: 0,
  firstSucceeded: 0,
  p50Ms: null,
  p95Ms: null,
};

/** The last days of UTC, today included, oldest first. */
function lastDays(count: number): string[] {
  const now = Date.now();
  return Array.from({ length: count }, (_, index) =>
    new Date(now - (count - 1 - index) * DAY_MS).toISOString().slice(0, 10),
  );
}
