import { ITEM_STATUS_KINDS } from "@relink/core";
import { type Db, findByIdentifier, type FoundKind, type ItemName, namesOfItems, type SearchHit } from "@relink/db";
import { showId } from "@relink/service";
import { z } from "zod";
import { pageOf, readCursor, showPage } from "../cursor.ts";
import { moment, pageQuery, pageSchema, shownId } from "../fields.ts";
import { sentMoment } from "../period.ts";
import { defineOperation, nothing, type Operation } from "../operation.ts";

const FOUND = ["api_call", "link_session", "account", "item", "parked_webhook"] as const satisfies readonly FoundKind[];

const text = z.string().nullable().optional();

const hitSchema = z
  .object({
    identifier: z
      .enum(["request_id", "link_session_id", "institution_id", "account_id", "item_id"])
      .meta({ description: "What the text is." }),
    found: z.enum(FOUND).meta({
      description: "What it identifies. `parked_webhook`: Plaid speaks of an Item that is not registered here.",
    }),
    at: moment,
    details: z
      .object({
        method: text,
        http_status: z.int().nullable().optional(),
        error_type: text,
        error_code: text,
        item_error_code: text,
        episode_id: shownId("epi").optional(),
        mode: text,
        request_id: text,
        link_session_id: text,
        outcome: text,
        revoked_at: moment.nullable().optional(),
        webhook_type: text,
        webhook_code: text,
      })
      .meta({ description: "What is known about it besides; which fields there are depends on `found`." }),
    item: z
      .object({
        id: shownId("itm"),
        plaid_item_id: z.string(),
        user_id: shownId("usr"),
        environment: z.enum(["sandbox", "production"]),
        institution: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
        status: z.enum(ITEM_STATUS_KINDS),
      })
      .nullable()
      .meta({ description: "The Item that it belongs to; null if it belongs to none that is registered." }),
  })
  .meta({ id: "SearchHit", description: "One thing that the text identifies." });

type Hit = z.input<typeof hitSchema>;

const example: Hit = {
  identifier: "request_id",
  found: "api_call",
  at: "2026-11-21T09:30:01.120Z",
  details: {
    method: "/item/get",
    http_status: 200,
    error_type: null,
    error_code: null,
    item_error_code: "ITEM_LOGIN_REQUIRED",
  },
  item: {
    id: "itm_01kazv0c9bfhk9j3n2bn9dbq5t",
    plaid_item_id: "eVBnVMp7zdTJLkRNr33Rs6zr7KNJqBFL9DrE6",
    user_id: "usr_01kazv0c8meygs6x2m70v1rr2f",
    environment: "sandbox",
    institution: { id: "ins_109508", name: "First Platypus Bank" },
    status: "login_required",
  },
};

/** Where a page of hits ended. */
const place = z.tuple([z.literal("search"), sentMoment, z.uuid(), z.enum(FOUND)]);

/** Plaid's secrets, by how they begin. What is pasted here stands in an address, and so in somebody's log. */
const TOKEN = /^(?:access|public|link|processor|user)-(?:sandbox|production|development)-/;

/** Finding what an identifier belongs to. */
export function searchOperations({ db }: { db: Db }): Operation[] {
  return [
    defineOperation({
      id: "search",
      method: "get",
      path: "/v1/search",
      scope: "support:read",
      tag: "Support",
      summary: "Find what an identifier belongs to",
      description:
        "Takes a request_id, link_session_id, institution_id, account_id or item_id of Plaid's, and tells what it is and which Item it belongs to. It has to be the whole identifier, in its own case. Newest first.",
      params: nothing,
      query: z.strictObject({
        q: z
          .string()
          .regex(/^[!-~]{1,128}$/, "must be 1 to 128 printable ASCII characters without spaces")
          .refine((q) => !TOKEN.test(q), "is a token: replace it, because addresses end up in logs")
          .meta({ description: "The identifier.", example: "Wj4Y6kq2mVdQb1x" }),
        ...pageQuery,
      }),
      body: null,
      answer: {
        schema: pageSchema(hitSchema),
        example: { data: [example], has_more: false, next_cursor: null },
        statuses: { 200: "A page of what was found; an empty one if nothing was." },
      },
      problems: [],
      handle: async ({ query }) => {
        const cursor = readCursor(place, query.cursor);
        const before = cursor && { at: cursor[1], id: cursor[2], found: cursor[3] };
        const hits = await findByIdentifier(db, query.q, { limit: query.limit + 1, before });
        const page = pageOf(hits, query.limit, (hit) => ["search", hit.at, hit.id, hit.found]);
        const ids = [...new Set(page.data.flatMap(({ itemId }) => itemId ?? []))];
        const items = new Map((await namesOfItems(db, ids)).map((item) => [item.id, item]));
        return { status: 200, body: showPage(page, (hit) => showHit(hit, items.get(hit.itemId ?? ""))) };
      },
    }),
  ];
}

function showHit({ identifier, found, at, details }: SearchHit, item: ItemName | undefined): Hit {
  const { episode_id: episodeId, revoked_at: revokedAt, ...others } = details;
  return {
    identifier,
    found,
    at: at.toISOString(),
    details: {
      ...others,
      ...(typeof episodeId === "string" && { episode_id: showId("epi", episodeId) }),
      ...(revokedAt !== undefined && {
        revoked_at: typeof revokedAt === "string" ? new Date(revokedAt).toISOString() : null,
      }),
    },
    item: item === undefined ? null : showName(item),
  };
}

function showName(item: ItemName): NonNullable<Hit["item"]> {
  return {
    id: showId("itm", item.id),
    plaid_item_id: item.plaidItemId,
    user_id: showId("usr", item.userId),
    environment: item.environment,
    institution: item.institutionId === null ? null : { id: item.institutionId, name: item.institutionName },
    status: item.status,
  };
}
