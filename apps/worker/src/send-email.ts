import {
  classifyError,
  type EpisodeCause,
  GOOD_NEWS_STEP,
  isConfirmed,
  knownTimeZone,
  languageOf,
  LINK_LIFETIME_MS,
  type MailTemplate,
  mailTemplateFor,
  nextDaytime,
  REQUESTED_STEP,
  retryDelayMs,
  TROUBLE_RECHECK_MS,
} from "@relink/core";
import {
  beginTransmission,
  cancelEmail,
  claimEmail,
  countTransmissions,
  databaseNow,
  type Db,
  type EmailRow,
  type EpisodeRow,
  findEpisode,
  findItem,
  findSuppression,
  findUser,
  firstTransmission,
  isInTrouble,
  type ItemRow,
  lockItem,
  openEpisodesOf,
  postponeEmail,
  refuseEmail,
  settleEmail,
  suppressAddress,
  type Tx,
  type UserRow,
} from "@relink/db";
import { type Brand, isAddressRefused, type Mailer, renderEmail } from "@relink/email";
import {
  askAboutItem,
  type AskDeps,
  type Asked,
  issueDeepLink,
  itemFact,
  type OwedWork,
  oweNextReminder,
  publishEvents,
  toItemState,
} from "@relink/items";
import { type KeyRing, showId } from "@relink/service";
import { InvalidRecipientError } from "@relink/service/parse-recipient";

export interface SendEmailDeps extends AskDeps {
  db: Db;
  mailer: Pick<Mailer, "send">;
  linkTokenKeys: KeyRing;
  linkPublicUrl: string;
  brand: Brand;
  /** Of users whose own is not known. IANA. */
  defaultTimeZone: string;
  /** The part after the @ in our message ids. */
  senderDomain: string;
  environment: "sandbox" | "production";
}

/** What became of a mail. `not_due`: somebody else has it, or it is not owed any more. */
export type EmailOutcome = { kind: "not_due" } | (EmailResult & { itemId: string });

type EmailResult =
  | { kind: "sent"; asked: Asked; reminder: OwedWork["mails"][number] | null }
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

const DAY_MS = 24 * 60 * 60_000;
/** However many Items of a user break. */
const MAILS_PER_DAY = 3;
const NEXT_TURN_MS = 60 * 60_000;

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

  const obstacle = await findObstacle(deps, email);
  if (obstacle?.kind === "never") {
    await refuseEmail(deps.db, email.id, obstacle.problem);
    return { kind: "failed", problem: obstacle.problem };
  }
  if (obstacle !== null) return postpone("owed", obstacle.problem, obstacle.delayMs);

  const asked = await askAboutItem(deps, email.itemId);
  if (asked.kind === "no_answer")
    return postpone("owed", "Plaid did not answer the question whether it is still needed");

  const letter = await prepare(deps, email);
  if (letter === "not_needed") return { kind: "dropped", asked };
  // A webhook came between the question and now: it is asked about in a moment.
  if (letter === "not_confirmed") return postpone("owed", "a newer webhook has to be confirmed first", 2_000);

  const { to, template, transmittingAt, mail } = letter;
  const settle = (state: "sent" | "unknown", problem: string | null) =>
    deps.db.transaction(async (tx) => {
      await settleEmail(tx, email.id, state, problem);
      if (state === "sent" && email.step < GOOD_NEWS_STEP) await tellOfMail(tx, email, template);
      return oweNextReminder(tx, deps.policy, { ...email, template, transmittingAt });
    });
  try {
    const result = await deps.mailer.send({ to, ...mail });
    switch (result.kind) {
      case "accepted":
        return { kind: "sent", asked, reminder: await settle("sent", null) };
      case "unknown":
        await settle("unknown", `${result.stage}: ${result.reason}`);
        return { kind: "unknown", problem: result.reason };
      case "refused": {
        const problem = `${result.stage}: ${result.reason}`;
        if (!result.permanent) return await postpone("transmitting", problem);
        if (isAddressRefused(result)) await suppressAddress(deps.db, to, "bounced");
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

async function tellOfMail(tx: Tx, { itemId, episodeId, step }: EmailRow, template: MailTemplate): Promise<void> {
  const item = await findItem(tx, itemId);
  if (item === null) return;
  const about = { item, episodeId, at: await databaseNow(tx) };
  await publishEvents(tx, [itemFact("reauth.email_sent", { ...about, data: { template, step } })]);
}

type Obstacle = { kind: "never"; problem: string } | { kind: "later"; problem: string; delayMs: number };

/** What stands in the way of a mail, whatever Plaid would say about the Item; `null` if nothing does. */
async function findObstacle(deps: SendEmailDeps, email: EmailRow): Promise<Obstacle | null> {
  const user = await findUser(deps.db, email.userId);
  const item = await findItem(deps.db, email.itemId);
  if (user === null || user.email === null) return { kind: "never", problem: "the user has no address" };
  const suppression = await findSuppression(deps.db, user.email);
  if (suppression !== null) {
    return { kind: "never", problem: `the user's address is on the suppression list: ${suppression.reason}` };
  }
  if (item?.institutionId && (await isInTrouble(deps.db, item.institutionId))) {
    return { kind: "later", problem: "the bank has trouble", delayMs: TROUBLE_RECHECK_MS };
  }
  // What the user is waiting for comes at once: the first mail about a break, good news, a fresh link.
  const isRequested = email.step >= REQUESTED_STEP;
  const isAtOnce = email.step >= GOOD_NEWS_STEP || (email.step === 0 && item?.status !== "expiring");
  if (!isAtOnce) {
    const now = await databaseNow(deps.db);
    const delayMs = nextDaytime(now, user.timeZone, deps.defaultTimeZone).getTime() - now.getTime();
    if (delayMs > 0) return { kind: "later", problem: "it is night where the user is", delayMs };
  }
  if (!isRequested && (await countTransmissions(deps.db, user.id, DAY_MS)) >= MAILS_PER_DAY) {
    return { kind: "later", problem: `the user got ${MAILS_PER_DAY} mails within a day`, delayMs: NEXT_TURN_MS };
  }
  return null;
}

interface Letter {
  to: string;
  template: MailTemplate;
  /** As it is stored: what follows is counted from it, as it is where a mail is lost on its way. */
  transmittingAt: Date;
  mail: { subject: string; html: string; text: string; messageId: string };
}

/** Decides under the Item's lock that the mail goes out, and commits that it is on its way. */
async function prepare(deps: SendEmailDeps, email: EmailRow): Promise<Letter | "not_needed" | "not_confirmed"> {
  return deps.db.transaction(async (tx) => {
    const item = await lockItem(tx, email.itemId);
    const [open = null] = await openEpisodesOf(tx, [email.itemId]);
    const user = await findUser(tx, email.userId);
    const episode = item && (await episodeToWriteAbout(tx, email, item, open));
    if (item === null || user === null || user.email === null || episode === null || item.mutedAt !== null) {
      await cancelEmail(tx, email.id);
      return "not_needed";
    }
    if (!isConfirmed(toItemState(item, open))) return "not_confirmed";
    const template = email.step === GOOD_NEWS_STEP ? "connected_again" : mailTemplateFor(item.status, episode.cause);
    if (template === null) return "not_needed";

    const letter = await write(deps, { email, item, episode, user, template });
    const messageId = `<${showId("eml", email.id)}@${deps.senderDomain}>`;
    const transmittingAt = await beginTransmission(tx, email.id, template, messageId);
    if (transmittingAt === null) return "not_needed";
    return { to: user.email, template, transmittingAt, mail: { ...letter, messageId } };
  });
}

/** The open episode, if it is the mail's; of good news, the closed one, if its user was written to and all is still well. */
async function episodeToWriteAbout(
  tx: Tx,
  email: EmailRow,
  item: ItemRow,
  open: (EpisodeRow & { cause: EpisodeCause }) | null,
): Promise<EpisodeRow | null> {
  if (email.step !== GOOD_NEWS_STEP) return open?.id === email.episodeId ? open : null;
  const isWell = item.status === "healthy" || item.status === "expiring";
  const wasWritten = (await firstTransmission(tx, email.episodeId)) !== null;
  return isWell && wasWritten ? findEpisode(tx, email.episodeId) : null;
}

async function write(
  deps: SendEmailDeps,
  about: { email: EmailRow; item: ItemRow; episode: EpisodeRow; user: UserRow; template: MailTemplate },
): Promise<{ subject: string; html: string; text: string }> {
  const { email, item, episode, user, template } = about;
  const expiresAt = new Date(Date.now() + LINK_LIFETIME_MS);
  const token = await issueDeepLink(
    { itemId: item.id, episodeId: episode.id },
    { keys: deps.linkTokenKeys, audience: deps.environment, expiresAt },
  );
  const isGoodNews = template === "connected_again";
  const verdict = classifyError({ type: item.errorType ?? "", code: item.errorCode ?? "" });
  return renderEmail({
    template,
    language: languageOf(user.locale),
    brand: deps.brand,
    institutionName: item.institutionName,
    ...(user.name !== null && { userName: user.name }),
    link: isGoodNews ? null : `${deps.linkPublicUrl}/r/${token}`,
    expiresAt: isGoodNews ? null : expiresAt,
    timeZone: knownTimeZone(user.timeZone, deps.defaultTimeZone),
    reminder: email.step < GOOD_NEWS_STEP ? email.step : 0,
    ...(verdict.kind === "bank_action_required" && { bankAction: verdict.action }),
    ...(item.pendingAt !== null && { endsAt: item.pendingAt }),
  });
}
