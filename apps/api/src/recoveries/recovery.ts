import { type RecoveryProgress, type RecoveryRow, type SubscriptionRow } from "@relink/db";
import { showId } from "@relink/service";
import { z } from "zod";
import { moment, shownId } from "../fields.ts";

/** What can be made again; not what is tried again by itself. */
export const RECOVERABLE = ["held", "exhausted", "aborted", "cancelled", "superseded", "delivered"] as const;

/** What is made again unless other statuses are named: all that ended without the receiver's consent. */
export const USUALLY_RECOVERED = [
  "held",
  "exhausted",
  "aborted",
] as const satisfies readonly (typeof RECOVERABLE)[number][];

/** Deliveries in a second for an endpoint without a limit of its own. */
const USUAL_RATE = 100;

const count = z.int().min(0);

export const recoverySchema = z
  .object({
    id: shownId("rcv"),
    subscription_id: shownId("sub"),
    team_id: shownId("team"),
    status: z.enum(["queued", "running", "completed", "cancelled", "failed"]).meta({
      description: "`failed`: the subscription was disabled or deleted before its end.",
    }),
    since: moment,
    until: moment.meta({ description: "Fixed when the recovery was asked for." }),
    statuses: z.array(z.string()),
    event_types: z.array(z.string()).nullable(),
    error_code: z.string().nullable(),
    include_unattempted: z.boolean(),
    total: count.meta({ description: "How many deliveries there were to be made when it was asked for." }),
    processed: count.meta({ description: "How many have been given to the workers." }),
    succeeded: count.meta({ description: "How many of these are delivered." }),
    failed: count.meta({
      description: "How many of these were attempted without success so far. They are tried again as any other.",
    }),
    actor: z.string().meta({ description: "Who asked for it: `admin` or the id of a key." }),
    created_at: moment,
    started_at: moment.nullable(),
    finished_at: moment.nullable(),
    eta: moment
      .nullable()
      .meta({ description: "When it will be through, at the pace of its endpoint. Null if it is over." }),
  })
  .meta({ id: "Recovery", description: "Many deliveries that are made again." });

export type RecoveryView = z.input<typeof recoverySchema>;

export const estimateSchema = z
  .object({
    dry_run: z.literal(true),
    total: count,
    estimated_seconds: z.number().min(0).meta({ description: "At the rate limit of the subscription." }),
    since: moment,
    until: moment,
  })
  .meta({ id: "RecoveryEstimate", description: "What a recovery would do. Nothing was changed." });

export const estimateExample: z.input<typeof estimateSchema> = {
  dry_run: true,
  total: 1_250,
  estimated_seconds: 12.5,
  since: "2026-11-21T00:00:00.000Z",
  until: "2026-11-22T09:30:00.000Z",
};

export const recoveryExample: RecoveryView = {
  id: "rcv_01kazv6d2cf7e9f1g3h5j7k9m1",
  subscription_id: "sub_01kazv2z3we6n9p4q8r5s7t1vb",
  team_id: "team_01kazv2y8mf0tb3c5d7e9g1h2j",
  status: "running",
  since: "2026-11-21T00:00:00.000Z",
  until: "2026-11-22T09:30:00.000Z",
  statuses: [...USUALLY_RECOVERED],
  event_types: null,
  error_code: null,
  include_unattempted: false,
  total: 1_250,
  processed: 500,
  succeeded: 412,
  failed: 0,
  actor: "admin",
  created_at: "2026-11-22T09:30:00.000Z",
  started_at: "2026-11-22T09:30:00.512Z",
  finished_at: null,
  eta: "2026-11-22T09:30:13.892Z",
};

/** How long so many deliveries take at least. */
export function secondsFor(deliveries: number, { rateLimit }: Pick<SubscriptionRow, "rateLimit">): number {
  return deliveries / (rateLimit ?? USUAL_RATE);
}

/** @param progress - undefined if nothing was given to the workers yet. */
export function showRecovery(
  row: RecoveryRow,
  progress: RecoveryProgress | undefined,
  subscription: Pick<SubscriptionRow, "rateLimit">,
): RecoveryView {
  const { waiting, succeeded, failed } = progress ?? { waiting: 0, succeeded: 0, failed: 0 };
  const left = Math.max(0, row.total - row.processed) + waiting;
  const isOpen = row.state === "queued" || row.state === "running";
  return {
    id: showId("rcv", row.id),
    subscription_id: showId("sub", row.subscriptionId),
    team_id: showId("team", row.teamId),
    status: row.state,
    since: row.since.toISOString(),
    until: row.until.toISOString(),
    statuses: row.states,
    event_types: row.eventTypes,
    error_code: row.errorCode,
    include_unattempted: row.includesUnattempted,
    total: row.total,
    processed: row.processed,
    succeeded,
    failed,
    actor: row.actor,
    created_at: row.createdAt.toISOString(),
    started_at: row.startedAt?.toISOString() ?? null,
    finished_at: row.finishedAt?.toISOString() ?? null,
    eta: isOpen ? new Date(Date.now() + secondsFor(left, subscription) * 1_000).toISOString() : null,
  };
}
