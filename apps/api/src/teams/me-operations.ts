import { type Db, findApiKey, findTeam } from "@relink/db";
import { z } from "zod";
import { defineOperation, nothing, type Operation } from "../operation.ts";
import { Problem } from "../problem.ts";
import { SCOPES } from "../scopes.ts";
import { apiKeyExample, apiKeySchema, showApiKey, showTeam, teamExample, teamSchema } from "./team.ts";

const meSchema = z
  .object({
    kind: z.enum(["admin", "team"]).meta({ description: "`admin`: the key of whoever runs Relink." }),
    scopes: z.array(z.enum(SCOPES)).meta({ description: "What the key may do. The admin key has all of them." }),
    team: teamSchema.nullable().meta({ description: "Whose key it is; null for the admin key." }),
    key: apiKeySchema.nullable().meta({ description: "Null for the admin key." }),
  })
  .meta({ id: "Me", description: "Whose key a request carries." });

/** Finding out what a key is good for. */
export function meOperations({ db }: { db: Db }): Operation[] {
  return [
    defineOperation({
      id: "getMe",
      method: "get",
      path: "/v1/me",
      scope: "any-key",
      tag: "Teams",
      summary: "Read whose key this is",
      description: "The team of the key that the request carries, and what the key may do.",
      params: nothing,
      query: nothing,
      body: null,
      answer: {
        schema: meSchema,
        example: { kind: "team", scopes: apiKeyExample.scopes, team: teamExample, key: apiKeyExample },
        statuses: { 200: "Whose key it is." },
      },
      problems: ["not-found"],
      handle: async ({ principal }) => {
        if (principal.kind === "admin") {
          return { status: 200, body: { kind: principal.kind, scopes: [...SCOPES], team: null, key: null } };
        }
        const team = await findTeam(db, principal.teamId);
        const key = await findApiKey(db, principal.keyId);
        // It was there a moment ago, when the request was let in.
        if (team === null || key === null) throw new Problem("not-found", "the team was deleted at this moment");
        const shown = showApiKey(key);
        return { status: 200, body: { kind: principal.kind, scopes: shown.scopes, team: showTeam(team), key: shown } };
      },
    }),
  ];
}
