export * from "./consumer.ts";
export * from "./producer.ts";
export * from "./queues.ts";
export * from "./redis-advice.ts";
