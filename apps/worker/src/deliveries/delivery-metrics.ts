import { Counter, Gauge, Histogram, type Registry } from "@relink/service";

/** The figures of deliveries. None names an endpoint. */
export function createDeliveryMetrics(registry: Registry) {
  const registers = [registry];
  return {
    attempts: new Counter<"result" | "error_code">({
      name: "relink_delivery_attempts_total",
      help: "Attempts, by the state that they brought their delivery to, and by what went wrong (none if nothing did)",
      labelNames: ["result", "error_code"],
      registers,
    }),
    attemptSeconds: new Histogram({
      name: "relink_delivery_attempt_duration_seconds",
      help: "From the start of an attempt to the end of its answer",
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30],
      registers,
    }),
    endToEndSeconds: new Histogram({
      name: "relink_delivery_end_to_end_seconds",
      help: "From the event to its delivery, for those that succeeded at the first attempt",
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    dueAgeSeconds: new Gauge({
      name: "relink_delivery_due_age_seconds",
      help: "How long the delivery waits that is due for longest",
      registers,
    }),
    endpoints: new Gauge<"state">({
      name: "relink_delivery_endpoint_state",
      help: "Webhook subscriptions of teams, by state",
      labelNames: ["state"],
      registers,
    }),
    recovering: new Gauge<"part">({
      name: "relink_delivery_replay_progress",
      help: "Deliveries of the recoveries under way: those that were given to the workers (done), and about how many are left",
      labelNames: ["part"],
      registers,
    }),
    oldestKeptSeconds: new Gauge({
      name: "relink_delivery_oldest_kept_seconds",
      help: "Age of the oldest delivery in the log, which retention limits",
      registers,
    }),
    inFlight: new Gauge({
      name: "relink_delivery_in_flight",
      help: "Attempts under way in this process",
      registers,
    }),
    notices: new Counter<"outcome">({
      name: "relink_delivery_notices_total",
      help: "Mails about subscriptions, by outcome (sent, dropped, postponed, failed, unknown)",
      labelNames: ["outcome"],
      registers,
    }),
  };
}

export type DeliveryMetrics = ReturnType<typeof createDeliveryMetrics>;
