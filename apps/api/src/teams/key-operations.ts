import { randomUUIDv7 } from "node:crypto";
import { type Db, insertApiKey, listApiKeys, revokeApiKey } from "@relink/db";
import { showId } from "@relink/service";
import { z } from "zod";
import { audit } from "../audit.ts";
import { pageOf, readCursor, showPage } from "../cursor.ts";
import { pageQuery, pageSchema, sentId } from "../fields.ts";
import { hashApiKey, makeTeamKey } from "../hash-api-key.ts";
import { defineOperation, noContent, nothing, type Operation } from "../operation.ts";
import { Problem } from "../problem.ts";
import { requireLockedTeam, requireTeam } from "./read-team.ts";
import { apiKeyExample, apiKeySchema, madeApiKeySchema, newApiKeySchema, showApiKey } from "./team.ts";

/** Where a page of keys ended. */
const place = z.tuple([z.literal("api-keys"), z.uuid()]);

const ofTeam = z.object({ id: sentId("team") });

const HINT_LENGTH = 4;

/** The keys of product teams. */
export function apiKeyOperations({ db }: { db: Db }): Operation[] {
  return [
    defineOperation({
      id: "createApiKey",
      method: "post",
      path: "/v1/teams/{id}/api-keys",
      scope: null,
      tag: "Teams",
      summary: "Make a key for a team",
      description:
        "The key is in the answer, and nowhere else: Relink keeps its hash. Give each program a key of its own, with the scopes that it needs.",
      params: ofTeam,
      query: nothing,
      body: {
        schema: newApiKeySchema,
        examples: {
          subscriber: {
            name: "billing-service",
            scopes: ["items:read", "events:read", "subscriptions:read", "subscriptions:write", "deliveries:read"],
          },
          reader: { name: "dashboard", scopes: ["items:read"], expires_at: "2036-11-21T00:00:00Z" },
        },
      },
      answer: {
        schema: madeApiKeySchema,
        example: { ...apiKeyExample, key: "rlk_Zm9yIHRoZSBkb2N1bWVudGF0aW9uIG9ubHksIG5vIGtleQ" },
        statuses: { 201: "The key." },
      },
      problems: ["not-found"],
      handle: async ({ params: { id: teamId }, body, ...caller }) => {
        const key = makeTeamKey();
        const made = await db.transaction(async (tx) => {
          await requireLockedTeam(tx, teamId);
          const row = await insertApiKey(tx, {
            id: randomUUIDv7(),
            teamId,
            name: body.name,
            hash: hashApiKey(key),
            hint: key.slice(-HINT_LENGTH),
            scopes: body.scopes,
            expiresAt: body.expires_at ?? null,
          });
          await audit(tx, { ...caller, action: "api_key.created", resource: showId("key", row.id), teamId });
          return row;
        });
        const shown = showApiKey(made);
        return { status: 201, body: { ...shown, key }, resource: shown.id };
      },
    }),
    defineOperation({
      id: "listApiKeys",
      method: "get",
      path: "/v1/teams/{id}/api-keys",
      scope: null,
      tag: "Teams",
      summary: "List a team's keys",
      description: "Newest first, with those that were revoked or have expired.",
      params: ofTeam,
      query: z.strictObject(pageQuery),
      body: null,
      answer: {
        schema: pageSchema(apiKeySchema),
        example: { data: [apiKeyExample], has_more: false, next_cursor: null },
        statuses: { 200: "A page of keys." },
      },
      problems: ["not-found"],
      handle: async ({ params: { id }, query }) => {
        const [, before] = readCursor(place, query.cursor) ?? [];
        await requireTeam(db, id);
        const rows = await listApiKeys(db, id, { limit: query.limit + 1, before });
        return {
          status: 200,
          body: showPage(
            pageOf(rows, query.limit, (row) => ["api-keys", row.id]),
            showApiKey,
          ),
        };
      },
    }),
    defineOperation({
      id: "revokeApiKey",
      method: "delete",
      path: "/v1/api-keys/{id}",
      scope: null,
      tag: "Teams",
      summary: "Revoke a key",
      description: "It is refused from the next request on. It cannot be undone: make another one.",
      params: z.object({ id: sentId("key") }),
      query: nothing,
      body: null,
      answer: { ...noContent, statuses: { 204: "The key opens nothing any more." } },
      problems: ["not-found"],
      handle: async ({ params: { id }, ...caller }) => {
        await db.transaction(async (tx) => {
          const key = await revokeApiKey(tx, id);
          if (key === null) throw new Problem("not-found", "there is no key with this id, or it was revoked before");
          const resource = showId("key", id);
          await audit(tx, { ...caller, action: "api_key.revoked", resource, teamId: key.teamId });
        });
        return { status: 204, body: null };
      },
    }),
  ];
}
