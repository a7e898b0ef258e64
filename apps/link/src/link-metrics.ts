import { Counter, Histogram, type Registry } from "@relink/service";

/** The figures of the Link page. No label comes from a request. */
export function createLinkMetrics(registry: Registry) {
  const registers = [registry];
  return {
    pages: new Counter<"outcome">({
      name: "relink_link_pages_total",
      help: "Pages shown, by what they said",
      labelNames: ["outcome"],
      registers,
    }),
    callbacks: new Counter<"callback" | "outcome">({
      name: "relink_link_callbacks_total",
      help: "Callbacks of Link that were stored, by what came of them",
      labelNames: ["callback", "outcome"],
      registers,
    }),
    requestSeconds: new Histogram<"route" | "status">({
      name: "relink_link_request_seconds",
      help: "From a request to its answer",
      labelNames: ["route", "status"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
  };
}

export type LinkMetrics = ReturnType<typeof createLinkMetrics>;
