/**
 * Whom an event is for: `teams` hear what happens to Items; `operators` hear what happens to deliveries themselves;
 * `endpoint` is sent to one endpoint because somebody asked for it, and to nobody else.
 */
export type EventAudience = "teams" | "operators" | "endpoint";

/** What product teams can be told: each type of event, in one line, and for whom it is. */
export const EVENT_TYPES = {
  "item.error": {
    audience: "teams",
    description: "An Item has stopped working. error says why, and who_acts whose turn it is.",
  },
  "item.repaired": {
    audience: "teams",
    description: "An Item works again: whatever was told of it before is over.",
  },
  "item.expiring": {
    audience: "teams",
    description: "An Item works, and ends at expires_at unless its user renews it.",
  },
  "item.revoked": {
    audience: "teams",
    description: "The user withdrew permission for an Item. Delete the data that you hold from it.",
  },
  "item.account_revoked": {
    audience: "teams",
    description: "The user withdrew permission for one account. Its Item goes on with the others.",
  },
  "item.new_accounts_available": {
    audience: "teams",
    description: "The bank has accounts that the user could share too.",
  },
  "item.degraded": {
    audience: "teams",
    description: "The bank or Plaid has trouble: data may be late or missing, and nobody has to act.",
  },
  "item.removed": {
    audience: "teams",
    description: "An Item is gone at Plaid for good.",
  },
  "reauth.email_sent": {
    audience: "teams",
    description: "A mail went out that asks a user to repair or renew an Item.",
  },
  "reauth.link_opened": {
    audience: "teams",
    description: "A user has opened Link from the page behind their link.",
  },
  "reauth.completed": {
    audience: "teams",
    description: "A user went through Link to the end. item.repaired follows once Plaid confirms it.",
  },
  "reauth.abandoned": {
    audience: "teams",
    description: "A user left Link before its end.",
  },
  "webhook.received": {
    audience: "teams",
    description: "A provider's webhook came in and was verified. It is handed on with its secrets taken out.",
  },
  "webhook.verification": {
    audience: "endpoint",
    description: "Asks a new endpoint whether it wants to be called. Answer it with 2xx and its challenge.",
  },
  "webhook.test": {
    audience: "endpoint",
    description: "An example that somebody sent to an endpoint by hand.",
  },
  "endpoint.failing": {
    audience: "operators",
    description: "An endpoint fails again and again. disable_at says when it will be disabled, once that is known.",
  },
  "endpoint.disabled": {
    audience: "operators",
    description: "Nothing is sent to an endpoint any more. What is meant for it is held.",
  },
  "endpoint.recovered": {
    audience: "operators",
    description: "An endpoint that was told to be failing has answered with 2xx.",
  },
  "delivery.exhausted": {
    audience: "operators",
    description: "The last attempt of a delivery has failed. It is kept, and can be sent again.",
  },
  "recovery.completed": {
    audience: "operators",
    description: "Sending again what an endpoint had missed has come to its end.",
  },
} as const satisfies Record<string, { audience: EventAudience; description: string }>;

export type EventType = keyof typeof EVENT_TYPES;

/** Every type of event, for validators and constraints. */
export const EVENT_TYPE_NAMES = Object.keys(EVENT_TYPES) as readonly EventType[];

/** False for what is sent to one endpoint on request: no subscription asks for it, and none can leave it out. */
export function isSubscribable(type: EventType): boolean {
  return EVENT_TYPES[type].audience !== "endpoint";
}

/** True for what a subscription may name: a type that can be subscribed to, a family such as `item.*`, or `*`. */
export function isEventPattern(text: string): boolean {
  return EVENT_TYPE_NAMES.some((type) => matchesPattern(text, type));
}

/**
 * Whether a subscription that names `pattern` means events of this type.
 *
 * `*` leaves out what happens to deliveries themselves: an endpoint that fails would cause events that fail in turn. Who
 * wants them names them, or their family.
 */
export function matchesPattern(pattern: string, type: EventType): boolean {
  if (!isSubscribable(type)) return false;
  if (pattern === "*") return EVENT_TYPES[type].audience === "teams";
  return pattern === type || pattern === `${type.slice(0, type.indexOf("."))}.*`;
}
