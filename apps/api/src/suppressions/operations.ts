import {
  type Db,
  deleteSuppression,
  findSuppression,
  listSuppressions,
  suppressAddress,
  type SuppressionRow,
} from "@relink/db";
import { userField } from "@relink/service/user-fields";
import { z } from "zod";
import { audit } from "../audit.ts";
import { pageOf, readCursor, showPage } from "../cursor.ts";
import { moment, pageQuery, pageSchema } from "../fields.ts";
import { defineOperation, nothing, type Operation } from "../operation.ts";
import { sentMoment } from "../period.ts";
import { isStorable } from "../read-input.ts";
import { Problem } from "../problem.ts";

const suppressionSchema = z
  .object({
    address: z.string().meta({ description: "In lower case." }),
    reason: z.enum(["bounced", "complained", "manual"]).meta({
      description:
        "`bounced`: its mail server says that there is no such mailbox. `complained`: its owner does not want our mails. `manual`: somebody put it here.",
    }),
    created_at: moment,
  })
  .meta({ id: "Suppression", description: "An address that is not written to." });

const example: z.input<typeof suppressionSchema> = {
  address: "ada@example.com",
  reason: "bounced",
  created_at: "2026-11-21T09:30:05.000Z",
};

/** Where a page of addresses ended. */
const place = z.tuple([z.literal("suppressions"), sentMoment, z.string().min(1).max(254).refine(isStorable)]);

// Addresses come in bodies, never in the address of a request: those end up in logs.
const byAddress = z.strictObject({ address: userField.email }).meta({ id: "SuppressedAddress" });
const complaint = z
  .strictObject({
    address: userField.email,
    reason: z.enum(["complained", "manual"]).default("manual").meta({ description: "Why. Default: manual." }),
  })
  .meta({ id: "NewSuppression" });

/** The addresses that are not written to. */
export function suppressionOperations({ db }: { db: Db }): Operation[] {
  return [
    defineOperation({
      id: "listSuppressions",
      method: "get",
      path: "/v1/suppressions",
      scope: "support:read",
      tag: "Support",
      summary: "List suppressed addresses",
      description: "The addresses that are not written to, newest first.",
      params: nothing,
      query: z.strictObject(pageQuery),
      body: null,
      answer: {
        schema: pageSchema(suppressionSchema),
        example: { data: [example], has_more: false, next_cursor: null },
        statuses: { 200: "A page of addresses." },
      },
      problems: [],
      handle: async ({ query }) => {
        const cursor = readCursor(place, query.cursor);
        const before = cursor && { createdAt: cursor[1], address: cursor[2] };
        const rows = await listSuppressions(db, { limit: query.limit + 1, before });
        const page = pageOf(rows, query.limit, (row) => ["suppressions", row.createdAt, row.address]);
        return { status: 200, body: showPage(page, show) };
      },
    }),
    defineOperation({
      id: "suppressAddress",
      method: "post",
      path: "/v1/suppressions",
      scope: "support:write",
      tag: "Support",
      summary: "Suppress an address",
      description:
        "Nobody is written to at this address from now on. One that is on the list already stays there with its first reason.",
      params: nothing,
      query: nothing,
      body: { schema: complaint, examples: { complaint: { address: "ada@example.com", reason: "complained" } } },
      answer: {
        schema: suppressionSchema,
        example: { ...example, reason: "complained" },
        statuses: { 200: "The address is on the list." },
      },
      problems: ["not-found"],
      handle: async ({ body, ...caller }) => {
        const row = await db.transaction(async (tx) => {
          await suppressAddress(tx, body.address, body.reason);
          const listed = await findSuppression(tx, body.address);
          // Somebody may have taken it off again in between.
          if (listed === null) throw new Problem("not-found", "the address was taken off the list at the same moment");
          await audit(tx, { ...caller, action: "suppression.added", resource: listed.address });
          return listed;
        });
        return { status: 200, body: show(row) };
      },
    }),
    defineOperation({
      id: "unsuppressAddress",
      method: "delete",
      path: "/v1/suppressions",
      scope: "support:write",
      tag: "Support",
      summary: "Write to an address again",
      description:
        "Takes an address off the list. Mails that were not sent meanwhile are not made up for; the next one goes out.",
      params: nothing,
      query: nothing,
      body: { schema: byAddress, examples: { address: { address: "ada@example.com" } } },
      answer: { schema: suppressionSchema, example, statuses: { 200: "What stood on the list." } },
      problems: ["not-found"],
      handle: async ({ body, ...caller }) => {
        const row = await db.transaction(async (tx) => {
          const unlisted = await deleteSuppression(tx, body.address);
          if (unlisted === null) throw new Problem("not-found", "the address is not on the list");
          await audit(tx, { ...caller, action: "suppression.removed", resource: unlisted.address });
          return unlisted;
        });
        return { status: 200, body: show(row) };
      },
    }),
  ];
}

function show(row: SuppressionRow): z.input<typeof suppressionSchema> {
  return { address: row.address, reason: row.reason, created_at: row.createdAt.toISOString() };
}
