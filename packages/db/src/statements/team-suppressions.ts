import { and, eq } from "drizzle-orm";
import type { Executor, Tx } from "../connect.ts";
import { teamSuppressions } from "../schema/index.ts";

const isThat = (teamId: string, address: string) =>
  and(eq(teamSuppressions.teamId, teamId), eq(teamSuppressions.address, address.toLowerCase()));

/** Keeps a team from mailing an address, at the wish of its reader. */
export async function suppressForTeam(tx: Tx, teamId: string, address: string): Promise<void> {
  await tx.insert(teamSuppressions).values({ teamId, address: address.toLowerCase() }).onConflictDoNothing();
}

export async function isSuppressedForTeam(db: Executor, teamId: string, address: string): Promise<boolean> {
  return (await db.$count(teamSuppressions, isThat(teamId, address))) > 0;
}

/** Lets a team mail an address again. */
export async function unsuppressForTeam(tx: Tx, teamId: string, address: string): Promise<void> {
  await tx.delete(teamSuppressions).where(isThat(teamId, address));
}
