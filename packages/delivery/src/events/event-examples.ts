import type { EventType } from "@relink/core";
import type { EventData } from "./event-schemas.ts";

/** The bank of the examples, as Plaid's Sandbox calls it. https://plaid.com/docs/sandbox/institutions/ (checked 2026-11-22) */
export const EXAMPLE_INSTITUTION = { id: "ins_109508", name: "First Platypus Bank" } as const;

const item = {
  item_id: "itm_01kazv0c8meygs6x2m70v1rr2f",
  plaid_item_id: "wz666MBjYWTp2PDzzggYhM6oWWmBb",
  user_id: "usr_01kazv0c8me5tvk3n1q6b0z8xp",
  institution_id: EXAMPLE_INSTITUTION.id,
  episode_id: "epi_01kazv1q5nf8mb2w7d4r6s9t0a",
  sequence: 3,
  state: "login_required",
  who_acts: "user",
  timeline: "/v1/items/itm_01kazv0c8meygs6x2m70v1rr2f/timeline",
} as const;

const healthy = { ...item, state: "healthy", who_acts: "nobody" } as const;
const loginRequired = { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: null };
const subscription_id = "sub_01kazv2z3we6n9p4q8r5s7t1vb";

/** The `data` of one event of each type: for the catalogue, and for whoever sends a test. */
export const EVENT_EXAMPLES: { readonly [Type in EventType]: EventData<Type> } = {
  "item.error": { ...item, error: loginRequired },
  "item.repaired": { ...healthy, sequence: 4, repair_path: "own_link", previous_state: "login_required" },
  "item.expiring": {
    ...item,
    state: "expiring",
    expires_at: "2026-11-28T00:00:00.000Z",
    reason: "INSTITUTION_TOKEN_EXPIRATION",
  },
  "item.revoked": {
    ...item,
    state: "revoked",
    error: { type: "ITEM_ERROR", code: "USER_PERMISSION_REVOKED", reason: null },
  },
  "item.account_revoked": { ...healthy, episode_id: null, account_id: "vzeNDwK7KQIm4yEog683uElbp9GRLEFXGK98D" },
  "item.new_accounts_available": { ...healthy, episode_id: null },
  "item.degraded": {
    ...item,
    state: "degraded",
    who_acts: "nobody",
    episode_id: null,
    error: { type: "INSTITUTION_ERROR", code: "INSTITUTION_DOWN", reason: null },
  },
  "item.removed": { ...item, state: "removed", who_acts: "nobody" },
  "reauth.email_sent": { ...item, template: "login_required", step: 0 },
  "reauth.link_opened": item,
  "reauth.completed": item,
  "reauth.abandoned": { ...item, has_tried: true },
  "webhook.received": {
    webhook_id: "whe_01kazv1p0ae4b6c8d0e2f4g6h8",
    provider: "plaid",
    webhook_type: "ITEM",
    webhook_code: "ERROR",
    plaid_item_id: item.plaid_item_id,
    item_id: item.item_id,
    error_code: "ITEM_LOGIN_REQUIRED",
    received_at: "2026-11-21T09:30:00.000Z",
  },
  "webhook.verification": { subscription_id, challenge: "3f0c7d1b9e5a4c62" },
  "webhook.test": { subscription_id, message: "It works." },
  "endpoint.failing": {
    subscription_id,
    status: "failing",
    failing_since: "2026-11-21T09:30:00.000Z",
    disable_at: "2026-11-26T09:30:00.000Z",
  },
  "endpoint.disabled": { subscription_id, status: "disabled", reason: "consecutive_failures" },
  "endpoint.recovered": { subscription_id, status: "active" },
  "delivery.exhausted": {
    delivery_id: "dlv_01kazv4b7cf1d3e5g7h9j0k2m4",
    subscription_id,
    event_id: "evt_01kazv3c5me2n4p6q8r0s2t4v6",
    event_type: "item.error",
    attempts: 10,
    last_status: 500,
    last_error_code: "HTTP_STATUS",
  },
  "recovery.completed": {
    recovery_id: "rcv_01kazv5d9ef3g5h7j9k1m3n5p7",
    subscription_id,
    total: 1_240,
    processed: 1_240,
  },
};
