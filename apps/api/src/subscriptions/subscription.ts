import { disableAt, DISABLED_REASONS, ENDPOINT_STATES } from "@relink/core";
import { readHealth, type SecretListing, type SubscriptionRow } from "@relink/db";
import { showId } from "@relink/service";
import { z } from "zod";
import { moment, shownId } from "../fields.ts";
import { lastVerificationExample, lastVerificationSchema } from "./ask-endpoint.ts";

export const SUBSCRIPTION_KINDS = ["webhook", "slack", "email"] as const satisfies readonly SubscriptionRow["kind"][];

const text = z.string().nullable();

const filterSchema = z
  .object({
    environments: z.array(z.string()),
    institution_ids: z.array(z.string()),
    error_codes: z.array(z.string()),
    who_acts: z.array(z.string()),
    products: z.array(z.string()),
  })
  .meta({ description: "An event has to pass every list that is not empty. One without the attribute does not pass." });

export const signingKeySchema = z
  .object({
    id: shownId("sec"),
    scheme: z.enum(["v1", "v1a"]),
    public_key: text.meta({ description: "`whpk_…`, for `v1a`. Null for `v1`, whose secret both sides hold." }),
    created_at: moment,
    expires_at: moment
      .nullable()
      .meta({ description: "An old key signs beside the newest until then. Null for the newest." }),
  })
  .meta({ id: "SigningKey" });

export const subscriptionSchema = z
  .object({
    id: shownId("sub"),
    team_id: shownId("team"),
    kind: z.enum(SUBSCRIPTION_KINDS),
    description: text,
    url: text.meta({ description: "Of a webhook. Of Slack, its secret part is left out." }),
    slack_channel: text.meta({ description: "Where a bot posts; null if Slack is reached by a URL." }),
    address: text.meta({ description: "For mail." }),
    event_types: z.array(z.string()).meta({ description: "Types of events, families such as `item.*`, or `*`." }),
    filter: filterSchema,
    supersede: z.boolean().meta({
      description: "True if what was not delivered yet of how an Item stands is dropped for something newer.",
    }),
    signature_schemes: z.array(z.enum(["v1", "v1a"])).meta({
      description:
        "`v1`: HMAC-SHA256 with a secret that both sides hold. `v1a`: Ed25519, of which you get the public key.",
    }),
    signing_keys: z.array(signingKeySchema).meta({ description: "What signs at the moment, newest first." }),
    headers: z.record(z.string(), z.literal("***")).meta({ description: "What is sent along, without the values." }),
    retry_schedule: z.array(z.int()).nullable().meta({
      description: "Seconds to wait after each failure. Null for the default: ten attempts in about three days.",
    }),
    max_concurrency: z.int().meta({ description: "Requests at the same time, at most." }),
    rate_limit: z.int().nullable().meta({ description: "Requests in a second, at most. Null for no limit." }),
    owner_contact: text.meta({ description: "Who is told by mail when it fails." }),
    metadata: z.record(z.string(), z.string()).meta({ description: "Whatever you want to keep with it." }),
    api_version: z.string().meta({ description: "The shape of the events that it gets." }),
    status: z.enum(ENDPOINT_STATES).meta({
      description:
        "`pending_verification`: it has not said yet that it wants to be told, and gets nothing. `active`: all is well. `failing`: it is sent to, and its owner was told. `disabled`: what is meant for it is held. `paused`: what is meant for it waits.",
    }),
    disabled_reason: z.enum(DISABLED_REASONS).nullable(),
    disabled_at: moment.nullable(),
    disable_scheduled_at: moment
      .nullable()
      .meta({ description: "When a failing one will be disabled if nothing changes. Null while that is not settled." }),
    health: z.object({
      failures: z.int().meta({ description: "Failed attempts since the last success." }),
      failing_since: moment.nullable().meta({ description: "The first of them." }),
      throttled_until: moment.nullable().meta({ description: "It asked for a rest: nothing is sent before." }),
    }),
    verified_at: moment
      .nullable()
      .meta({ description: "When it last proved that it wants to be told, at this URL or address." }),
    last_verification: lastVerificationSchema.nullable().meta({
      description:
        "How its receiver answered when it was asked last, at this URL or one that was to be; null if it never was.",
    }),
    created_at: moment,
    updated_at: moment,
    version: z.int().meta({ description: "Counts the changes by people and programs, not those of its health." }),
  })
  .meta({ id: "Subscription", description: "Where a team wants to hear of events." });

export type SubscriptionView = z.input<typeof subscriptionSchema>;

/** What is shown of a URL that is a secret. */
const MASKED_SLACK_URL = "https://hooks.slack.com/services/…";

/** @param secrets - those of the subscription that are valid now. */
export function showSubscription(row: SubscriptionRow, secrets: readonly SecretListing[]): SubscriptionView {
  const health = readHealth(row);
  return {
    id: showId("sub", row.id),
    team_id: showId("team", row.teamId),
    kind: row.kind,
    description: row.description,
    url: row.kind === "slack" && row.slackChannel === null ? MASKED_SLACK_URL : row.url,
    slack_channel: row.slackChannel,
    address: row.address,
    event_types: row.eventTypes,
    filter: {
      environments: row.filter.environments ?? [],
      institution_ids: row.filter.institution_ids ?? [],
      error_codes: row.filter.error_codes ?? [],
      who_acts: row.filter.who_acts ?? [],
      products: row.filter.products ?? [],
    },
    supersede: row.supersede,
    signature_schemes: row.signatureSchemes as SubscriptionView["signature_schemes"],
    signing_keys: secrets.filter(isSigning).map(showSigningKey),
    headers: Object.fromEntries(row.headerNames.map((name) => [name, "***"] as const)),
    retry_schedule: row.retrySchedule,
    max_concurrency: row.maxConcurrency,
    rate_limit: row.rateLimit,
    owner_contact: row.ownerContact,
    metadata: row.metadata,
    api_version: row.apiVersion,
    status: row.status,
    disabled_reason: health.disabledReason,
    disabled_at: health.disabledAt?.toISOString() ?? null,
    disable_scheduled_at: disableAt(health)?.toISOString() ?? null,
    health: {
      failures: health.failures,
      failing_since: health.failingSince?.toISOString() ?? null,
      throttled_until: row.throttledUntil?.toISOString() ?? null,
    },
    verified_at: row.verifiedAt?.toISOString() ?? null,
    // As it was written by `askEndpoint`.
    last_verification: row.lastVerification as SubscriptionView["last_verification"],
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    version: row.version,
  };
}

export type SigningKeyRow = SecretListing & { kind: "v1" | "v1a" };

export function isSigning(secret: SecretListing): secret is SigningKeyRow {
  return secret.kind === "v1" || secret.kind === "v1a";
}

export function showSigningKey(key: SigningKeyRow): z.input<typeof signingKeySchema> {
  return {
    id: showId("sec", key.id),
    scheme: key.kind,
    public_key: key.publicKey,
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
  };
}

export const subscriptionExample: SubscriptionView = {
  id: "sub_01kazv2z3we6n9p4q8r5s7t1vb",
  team_id: "team_01kazv2y8mf0tb3c5d7e9g1h2j",
  kind: "webhook",
  description: "Payments, production",
  url: "https://hooks.example.com/relink",
  slack_channel: null,
  address: null,
  event_types: ["item.*"],
  filter: { environments: [], institution_ids: [], error_codes: [], who_acts: ["user"], products: [] },
  supersede: false,
  signature_schemes: ["v1"],
  signing_keys: [
    {
      id: "sec_01kazv2z3ye7q8r9s0t1v2w3x4",
      scheme: "v1",
      public_key: null,
      created_at: "2026-11-22T09:00:00.000Z",
      expires_at: null,
    },
  ],
  headers: { authorization: "***" },
  retry_schedule: null,
  max_concurrency: 5,
  rate_limit: null,
  owner_contact: "payments@example.com",
  metadata: {},
  api_version: "2026-11-22",
  status: "active",
  disabled_reason: null,
  disabled_at: null,
  disable_scheduled_at: null,
  health: { failures: 0, failing_since: null, throttled_until: null },
  verified_at: "2026-11-22T09:00:00.412Z",
  last_verification: lastVerificationExample,
  created_at: "2026-11-22T09:00:00.000Z",
  updated_at: "2026-11-22T09:00:00.412Z",
  version: 2,
};
