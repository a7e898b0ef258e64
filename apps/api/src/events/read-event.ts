import { type Db, type EventRow, findEvent, type TeamScope } from "@relink/db";
import { Problem } from "../problem.ts";

/** @throws Problem `not-found` if there is none, or it is for another team alone. */
export async function requireEvent(db: Db, id: string, teamId: TeamScope): Promise<EventRow> {
  const row = await findEvent(db, id, teamId);
  if (row === null) throw new Problem("not-found", "there is no event with this id");
  return row;
}
