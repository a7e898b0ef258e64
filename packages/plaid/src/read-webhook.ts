import type { ItemError, Pending } from "@relink/core";
import { z } from "zod";
import { id, instant, itemError } from "./fields.ts";
import { readTokenHash } from "./token-hash.ts";
import type { WebhookPair } from "./webhook-catalogue.ts";

/** Names for the timeline; null where the body has none. */
export interface WebhookNames {
  webhookType: string;
  webhookCode: string;
  plaidItemId: string | null;
  errorCode: string | null;
}

/** The names of a webhook that is about one Item. */
export type ItemWebhookNames = WebhookNames & { plaidItemId: string };

/** What a webhook's body says. */
export type ReadWebhook =
  /** Something happened to an Item that the rules know. */
  | { kind: "item"; names: ItemWebhookNames; event: ItemWebhookEvent }
  /** One account is no longer shared. The Item works as before. */
  | { kind: "account_revoked"; names: ItemWebhookNames; plaidAccountId: string }
  /** The Item's webhooks reach this address: it was sent there. */
  | { kind: "webhook_acknowledged"; names: ItemWebhookNames; url: string }
  /** What happened in a Link session. The keyed hash of its link token is all that leads to an Item. */
  | {
      kind: "link";
      names: WebhookNames;
      /** As {@link createTokenHasher} makes it; null if the body has none. */
      linkTokenHash: Buffer | null;
      linkSessionId: string | null;
      /** How the session ended; null if the webhook does not say. */
      outcome: "success" | "exited" | null;
      /** Each once, in no order. Plaid sends those of earlier webhooks again. */
      events: readonly LinkWebhookEvent[];
    }
  /** Logins at an institution fail for many, or an issue with it is solved. */
  | { kind: "institution"; names: WebhookNames; institutionId: string; trouble: "began" | "ended" }
  /** Nothing for the rules: kept for the timeline and for those who subscribe. */
  | { kind: "other"; names: WebhookNames }
  /** Signed by Plaid, and yet of no use. */
  | { kind: "unreadable"; reason: UnreadableReason };

/** What an Item's webhook tells the rules. All are hints: what is true, `/item/get` says. */
export type ItemWebhookEvent =
  /** Without an error it says no more than: ask. */
  | { kind: "error_reported"; error: ItemError | null }
  | { kind: "repair_reported" }
  | { kind: "pending_reported"; pending: Pending }
  | { kind: "new_accounts_reported" };

/**
 * One event of a Link session. All that Plaid sends beside these fields is dropped: account and routing numbers, what the
 * user has searched for, and messages.
 *
 * @see https://plaid.com/docs/link/web/#onevent (checked 2026-11-22)
 */
export interface LinkWebhookEvent {
  /** Plaid's: the same event has the same id each time it is sent. */
  eventId: string;
  /** Such as `OPEN`, `ERROR`, `EXIT`, `HANDOFF`. An open set. */
  name: string;
  at: Date | null;
  requestId: string | null;
  errorType: string | null;
  errorCode: string | null;
  exitStatus: string | null;
  institutionId: string | null;
  viewName: string | null;
}

export type UnreadableReason = "not_utf8" | "not_json" | "not_object" | "bad_fields" | "environment";

/** A name that may be missing, or be something else: then there is none. */
const nameOrNull = id.nullable().catch(null);

/** What all webhooks share. Plaid's set of types is open, and several carry neither an Item nor an environment. */
const Body = z.object({
  webhook_type: id,
  webhook_code: id,
  item_id: id.nullish(),
  environment: z.string().nullish(),
  error: itemError.nullish().catch(null),
});

const PendingExpiration = z.object({ consent_expiration_time: instant });
const PendingDisconnect = z.object({ disconnect_time: instant, reason: id.catch("UNKNOWN") });
const AccountRevoked = z.object({ account_id: id });
const Acknowledged = z.object({ new_webhook_url: z.string().regex(/^https?:\/\/[\x21-\x7e]{1,2040}$/i) });
const AboutInstitution = z.object({ institution_id: id });
const LinkEventBody = z.object({
  event_id: id,
  event_name: id,
  timestamp: instant.nullable().catch(null),
  event_metadata: z
    .object({
      request_id: nameOrNull,
      error_type: nameOrNull,
      error_code: nameOrNull,
      exit_status: nameOrNull,
      institution_id: nameOrNull,
      view_name: nameOrNull,
    })
    .nullable()
    .catch(null),
});
const LinkBody = z.object({
  link_token: z.unknown().optional(),
  link_session_id: nameOrNull,
  status: z.string().nullable().catch(null),
  events: z.array(LinkEventBody.nullable().catch(null)).catch([]),
});

const NO_USE = { kind: "unreadable", reason: "bad_fields" } as const;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads the body of a verified webhook. Never throws, however odd the body is: a signature proves who sent it, not that
 * it is tame.
 *
 * @param body - as it is stored, with hashes in place of tokens.
 * @param environment - ours; a body that names another one is not to be acted on.
 * @see https://plaid.com/docs/api/webhooks/ (checked 2026-11-22)
 */
export function readWebhook(body: Uint8Array, environment: string): ReadWebhook {
  const text = attempt(() => utf8.decode(body));
  if (text === undefined) return { kind: "unreadable", reason: "not_utf8" };
  const value = attempt((): unknown => JSON.parse(text));
  if (value === undefined) return { kind: "unreadable", reason: "not_json" };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { kind: "unreadable", reason: "not_object" };
  }
  const parsed = Body.safeParse(value);
  if (!parsed.success) return { kind: "unreadable", reason: "bad_fields" };
  const { webhook_type, webhook_code, item_id, error } = parsed.data;
  if (typeof parsed.data.environment === "string" && parsed.data.environment !== environment) {
    return { kind: "unreadable", reason: "environment" };
  }

  const names = {
    webhookType: webhook_type,
    webhookCode: webhook_code,
    plaidItemId: item_id ?? null,
    errorCode: error?.code ?? null,
  };
  const read = READERS[`${webhook_type}/${webhook_code}`];
  return read === undefined ? { kind: "other", names } : read(names, value, error ?? null);
}

type Reader = (names: WebhookNames, body: object, error: ItemError | null) => ReadWebhook;

/** A webhook that lacks what its type has to tell still says that something happened. */
const ASK: ItemWebhookEvent = { kind: "error_reported", error: null };
const PERMISSION_REVOKED: ItemError = { type: "ITEM_ERROR", code: "USER_PERMISSION_REVOKED", reason: null };

/** By the pair: `ERROR` alone is also a code of reports, and processors get acknowledgements of their own. */
const READERS: Readonly<Record<string, Reader | undefined>> = {
  "ITEM/ERROR": (names, _body, error) => aboutItem(names, { kind: "error_reported", error }),
  "ITEM/USER_PERMISSION_REVOKED": (names, _body, error) =>
    aboutItem(names, { kind: "error_reported", error: error ?? PERMISSION_REVOKED }),
  "ITEM/LOGIN_REPAIRED": (names) => aboutItem(names, { kind: "repair_reported" }),
  "ITEM/PENDING_EXPIRATION": (names, body) => {
    const read = PendingExpiration.safeParse(body);
    if (!read.success) return aboutItem(names, ASK);
    const pending = { kind: "expiration", at: read.data.consent_expiration_time, reason: "CONSENT" } as const;
    return aboutItem(names, { kind: "pending_reported", pending });
  },
  "ITEM/PENDING_DISCONNECT": (names, body) => {
    const read = PendingDisconnect.safeParse(body);
    if (!read.success) return aboutItem(names, ASK);
    const pending = { kind: "disconnect", at: read.data.disconnect_time, reason: read.data.reason } as const;
    return aboutItem(names, { kind: "pending_reported", pending });
  },
  // One about a user names no Item.
  "ITEM/NEW_ACCOUNTS_AVAILABLE": (names) =>
    names.plaidItemId === null ? { kind: "other", names } : aboutItem(names, { kind: "new_accounts_reported" }),
  "ITEM/USER_ACCOUNT_REVOKED": (names, body) => {
    const read = AccountRevoked.safeParse(body);
    if (!read.success) return aboutItem(names, ASK);
    if (!namesItem(names)) return NO_USE;
    return { kind: "account_revoked", names, plaidAccountId: read.data.account_id };
  },
  "ITEM/WEBHOOK_UPDATE_ACKNOWLEDGED": (names, body) => {
    const read = Acknowledged.safeParse(body);
    if (!read.success || !namesItem(names)) return NO_USE;
    return { kind: "webhook_acknowledged", names, url: read.data.new_webhook_url };
  },
  "LINK/SESSION_FINISHED": aboutLink,
  "LINK/ITEM_ADD_RESULT": aboutLink,
  "LINK/EVENTS": aboutLink,
  "LAYER/LAYER_AUTHENTICATION_PASSED": aboutLink,
  "DASHBOARD_CONFIGURED_ALERT/INSTITUTION_STATUS_ALERT_TRIGGERED": (names, body) =>
    aboutInstitution(names, body, "began"),
  "ISSUES/ISSUE_RESOLVED": (names, body) => aboutInstitution(names, body, "ended"),
} satisfies Partial<Record<WebhookPair, Reader>>;

function namesItem(names: WebhookNames): names is ItemWebhookNames {
  return names.plaidItemId !== null;
}

function aboutItem(names: WebhookNames, event: ItemWebhookEvent): ReadWebhook {
  return namesItem(names) ? { kind: "item", names, event } : NO_USE;
}

function aboutLink(names: WebhookNames, body: object): ReadWebhook {
  const read = LinkBody.safeParse(body);
  if (!read.success) return NO_USE;
  const { link_token, link_session_id, status, events } = read.data;
  return {
    kind: "link",
    names,
    linkTokenHash: readTokenHash(link_token),
    linkSessionId: link_session_id,
    outcome: linkOutcome(status),
    events: [...new Map(events.filter((event) => event !== null).map(toLinkEvent)).values()],
  };
}

/** Plaid's documents write the status in capitals in one place, and in small letters in another. */
function linkOutcome(status: string | null): "success" | "exited" | null {
  const word = status?.toLowerCase();
  return word === "success" || word === "exited" ? word : null;
}

function toLinkEvent(body: z.infer<typeof LinkEventBody>): [id: string, event: LinkWebhookEvent] {
  const about = body.event_metadata;
  const event = {
    eventId: body.event_id,
    name: body.event_name,
    at: body.timestamp,
    requestId: about?.request_id ?? null,
    errorType: about?.error_type ?? null,
    errorCode: about?.error_code ?? null,
    exitStatus: about?.exit_status ?? null,
    institutionId: about?.institution_id ?? null,
    viewName: about?.view_name ?? null,
  };
  return [event.eventId, event];
}

function aboutInstitution(names: WebhookNames, body: object, trouble: "began" | "ended"): ReadWebhook {
  const read = AboutInstitution.safeParse(body);
  return read.success ? { kind: "institution", names, institutionId: read.data.institution_id, trouble } : NO_USE;
}

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
