import { type Db, type EpisodeRow, findEpisode, findItem, findRival, findUserLocale, type ItemRow } from "@relink/db";
import { DeepLinkError, readDeepLink } from "@relink/items";
import { type KeyRing, showId } from "@relink/service";
import type { Subject } from "./reply.ts";

/** What a deep link leads to. */
export interface FoundLink {
  /** As it stands in the address. */
  token: string;
  item: ItemRow;
  episode: EpisodeRow;
  /** The user's; null if it is not known. */
  locale: string | null;
  /** Whether the same user has a newer Item at the same bank that works. */
  hasNewer: boolean;
  subject: Subject;
}

export interface FindLinkDeps {
  db: Db;
  linkTokenKeys: KeyRing;
  environment: "sandbox" | "production";
  now: () => Date;
}

/** @throws DeepLinkError if the token is not one of ours, is too old, or what it was made for is gone. */
export async function findLink(deps: FindLinkDeps, token: string): Promise<FoundLink> {
  const link = await readDeepLink(token, { keys: deps.linkTokenKeys, audience: deps.environment, now: deps.now() });
  const [item, episode] = await Promise.all([findItem(deps.db, link.itemId), findEpisode(deps.db, link.episodeId)]);
  if (item === null || episode === null || episode.itemId !== item.id) throw new DeepLinkError("invalid");
  const [locale, rival] = await Promise.all([findUserLocale(deps.db, item.userId), findRival(deps.db, item)]);
  return {
    token,
    item,
    episode,
    locale,
    hasNewer: rival !== null,
    subject: { item: showId("itm", item.id), episode: showId("epi", episode.id) },
  };
}
