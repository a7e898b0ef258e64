export * from "./emails.ts";
export * from "./episodes.ts";
export * from "./items.ts";
export * from "./link-events.ts";
export * from "./link-sessions.ts";
export * from "./plaid-api-events.ts";
export * from "./users.ts";
export * from "./webhook-events.ts";
