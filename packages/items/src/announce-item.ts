import { announceItem, type ItemStatus, STATUS_MEANING, type Told } from "@relink/core";
import { type ItemRow, openEpisodesOf, type Tx } from "@relink/db";
import { type EventItem, itemFact, type ItemFact } from "./publish-events.ts";

/** What is known of an Item once an answer of Plaid's is applied. */
export interface KnownItem {
  /** Its row, as it was before. */
  before: Pick<ItemRow, "told" | "statusSince">;
  item: EventItem;
  status: ItemStatus;
  /** When Link was last gone through for it. */
  renewedAt: Date | null;
  /** The episode that was open before; another one may be open now. */
  episode: { id: string; openedAt: Date } | null;
  at: Date;
}

/**
 * What teams are to be told of an Item whose status is known for sure, and what they know of it after that. Nothing if
 * they know it already: two alarms about one break do not go out, however often it is confirmed.
 */
export async function announcementsOf(tx: Tx, known: KnownItem): Promise<{ facts: ItemFact[]; told: ItemRow["told"] }> {
  const told = readTold(known.before.told);
  const announcements = announceItem(told, known.status);
  const last = announcements.at(-1);
  if (last === undefined) return { facts: [], told: known.before.told };
  const episode = known.episode ?? (await openEpisodesOf(tx, [known.item.id])).at(0) ?? null;
  const facts = announcements.map(({ type, told: now }) => {
    const isRepair = now.kind === "healthy";
    const { item, at } = known;
    const about = { item, at, episodeId: episode?.id ?? null };
    if (isRepair) {
      const previous = told?.kind ?? "healthy";
      const since = episode?.openedAt ?? known.before.statusSince;
      const isOwn = known.renewedAt !== null && known.renewedAt >= since;
      return itemFact("item.repaired", {
        ...about,
        status: { kind: "healthy" },
        ended: { errorCode: told?.errorCode ?? null, whoActs: STATUS_MEANING[previous].whoActs },
        data: { repair_path: isOwn ? "own_link" : "elsewhere", previous_state: previous },
      });
    }
    return { kind: "item", type, ...about, status: known.status, data: dataOf(known.status) } satisfies ItemFact;
  });
  return { facts, told: writeTold(last.told) };
}

function dataOf(status: ItemStatus): object {
  if ("error" in status) return { error: status.error };
  return status.kind === "expiring" ? { expires_at: status.at.toISOString(), reason: status.reason } : {};
}

function readTold(told: ItemRow["told"]): Told | null {
  return told && { ...told, endsAt: told.endsAt === null ? null : new Date(told.endsAt) };
}

function writeTold(told: Told): ItemRow["told"] {
  return { ...told, endsAt: told.endsAt?.toISOString() ?? null };
}
