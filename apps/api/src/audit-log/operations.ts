import { type AuditRow, type Db, listAudit } from "@relink/db";
import { showId } from "@relink/service";
import { z } from "zod";
import { orderedPage, pageOf, showPage } from "../cursor.ts";
import { moment, pageQuery, pageSchema, sentId, shownId } from "../fields.ts";
import { defineOperation, nothing, type Operation } from "../operation.ts";
import { periodOf, periodQuery } from "../period.ts";
import { canReachTeam, teamOf } from "../principal.ts";

const entrySchema = z
  .object({
    id: shownId("aud"),
    at: moment,
    actor: z.string().meta({
      description:
        "`admin`, the id of the key that it was done with, or `mail_link` for a link in a mail: the one that asks an address, or the one at the end of a team's mails.",
    }),
    team_id: shownId("team").nullable().meta({ description: "Whose thing was changed; null if no team's." }),
    action: z.string().meta({ description: "What was done." }),
    resource: z.string().meta({ description: "What it was done to: its id, or the address that is suppressed." }),
    request_id: z.string().nullable().meta({ description: "Also in the log of the API." }),
  })
  .meta({ id: "AuditEntry", description: "One change, and who made it." });

const example: z.input<typeof entrySchema> = {
  id: "aud_01kazv0c9bfhk9j3n2bn9dbq5t",
  at: "2026-11-21T09:00:00.000Z",
  actor: "admin",
  team_id: "team_01kazv0c8meygs6x2m70v1rr2f",
  action: "api_key.created",
  resource: "key_01kazv0c9bfhk9j3n2bn9dbq5t",
  request_id: "0193534c-2f0e-7a3c-b7d1-6a4f1f0f5d11",
};

/** Who changed what. */
export function auditLogOperations({ db }: { db: Db }): Operation[] {
  return [
    defineOperation({
      id: "listAuditLog",
      method: "get",
      path: "/v1/audit-log",
      scope: "any-key",
      tag: "Teams",
      summary: "List who changed what",
      description:
        "Every change that was made through the API, newest first. A team's key sees what was done with its keys and to its things, the admin key sees all. Filters add up.",
      params: nothing,
      query: z.strictObject({
        team_id: sentId("team").optional(),
        actor: z
          .string()
          .regex(/^admin$|^key_[0-9a-z]{26}$/, "must be admin or the id of a key")
          .optional()
          .meta({ description: "`admin`, or the id of a key." }),
        action: z
          .string()
          .regex(/^[a-z_]{1,40}\.[a-z_]{1,40}$/, "must be an action such as api_key.created")
          .optional()
          .meta({ description: "What was done.", example: "api_key.created" }),
        // No address: what is asked for stands in an address itself.
        resource: z
          .string()
          .regex(/^[a-z]{3,4}_[0-9a-z]{26}$/, "must be an id")
          .optional()
          .meta({ description: "The id of what it was done to." }),
        ...periodQuery,
        ...pageQuery,
      }),
      body: null,
      answer: {
        schema: pageSchema(entrySchema),
        example: { data: [example], has_more: false, next_cursor: null },
        statuses: { 200: "A page of the log." },
      },
      problems: [],
      handle: async ({ query, principal }) => {
        const isHidden = query.team_id !== undefined && !canReachTeam(principal, query.team_id);
        const filter = {
          teamId: teamOf(principal) ?? query.team_id,
          actor: query.actor,
          action: query.action,
          resource: query.resource,
          ...periodOf(query),
        };
        const wanted = orderedPage("audit-log", query);
        const rows = isHidden ? [] : await listAudit(db, filter, wanted);
        const page = pageOf(rows, query.limit, (row) => ["audit-log", query.order, row.id]);
        return { status: 200, body: showPage(page, show) };
      },
    }),
  ];
}

function show(row: AuditRow): z.input<typeof entrySchema> {
  return {
    id: showId("aud", row.id),
    at: row.at.toISOString(),
    actor: row.actor,
    team_id: row.teamId === null ? null : showId("team", row.teamId),
    action: row.action,
    resource: row.resource,
    request_id: row.requestId,
  };
}
