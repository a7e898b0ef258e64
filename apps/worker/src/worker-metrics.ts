import { Counter, Gauge, Histogram, type Registry } from "@relink/service";

/** The figures of a worker. */
export function createWorkerMetrics(registry: Registry) {
  const registers = [registry];
  return {
    webhooks: new Counter<"outcome">({
      name: "relink_webhook_processed_total",
      help: "Stored webhooks that were dealt with, by outcome (applied, no_change, stored, parked)",
      labelNames: ["outcome"],
      registers,
    }),
    questions: new Counter<"outcome">({
      name: "relink_item_question_total",
      help: "Questions to /item/get, by outcome (applied, outdated, no_answer, no_item)",
      labelNames: ["outcome"],
      registers,
    }),
    emails: new Counter<"outcome">({
      name: "relink_email_total",
      help: "Mails that were due, by outcome (sent, dropped, postponed, failed, unknown)",
      labelNames: ["outcome"],
      registers,
    }),
    swept: new Counter<"kind">({
      name: "relink_sweeper_handed_off_total",
      help: "Overdue rows that the sweeper handed off or did itself (webhook, confirm, email)",
      labelNames: ["kind"],
      registers,
    }),
    reconciled: new Counter({
      name: "relink_items_reconciled_total",
      help: "Items that the reconciliation sweep asked about",
      registers,
    }),
    differences: new Counter({
      name: "relink_reconciliation_difference_total",
      help: "Items that the sweep found to be in another state than the webhooks had said",
      registers,
    }),
    failures: new Counter<"queue">({
      name: "relink_job_failure_total",
      help: "Jobs that threw; their rows are still due",
      labelNames: ["queue"],
      registers,
    }),
    jobSeconds: new Histogram<"queue">({
      name: "relink_job_seconds",
      help: "Duration of a job",
      labelNames: ["queue"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30],
      registers,
    }),
    backlog: new Gauge<"kind">({
      name: "relink_webhook_rows",
      help: "Webhooks that wait, and that are parked (open, parked)",
      labelNames: ["kind"],
      registers,
    }),
    oldestSeconds: new Gauge({
      name: "relink_webhook_oldest_open_seconds",
      help: "Age of the oldest webhook that waits",
      registers,
    }),
    redisUp: new Gauge({ name: "relink_redis_up", help: "1 if Redis answered the last sweep", registers }),
  };
}

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;
