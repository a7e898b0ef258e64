import { type ItemPolicy, nextItemState } from "@relink/core";
import {
  databaseNow,
  type Db,
  findItem,
  findLinkSessionByToken,
  finishLinkSession,
  insertLinkEvents,
  type LinkSessionRow,
  lockItem,
  nameLinkSession,
  openEpisodesOf,
  type Tx,
} from "@relink/db";
import type { ReadWebhook } from "@relink/plaid";
import { itemFact, publishEvents } from "./publish-events.ts";
import { toItemState } from "./item-rows.ts";
import { nothingOwed, type OwedWork, storeTransitions } from "./store-transitions.ts";

/**
 * Stores what a LINK webhook says about a session of ours.
 *
 * @returns the session; `null` if it is none of ours, such as that of a first link.
 */
export async function applyLinkWebhook(
  tx: Tx,
  webhook: Extract<ReadWebhook, { kind: "link" }>,
  receivedAt: Date,
): Promise<LinkSessionRow | null> {
  const session = webhook.linkTokenHash && (await findLinkSessionByToken(tx, webhook.linkTokenHash));
  if (!session) return null;
  const { linkSessionId, outcome, events } = webhook;
  if (linkSessionId !== null) await nameLinkSession(tx, session.id, linkSessionId);
  if (outcome !== null) {
    const hasTried = events.some(({ errorCode }) => errorCode !== null);
    const isSuccess = outcome === "success";
    await endLinkSession(tx, session, isSuccess ? "success" : hasTried ? "tried_and_failed" : "closed_without_trying");
  }
  await insertLinkEvents(
    tx,
    events.map(({ eventId, name, at, ...event }) => ({
      ...event,
      sessionId: session.id,
      itemId: session.itemId,
      source: "webhook" as const,
      eventId,
      callback: "event" as const,
      eventName: name,
      linkSessionId,
      receivedAt: at ?? receivedAt,
    })),
  );
  return session;
}

/** Notes how a session of Link ended, and tells teams of it, once. */
export async function endLinkSession(
  tx: Tx,
  session: Pick<LinkSessionRow, "id" | "itemId" | "episodeId">,
  outcome: NonNullable<LinkSessionRow["outcome"]>,
): Promise<void> {
  const isNews = await finishLinkSession(tx, session.id, outcome);
  const item = isNews ? await findItem(tx, session.itemId) : null;
  if (item === null) return;
  const about = { item, episodeId: session.episodeId, at: await databaseNow(tx) };
  await publishEvents(tx, [
    outcome === "success"
      ? itemFact("reauth.completed", { ...about, data: {} })
      : itemFact("reauth.abandoned", { ...about, data: { has_tried: outcome === "tried_and_failed" } }),
  ]);
}

/**
 * Notes that Link was gone through for an Item, by the browser's word or Plaid's. It proves nothing: `/item/get` is to be
 * asked now, and its answer says what came of it.
 */
export async function recordLinkSuccess(deps: { db: Db; policy: ItemPolicy }, itemId: string): Promise<OwedWork> {
  return deps.db.transaction((tx) => noteLinkSuccess(tx, deps.policy, itemId));
}

export async function noteLinkSuccess(tx: Tx, policy: ItemPolicy, itemId: string): Promise<OwedWork> {
  const item = await lockItem(tx, itemId);
  if (item === null) return nothingOwed();
  const [episode = null] = await openEpisodesOf(tx, [itemId]);
  const before = toItemState(item, episode);
  const at = await databaseNow(tx);
  const { state, effects } = nextItemState(before, { kind: "link_succeeded", at }, policy);
  if (state === before) return nothingOwed();
  return storeTransitions(tx, [{ item, episode, next: state, effects, isAnswered: false }]);
}
