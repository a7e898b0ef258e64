import { classifyError, isConfirmed, retryDelayMs, LINK_LIFETIME_MS, STATUS_MEANING } from "@relink/core";
import {
  beginTransmission,
  cancelEmail,
  claimEmail,
  type Db,
  type EmailRow,
  findUser,
  type ItemRow,
  lockItem,
  openEpisodesOf,
  postponeEmail,
  settleEmail,
  type UserRow,
} from "@relink/db";
import { InvalidRecipientError, type Mailer, type ReauthEmailInput, renderReauthEmail } from "@relink/email";
import { askAboutItem, type AskDeps, type Asked, issueDeepLink, toItemState } from "@relink/items";
import { type KeyRing, showId } from "@relink/service";

export interface SendEmailDeps extends AskDeps {
  db: Db;
  mailer: Pick<Mailer, "send">;
  linkTokenKeys: KeyRing;
  linkPublicUrl: string;
  productName: string;
  /** The part after the @ in our message ids. */
  senderDomain: string;
  environment: string;
}

/** What became of a mail. `not_due`: somebody else has it, or it is not owed any more. */
export type EmailOutcome = { kind: "not_due" } | (EmailResult & { itemId: string });

type EmailResult =
  | { kind: "sent"; asked: Asked }
  /** Plaid's answer, or the end of the episode, made it unnecessary or impossible. */
  | { kind: "dropped"; asked: Asked }
  /** To be tried again. */
  | { kind: "postponed"; problem: string }
  /** Refused for good. */
  | { kind: "failed"; problem: string }
  /** It may have arrived, and is never sent again. */
  | { kind: "unknown"; problem: string };

/**
 * From the claim to the start of the transmission, which ends it: longer than Plaid usually takes to answer, and so short
 * that the mail of a killed worker is soon due again. Should two prepare the same mail, one of them begins to transmit.
 */
const LEASE_MS = 8_000;

/**
 * Sends one mail that is due, at most once.
 *
 * Plaid is asked first, so nobody is written to about a connection that works by now. `transmitting` is committed before
 * the message goes out; from then on only an answer of the server that it did not take the message makes it owed again.
 *
 * @throws what the database throws. The mail is then due again after the lease, or `unknown` if it was on its way.
 */
export async function sendEmail(deps: SendEmailDeps, emailId: string): Promise<EmailOutcome> {
  const email = await claimEmail(deps.db, emailId, LEASE_MS);
  if (email === null) return { kind: "not_due" };
  return { ...(await sendClaimed(deps, email)), itemId: email.itemId };
}

async function sendClaimed(deps: SendEmailDeps, email: EmailRow): Promise<EmailResult> {
  const postpone = async (
    from: "owed" | "transmitting",
    problem: string,
    delayMs = retryDelayMs(email.attempts),
  ): Promise<EmailResult> => {
    await postponeEmail(deps.db, email.id, from, delayMs, problem);
    return { kind: "postponed", problem };
  };

  const asked = await askAboutItem(deps, email.itemId);
  if (asked.kind === "no_answer")
    return postpone("owed", "Plaid did not answer the question whether it is still needed");

  const letter = await prepare(deps, email);
  if (letter === "not_needed") return { kind: "dropped", asked };
  // A webhook came between the question and now: it is asked about in a moment.
  if (letter === "not_confirmed") return postpone("owed", "a newer webhook has to be confirmed first", 2_000);

  const { user, mail } = letter;
  try {
    const result = await deps.mailer.send({ to: user.email, ...mail });
    switch (result.kind) {
      case "accepted":
        await settleEmail(deps.db, email.id, "sent", null);
        return { kind: "sent", asked };
      case "unknown":
        await settleEmail(deps.db, email.id, "unknown", `${result.stage}: ${result.reason}`);
        return { kind: "unknown", problem: result.reason };
      case "refused": {
        const problem = `${result.stage}: ${result.reason}`;
        if (!result.permanent) return await postpone("transmitting", problem);
        await settleEmail(deps.db, email.id, "failed", problem);
        return { kind: "failed", problem };
      }
    }
  } catch (error) {
    if (!(error instanceof InvalidRecipientError)) throw error;
    await settleEmail(deps.db, email.id, "failed", "the user's address is not one mailbox");
    return { kind: "failed", problem: "the user's address is not one mailbox" };
  }
}

interface Letter {
  user: UserRow;
  mail: { subject: string; html: string; text: string; messageId: string };
}

/** Decides under the Item's lock that the mail goes out, and commits that it is on its way. */
async function prepare(deps: SendEmailDeps, email: EmailRow): Promise<Letter | "not_needed" | "not_confirmed"> {
  return deps.db.transaction(async (tx) => {
    const item = await lockItem(tx, email.itemId);
    const [episode = null] = await openEpisodesOf(tx, [email.itemId]);
    const user = await findUser(tx, email.userId);
    if (item === null || user === null || episode === null || episode.id !== email.episodeId) {
      await cancelEmail(tx, email.id);
      return "not_needed";
    }
    const state = toItemState(item, episode);
    if (!isConfirmed(state)) return "not_confirmed";
    const template = templateFor(item);
    if (template === null) return "not_needed";

    const expiresAt = new Date(Date.now() + LINK_LIFETIME_MS);
    const token = await issueDeepLink(
      { itemId: item.id, episodeId: episode.id },
      { keys: deps.linkTokenKeys, audience: deps.environment, expiresAt },
    );
    const rendered = await renderReauthEmail({
      ...template,
      productName: deps.productName,
      institutionName: item.institutionName,
      userName: user.name ?? undefined,
      link: `${deps.linkPublicUrl}/r/${token}`,
      expiresAt,
    });
    const messageId = `<${showId("eml", email.id)}@${deps.senderDomain}>`;
    if (!(await beginTransmission(tx, email.id, template.template, messageId))) return "not_needed";
    return { user, mail: { ...rendered, messageId } };
  });
}

const REASONS = { unlock: "locked", reset_password: "password_reset", finish_setup: "setup" } as const;

/** The text for an Item's status; null for one that no mail can help. */
function templateFor(item: ItemRow): Pick<ReauthEmailInput, "template" | "reason"> | null {
  if (!STATUS_MEANING[item.status].isMailed) return null;
  if (item.status !== "bank_action_required") return { template: "login_required" };
  const verdict = classifyError({ type: item.errorType ?? "", code: item.errorCode ?? "" });
  return {
    template: "bank_action_required",
    ...(verdict.kind === "bank_action_required" && { reason: REASONS[verdict.action] }),
  };
}
