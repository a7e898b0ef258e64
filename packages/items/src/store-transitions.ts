import { randomUUIDv7 } from "node:crypto";
import { assertNever, GOOD_NEWS_STEP, type ItemEffect, type ItemState, type ItemStatusKind } from "@relink/core";
import {
  closeEpisode,
  confirmEpisode,
  holdEmails,
  insertEpisodes,
  type ItemRow,
  type NewEpisode,
  type OpenEpisodeRow,
  oweEmail,
  releaseEmails,
  storeItemChanges,
  type Tx,
} from "@relink/db";
import { toItemChange } from "./item-rows.ts";

/** One Item whose row is locked, what it was, and what the rules made of it. */
export interface ItemTransition {
  item: ItemRow;
  episode: OpenEpisodeRow | null;
  next: ItemState;
  effects: readonly ItemEffect[];
  /** True if an answer of `/item/get` was applied. */
  isAnswered: boolean;
}

/**
 * Work that is owed once the transaction has committed. The rows remember it; handing it off only makes it quick.
 *
 * What is urgent goes first when Plaid's limits, or ours for mails, make work wait: a connection that broke or was
 * repaired just now does not wait behind a hundred thousand that end next week.
 */
export interface OwedWork {
  questions: { itemId: string; dueAt: Date; isUrgent: boolean }[];
  mails: { emailId: string; dueAt: Date; isUrgent: boolean }[];
  /** Those for which an event is to be delivered. */
  subscriptionIds: string[];
}

export function nothingOwed(): OwedWork {
  return { questions: [], mails: [], subscriptionIds: [] };
}

/** Stores new states and all their effects. The Items must be locked in this transaction. */
export async function storeTransitions(tx: Tx, transitions: readonly ItemTransition[]): Promise<OwedWork> {
  const owed = nothingOwed();
  const questionOf = new Map<string, Date>();
  for (const { item, next, effects, isAnswered } of transitions) {
    const question = effects.find((effect) => effect.kind === "ask")?.dueAt;
    if (question === undefined) continue;
    questionOf.set(item.id, question);
    // One that is owed earlier was handed off when it was stored, and is asked late enough for this hint too.
    const isOwedEarlier = !isAnswered && item.confirmDueAt !== null && item.confirmDueAt <= question;
    if (!isOwedEarlier) {
      const isUrgent = !isWorking(item.status) || !isWorking(next.status.kind);
      owed.questions.push({ itemId: item.id, dueAt: question, isUrgent });
    }
  }
  await storeItemChanges(
    tx,
    transitions.map(({ item, next, isAnswered }) =>
      toItemChange(item.id, next, { askDueAt: questionOf.get(item.id) ?? null, isAnswered }),
    ),
  );
  // A wave of breaks opens many episodes and does nothing else: one statement for all of them.
  const plain = transitions.filter(onlyOpens);
  await insertEpisodes(
    tx,
    plain.flatMap(({ item, effects }) => toNewEpisode(item, effects)),
  );
  for (const transition of transitions) {
    if (!onlyOpens(transition)) owed.mails.push(...(await storeEffects(tx, transition)));
  }
  return owed;
}

function onlyOpens({ effects }: ItemTransition): boolean {
  return effects.every(({ kind }) => kind === "ask" || kind === "open_episode");
}

function toNewEpisode(item: ItemRow, effects: readonly ItemEffect[]): NewEpisode[] {
  return effects.flatMap((effect) =>
    effect.kind === "open_episode"
      ? [
          {
            id: randomUUIDv7(),
            itemId: item.id,
            cause: effect.cause,
            openedAt: effect.at,
            errorType: effect.error?.type ?? null,
            errorCode: effect.error?.code ?? null,
          },
        ]
      : [],
  );
}

/** Stores the effects on episodes and mails in their order. @returns the mails that are owed now. */
async function storeEffects(tx: Tx, { item, episode, next, effects }: ItemTransition): Promise<OwedWork["mails"]> {
  const mails: OwedWork["mails"] = [];
  let openId = episode?.id;
  let closedId: string | undefined;
  const owe = async (episodeId: string, step: number, dueAt: Date): Promise<void> => {
    const emailId = await oweEmail(tx, { episodeId, itemId: item.id, userId: item.userId, step, dueAt });
    if (emailId !== null)
      mails.push({ emailId, dueAt, isUrgent: !isWorking(next.status.kind) || step === GOOD_NEWS_STEP });
  };
  for (const effect of effects) {
    switch (effect.kind) {
      case "ask":
        break;
      case "open_episode": {
        const rows = toNewEpisode(item, [effect]);
        await insertEpisodes(tx, rows);
        openId = rows[0]?.id;
        break;
      }
      case "confirm_episode":
        await confirmEpisode(tx, required(openId, effect), effect.at);
        break;
      case "close_episode":
        closedId = required(openId, effect);
        openId = undefined;
        await closeEpisode(tx, closedId, effect.at, effect.reason);
        break;
      case "owe_mail":
        await owe(required(openId, effect), 0, effect.dueAt);
        break;
      case "owe_good_news":
        await owe(required(closedId, effect), GOOD_NEWS_STEP, effect.dueAt);
        break;
      case "hold_mail":
        await holdEmails(tx, required(openId, effect));
        break;
      case "release_mail":
        for (const { id, dueAt } of await releaseEmails(tx, required(openId, effect), effect.dueAt)) {
          mails.push({ emailId: id, dueAt, isUrgent: !isWorking(next.status.kind) });
        }
        break;
      default:
        assertNever(effect);
    }
  }
  return mails;
}

/** It gives data, now; nobody loses anything by waiting for a while. */
function isWorking(status: ItemStatusKind): boolean {
  return status === "healthy" || status === "expiring";
}

function required(episodeId: string | undefined, { kind }: ItemEffect): string {
  if (episodeId === undefined) throw new TypeError(`${kind} without an episode`);
  return episodeId;
}
