import type { ApiKeyRow, TeamRow } from "@relink/db";
import { showId } from "@relink/service";
import { z } from "zod";
import { moment, shownId } from "../fields.ts";
import { withCode } from "../read-input.ts";
import { SCOPES } from "../scopes.ts";

const name = z.string().trim().min(1).max(100);

export const teamChangeSchema = z
  .strictObject({ name: name.meta({ description: "Of one team only.", example: "Payments" }) })
  .meta({ id: "TeamChange" });

export const teamSchema = z
  .object({ id: shownId("team"), name: z.string(), created_at: moment })
  .meta({ id: "Team", description: "A product team: whoever subscribes to events." });

export const teamExample: z.input<typeof teamSchema> = {
  id: "team_01kazv0c8meygs6x2m70v1rr2f",
  name: "Payments",
  created_at: "2026-11-21T09:00:00.000Z",
};

export function showTeam(team: TeamRow): z.input<typeof teamSchema> {
  return { id: showId("team", team.id), name: team.name, created_at: team.createdAt.toISOString() };
}

const scopes = z.array(z.enum(SCOPES));

export const newApiKeySchema = z
  .strictObject({
    name: name.meta({ description: "To know it by: which program has it.", example: "billing-service" }),
    scopes: scopes
      .min(1)
      .refine((list) => new Set(list).size === list.length, {
        message: "must not repeat a scope",
        ...withCode("repeated"),
      })
      .meta({ description: "What it may do. Give it what it needs and no more.", uniqueItems: true }),
    expires_at: z.iso
      .datetime()
      .transform((at) => new Date(at))
      .refine((at) => at.getTime() > Date.now(), "must be in the future")
      .optional()
      .meta({ description: "When it stops. Default: never.", example: "2027-11-21T00:00:00Z" }),
  })
  .meta({ id: "NewApiKey" });

export const apiKeySchema = z
  .object({
    id: shownId("key"),
    team_id: shownId("team"),
    name: z.string(),
    hint: z.string().meta({ description: "The last four characters of the key." }),
    scopes,
    created_at: moment,
    last_used_at: moment.nullable().meta({ description: "To the minute." }),
    expires_at: moment.nullable(),
    revoked_at: moment.nullable(),
  })
  .meta({ id: "ApiKey", description: "A key of a team, without what opens anything." });

export type ApiKeyView = z.input<typeof apiKeySchema>;

export const madeApiKeySchema = apiKeySchema
  .extend({
    key: z.string().meta({ description: "The key itself. It is shown this once, and kept nowhere." }),
  })
  .meta({ id: "MadeApiKey" });

export const apiKeyExample: ApiKeyView = {
  id: "key_01kazv0c9bfhk9j3n2bn9dbq5t",
  team_id: teamExample.id,
  name: "billing-service",
  hint: "x3Qk",
  scopes: ["items:read", "subscriptions:read", "subscriptions:write"],
  created_at: "2026-11-21T09:00:00.000Z",
  last_used_at: null,
  expires_at: null,
  revoked_at: null,
};

export function showApiKey(key: ApiKeyRow): ApiKeyView {
  return {
    id: showId("key", key.id),
    team_id: showId("team", key.teamId),
    name: key.name,
    hint: key.hint,
    // They were checked when the key was made.
    scopes: key.scopes as ApiKeyView["scopes"],
    created_at: key.createdAt.toISOString(),
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
  };
}
