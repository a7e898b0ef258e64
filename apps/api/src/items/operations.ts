import { LINK_LIFETIME_MS, mailTemplateFor } from "@relink/core";
import { itemTimeline, listItems, openEpisodesOf, requestConfirmation } from "@relink/db";
import { askAboutItem, issueDeepLink, type RegisterDeps, registerItem } from "@relink/items";
import { type KeyRing, showId } from "@relink/service";
import { z } from "zod";
import { audit } from "../audit.ts";
import { pageOf, readCursor, showPage } from "../cursor.ts";
import { moment, pageQuery, pageSchema, sentId } from "../fields.ts";
import { defineOperation, nothing, type Operation } from "../operation.ts";
import { Problem } from "../problem.ts";
import { problemOfPlaid } from "../problem-of.ts";
import { externalId } from "../users/user.ts";
import { itemExample, itemSchema, statusKind } from "./item.ts";
import { newItemSchema, toNewItem } from "./new-item.ts";
import { findListing, readItem, readItems } from "./read-items.ts";
import { showTimelineEntry, timelineEntrySchema, timelineExample, timelinePlace } from "./timeline.ts";

export interface ItemDeps extends RegisterDeps {
  linkPublicUrl: string;
  linkTokenKeys: KeyRing;
}

/** Where a page of Items ended. */
const place = z.tuple([z.literal("items"), z.uuid()]);

const params = z.object({ id: sentId("itm") });

const relinkLinkSchema = z
  .object({
    url: z
      .url()
      .meta({ description: "Opens Relink's page for what is open. Whoever has it may repair the connection." }),
    expires_at: moment,
  })
  .meta({ id: "RelinkLink" });

/** Items: put under care, read, asked about, repaired. */
export function itemOperations(deps: ItemDeps): Operation[] {
  const { db } = deps;

  return [
    defineOperation({
      id: "registerItem",
      method: "post",
      path: "/v1/items",
      scope: "items:write",
      tag: "Items",
      summary: "Register an Item",
      description:
        "Puts an Item under Relink's care: asks Plaid how it is, points its webhooks to Relink, and keeps its access token encrypted. An Item that is known gets the new token and the new user, so sending the same access token again does no harm. A public token works once: if no good answer comes, look whether the Item is listed before you let the user go through Link again.",
      params: nothing,
      query: nothing,
      body: {
        schema: newItemSchema,
        examples: {
          "from-link": {
            public_token: "public-sandbox-5c224a01-8314-4491-a06f-39e193d5cddc",
            user: {
              external_id: "u-1001",
              email: "ada@example.com",
              name: "Ada Example",
              time_zone: "America/New_York",
            },
          },
          "already-linked": {
            access_token: "access-sandbox-3c2a8f0e-3c3b-4c0d-9d2c-5f1c9b7c8e55",
            user: { external_id: "u-1002", email: "grace@example.com" },
          },
        },
      },
      answer: {
        schema: itemSchema,
        example: itemExample,
        statuses: { 200: "The Item was known and is up to date.", 201: "The Item is new." },
        headers: { location: "Where the Item is read." },
      },
      problems: ["plaid-refused", "plaid-error", "plaid-unavailable"],
      handle: async ({ body, ...caller }) => {
        const { itemId, isNew } = await registerItem(deps, toNewItem(body), (tx, id) =>
          audit(tx, { ...caller, action: "item.registered", resource: showId("itm", id) }),
        );
        const item = await readItem(db, itemId);
        return {
          status: isNew ? 201 : 200,
          body: item,
          headers: { location: `/v1/items/${item.id}` },
          resource: item.id,
        };
      },
    }),
    defineOperation({
      id: "listItems",
      method: "get",
      path: "/v1/items",
      scope: "items:read",
      tag: "Items",
      summary: "List Items",
      description: "Newest first. Filters add up.",
      params: nothing,
      query: z.strictObject({
        status: statusKind.optional().meta({ description: "The kind of status." }),
        institution_id: z
          .string()
          .regex(/^[!-~]{1,128}$/)
          .optional()
          .meta({ description: "Plaid's id of the bank.", example: "ins_109508" }),
        user_id: sentId("usr").optional(),
        user_external_id: externalId.optional(),
        ...pageQuery,
      }),
      body: null,
      answer: {
        schema: pageSchema(itemSchema),
        example: { data: [itemExample], has_more: false, next_cursor: null },
        statuses: { 200: "A page of Items." },
      },
      problems: [],
      handle: async ({ query }) => {
        const [, before] = readCursor(place, query.cursor) ?? [];
        const filter = {
          status: query.status,
          institutionId: query.institution_id,
          userId: query.user_id,
          userExternalId: query.user_external_id,
        };
        const rows = await listItems(db, filter, { limit: query.limit + 1, before });
        const { data: page, ...more } = pageOf(rows, query.limit, (row) => ["items", row.id]);
        const views = await readItems(db, page);
        return { status: 200, body: { data: [...views.values()], ...more } };
      },
    }),
    defineOperation({
      id: "getItem",
      method: "get",
      path: "/v1/items/{id}",
      scope: "items:read",
      tag: "Items",
      summary: "Read an Item",
      description: "One Item, as Relink knows it now. Plaid is not asked.",
      params,
      query: nothing,
      body: null,
      answer: { schema: itemSchema, example: itemExample, statuses: { 200: "The Item." } },
      problems: ["not-found"],
      handle: async ({ params: { id } }) => ({ status: 200, body: await readItem(db, id) }),
    }),
    defineOperation({
      id: "getItemTimeline",
      method: "get",
      path: "/v1/items/{id}/timeline",
      scope: "items:read",
      tag: "Items",
      summary: "Read an Item's timeline",
      description:
        "Everything that happened to an Item, newest first: webhooks, calls to Plaid with their request_id, breaks, mails, Link sessions with their link_session_id, accounts that were withdrawn, what reconciliation found, and mutes. No entry holds a secret.",
      params,
      query: z.strictObject(pageQuery),
      body: null,
      answer: {
        schema: pageSchema(timelineEntrySchema),
        example: { data: timelineExample, has_more: false, next_cursor: null },
        statuses: { 200: "A page of the timeline." },
      },
      problems: ["not-found"],
      handle: async ({ params: { id }, query }) => {
        const cursor = readCursor(timelinePlace, query.cursor);
        const before = cursor && { at: cursor[1], id: cursor[2], kind: cursor[3] };
        await findListing(db, id);
        const rows = await itemTimeline(db, id, { limit: query.limit + 1, before });
        const page = pageOf(rows, query.limit, (row) => ["timeline", row.at, row.id, row.kind]);
        return { status: 200, body: showPage(page, showTimelineEntry) };
      },
    }),
    defineOperation({
      id: "createRelinkLink",
      method: "post",
      path: "/v1/items/{id}/relink-links",
      scope: "items:write",
      tag: "Items",
      summary: "Make a link for the user",
      description:
        "The link that Relink would mail, to be shown in your own app to the user whose Item it is. It is good for what is open now (the Item's `episode`), at most 14 days. Each call makes another one; the others stay good.",
      params,
      query: nothing,
      body: null,
      answer: {
        schema: relinkLinkSchema,
        example: { url: "https://link.example.com/r/eyJhbGciOiJkaXIifQ", expires_at: "2026-12-05T09:31:00.000Z" },
        statuses: { 201: "The link." },
      },
      problems: ["not-found", "nothing-to-repair"],
      handle: async ({ params: { id }, ...caller }) => {
        const item = await findListing(db, id);
        const [episode] = await openEpisodesOf(db, [id]);
        if (episode === undefined || mailTemplateFor(item.status, episode.cause) === null) {
          throw new Problem(
            "nothing-to-repair",
            `the Item is ${item.status}; POST /v1/items/{id}/check asks Plaid anew`,
          );
        }
        // In whole seconds, as the token says it.
        const expiresAt = new Date(Math.floor((Date.now() + LINK_LIFETIME_MS) / 1_000) * 1_000);
        const link = { itemId: id, episodeId: episode.id };
        const token = await issueDeepLink(link, { keys: deps.linkTokenKeys, audience: deps.environment, expiresAt });
        await audit(db, { ...caller, action: "item.link_made", resource: showId("itm", id) });
        return {
          status: 201,
          body: { url: `${deps.linkPublicUrl}/r/${token}`, expires_at: expiresAt.toISOString() },
        };
      },
    }),
    defineOperation({
      id: "checkItem",
      method: "post",
      path: "/v1/items/{id}/check",
      scope: "items:write",
      tag: "Items",
      summary: "Ask Plaid how an Item is",
      description:
        "Asks /item/get now, stores the answer with all that follows from it, and returns the Item. If Plaid does not answer, Relink goes on asking by itself.",
      params,
      query: nothing,
      body: null,
      answer: { schema: itemSchema, example: itemExample, statuses: { 200: "The Item, as Plaid says it is." } },
      problems: ["not-found", "plaid-error", "plaid-unavailable"],
      handle: async ({ params: { id }, ...caller }) => {
        await findListing(db, id);
        await audit(db, { ...caller, action: "item.checked", resource: showId("itm", id) });
        const asked = await askAboutItem(deps, id);
        if (asked.kind === "no_answer") {
          await requestConfirmation(db, id);
          throw problemOfPlaid(asked.error);
        }
        // What is owed now stands in the rows: the workers find it there.
        return { status: 200, body: await readItem(db, id), resource: showId("itm", id) };
      },
    }),
  ];
}
