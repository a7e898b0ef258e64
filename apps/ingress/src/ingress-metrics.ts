import { Counter, Histogram, type Registry } from "@relink/service";

/** The figures of the ingress. No label comes from a request. */
export function createIngressMetrics(registry: Registry) {
  const registers = [registry];
  return {
    acknowledged: new Counter({
      name: "relink_webhook_acknowledged_total",
      help: "Webhooks answered with 200: each is in a committed row",
      registers,
    }),
    duplicates: new Counter({
      name: "relink_webhook_duplicate_total",
      help: "Deliveries that were stored already",
      registers,
    }),
    rejected: new Counter<"reason">({
      name: "relink_webhook_rejected_total",
      help: "Requests that were not acknowledged, by reason",
      labelNames: ["reason"],
      registers,
    }),
    answerSeconds: new Histogram({
      name: "relink_webhook_answer_seconds",
      help: "From the request's headers to the answer, for acknowledged webhooks",
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 10],
      registers,
    }),
    batchRows: new Histogram({
      name: "relink_webhook_batch_rows",
      help: "Webhooks in one statement",
      buckets: [1, 2, 5, 10, 25, 50, 100, 256],
      registers,
    }),
    batchSeconds: new Histogram({
      name: "relink_webhook_batch_seconds",
      help: "From sending a statement to its commit",
      buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2, 8],
      registers,
    }),
    keyFetches: new Counter({
      name: "relink_webhook_key_fetch_total",
      help: "Times Plaid was asked for a verification key",
      registers,
    }),
    handOffFailures: new Counter({
      name: "relink_webhook_hand_off_failure_total",
      help: "Batches that could not be put on the queue; the sweeper takes them",
      registers,
    }),
  };
}

export type IngressMetrics = ReturnType<typeof createIngressMetrics>;
