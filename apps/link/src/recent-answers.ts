import {
  isAboutItem,
  isConfirmed,
  type ItemError,
  type ItemPolicy,
  type ItemStatus,
  mayBeDisplaced,
  nextItemState,
} from "@relink/core";
import { openSealed } from "@relink/db";
import { toItemState, toItemStatus } from "@relink/items";
import { PlaidApiError, type PlaidClient } from "@relink/plaid";
import type { KeyRing } from "@relink/service";
import { LRUCache } from "lru-cache";
import type { FoundLink } from "./find-link.ts";

/** An answer of `/item/get` counts as fresh for this long, whoever asked. */
const FRESH_MS = 60_000;
/** A person does not wait longer than this for Plaid. The answer is kept for the next time. */
const PATIENCE_MS = 2_000;
const MAX_ITEMS = 10_000;

type Link = Pick<FoundLink, "item" | "episode" | "hasNewer">;

interface Answer {
  askedAt: Date;
  error: ItemError | null;
  consentExpiresAt: Date | null;
}

export interface RecentAnswers {
  /** How an Item is, as far as is known within 2 s; `null` if Plaid does not say. Stores nothing. */
  statusOf(link: Link): Promise<ItemStatus | null>;
}

/**
 * Looks how Items are, for pages that mail scanners and previews open as often as they like: Plaid is asked at most once
 * a minute per Item, and not at all if somebody asked within that minute.
 */
export function createRecentAnswers(deps: {
  plaid: Pick<PlaidClient, "getItem">;
  encryptionKeys: KeyRing;
  policy: ItemPolicy;
  now: () => Date;
  onError: (error: unknown) => void;
}): RecentAnswers {
  // A question that got no answer is remembered too, or each reload would ask again.
  const answers = new LRUCache<string, { answer: Answer | null }, FoundLink["item"]>({
    max: MAX_ITEMS,
    ttl: FRESH_MS,
    fetchMethod: async (_id, _stale, { context: item }) => {
      const askedAt = deps.now();
      try {
        const place = { column: "items.access_token", rowId: item.id, environment: item.environment } as const;
        const accessToken = openSealed(item.accessToken, place, deps.encryptionKeys);
        const { error, consentExpiresAt } = await deps.plaid.getItem(accessToken, {
          itemId: item.id,
          userId: item.userId,
        });
        return { answer: { askedAt, error, consentExpiresAt } };
      } catch (error) {
        if (error instanceof PlaidApiError) {
          const itemError = { type: error.errorType, code: error.errorCode, reason: error.errorReason };
          if (isAboutItem(itemError)) return { answer: { askedAt, error: itemError, consentExpiresAt: null } };
        }
        deps.onError(error);
        return { answer: null };
      }
    },
  });

  return {
    async statusOf(link) {
      const { item } = link;
      const isFresh = item.askedAt !== null && deps.now().getTime() - item.askedAt.getTime() < FRESH_MS;
      if (item.status === "removed" || (isFresh && isConfirmed(item))) return toItemStatus(item);
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<null>((resolve) => {
        timer = setTimeout(resolve, PATIENCE_MS, null);
      });
      const found = await Promise.race([answers.fetch(item.id, { context: item }), patience]);
      clearTimeout(timer);
      return found?.answer ? statusAfter(link, found.answer, deps.policy) : null;
    },
  };
}

/** What the status would be if this answer were stored: the rules know what is announced besides it. */
function statusAfter({ item, episode, hasNewer }: Link, answer: Answer, policy: ItemPolicy): ItemStatus {
  const isOpen = episode.closedAt === null;
  const state = toItemState(item, isOpen ? { ...episode, mail: "none", isTold: false } : null);
  const isDisplaced = hasNewer && mayBeDisplaced(answer.error, item.institutionName);
  const event = { kind: "answered", ...answer, isDisplaced } as const;
  // The answer is newer than what was known when it was asked for, whatever the two clocks say.
  return nextItemState({ ...state, askedAt: null, hintAt: null }, event, policy).state.status;
}
