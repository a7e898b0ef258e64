import { REQUESTED_STEP } from "@relink/core";
import { databaseNow, type Db, findEpisode, lockItem, oweEmail, requestedMailsOf } from "@relink/db";

/** Who presses the button on an old link again and again gets one mail an hour. */
const PAUSE_MS = 60 * 60_000;

/**
 * Owes a mail with a fresh link to a user whose link has expired. Only for an episode that is open, and once an hour.
 *
 * @returns the mail; `null` if there is nothing to write about, or one was asked for a short while ago. The caller must
 * not tell the two apart to whoever asked: an old link is no proof of being its owner.
 */
export async function oweFreshMail(db: Db, episodeId: string): Promise<{ emailId: string; dueAt: Date } | null> {
  const about = await findEpisode(db, episodeId);
  if (about === null) return null;
  return db.transaction(async (tx) => {
    const item = await lockItem(tx, about.itemId);
    const episode = await findEpisode(tx, episodeId);
    if (item === null || item.mutedAt !== null || episode === null || episode.closedAt !== null) return null;
    const requested = await requestedMailsOf(tx, episodeId);
    const newest = requested.at(-1);
    const dueAt = await databaseNow(tx);
    if (newest !== undefined && dueAt.getTime() - newest.createdAt.getTime() < PAUSE_MS) return null;
    const step = REQUESTED_STEP + requested.length;
    const emailId = await oweEmail(tx, { episodeId, itemId: item.id, userId: item.userId, step, dueAt });
    return emailId === null ? null : { emailId, dueAt };
  });
}
