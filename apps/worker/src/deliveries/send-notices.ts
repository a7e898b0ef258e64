import { describePatterns, retryDelayMs } from "@relink/core";
import {
  beginNotice,
  claimNotice,
  type ClaimedNotice,
  databaseNow,
  type Db,
  findSuppression,
  isSuppressedForTeam,
  listDueNotices,
  type NoticeRow,
  postponeNotice,
  settleNotice,
  suppressAddress,
} from "@relink/db";
import { isAddressRefused, type Mail, type Mailer, renderConfirmationMail, type SendResult } from "@relink/email";
import { giveUpAddress, issueConfirmationToken } from "@relink/items";
import { type KeyRing, showId } from "@relink/service";
import { InvalidRecipientError } from "@relink/service/parse-recipient";
import { writeNotice } from "./write-notice.ts";

export interface NoticeDeps {
  db: Db;
  mailer: Pick<Mailer, "send">;
  /** The part after the @ in our message ids. */
  senderDomain: string;
  environment: "sandbox" | "production";
  linkTokenKeys: KeyRing;
  linkPublicUrl: string;
  /** The product that the Items belong to. */
  productName: string;
}

/** What became of a notice. */
export type NoticeOutcome = { id: string } & (
  | { kind: "sent" }
  /** It is not true any more, or whoever it was for has answered already, or is asked by another one. */
  | { kind: "dropped"; problem: string }
  | { kind: "postponed" | "failed" | "unknown"; problem: string }
);

const NOTICES_AT_ONCE = 50;
const LEASE_MS = 8_000;

/** So long a mail server may say that it does not take a notice now. Afterwards it is no news. */
const LIFETIME_MS = 3 * 24 * 60 * 60_000;
const WARNINGS: readonly NoticeRow["kind"][] = ["failing", "warning_60h", "warning_96h"];

/** Sends the mails that are owed about subscriptions, each at most once. */
export async function sendNotices(deps: NoticeDeps): Promise<NoticeOutcome[]> {
  const outcomes: NoticeOutcome[] = [];
  for (const id of await listDueNotices(deps.db, NOTICES_AT_ONCE)) {
    const claimed = await claimNotice(deps.db, id, LEASE_MS);
    if (claimed === null) continue;
    const outcome = await sendNotice(deps, claimed);
    if (outcome !== null) outcomes.push(outcome);
  }
  return outcomes;
}

async function sendNotice(deps: NoticeDeps, claimed: ClaimedNotice): Promise<NoticeOutcome | null> {
  const { id, attempts } = claimed.notice;
  const to = recipientOf(claimed);
  const obstacle = await findObstacle(deps.db, claimed, to);
  if (to === null || obstacle !== null) {
    const { kind, problem } = obstacle ?? NO_OWNER;
    await settleNotice(deps.db, id, "owed", "failed", problem);
    return { id, kind, problem };
  }
  const written = await write(deps, claimed, to);
  const messageId = `<${showId("ntc", id)}@${deps.senderDomain}>`;
  if (!(await beginNotice(deps.db, id, messageId))) return null;
  const result = await send(deps.mailer, { to, messageId, ...written });
  if (result.kind === "accepted") {
    await settleNotice(deps.db, id, "transmitting", "sent", null);
    return { id, kind: "sent" };
  }
  const problem = `${result.stage}: ${result.reason}`;
  if (result.kind === "refused" && !result.permanent && (await isNews(deps.db, claimed.notice))) {
    await postponeNotice(deps.db, id, retryDelayMs(attempts), problem);
    return { id, kind: "postponed", problem };
  }
  if (isAddressRefused(result)) await noteRefusedAddress(deps, claimed, to);
  const state = result.kind === "unknown" ? "unknown" : "failed";
  await settleNotice(deps.db, id, "transmitting", state, problem);
  return { id, kind: state, problem };
}

async function isNews(db: Db, { createdAt }: NoticeRow): Promise<boolean> {
  return (await databaseNow(db)).getTime() - createdAt.getTime() < LIFETIME_MS;
}

/** An address that is asked is no owner's: notices about a subscription never go where it leads to. */
function recipientOf({ notice, subscription }: ClaimedNotice): string | null {
  return notice.kind === "confirm_address" ? notice.address : subscription.ownerContact;
}

interface Obstacle {
  kind: "dropped" | "failed";
  problem: string;
}

const NO_OWNER: Obstacle = { kind: "failed", problem: "the endpoint has no owner to write to" };

async function findObstacle(db: Db, claimed: ClaimedNotice, to: string | null): Promise<Obstacle | null> {
  const { notice, subscription } = claimed;
  if (to === null) return NO_OWNER;
  if (subscription.deletedAt !== null) return { kind: "failed", problem: "the subscription was deleted" };
  const suppression = await findSuppression(db, to);
  if (suppression !== null) {
    const whose = notice.kind === "confirm_address" ? "the address" : "the owner's address";
    return { kind: "failed", problem: `${whose} is on the suppression list: ${suppression.reason}` };
  }
  if (WARNINGS.includes(notice.kind) && subscription.status !== "failing") {
    return { kind: "dropped", problem: `what it warns of is over: the endpoint is ${subscription.status}` };
  }
  if (notice.kind !== "confirm_address") return null;
  if (subscription.address !== to) return { kind: "dropped", problem: "the subscription goes elsewhere by now" };
  if (subscription.verifiedAt !== null) return { kind: "dropped", problem: "the address is confirmed already" };
  if (!(await isSuppressedForTeam(db, subscription.teamId, to))) return null;
  return { kind: "dropped", problem: "its reader does not want the team's mails" };
}

async function write(deps: NoticeDeps, claimed: ClaimedNotice, to: string): Promise<Omit<Mail, "to" | "messageId">> {
  const { notice, subscription, teamName } = claimed;
  if (notice.kind !== "confirm_address") return writeNotice(notice.kind, claimed);
  const about = { keys: deps.linkTokenKeys, now: await databaseNow(deps.db) };
  const { token, expiresAt } = await issueConfirmationToken({ id: subscription.id, address: to }, about);
  return renderConfirmationMail({
    teamName,
    productName: deps.productName,
    subjects: describePatterns(subscription.eventTypes),
    subscriptionId: showId("sub", subscription.id),
    confirmUrl: `${deps.linkPublicUrl}/team-mail/confirm/${token}`,
    expiresAt,
  });
}

/** An address that does not exist is not written to again, and a team that has just named it is told by its subscription. */
async function noteRefusedAddress(
  { db, environment }: NoticeDeps,
  { notice, subscription: { id } }: ClaimedNotice,
  address: string,
): Promise<void> {
  await suppressAddress(db, address, "bounced");
  if (notice.kind === "confirm_address") await giveUpAddress(db, environment, { id, address });
}

/** An address that is none is refused by us as a server would. */
async function send(mailer: NoticeDeps["mailer"], mail: Mail): Promise<SendResult> {
  try {
    return await mailer.send(mail);
  } catch (error) {
    if (!(error instanceof InvalidRecipientError)) throw error;
    return { kind: "refused", permanent: true, stage: "client", reason: "the address is not one mailbox" };
  }
}
