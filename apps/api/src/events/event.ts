import type { EventRow } from "@relink/db";
import { EVENT_EXAMPLES } from "@relink/delivery";
import { showId } from "@relink/service";
import { z } from "zod";
import { moment, shownId } from "../fields.ts";
import type { Principal } from "../principal.ts";
import { EXAMPLE_EVENT_ID, exampleEvent } from "./example-event.ts";

const text = z.string().nullable();

export const eventSchema = z
  .object({
    id: shownId("evt").meta({ description: "The same as the header webhook-id." }),
    type: z.string(),
    environment: z.enum(["sandbox", "production"]).nullable(),
    item_id: shownId("itm").nullable(),
    institution_id: text,
    error_code: text,
    who_acts: text,
    sequence: z.int().nullable().meta({ description: "Counts the events of the Item." }),
    team_id: shownId("team").nullable().meta({ description: "The only team that can see it. Null if all can." }),
    test: z.boolean().meta({ description: "True if somebody sent it by hand." }),
    matched: z.int().nullable().meta({
      description: "How many subscriptions wanted it, of all teams. Null for the key of a team.",
    }),
    occurred_at: moment,
    created_at: moment,
    payload: z.record(z.string(), z.unknown()).meta({ description: "What is sent: see `GET /v1/event-types`." }),
  })
  .meta({ id: "Event", description: "What there was to tell." });

export type EventView = z.input<typeof eventSchema>;

export function showEvent(row: EventRow, principal: Principal): EventView {
  return {
    id: showId("evt", row.id),
    type: row.type,
    environment: row.environment,
    item_id: row.itemId === null ? null : showId("itm", row.itemId),
    institution_id: row.institutionId,
    error_code: row.errorCode,
    who_acts: row.whoActs,
    sequence: row.sequence,
    team_id: row.teamId === null ? null : showId("team", row.teamId),
    test: row.isTest,
    matched: principal.kind === "admin" ? row.matched : null,
    occurred_at: row.occurredAt.toISOString(),
    created_at: row.createdAt.toISOString(),
    // Rendered here as a JSON object.
    payload: JSON.parse(row.body) as EventView["payload"],
  };
}

export const eventExample: EventView = {
  id: EXAMPLE_EVENT_ID,
  type: "item.error",
  environment: "production",
  item_id: EVENT_EXAMPLES["item.error"].item_id,
  institution_id: "ins_109508",
  error_code: "ITEM_LOGIN_REQUIRED",
  who_acts: "user",
  sequence: 3,
  team_id: null,
  test: false,
  matched: 2,
  occurred_at: "2026-11-22T09:30:00.000Z",
  created_at: "2026-11-22T09:30:00.004Z",
  payload: exampleEvent("item.error"),
};
