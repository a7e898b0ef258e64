import { explainStatus, isConfirmed, ITEM_STATUS_KINDS, MAIL_TEMPLATES, mailTemplateFor } from "@relink/core";
import type { AccountRow, ItemListing, MailReach, OpenEpisodeRow } from "@relink/db";
import { toItemStatus } from "@relink/items";
import { showId } from "@relink/service";
import { z } from "zod";
import { moment, shownId } from "../fields.ts";

export const statusKind = z.enum(ITEM_STATUS_KINDS);

export const itemError = z.object({
  type: z.string().meta({ description: "Plaid's error_type." }),
  code: z.string().meta({ description: "Plaid's error_code. An open set: expect new ones." }),
  reason: z.string().nullable().meta({ description: "Plaid's error_code_reason." }),
});

export const itemSchema = z
  .object({
    id: shownId("itm"),
    plaid_item_id: z.string(),
    environment: z.enum(["sandbox", "production"]),
    user: z.object({ id: shownId("usr"), external_id: z.string() }),
    user_id: shownId("usr").meta({ description: "As `user.id`." }),
    institution: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
    status: z.object({
      kind: statusKind,
      who_acts: z.enum(["user", "operator", "nobody"]).meta({ description: "Whose turn it is." }),
      explanation: z.string().meta({ description: "What is the matter, in words for product teams and support." }),
      next_step: z.string().meta({ description: "What whoever must act has to do." }),
      since: moment,
      confirmed: z.boolean().meta({
        description: "True if Plaid's /item/get has said so since the last webhook; false while that is being asked.",
      }),
      error: itemError.nullable(),
      expires_at: moment.nullable().meta({ description: "While it is `expiring`: when it ends unless the user acts." }),
      expiry_reason: z
        .string()
        .nullable()
        .meta({ description: "CONSENT, INSTITUTION_MIGRATION or INSTITUTION_TOKEN_EXPIRATION. An open set." }),
    }),
    consent_expires_at: moment
      .nullable()
      .meta({ description: "When the user's consent ends, as Plaid said last. Null if Plaid names no date." }),
    displaced_by: shownId("itm")
      .nullable()
      .meta({ description: "The newer Item of the same user at the same bank that has put this one out." }),
    accounts: z
      .array(
        z.object({
          account_id: z.string(),
          name: z.string().nullable(),
          mask: z.string().nullable(),
          revoked_at: moment.nullable().meta({ description: "When the user withdrew it. The others go on working." }),
        }),
      )
      .meta({ description: "The accounts that something is known about." }),
    mails: z
      .object({
        template: z
          .enum(MAIL_TEMPLATES)
          .nullable()
          .meta({ description: "The mail that is meant for how the Item is; null where none can help." }),
        muted_at: moment.nullable().meta({ description: "Since when nobody is written to about this Item." }),
        obstacle: z
          .enum(["muted", "no_address", "bounced", "complained", "manual"])
          .nullable()
          .meta({ description: "Why no mail would go out: the mute, no address, or why the address is suppressed." }),
      })
      .meta({ description: "How the owner is written to." }),
    episode: z
      .object({
        id: shownId("epi"),
        cause: z.enum(["broken", "expiring", "new_accounts"]),
        opened_at: moment,
        confirmed_at: moment.nullable().meta({ description: "When /item/get first bore it out." }),
      })
      .nullable()
      .meta({ description: "What is open: from its first sign until it is done." }),
    created_at: moment,
    updated_at: moment,
  })
  .meta({ id: "Item", description: "A connection to a bank, and how it is." });

/** An Item as the API shows it. */
export type ItemView = z.input<typeof itemSchema>;

export const itemExample: ItemView = {
  id: "itm_01kazv0c9bfhk9j3n2bn9dbq5t",
  plaid_item_id: "eVBnVMp7zdTJLkRNr33Rs6zr7KNJqBFL9DrE6",
  environment: "sandbox",
  user: { id: "usr_01kazv0c8meygs6x2m70v1rr2f", external_id: "u-1001" },
  user_id: "usr_01kazv0c8meygs6x2m70v1rr2f",
  institution: { id: "ins_109508", name: "First Platypus Bank" },
  status: {
    kind: "login_required",
    who_acts: "user",
    explanation:
      "The bank gives Plaid no more data until the user signs in again. The password changed, the bank asks for a new sign-in, or the user's consent ran out.",
    next_step: "The user signs in again, by the link that Relink mails to them or one that support makes for them.",
    since: "2026-11-21T09:30:01.120Z",
    confirmed: true,
    error: { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: null },
    expires_at: null,
    expiry_reason: null,
  },
  consent_expires_at: "2027-11-21T09:00:00.000Z",
  displaced_by: null,
  accounts: [
    { account_id: "BxBXxLj1m4HMXBm9WZZmCWVbPjX16EHwv99vp", name: "Plaid Saving", mask: "1111", revoked_at: null },
  ],
  mails: { template: "login_required", muted_at: null, obstacle: null },
  episode: {
    id: "epi_01kazwq8pgf0s8q2vk4ydtm6ws",
    cause: "broken",
    opened_at: "2026-11-21T09:30:00.004Z",
    confirmed_at: "2026-11-21T09:30:01.120Z",
  },
  created_at: "2026-11-21T09:00:00.000Z",
  updated_at: "2026-11-21T09:30:01.120Z",
};

/** What is known about an Item besides its row. */
interface ItemContext {
  episode: OpenEpisodeRow | undefined;
  accounts: readonly AccountRow[];
  reach: MailReach | undefined;
}

export function showItem(item: ItemListing, { episode, accounts, reach }: ItemContext): ItemView {
  const status = toItemStatus(item);
  const { whoActs, explanation, nextStep, mail } = explainStatus(status);
  const userId = showId("usr", item.userId);
  return {
    id: showId("itm", item.id),
    plaid_item_id: item.plaidItemId,
    environment: item.environment,
    user: { id: userId, external_id: item.userExternalId },
    user_id: userId,
    institution: item.institutionId === null ? null : { id: item.institutionId, name: item.institutionName },
    status: {
      kind: status.kind,
      who_acts: whoActs,
      explanation,
      next_step: nextStep,
      since: item.statusSince.toISOString(),
      confirmed: isConfirmed(item),
      error: "error" in status ? status.error : null,
      expires_at: status.kind === "expiring" ? status.at.toISOString() : null,
      expiry_reason: status.kind === "expiring" ? status.reason : null,
    },
    consent_expires_at: item.consentExpiresAt?.toISOString() ?? null,
    displaced_by: item.displacedBy === null ? null : showId("itm", item.displacedBy),
    accounts: accounts.map(({ plaidAccountId, name, mask, revokedAt }) => ({
      account_id: plaidAccountId,
      name,
      mask,
      revoked_at: revokedAt?.toISOString() ?? null,
    })),
    mails: {
      template: episode === undefined ? mail : mailTemplateFor(status.kind, episode.cause),
      muted_at: item.mutedAt?.toISOString() ?? null,
      obstacle: obstacleOf(item, reach),
    },
    episode:
      episode === undefined
        ? null
        : {
            id: showId("epi", episode.id),
            cause: episode.cause,
            opened_at: episode.openedAt.toISOString(),
            confirmed_at: episode.confirmedAt?.toISOString() ?? null,
          },
    created_at: item.createdAt.toISOString(),
    updated_at: item.updatedAt.toISOString(),
  };
}

function obstacleOf(item: ItemListing, reach: MailReach | undefined): ItemView["mails"]["obstacle"] {
  if (item.mutedAt !== null) return "muted";
  if (reach?.hasAddress === false) return "no_address";
  return reach?.suppressedFor ?? null;
}
