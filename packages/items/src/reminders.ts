import { type ItemPolicy, MAIL_TEMPLATES, nextReminder } from "@relink/core";
import type { OwedWork } from "./store-transitions.ts";
import { type EmailRow, findEpisode, findItem, firstTransmission, oweEmail, type Tx } from "@relink/db";

/**
 * Owes the mail that follows one that went out, or may have. To be called in the transaction that settles it.
 *
 * @returns the mail, if there is one to come.
 */
export async function oweNextReminder(
  tx: Tx,
  policy: ItemPolicy,
  sent: Pick<EmailRow, "episodeId" | "itemId" | "userId" | "step" | "template" | "transmittingAt">,
): Promise<OwedWork["mails"][number] | null> {
  const template = MAIL_TEMPLATES.find((name) => name === sent.template);
  const episode = await findEpisode(tx, sent.episodeId);
  const item = await findItem(tx, sent.itemId);
  if (template === undefined || sent.transmittingAt === null || item === null) return null;
  if (episode === null || episode.closedAt !== null) return null;
  const firstAt = (await firstTransmission(tx, sent.episodeId)) ?? sent.transmittingAt;
  const about = { step: sent.step, at: sent.transmittingAt, firstAt, endsAt: item.pendingAt };
  const next = nextReminder(episode.cause, template, about, policy);
  if (next === null) return null;
  const { episodeId, itemId, userId } = sent;
  const emailId = await oweEmail(tx, { episodeId, itemId, userId, ...next });
  return emailId === null ? null : { emailId, dueAt: next.dueAt, isUrgent: false };
}
