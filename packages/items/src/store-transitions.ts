import { randomUUIDv7 } from "node:crypto";
import { assertNever, type ItemEffect, type ItemState } from "@relink/core";
import {
  closeEpisode,
  confirmEpisode,
  holdEmails,
  insertEpisodes,
  type ItemRow,
  type NewEpisode,
  type OpenEpisodeRow,
  oweEmail,
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

/** Work that is owed once the transaction has committed. The rows remember it; handing it off only makes it quick. */
export interface OwedWork {
  questions: { itemId: string; dueAt: Date }[];
  mails: { emailId: string; dueAt: Date }[];
}

/** Stores new states and all their effects. The Items must be locked in this transaction. */
export async function storeTransitions(tx: Tx, transitions: readonly ItemTransition[]): Promise<OwedWork> {
  const owed: OwedWork = { questions: [], mails: [] };
  const opened = new Map<string, NewEpisode>();
  const questionOf = new Map<string, Date>();
  for (const { item, effects, isAnswered } of transitions) {
    const question = effects.find((effect) => effect.kind === "ask")?.dueAt;
    if (question !== undefined) questionOf.set(item.id, question);
    // One that is owed earlier was handed off when it was stored, and is asked late enough for this hint too.
    const isOwedEarlier =
      !isAnswered && item.confirmDueAt !== null && question !== undefined && item.confirmDueAt <= question;
    if (question !== undefined && !isOwedEarlier) owed.questions.push({ itemId: item.id, dueAt: question });
    for (const effect of effects) {
      if (effect.kind !== "open_episode") continue;
      const { error, at } = effect;
      const id = randomUUIDv7();
      opened.set(item.id, { id, itemId: item.id, openedAt: at, errorType: error.type, errorCode: error.code });
    }
  }

  await storeItemChanges(
    tx,
    transitions.map(({ item, next, isAnswered }) =>
      toItemChange(item.id, next, {
        askDueAt: questionOf.get(item.id) ?? null,
        isAnswered,
      }),
    ),
  );
  await insertEpisodes(tx, [...opened.values()]);

  for (const { item, episode, effects } of transitions) {
    const episodeId = opened.get(item.id)?.id ?? episode?.id;
    for (const effect of effects) {
      if (effect.kind === "ask" || effect.kind === "open_episode") continue;
      if (episodeId === undefined) throw new TypeError(`${effect.kind} without an open episode`);
      switch (effect.kind) {
        case "confirm_episode":
          await confirmEpisode(tx, episodeId, effect.at);
          break;
        case "close_episode":
          await closeEpisode(tx, episodeId, effect.at, effect.reason);
          break;
        case "owe_mail": {
          const emailId = await oweEmail(tx, {
            episodeId,
            itemId: item.id,
            userId: item.userId,
            step: 0,
            dueAt: effect.dueAt,
          });
          if (emailId !== null) owed.mails.push({ emailId, dueAt: effect.dueAt });
          break;
        }
        case "hold_mail":
          await holdEmails(tx, episodeId);
          break;
        default:
          assertNever(effect);
      }
    }
  }
  return owed;
}
