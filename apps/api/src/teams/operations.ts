import { type Db, deleteTeam, insertTeam, listTeams, renameTeam } from "@relink/db";
import { showId } from "@relink/service";
import { z } from "zod";
import { audit } from "../audit.ts";
import { pageOf, readCursor, showPage } from "../cursor.ts";
import { pageQuery, pageSchema, sentId } from "../fields.ts";
import { defineOperation, noContent, nothing, type Operation } from "../operation.ts";
import { Problem } from "../problem.ts";
import { requireVersion } from "../require-version.ts";
import { requireLockedTeam, requireTeam } from "./read-team.ts";
import { showTeam, teamChangeSchema, teamExample, teamSchema } from "./team.ts";

/** Where a page of teams ended. */
const place = z.tuple([z.literal("teams"), z.uuid()]);

const params = z.object({ id: sentId("team") });

const nameTaken = () => new Problem("name-taken", "another team has this name");

/** Product teams. */
export function teamOperations({ db }: { db: Db }): Operation[] {
  return [
    defineOperation({
      id: "createTeam",
      method: "post",
      path: "/v1/teams",
      scope: null,
      tag: "Teams",
      summary: "Make a team",
      description: "A team has keys and subscriptions of its own, and sees those of no other.",
      isVersioned: true,
      params: nothing,
      query: nothing,
      body: { schema: teamChangeSchema, examples: { team: { name: "Payments" } } },
      answer: {
        schema: teamSchema,
        example: teamExample,
        statuses: { 201: "The team." },
        headers: { location: "Where the team is read." },
      },
      problems: ["name-taken"],
      handle: async ({ body, ...caller }) => {
        const made = await db.transaction(async (tx) => {
          const team = await insertTeam(tx, body.name);
          if (team === null) throw nameTaken();
          await audit(tx, {
            ...caller,
            action: "team.created",
            resource: showId("team", team.id),
            teamId: team.id,
          });
          return team;
        });
        const shown = showTeam(made);
        return {
          status: 201,
          body: shown,
          headers: { location: `/v1/teams/${shown.id}` },
          version: made.version,
          resource: shown.id,
        };
      },
    }),
    defineOperation({
      id: "listTeams",
      method: "get",
      path: "/v1/teams",
      scope: null,
      tag: "Teams",
      summary: "List teams",
      description: "Newest first.",
      params: nothing,
      query: z.strictObject(pageQuery),
      body: null,
      answer: {
        schema: pageSchema(teamSchema),
        example: { data: [teamExample], has_more: false, next_cursor: null },
        statuses: { 200: "A page of teams." },
      },
      problems: [],
      handle: async ({ query }) => {
        const [, before] = readCursor(place, query.cursor) ?? [];
        const rows = await listTeams(db, { limit: query.limit + 1, before });
        return {
          status: 200,
          body: showPage(
            pageOf(rows, query.limit, (row) => ["teams", row.id]),
            showTeam,
          ),
        };
      },
    }),
    defineOperation({
      id: "getTeam",
      method: "get",
      path: "/v1/teams/{id}",
      scope: null,
      tag: "Teams",
      summary: "Read a team",
      description: "One team. A team's own key reads it with `GET /v1/me`.",
      isVersioned: true,
      params,
      query: nothing,
      body: null,
      answer: { schema: teamSchema, example: teamExample, statuses: { 200: "The team." } },
      problems: ["not-found"],
      handle: async ({ params: { id } }) => {
        const team = await requireTeam(db, id);
        return { status: 200, body: showTeam(team), version: team.version };
      },
    }),
    defineOperation({
      id: "changeTeam",
      method: "patch",
      path: "/v1/teams/{id}",
      scope: null,
      tag: "Teams",
      summary: "Rename a team",
      description: "Gives a team another name. Its keys and subscriptions stay as they are.",
      isVersioned: true,
      params,
      query: nothing,
      body: { schema: teamChangeSchema, examples: { name: { name: "Payments and payouts" } } },
      answer: { schema: teamSchema, example: teamExample, statuses: { 200: "The team, as it is now." } },
      problems: ["not-found", "name-taken"],
      handle: async ({ params: { id }, body, ifMatch, ...caller }) => {
        const changed = await db.transaction(async (tx) => {
          const team = await requireLockedTeam(tx, id);
          requireVersion(ifMatch, team.version);
          const renamed = await renameTeam(tx, id, body.name);
          if (renamed === null) throw nameTaken();
          await audit(tx, { ...caller, action: "team.renamed", resource: showId("team", id), teamId: id });
          return renamed;
        });
        return { status: 200, body: showTeam(changed), version: changed.version };
      },
    }),
    defineOperation({
      id: "deleteTeam",
      method: "delete",
      path: "/v1/teams/{id}",
      scope: null,
      tag: "Teams",
      summary: "Delete a team",
      description:
        "Its keys are refused from now on, its subscriptions are deleted, and what was still to be sent to them is cancelled. What was sent stays in the logs until it is old. It cannot be undone.",
      params,
      query: nothing,
      body: null,
      answer: { ...noContent, statuses: { 204: "The team is gone." } },
      problems: ["not-found"],
      handle: async ({ params: { id }, ...caller }) => {
        await db.transaction(async (tx) => {
          await requireLockedTeam(tx, id);
          await deleteTeam(tx, id);
          await audit(tx, { ...caller, action: "team.deleted", resource: showId("team", id), teamId: id });
        });
        return { status: 204, body: null };
      },
    }),
  ];
}
