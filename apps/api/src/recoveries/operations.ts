import { randomUUIDv7 } from "node:crypto";
import {
  cancelRecovery,
  countRecoverable,
  type Db,
  findRecovery,
  findSubscription,
  insertRecovery,
  listRecoveries,
  openRecoveryOf,
  progressOf,
  type RecoveryRow,
  type RecoveryScope,
  type SubscriptionRow,
} from "@relink/db";
import { showId } from "@relink/service";
import { z } from "zod";
import { audit } from "../audit.ts";
import { orderedPage, pageOf } from "../cursor.ts";
import { errorCode } from "../deliveries/delivery.ts";
import { pageQuery, pageSchema, sentId } from "../fields.ts";
import { invalidBody } from "../invalid-body.ts";
import { defineOperation, nothing, type Operation } from "../operation.ts";
import { orderQuery, sentMoment } from "../period.ts";
import { actorOf, type Principal, teamOf } from "../principal.ts";
import { Problem } from "../problem.ts";
import { eventPattern } from "../subscriptions/new-subscription.ts";
import { requireLockedSubscription, requireSubscription } from "../subscriptions/read-subscription.ts";
import { requireCallable } from "../subscriptions/require-callable.ts";
import {
  estimateExample,
  estimateSchema,
  RECOVERABLE,
  recoveryExample,
  recoverySchema,
  type RecoveryView,
  secondsFor,
  showRecovery,
  USUALLY_RECOVERED,
} from "./recovery.ts";

const params = z.object({ id: sentId("rcv") });
const ofSubscription = z.object({ id: sentId("sub") });

const newRecovery = z
  .strictObject({
    since: sentMoment.meta({ description: "Deliveries made from then on." }),
    until: sentMoment
      .optional()
      .meta({ description: "Deliveries made before that. Default, and at the latest: now, when it is asked for." }),
    statuses: z
      .array(z.enum(RECOVERABLE))
      .min(1, "must name at least one")
      .default([...USUALLY_RECOVERED])
      .meta({ description: "Which deliveries. Default: all that are held, exhausted or aborted." }),
    event_types: z
      .array(eventPattern)
      .min(1, "must name at least one")
      .max(50, "must have at most 50 entries")
      .optional()
      .meta({ description: "Types or families of events. Default: all." }),
    error_code: errorCode.optional().meta({ description: "Of the last attempt." }),
    include_unattempted: z.boolean().default(false).meta({
      description:
        "Also events that the subscription wants as it is now and that were never meant for it: from before it was made or verified. Default: false.",
    }),
    dry_run: z.boolean().default(false).meta({ description: "Only counts. Default: false." }),
  })
  .meta({ id: "NewRecovery" });

const queuedExample: RecoveryView = {
  ...recoveryExample,
  status: "queued",
  processed: 0,
  succeeded: 0,
  started_at: null,
};

/** Sending again what a receiver has missed. */
export function recoveryOperations({ db }: { db: Db }): Operation[] {
  const view = async (rows: readonly RecoveryRow[], subscription: Pick<SubscriptionRow, "rateLimit">) => {
    const progress = await progressOf(
      db,
      rows.map(({ id }) => id),
    );
    const byId = new Map(progress.map((one) => [one.recoveryId, one]));
    return rows.map((row) => showRecovery(row, byId.get(row.id), subscription));
  };

  const read = async (id: string, principal: Principal): Promise<RecoveryView> => {
    const row = await findRecovery(db, id, teamOf(principal));
    if (row === null) throw notThere();
    // Once its subscription is gone, the recovery is over, and its pace of no interest.
    const subscription = (await findSubscription(db, row.subscriptionId, undefined)) ?? { rateLimit: null };
    const [shown] = await view([row], subscription);
    if (shown === undefined) throw new TypeError("a recovery that was found is shown");
    return shown;
  };

  return [
    defineOperation({
      id: "createRecovery",
      method: "post",
      path: "/v1/subscriptions/{id}/recoveries",
      scope: "deliveries:write",
      tag: "Events",
      summary: "Send again what was missed",
      description:
        "Makes the deliveries of a time again, with the same webhook-ids and the same bytes, after all that is new and at the subscription's rate limit (100 in a second without one). With `dry_run` it only counts, and answers with a `RecoveryEstimate`. What is still `pending` is not missed, and not among them: it is tried again by itself, or at once if you resend it. One at a time for each subscription.",
      params: ofSubscription,
      query: nothing,
      body: {
        schema: newRecovery,
        examples: {
          "since-yesterday": { since: "2026-11-21T00:00:00Z" },
          count: { since: "2026-11-21T00:00:00Z", event_types: ["item.*"], dry_run: true },
        },
      },
      answer: {
        schema: z.union([recoverySchema, estimateSchema]),
        example: queuedExample,
        statuses: { 200: "How many there are. Nothing was changed.", 202: "The recovery." },
        perStatus: {
          200: { schema: estimateSchema, example: estimateExample },
          202: { schema: recoverySchema, example: queuedExample },
        },
      },
      problems: [
        "not-found",
        "recovery-in-progress",
        "subscription-disabled",
        "subscription-paused",
        "verification-required",
      ],
      handle: async ({ params: { id }, body, principal, requestId }) => {
        const scope = readScope(body);
        if (body.dry_run) {
          const subscription = await requireSubscription(db, id, teamOf(principal));
          const total = await countRecoverable(db, subscription, scope);
          const { since, until } = scope;
          const about = { since: since.toISOString(), until: until.toISOString() };
          const seconds = secondsFor(total, subscription);
          return { status: 200, body: { dry_run: true as const, total, estimated_seconds: seconds, ...about } };
        }
        const made = await db.transaction(async (tx) => {
          const subscription = await requireLockedSubscription(tx, id, teamOf(principal));
          requireCallable(subscription);
          const open = await openRecoveryOf(tx, id);
          if (open !== null) throw inProgress(open.id);
          const total = await countRecoverable(tx, subscription, scope);
          const { teamId } = subscription;
          const ids = { id: randomUUIDv7(), subscriptionId: id, teamId };
          const row = await insertRecovery(tx, { ...scope, ...ids, total, actor: actorOf(principal) });
          const resource = showId("rcv", row.id);
          await audit(tx, { principal, requestId, action: "recovery.created", resource, teamId });
          return showRecovery(row, undefined, subscription);
        });
        return { status: 202, body: made, headers: { location: `/v1/recoveries/${made.id}` }, resource: made.id };
      },
    }),
    defineOperation({
      id: "listRecoveriesOfSubscription",
      method: "get",
      path: "/v1/subscriptions/{id}/recoveries",
      scope: "deliveries:read",
      tag: "Events",
      summary: "List the recoveries of a subscription",
      description: "Newest first.",
      params: ofSubscription,
      query: z.strictObject({ ...orderQuery, ...pageQuery }),
      body: null,
      answer: {
        schema: pageSchema(recoverySchema),
        example: { data: [recoveryExample], has_more: false, next_cursor: null },
        statuses: { 200: "A page of recoveries." },
      },
      problems: ["not-found"],
      handle: async ({ params: { id }, query, principal }) => {
        const subscription = await requireSubscription(db, id, teamOf(principal));
        const rows = await listRecoveries(db, id, orderedPage("recoveries", query));
        const { data, ...more } = pageOf(rows, query.limit, (row) => ["recoveries", query.order, row.id]);
        return { status: 200, body: { data: await view(data, subscription), ...more } };
      },
    }),
    defineOperation({
      id: "getRecovery",
      method: "get",
      path: "/v1/recoveries/{id}",
      scope: "deliveries:read",
      tag: "Events",
      summary: "Read a recovery",
      description: "How far it has come, and when it will be through.",
      params,
      query: nothing,
      body: null,
      answer: { schema: recoverySchema, example: recoveryExample, statuses: { 200: "The recovery." } },
      problems: ["not-found"],
      handle: async ({ params: { id }, principal }) => ({ status: 200, body: await read(id, principal) }),
    }),
    defineOperation({
      id: "cancelRecovery",
      method: "post",
      path: "/v1/recoveries/{id}/cancel",
      scope: "deliveries:write",
      tag: "Events",
      summary: "Cancel a recovery",
      description:
        "Makes no more deliveries. Those that were given to the workers, some seconds' worth, are still sent.",
      params,
      query: nothing,
      body: null,
      answer: {
        schema: recoverySchema,
        example: { ...recoveryExample, status: "cancelled", finished_at: "2026-11-22T09:30:06.000Z", eta: null },
        statuses: { 200: "The recovery, as it is now." },
      },
      problems: ["not-found", "nothing-to-cancel"],
      handle: async ({ params: { id }, principal, requestId }) => {
        const row = await findRecovery(db, id, teamOf(principal));
        if (row === null) throw notThere();
        await db.transaction(async (tx) => {
          if (!(await cancelRecovery(tx, id))) return;
          const about = { action: "recovery.cancelled", resource: showId("rcv", id), teamId: row.teamId };
          await audit(tx, { principal, requestId, ...about });
        });
        const shown = await read(id, principal);
        if (shown.status !== "cancelled") throw new Problem("nothing-to-cancel", `it is ${shown.status}`);
        return { status: 200, body: shown };
      },
    }),
  ];
}

function notThere(): Problem {
  return new Problem("not-found", "there is no recovery with this id");
}

function inProgress(id: string): Problem {
  const shown = showId("rcv", id);
  return new Problem(
    "recovery-in-progress",
    `${shown} is under way: wait for it, or POST /v1/recoveries/${shown}/cancel`,
  );
}

/** What is meant by "until now" is fixed here, so that a recovery does not chase what it causes. */
function readScope(body: z.output<typeof newRecovery>): RecoveryScope {
  const now = new Date();
  const until = body.until === undefined || body.until > now ? now : body.until;
  if (body.since >= until) throw invalidBody("#/since", "invalid", "must be before until, and in the past");
  return {
    since: body.since,
    until,
    states: body.statuses,
    eventTypes: body.event_types ?? null,
    errorCode: body.error_code ?? null,
    includesUnattempted: body.include_unattempted,
  };
}
