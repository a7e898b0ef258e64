import { retryDelayMs } from "@relink/core";
import {
  beginNotice,
  claimNotice,
  type ClaimedNotice,
  type Db,
  findSuppression,
  listDueNotices,
  postponeNotice,
  settleNotice,
  suppressAddress,
} from "@relink/db";
import { isAddressRefused, type Mail, type Mailer, type SendResult } from "@relink/email";
import { showId } from "@relink/service";
import { InvalidRecipientError } from "@relink/service/parse-recipient";
import { writeNotice } from "./write-notice.ts";

export interface NoticeDeps {
  db: Db;
  mailer: Pick<Mailer, "send">;
  /** The part after the @ in our message ids. */
  senderDomain: string;
}

/** What became of a notice. */
export type NoticeOutcome = { id: string } & (
  | { kind: "sent" }
  | { kind: "postponed" | "failed" | "unknown"; problem: string }
);

const NOTICES_AT_ONCE = 50;
const LEASE_MS = 8_000;

/** Sends the mails that are owed to owners of endpoints, each at most once. */
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
  const to = claimed.subscription.ownerContact;
  const obstacle = to === null ? "the endpoint has no owner to write to" : await findObstacle(deps.db, claimed, to);
  if (to === null || obstacle !== null) {
    await settleNotice(deps.db, id, "owed", "failed", obstacle);
    return { id, kind: "failed", problem: obstacle ?? "" };
  }
  const messageId = `<${showId("ntc", id)}@${deps.senderDomain}>`;
  if (!(await beginNotice(deps.db, id, messageId))) return null;
  const result = await send(deps.mailer, { to, messageId, ...writeNotice(claimed) });
  if (result.kind === "accepted") {
    await settleNotice(deps.db, id, "transmitting", "sent", null);
    return { id, kind: "sent" };
  }
  const problem = `${result.stage}: ${result.reason}`;
  if (result.kind === "refused" && !result.permanent) {
    await postponeNotice(deps.db, id, retryDelayMs(attempts), problem);
    return { id, kind: "postponed", problem };
  }
  if (isAddressRefused(result)) await suppressAddress(deps.db, to, "bounced");
  const state = result.kind === "unknown" ? "unknown" : "failed";
  await settleNotice(deps.db, id, "transmitting", state, problem);
  return { id, kind: state, problem };
}

async function findObstacle(db: Db, { subscription }: ClaimedNotice, to: string): Promise<string | null> {
  if (subscription.deletedAt !== null) return "the subscription was deleted";
  const suppression = await findSuppression(db, to);
  return suppression && `the owner's address is on the suppression list: ${suppression.reason}`;
}

/** An address that is none is refused by us as a server would. */
async function send(mailer: NoticeDeps["mailer"], mail: Mail): Promise<SendResult> {
  try {
    return await mailer.send(mail);
  } catch (error) {
    if (!(error instanceof InvalidRecipientError)) throw error;
    return { kind: "refused", permanent: true, stage: "client", reason: "the owner's address is not one mailbox" };
  }
}
