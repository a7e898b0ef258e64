// What the ingress needs of this package: everything but the official client.
export * from "./token-hash.ts";
export * from "./verify/key-store.ts";
export * from "./verify/reasons.ts";
export * from "./verify/verify-webhook.ts";
export * from "./webhook-key.ts";
