export * from "./consumer.ts";
export * from "./merge-batches.ts";
export * from "./producer.ts";
export * from "./queues.ts";
export * from "./redis-advice.ts";
