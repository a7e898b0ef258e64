export * from "./apply-webhooks.ts";
export * from "./ask-about-item.ts";
export * from "./deep-links.ts";
export * from "./item-rows.ts";
export * from "./plaid-log.ts";
export * from "./register-item.ts";
export * from "./store-transitions.ts";
