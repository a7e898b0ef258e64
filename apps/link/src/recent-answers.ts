import { isAboutItem, isConfirmed, type ItemStatus, statusAnsweredBy } from "@relink/core";
import { type ItemRow, openSealed } from "@relink/db";
import { toItemStatus } from "@relink/items";
import { PlaidApiError, type PlaidClient } from "@relink/plaid";
import type { KeyRing } from "@relink/service";
import { LRUCache } from "lru-cache";

/** An answer of `/item/get` counts as fresh for this long, whoever asked. */
const FRESH_MS = 60_000;
/** A person does not wait longer than this for Plaid. The answer is kept for the next time. */
const PATIENCE_MS = 2_000;
const MAX_ITEMS = 10_000;

export interface RecentAnswers {
  /** How an Item is, as far as is known within 2 s; `null` if Plaid does not say. Stores nothing. */
  statusOf(item: ItemRow): Promise<ItemStatus | null>;
}

/**
 * Looks how Items are, for pages that mail scanners and previews open as often as they like: Plaid is asked at most once
 * a minute per Item, and not at all if somebody asked within that minute.
 */
export function createRecentAnswers(deps: {
  plaid: Pick<PlaidClient, "getItem">;
  encryptionKeys: KeyRing;
  now: () => Date;
  onError: (error: unknown) => void;
}): RecentAnswers {
  // A question that got no answer is remembered too, or each reload would ask again.
  const answers = new LRUCache<string, { status: ItemStatus | null }, ItemRow>({
    max: MAX_ITEMS,
    ttl: FRESH_MS,
    fetchMethod: async (_id, _stale, { context: item }) => {
      try {
        const place = { column: "items.access_token", rowId: item.id, environment: item.environment } as const;
        const accessToken = openSealed(item.accessToken, place, deps.encryptionKeys);
        const { error } = await deps.plaid.getItem(accessToken, { itemId: item.id, userId: item.userId });
        return { status: statusAnsweredBy(error) };
      } catch (error) {
        if (error instanceof PlaidApiError) {
          const itemError = { type: error.errorType, code: error.errorCode, reason: error.errorReason };
          if (isAboutItem(itemError)) return { status: statusAnsweredBy(itemError) };
        }
        deps.onError(error);
        return { status: null };
      }
    },
  });

  return {
    async statusOf(item) {
      const isFresh = item.askedAt !== null && deps.now().getTime() - item.askedAt.getTime() < FRESH_MS;
      if (item.status === "removed" || (isFresh && isConfirmed(item))) return toItemStatus(item);
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<null>((resolve) => {
        timer = setTimeout(resolve, PATIENCE_MS, null);
      });
      const answer = await Promise.race([answers.fetch(item.id, { context: item }), patience]);
      clearTimeout(timer);
      return answer?.status ?? null;
    },
  };
}
