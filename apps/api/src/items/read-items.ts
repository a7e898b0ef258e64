import { accountsOf, type Db, type ItemListing, listItems, mailReachOf, openEpisodesOf } from "@relink/db";
import { Problem } from "../problem.ts";
import { type ItemView, showItem } from "./item.ts";

/** @throws Problem if there is none with this id. */
export async function findListing(db: Db, id: string): Promise<ItemListing> {
  const [item] = await listItems(db, { id }, { limit: 1 });
  if (item === undefined) throw new Problem("not-found", "there is no Item with this id");
  return item;
}

/**
 * One Item as the API shows it.
 *
 * @throws Problem if there is none with this id.
 */
export async function readItem(db: Db, id: string): Promise<ItemView> {
  const item = await findListing(db, id);
  const views = await readItems(db, [item]);
  const view = views.get(id);
  if (view === undefined) throw new TypeError("an Item that was found is shown");
  return view;
}

/** Items as the API shows them, by their ids. As many statements for a page as for one. */
export async function readItems(db: Db, items: readonly ItemListing[]): Promise<Map<string, ItemView>> {
  const ids = items.map((item) => item.id);
  const episodes = new Map((await openEpisodesOf(db, ids)).map((episode) => [episode.itemId, episode]));
  const reaches = new Map((await mailReachOf(db, ids)).map((reach) => [reach.itemId, reach]));
  const accounts = Map.groupBy(await accountsOf(db, ids), (account) => account.itemId);
  return new Map(
    items.map((item) => [
      item.id,
      showItem(item, {
        episode: episodes.get(item.id),
        accounts: accounts.get(item.id) ?? [],
        reach: reaches.get(item.id),
      }),
    ]),
  );
}
