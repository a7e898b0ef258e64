import { type Db, findTeam, lockTeam, type TeamRow, type Tx } from "@relink/db";
import { Problem } from "../problem.ts";

/** @throws Problem `not-found` if there is none, or it was deleted. */
export async function requireTeam(db: Db, id: string): Promise<TeamRow> {
  const team = await findTeam(db, id);
  if (team === null) throw notThere();
  return team;
}

/** As {@link requireTeam}, and keeps it from being changed until the transaction ends. */
export async function requireLockedTeam(tx: Tx, id: string): Promise<TeamRow> {
  const team = await lockTeam(tx, id);
  if (team === null) throw notThere();
  return team;
}

function notThere(): Problem {
  return new Problem("not-found", "there is no team with this id");
}
