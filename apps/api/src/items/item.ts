import { isConfirmed, ITEM_STATUS_KINDS, STATUS_MEANING } from "@relink/core";
import type { ItemListing, OpenEpisodeRow } from "@relink/db";
import { toItemStatus } from "@relink/items";
import { showId } from "@relink/service";
import { z } from "zod";
import { moment, shownId } from "../fields.ts";

export const statusKind = z.enum(ITEM_STATUS_KINDS);

const itemError = z.object({
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
      since: moment,
      confirmed: z.boolean().meta({
        description: "True if Plaid's /item/get has said so since the last webhook; false while that is being asked.",
      }),
      error: itemError.nullable(),
    }),
    episode: z
      .object({
        id: shownId("epi"),
        opened_at: moment,
        confirmed_at: moment.nullable().meta({ description: "When /item/get first said that it is broken." }),
      })
      .nullable()
      .meta({ description: "The break that is open: from its first sign until it is repaired." }),
    created_at: moment,
    updated_at: moment,
  })
  .meta({ id: "Item", description: "A connection to a bank, and how it is." });

export const itemExample: z.input<typeof itemSchema> = {
  id: "itm_01kazv0c9bfhk9j3n2bn9dbq5t",
  plaid_item_id: "eVBnVMp7zdTJLkRNr33Rs6zr7KNJqBFL9DrE6",
  environment: "sandbox",
  user: { id: "usr_01kazv0c8meygs6x2m70v1rr2f", external_id: "u-1001" },
  user_id: "usr_01kazv0c8meygs6x2m70v1rr2f",
  institution: { id: "ins_109508", name: "First Platypus Bank" },
  status: {
    kind: "login_required",
    who_acts: "user",
    since: "2026-11-21T09:30:01.120Z",
    confirmed: true,
    error: { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: null },
  },
  episode: {
    id: "epi_01kazwq8pgf0s8q2vk4ydtm6ws",
    opened_at: "2026-11-21T09:30:00.004Z",
    confirmed_at: "2026-11-21T09:30:01.120Z",
  },
  created_at: "2026-11-21T09:00:00.000Z",
  updated_at: "2026-11-21T09:30:01.120Z",
};

export function showItem(item: ItemListing, episode: OpenEpisodeRow | undefined): z.input<typeof itemSchema> {
  const status = toItemStatus(item);
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
      who_acts: STATUS_MEANING[status.kind].whoActs,
      since: item.statusSince.toISOString(),
      confirmed: isConfirmed(item),
      error: "error" in status ? status.error : null,
    },
    episode:
      episode === undefined
        ? null
        : {
            id: showId("epi", episode.id),
            opened_at: episode.openedAt.toISOString(),
            confirmed_at: episode.confirmedAt?.toISOString() ?? null,
          },
    created_at: item.createdAt.toISOString(),
    updated_at: item.updatedAt.toISOString(),
  };
}
