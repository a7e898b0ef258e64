import { oweFreshMail } from "@relink/items";
import { findLink, type FindLinkDeps } from "./find-link.ts";
import type { Limit } from "./limits.ts";
import { problem, type Reply } from "./reply.ts";

/** A clock at which no link of ours is too old yet. */
const BEFORE_ALL = new Date(0);

/**
 * What the button of a link that is too old does: owes a mail with a new link, if the episode is still open and none went
 * out within the hour.
 *
 * The answer is the same in any case: whether there is an address, whether a mail is needed, and whether one has just been
 * sent is nobody's business who found an old link. The mail goes to the user's own address and nowhere else.
 *
 * @throws DeepLinkError if the token is not one of ours.
 */
export async function requestNewMail(deps: FindLinkDeps & { mailLimit: Limit }, token: string): Promise<Reply> {
  const { episode, subject } = await findLink({ ...deps, now: () => BEFORE_ALL }, token);
  const limited = await deps.mailLimit(episode.id);
  if (!limited.ok) return problem(429, "ERR_TOO_MANY_TRIES", "too many tries with this link", { ...limited, subject });
  const isOwed = await oweFreshMail(deps.db, episode.id);
  return {
    status: 202,
    body: { json: { state: "mail_asked" } },
    outcome: isOwed ? "mail_owed" : "no_mail_owed",
    subject,
  };
}
