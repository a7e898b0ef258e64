// What the ingress needs of the database, and no more: it faces the world, it starts a dozen times a day, and the query
// builder with its schema is most of what this package loads.
export { isConflict, isDataError } from "./database-errors.ts";
export { type DatabasePool, openPool } from "./pool.ts";
export { insertWebhookEvents, type NewWebhookEvent } from "./statements/insert-webhook-events.ts";
