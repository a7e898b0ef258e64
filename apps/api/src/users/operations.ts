import { type Db, findUser, listUsers } from "@relink/db";
import { z } from "zod";
import { pageOf, readCursor, showPage } from "../cursor.ts";
import { pageQuery, pageSchema, sentId } from "../fields.ts";
import { defineOperation, nothing, type Operation } from "../operation.ts";
import { Problem } from "../problem.ts";
import { externalId, showUser, userExample, userSchema } from "./user.ts";

/** Where a page of users ended. */
const place = z.tuple([z.literal("users"), z.uuid()]);

/** The people whose Items these are. They come into being with their first Item. */
export function userOperations({ db }: { db: Db }): Operation[] {
  return [
    defineOperation({
      id: "listUsers",
      method: "get",
      path: "/v1/users",
      scope: "users:read",
      tag: "Users",
      summary: "List users",
      description: "Newest first.",
      params: nothing,
      query: z.strictObject({ external_id: externalId.optional(), ...pageQuery }),
      body: null,
      answer: {
        schema: pageSchema(userSchema),
        example: { data: [userExample], has_more: false, next_cursor: null },
        statuses: { 200: "A page of users." },
      },
      problems: [],
      handle: async ({ query }) => {
        const [, before] = readCursor(place, query.cursor) ?? [];
        const rows = await listUsers(db, { externalId: query.external_id }, { limit: query.limit + 1, before });
        return {
          status: 200,
          body: showPage(
            pageOf(rows, query.limit, (row) => ["users", row.id]),
            showUser,
          ),
        };
      },
    }),
    defineOperation({
      id: "getUser",
      method: "get",
      path: "/v1/users/{id}",
      scope: "users:read",
      tag: "Users",
      summary: "Read a user",
      description: "One user. Their Items are listed by `GET /v1/items?user_id=…`.",
      params: z.object({ id: sentId("usr") }),
      query: nothing,
      body: null,
      answer: { schema: userSchema, example: userExample, statuses: { 200: "The user." } },
      problems: ["not-found"],
      handle: async ({ params }) => {
        const user = await findUser(db, params.id);
        if (user === null) throw new Problem("not-found", "there is no user with this id");
        return { status: 200, body: showUser(user) };
      },
    }),
  ];
}
