import type { ItemError } from "@relink/core";
import { Secret } from "@relink/service";
import { z } from "zod";
import { id, instant, itemError } from "./fields.ts";

/** What Relink reads of an Item. */
export interface PlaidItem {
  plaidItemId: string;
  institutionId: string | null;
  institutionName: string | null;
  webhookUrl: string | null;
  error: ItemError | null;
  /** What the connection is used for, in Plaid's words, such as `auth`. */
  products: readonly string[];
  /** When the user's consent ends; null if it does not, or if Plaid does not say. */
  consentExpiresAt: Date | null;
  /** The newest webhook that Plaid has sent for the Item, whether or not it arrived. */
  lastWebhook: { code: string; sentAt: Date } | null;
}

/** What Relink reads of an account. */
export interface PlaidAccount {
  /** Changes when the user shares the account anew. */
  plaidAccountId: string;
  /** Stays; only some institutions have one. */
  persistentAccountId: string | null;
  name: string;
  /** Two to four characters, often the last of the account's number. */
  mask: string | null;
}

/** One run of Link, as Plaid tells of it afterwards. */
export interface PlaidLinkSession {
  linkSessionId: string;
  finishedAt: Date | null;
  /** Null while it runs, and where Plaid keeps to itself how it ended. */
  outcome: "success" | "exited" | null;
  /** Where and why the user left; null if they did not. */
  exit: { error: ItemError | null; status: string | null; requestId: string | null } | null;
}

/** How logins at an institution go. `unknown`: it has too few for Plaid to tell. */
export type InstitutionHealth = "healthy" | "degraded" | "down" | "unknown";

/** A webhook that Plaid has sent, with what became of it. */
export interface SentWebhook {
  /** Plaid's id of it, found here only: a webhook itself carries none. */
  messageId: string;
  webhookType: string;
  webhookCode: string;
  plaidItemId: string | null;
  sentAt: Date;
  status: "pending" | "delivered" | "failed";
  /** The answer to the last attempt; null if none came. */
  lastHttpStatus: number | null;
  attemptCount: number;
  destinationUrl: string;
  /** The JSON that was sent. May hold live tokens: `hashTokens` before it is kept. */
  body: Secret;
}

/** Text that Plaid sends and a person may see: no control characters, not endless. */
const shownText = z
  .string()
  .transform((text) => text.replaceAll(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, "").slice(0, 256));

export const PlainAnswer = z.object({ request_id: id });

export const ItemAnswer = z
  .object({
    request_id: id,
    item: z.object({
      item_id: id,
      institution_id: id.nullish(),
      institution_name: shownText.nullish(),
      webhook: z.string().nullish(),
      error: itemError.nullish(),
      products: z.array(id).nullish().catch(null),
      billed_products: z.array(id).nullish().catch(null),
      consent_expiration_time: instant.nullish().catch(null),
    }),
    status: z
      .object({ last_webhook: z.object({ code_sent: id, sent_at: instant }).nullish() })
      .nullish()
      .catch(null),
  })
  .transform(({ request_id, item, status }) => {
    const last = status?.last_webhook;
    const read: PlaidItem = {
      plaidItemId: item.item_id,
      institutionId: item.institution_id ?? null,
      institutionName: item.institution_name || null,
      webhookUrl: item.webhook ?? null,
      error: item.error ?? null,
      products: [...new Set([...(item.products ?? []), ...(item.billed_products ?? [])])],
      consentExpiresAt: item.consent_expiration_time ?? null,
      lastWebhook: last ? { code: last.code_sent, sentAt: last.sent_at } : null,
    };
    return { request_id, item: read };
  });

export const TokenAnswer = z.object({ request_id: id, access_token: z.string().min(1), item_id: id });

export const LinkTokenAnswer = z.object({
  request_id: id,
  link_token: z.string().min(1),
  expiration: instant,
  hosted_link_url: z.url({ protocol: /^https?$/ }).nullish(),
});

const LinkExit = z.object({
  error: itemError.nullish().catch(null),
  metadata: z
    .object({ status: id.nullish().catch(null), request_id: id.nullish().catch(null) })
    .nullish()
    .catch(null),
});

const LinkSession = z
  .object({
    link_session_id: id,
    finished_at: instant.nullish().catch(null),
    exit: LinkExit.nullish(),
    /** What `exit` and `results` were called before; Plaid sends them to those who began with them. */
    on_exit: LinkExit.nullish(),
    on_success: z.object({}).nullish(),
    results: z
      .object({ item_add_results: z.array(z.object({})).nullish() })
      .nullish()
      .catch(null),
    events: z
      .array(z.object({ event_name: z.string() }))
      .nullish()
      .catch(null),
  })
  .transform((session): PlaidLinkSession => {
    const exit = session.exit ?? session.on_exit ?? null;
    const hasSucceeded =
      (session.on_success ?? null) !== null ||
      (session.results?.item_add_results ?? []).length > 0 ||
      (session.events ?? []).some((event) => event.event_name === "HANDOFF");
    return {
      linkSessionId: session.link_session_id,
      finishedAt: session.finished_at ?? null,
      outcome: hasSucceeded ? "success" : exit === null ? null : "exited",
      exit: exit && {
        error: exit.error ?? null,
        status: exit.metadata?.status ?? null,
        requestId: exit.metadata?.request_id ?? null,
      },
    };
  });

export const LinkSessionsAnswer = z.object({ request_id: id, link_sessions: z.array(LinkSession).nullish() });

export const AccountsAnswer = z.object({
  request_id: id,
  accounts: z.array(
    z
      .object({
        account_id: id,
        persistent_account_id: id.nullish().catch(null),
        name: shownText,
        mask: shownText.nullish(),
      })
      .transform((account): PlaidAccount => ({
        plaidAccountId: account.account_id,
        persistentAccountId: account.persistent_account_id ?? null,
        name: account.name,
        mask: account.mask || null,
      })),
  ),
});

export const InstitutionAnswer = z
  .object({
    request_id: id,
    institution: z.object({
      status: z
        .object({
          item_logins: z
            .object({ status: z.enum(["HEALTHY", "DEGRADED", "DOWN"]) })
            .nullish()
            .catch(null),
        })
        .nullish()
        .catch(null),
    }),
  })
  .transform(({ request_id, institution }) => {
    const logins = institution.status?.item_logins?.status.toLowerCase() ?? "unknown";
    return { request_id, health: logins as InstitutionHealth };
  });

const SentWebhookForm = z
  .object({
    webhook_message_id: id,
    webhook_type: id,
    webhook_code: id,
    item_id: id.nullish(),
    sent_time: instant,
    payload: z.looseObject({}),
    destination_url: z.string(),
    delivery_status: z.enum(["PENDING", "DELIVERED", "FAILED"]),
    last_http_status_code: z.int().nullish(),
    attempt_count: z.int(),
  })
  .transform((sent): SentWebhook => ({
    messageId: sent.webhook_message_id,
    webhookType: sent.webhook_type,
    webhookCode: sent.webhook_code,
    plaidItemId: sent.item_id ?? null,
    sentAt: sent.sent_time,
    status: sent.delivery_status.toLowerCase() as SentWebhook["status"],
    lastHttpStatus: sent.last_http_status_code ?? null,
    attemptCount: sent.attempt_count,
    destinationUrl: sent.destination_url,
    body: new Secret(JSON.stringify(sent.payload, null, 2)),
  }));

export const SentWebhooksAnswer = z.object({
  request_id: id,
  webhook_events: z.array(SentWebhookForm),
  has_more: z.boolean(),
  next_cursor: z.string(),
});
