import { explainStatus } from "@relink/core";
import type { SupportBundle } from "@relink/items";
import { showId } from "@relink/service";
import { z } from "zod";
import { moment, shownId } from "../fields.ts";
import { itemError, statusKind } from "./item.ts";
import { showTimelineEntry, timelineEntrySchema, timelineExample } from "./timeline.ts";

const text = z.string().nullable();

export const supportBundleSchema = z
  .object({
    made_at: moment,
    item: z.object({
      id: shownId("itm"),
      plaid_item_id: z.string(),
      environment: z.enum(["sandbox", "production"]),
      institution: z.object({ id: z.string(), name: text }).nullable(),
      client_user_id: shownId("usr").meta({ description: "As Plaid was told." }),
      status: statusKind,
      status_since: moment,
      explanation: z.string(),
      error: itemError.nullable(),
      consent_expires_at: moment.nullable(),
      last_webhook_sent_at: moment.nullable().meta({ description: "As /item/get said last." }),
      created_at: moment,
    }),
    episode: z
      .object({
        id: shownId("epi"),
        cause: z.enum(["broken", "expiring", "new_accounts"]),
        error_type: text,
        error_code: text,
        opened_at: moment,
        confirmed_at: moment.nullable(),
        closed_at: moment.nullable(),
        close_reason: text,
      })
      .nullable()
      .meta({ description: "Null for an Item that never had one; then the bundle is about the last day." }),
    since: moment.meta({ description: "An hour before the episode." }),
    until: moment.meta({ description: "An hour after it, or now." }),
    last_webhook: z
      .object({ webhook_type: text, webhook_code: text, error_code: text, received_at: moment })
      .nullable(),
    counts: z.object({
      webhooks: z.int(),
      api_calls: z.int(),
      failed_api_calls: z.int(),
      link_sessions: z.int(),
      mails_sent: z.int(),
    }),
    requests: z.array(z.object({ at: moment, request_id: z.string(), source: z.string(), error_code: text })),
    link_session_ids: z.array(z.string()),
    accounts: z.array(z.object({ account_id: z.string(), revoked_at: moment.nullable() })),
    timeline: z.array(timelineEntrySchema).meta({ description: "The oldest first." }),
    is_cut: z.boolean().meta({ description: "True if only the newest entries are here." }),
  })
  .meta({
    id: "SupportBundle",
    description: "What a support ticket at Plaid asks for. No token, no name, no address.",
  });

type SupportBundleView = z.input<typeof supportBundleSchema>;

export function showSupportBundle(bundle: SupportBundle): SupportBundleView {
  const { item, episode, lastWebhook, counts } = bundle;
  return {
    made_at: bundle.madeAt.toISOString(),
    item: {
      id: showId("itm", item.id),
      plaid_item_id: item.plaidItemId,
      environment: item.environment,
      institution: item.institutionId === null ? null : { id: item.institutionId, name: item.institutionName },
      client_user_id: item.clientUserId,
      status: item.status.kind,
      status_since: item.statusSince.toISOString(),
      explanation: explainStatus(item.status).explanation,
      error: "error" in item.status ? item.status.error : null,
      consent_expires_at: item.consentExpiresAt?.toISOString() ?? null,
      last_webhook_sent_at: item.lastWebhookAt?.toISOString() ?? null,
      created_at: item.createdAt.toISOString(),
    },
    episode: episode && {
      id: showId("epi", episode.id),
      cause: episode.cause,
      error_type: episode.errorType,
      error_code: episode.errorCode,
      opened_at: episode.openedAt.toISOString(),
      confirmed_at: episode.confirmedAt?.toISOString() ?? null,
      closed_at: episode.closedAt?.toISOString() ?? null,
      close_reason: episode.closeReason,
    },
    since: bundle.since.toISOString(),
    until: bundle.until.toISOString(),
    last_webhook: lastWebhook && {
      webhook_type: lastWebhook.webhookType,
      webhook_code: lastWebhook.webhookCode,
      error_code: lastWebhook.errorCode,
      received_at: lastWebhook.receivedAt.toISOString(),
    },
    counts: {
      webhooks: counts.webhooks,
      api_calls: counts.apiCalls,
      failed_api_calls: counts.failedApiCalls,
      link_sessions: counts.linkSessions,
      mails_sent: counts.mailsSent,
    },
    requests: bundle.requests.map(({ at, requestId, source, errorCode }) => ({
      at: at.toISOString(),
      request_id: requestId,
      source,
      error_code: errorCode,
    })),
    link_session_ids: bundle.linkSessionIds,
    accounts: bundle.accounts.map(({ plaidAccountId, revokedAt }) => ({
      account_id: plaidAccountId,
      revoked_at: revokedAt?.toISOString() ?? null,
    })),
    timeline: bundle.entries.map((entry) => showTimelineEntry(entry)),
    is_cut: bundle.isCut,
  };
}

export const supportBundleExample: SupportBundleView = {
  made_at: "2026-11-21T10:00:00.000Z",
  item: {
    id: "itm_01kazv0c9bfhk9j3n2bn9dbq5t",
    plaid_item_id: "eVBnVMp7zdTJLkRNr33Rs6zr7KNJqBFL9DrE6",
    environment: "sandbox",
    institution: { id: "ins_109508", name: "First Platypus Bank" },
    client_user_id: "usr_01kazv0c8meygs6x2m70v1rr2f",
    status: "login_required",
    status_since: "2026-11-21T09:30:01.120Z",
    explanation: "The bank gives Plaid no more data until the user signs in again.",
    error: { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: null },
    consent_expires_at: null,
    last_webhook_sent_at: "2026-11-21T09:30:00.000Z",
    created_at: "2026-11-21T09:00:00.000Z",
  },
  episode: {
    id: "epi_01kazwq8pgf0s8q2vk4ydtm6ws",
    cause: "broken",
    error_type: "ITEM_ERROR",
    error_code: "ITEM_LOGIN_REQUIRED",
    opened_at: "2026-11-21T09:30:00.004Z",
    confirmed_at: "2026-11-21T09:30:01.120Z",
    closed_at: null,
    close_reason: null,
  },
  since: "2026-11-21T08:30:00.004Z",
  until: "2026-11-21T10:00:00.000Z",
  last_webhook: {
    webhook_type: "ITEM",
    webhook_code: "ERROR",
    error_code: "ITEM_LOGIN_REQUIRED",
    received_at: "2026-11-21T09:30:00.004Z",
  },
  counts: { webhooks: 1, api_calls: 1, failed_api_calls: 0, link_sessions: 0, mails_sent: 0 },
  requests: [
    {
      at: "2026-11-21T09:30:01.120Z",
      request_id: "Wj4Y6kq2mVdQb1x",
      source: "/item/get",
      error_code: "ITEM_LOGIN_REQUIRED",
    },
  ],
  link_session_ids: [],
  accounts: [],
  timeline: timelineExample.toReversed(),
  is_cut: false,
};

export const supportBundleTextExample = `Support bundle for Plaid, made by Relink at 2026-11-21T10:00:00.000Z. All times are in UTC.

Item
  item_id         eVBnVMp7zdTJLkRNr33Rs6zr7KNJqBFL9DrE6
  institution_id  ins_109508
  …

request_id
  2026-11-21T09:30:01.120Z  Wj4Y6kq2mVdQb1x  /item/get  ITEM_LOGIN_REQUIRED
  …
`;
