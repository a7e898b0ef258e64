/** What a team's key may be allowed to do. */
export const SCOPES = [
  "items:read",
  "items:write",
  "users:read",
  "support:read",
  "support:write",
  "subscriptions:read",
  "subscriptions:write",
  "deliveries:read",
  "deliveries:write",
  "events:read",
] as const;

export type Scope = (typeof SCOPES)[number];

/** Who may use an operation: keys with a scope, any valid key, or (null) the admin key alone. */
export type Access = Scope | "any-key" | null;
