import { CONFIRMATION_LIFETIME_MS, nextConfirmationAt, nextHealth } from "@relink/core";
import {
  type Db,
  databaseNow,
  findSubscription,
  findSuppression,
  findTeam,
  healthColumns,
  insertAudit,
  isSuppressedForTeam,
  lockConfirmations,
  lockSubscription,
  lockSubscriptionsTo,
  oweConfirmation,
  readHealth,
  type SubscriptionRow,
  suppressForTeam,
  type TeamRow,
  type Tx,
  updateSubscription,
} from "@relink/db";
import { type KeyRing, showId } from "@relink/service";
import { errors } from "jose";
import { z } from "zod";
import { decryptToken, encryptToken } from "./encrypted-token.ts";
import { addressFingerprint, isSameAddress, type TeamMail } from "./team-mail.ts";
import { tellOwner } from "./tell-owner.ts";

const KIND = { type: "relink-address-confirmation+jwt", audience: "address-confirmation" };
const Claims = z.object({ sub: z.uuid(), adr: z.string(), exp: z.number() });

/** Why a mail that asks an address is not owed, or `owed`. */
export type ConfirmationOwed =
  | { kind: "owed" }
  /** Its reader does not want the team's mails. */
  | { kind: "refused" }
  /** Nothing is mailed there: it does not exist, or its owner complained. */
  | { kind: "suppressed" }
  /** It was asked too often to be asked before, or the team has asked too many. */
  | { kind: "too_often"; until: Date; waitMs: number };

/**
 * Owes the address of a subscription the mail that asks whether it wants what the subscription would send, if it may be
 * asked now. To be called in the transaction that names the address.
 */
export async function oweAddressConfirmation(
  tx: Tx,
  { id, teamId, address }: Pick<SubscriptionRow, "id" | "teamId" | "address">,
): Promise<ConfirmationOwed> {
  if (address === null) throw new TypeError("only mail goes to an address");
  if (await isSuppressedForTeam(tx, teamId, address)) return { kind: "refused" };
  if ((await findSuppression(tx, address)) !== null) return { kind: "suppressed" };
  const { now, ...askedBefore } = await lockConfirmations(tx, { teamId, address });
  const until = nextConfirmationAt(askedBefore, now);
  if (until !== null) return { kind: "too_often", until, waitMs: until.getTime() - now.getTime() };
  await oweConfirmation(tx, { subscriptionId: id, address });
  return { kind: "owed" };
}

/** The token in the mail that asks an address. Good for one subscription and that address, for a day. */
export async function issueConfirmationToken(
  { id, address }: TeamMail,
  { keys, now }: { keys: KeyRing; now: Date },
): Promise<{ token: string; expiresAt: Date }> {
  const expiresAt = new Date(now.getTime() + CONFIRMATION_LIFETIME_MS);
  const token = await encryptToken({ sub: id, adr: addressFingerprint(address) }, { ...KIND, keys, expiresAt });
  return { token, expiresAt };
}

/** What a subscription would mail, and who wants that. */
export interface AskedAddress {
  subscription: SubscriptionRow;
  address: string;
  team: TeamRow;
}

/**
 * What the token in such a mail leads to: `open` to be answered; `confirmed` or `refused` if it was; `changed` if the
 * subscription or its team is gone, or it goes elsewhere; `expired`; `invalid` if it is none of ours.
 */
export type FoundConfirmation =
  | ({ kind: "open" | "confirmed" | "refused" } & AskedAddress)
  | { kind: "changed" | "expired" | "invalid" };

/** Reads the token. Without the right key nothing of it is believed, and no database is asked. */
export async function findConfirmation(
  db: Db,
  token: string,
  { keys, now }: { keys: KeyRing; now: Date },
): Promise<FoundConfirmation> {
  const claims = await readClaims(token, keys, now);
  if (typeof claims === "string") return { kind: claims };
  const subscription = await findSubscription(db, claims.sub, undefined);
  const team = subscription && (await findTeam(db, subscription.teamId));
  if (subscription?.kind !== "email" || team === null) return { kind: "changed" };
  const { address, teamId, verifiedAt } = subscription;
  if (address === null || addressFingerprint(address) !== claims.adr) return { kind: "changed" };
  const found = { subscription, address, team };
  if (await isSuppressedForTeam(db, teamId, address)) return { kind: "refused", ...found };
  return { kind: verifiedAt === null ? "open" : "confirmed", ...found };
}

/** Notes that the reader of an address wants what a subscription sends. Done twice, or once it goes elsewhere, it is nothing. */
export async function confirmAddress(db: Db, { subscription: { id }, address }: AskedAddress): Promise<void> {
  await db.transaction(async (tx) => {
    const row = await lockSubscription(tx, id, undefined);
    if (row === null || row.verifiedAt !== null || !isSameAddress(row.address, address)) return;
    if (await isSuppressedForTeam(tx, row.teamId, address)) return;
    const isWaiting = row.status === "pending_verification";
    const health = isWaiting ? nextHealth(readHealth(row), { kind: "enabled" }).health : readHealth(row);
    await updateSubscription(tx, id, {
      ...healthColumns(health),
      healthDueAt: null,
      verifiedAt: await databaseNow(tx),
    });
    await audit(tx, row, "subscription.verified");
  });
}

/**
 * Notes that the reader of an address never asked for a team's mails: the team mails it no more, by whatever subscription,
 * until whoever runs Relink vouches for it.
 *
 * @param environment - of Plaid.
 */
export async function refuseAddress(
  db: Db,
  environment: "sandbox" | "production",
  { subscription: { teamId }, address }: AskedAddress,
): Promise<void> {
  await db.transaction(async (tx) => {
    const rows = await lockSubscriptionsTo(tx, teamId, address);
    await suppressForTeam(tx, teamId, address);
    for (const row of rows) {
      await disable(tx, environment, row, "receiver_request");
      await audit(tx, row, "subscription.refused");
    }
  });
}

/** Disables a subscription whose address does not exist, as the mail that asked it has shown. One that goes elsewhere by now stays. */
export async function giveUpAddress(
  db: Db,
  environment: "sandbox" | "production",
  { id, address }: { id: string; address: string },
): Promise<void> {
  await db.transaction(async (tx) => {
    const row = await lockSubscription(tx, id, undefined);
    if (row === null || row.verifiedAt !== null || !isSameAddress(row.address, address)) return;
    await disable(tx, environment, row, "gone");
  });
}

async function disable(
  tx: Tx,
  environment: "sandbox" | "production",
  row: SubscriptionRow,
  reason: "receiver_request" | "gone",
): Promise<void> {
  const at = await databaseNow(tx);
  const { health, effects } = nextHealth(readHealth(row), { kind: "disabled", at, reason });
  await updateSubscription(tx, row.id, { ...healthColumns(health), healthDueAt: null, verifiedAt: null });
  // Whoever cannot or does not want to be reached there is not told there.
  const ownerContact = isSameAddress(row.ownerContact, row.address) ? null : row.ownerContact;
  for (const notice of effects) {
    await tellOwner(tx, environment, notice, { subscription: { ...row, ownerContact }, health, at });
  }
}

async function audit(tx: Tx, { id, teamId }: SubscriptionRow, action: string): Promise<void> {
  await insertAudit(tx, { actor: "mail_link", teamId, action, resource: showId("sub", id), requestId: null });
}

async function readClaims(
  token: string,
  keys: KeyRing,
  now: Date,
): Promise<z.infer<typeof Claims> | "expired" | "invalid"> {
  try {
    return Claims.parse(await decryptToken(token, { ...KIND, keys, now }));
  } catch (error) {
    return error instanceof errors.JWTExpired ? "expired" : "invalid";
  }
}
