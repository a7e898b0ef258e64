import { type Db, findEpisode, requestConfirmation } from "@relink/db";
import { type AskDeps, askAboutItem, recordLinkSuccess } from "@relink/items";
import type { FoundLink } from "./find-link.ts";
import type { Limit } from "./limits.ts";

export interface ConfirmDeps extends AskDeps {
  /** Questions to Plaid per Item. */
  askLimit: Limit;
}

/**
 * After a success in Link, by the browser's word or Plaid's: asks Plaid whether the Item works. Where that cannot be known
 * yet, the worker goes on asking.
 */
export async function confirmRepair(deps: ConfirmDeps, { item, episode }: FoundLink): Promise<"repaired" | "checking"> {
  if (await isClosed(deps.db, episode.id)) return "repaired";
  await recordLinkSuccess(deps, item.id);
  if ((await deps.askLimit(item.id)).ok) {
    await askAboutItem(deps, item.id);
    if (await isClosed(deps.db, episode.id)) return "repaired";
  }
  await requestConfirmation(deps.db, item.id);
  return "checking";
}

/** True once there is nothing left to do about an episode. */
export async function isClosed(db: Db, episodeId: string): Promise<boolean> {
  const episode = await findEpisode(db, episodeId);
  return episode !== null && episode.closedAt !== null;
}
