import { z } from "zod";

/** What is done once every so often for all workers. */
export const MAINTENANCE_TASKS = [
  "settle_lost_transmissions",
  "forget_link_tokens",
  "reconcile",
  "make_up_for_undelivered",
  "recheck_troubles",
  "delete_expired",
] as const;
export type MaintenanceTask = (typeof MAINTENANCE_TASKS)[number];

/**
 * The queues and what their jobs carry: ids and nothing else, since Redis keeps job data as clear text. A job is a
 * reminder to look at a row; the row says whether there is anything to do, so a job too many does no harm and a job lost
 * is made up for by the sweeper.
 */
export const JOB_PAYLOADS = {
  /** Webhooks that were stored in one statement. */
  webhooks: z.object({ eventIds: z.array(z.uuid()).min(1) }),
  /** Ask Plaid about an Item. */
  confirm: z.object({ itemId: z.uuid() }),
  /** Send a mail that is owed. */
  email: z.object({ emailId: z.uuid() }),
  /** Something is due for these subscriptions. Postgres says what: the job only wakes a worker up. */
  deliveries: z.object({ subscriptionIds: z.array(z.uuid()).min(1) }),
  /** Housekeeping that needs to be done once, not by every worker. */
  maintenance: z.object({ task: z.enum(MAINTENANCE_TASKS) }),
} as const;

export type QueueName = keyof typeof JOB_PAYLOADS;
export type JobPayload<Name extends QueueName> = z.infer<(typeof JOB_PAYLOADS)[Name]>;

export const QUEUE_NAMES = Object.keys(JOB_PAYLOADS) as QueueName[];

/** Keys of one queue live in one slot of a cluster. */
export const DEFAULT_PREFIX = "{relink}";
