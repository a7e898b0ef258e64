import { createHash } from "node:crypto";
import { isReceiving, nextHealth } from "@relink/core";
import {
  type Db,
  findSubscription,
  healthColumns,
  insertAudit,
  lockSubscription,
  readHealth,
  type SubscriptionRow,
  updateSubscription,
} from "@relink/db";
import { type KeyRing, showId } from "@relink/service";
import { z } from "zod";
import { decryptToken, encryptToken } from "./encrypted-token.ts";

/** What a team's mails are sent for. */
export type TeamMail = Pick<SubscriptionRow, "id" | "address">;

const KIND = { type: "relink-team-mail+jwt", audience: "team-mail" };
const Claims = z.object({ sub: z.uuid(), adr: z.string() });

/**
 * The token in a team's mail with which its reader can pause these mails. It works as long as its key is kept, and only
 * for the address that the mail went to: somebody who had it before cannot stop the mails of who has it now.
 */
export async function issueTeamMailToken({ id, address }: TeamMail, keys: KeyRing): Promise<string> {
  return encryptToken({ sub: id, adr: addressFingerprint(address) }, { ...KIND, keys });
}

/** The subscription that a token is for; `null` if it is not one of ours, or the subscription is gone or goes elsewhere. */
export async function findTeamMail(
  db: Db,
  token: string,
  { keys, now }: { keys: KeyRing; now: Date },
): Promise<SubscriptionRow | null> {
  const claims = await readClaims(token, keys, now);
  if (claims === null) return null;
  const row = await findSubscription(db, claims.sub, undefined);
  return row?.kind === "email" && addressFingerprint(row.address) === claims.adr ? row : null;
}

/** True while mails are sent. */
export function isTeamMailOn({ status }: Pick<SubscriptionRow, "status">): boolean {
  return isReceiving({ state: status });
}

/**
 * Pauses a team's mails at the wish of who reads them: what is meant for it waits until somebody of the team resumes it.
 * One that is paused or disabled stays as it is.
 *
 * @returns whether it was sent to until now.
 */
export async function pauseTeamMail(db: Db, id: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    const row = await lockSubscription(tx, id, undefined);
    if (row === null || !isTeamMailOn(row)) return false;
    const { health } = nextHealth(readHealth(row), { kind: "paused" });
    await updateSubscription(tx, id, { ...healthColumns(health), healthDueAt: null });
    await insertAudit(tx, {
      actor: "mail_link",
      teamId: row.teamId,
      action: "subscription.paused",
      resource: showId("sub", id),
      requestId: null,
    });
    return true;
  });
}

async function readClaims(token: string, keys: KeyRing, now: Date): Promise<z.infer<typeof Claims> | null> {
  try {
    return Claims.parse(await decryptToken(token, { ...KIND, keys, now }));
  } catch {
    return null; // Whatever is wrong with it, it is not one of ours.
  }
}

/** Tells two addresses apart, and is none. */
export function addressFingerprint(address: string | null): string {
  return createHash("sha256")
    .update((address ?? "").toLowerCase())
    .digest("base64url");
}

/** Whether two addresses are one, as far as anybody but their mail server can tell. */
export function isSameAddress(one: string | null, other: string | null): boolean {
  return one?.toLowerCase() === other?.toLowerCase();
}
