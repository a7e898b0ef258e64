import {
  isAboutItem,
  type ItemError,
  type ItemPolicy,
  type ItemStatus,
  mayBeDisplaced,
  nextItemState,
  retryDelayMs,
} from "@relink/core";
import {
  claimConfirmation,
  databaseNow,
  type Db,
  findItem,
  findRival,
  insertReconciliation,
  type ItemRow,
  lockItem,
  openEpisodesOf,
  openSealed,
  postponeConfirmation,
  setItemFacts,
  type Tx,
} from "@relink/db";
import { PlaidApiError, type PlaidClient, type PlaidItem, PlaidUnreachableError } from "@relink/plaid";
import type { KeyRing } from "@relink/service";
import { toItemState } from "./item-rows.ts";
import { announcementsOf } from "./announce-item.ts";
import { publishEvents } from "./publish-events.ts";
import { nothingOwed, type OwedWork, storeTransitions } from "./store-transitions.ts";

export interface AskDeps {
  db: Db;
  plaid: Pick<PlaidClient, "getItem">;
  encryptionKeys: KeyRing;
  policy: ItemPolicy;
}

/** What came of asking `/item/get`. */
export type Asked =
  /** Plaid answered. `applied` is false if something newer is known by now; `status` is what holds in either case. */
  | {
      kind: "answered";
      applied: boolean;
      status: ItemStatus;
      owed: OwedWork;
      /** True if only the reconciliation sweep asked, and the status is another one now. */
      isDifference: boolean;
    }
  /** Plaid did not answer, or not about this Item: nothing is known that was not known before. */
  | { kind: "no_answer"; error: PlaidApiError | PlaidUnreachableError }
  /** There is nothing to ask about: the Item is unknown to us, or gone for good. */
  | { kind: "no_item" };

/**
 * Asks Plaid how an Item is, and stores the answer if it is newer than all that is known.
 *
 * The clock is the database's, read before the question goes out; no transaction is held while Plaid thinks.
 *
 * @param options.isSweep - whether nothing but the reconciliation sweep asks: what differs is noted as such.
 * @throws what the database throws; then nothing was changed.
 */
export async function askAboutItem(deps: AskDeps, itemId: string, { isSweep = false } = {}): Promise<Asked> {
  const item = await findItem(deps.db, itemId);
  if (item === null || item.status === "removed") return { kind: "no_item" };
  const askedAt = await databaseNow(deps.db);
  const answer = await getAnswer(deps, item);
  if (answer.kind === "no_answer") return answer;
  return deps.db.transaction(async (tx) => {
    const locked = await lockItem(tx, itemId);
    if (locked === null) return { kind: "no_item" };
    const asked = await applyAnswer(tx, deps.policy, locked, askedAt, answer);
    const isDifference = isSweep && asked.applied && asked.status.kind !== locked.status;
    if (isDifference) {
      await insertReconciliation(tx, {
        itemId,
        statusBefore: locked.status,
        statusAfter: asked.status.kind,
        missedWebhookCode: isMissed(answer.plaidItem, locked, askedAt)
          ? (answer.plaidItem?.lastWebhook?.code ?? null)
          : null,
      });
    }
    return { ...asked, isDifference };
  });
}

/** An answer about an Item. `plaidItem` is null if the call ended with an error that is about the Item. */
export interface PlaidAnswer {
  error: ItemError | null;
  plaidItem: PlaidItem | null;
}

/** Stores an answer about an Item that is locked in this transaction. */
export async function applyAnswer(
  tx: Tx,
  policy: ItemPolicy,
  item: ItemRow,
  askedAt: Date,
  { error, plaidItem }: PlaidAnswer,
): Promise<Omit<Extract<Asked, { kind: "answered" }>, "isDifference">> {
  const [episode = null] = await openEpisodesOf(tx, [item.id]);
  const before = toItemState(item, episode);
  const displacedBy = mayBeDisplaced(error, item.institutionName) ? await findRival(tx, item) : null;
  const { state, effects } = nextItemState(
    before,
    {
      kind: "answered",
      askedAt,
      error,
      consentExpiresAt: plaidItem?.consentExpiresAt ?? null,
      isDisplaced: displacedBy !== null,
    },
    policy,
  );
  if (state === before) return { kind: "answered", applied: false, status: state.status, owed: nothingOwed() };
  const owed = await storeTransitions(tx, [{ item, episode, next: state, effects, isAnswered: true }]);
  const facts = {
    displacedBy,
    ...(plaidItem !== null && {
      webhookUrl: plaidItem.webhookUrl,
      lastWebhookAt: plaidItem.lastWebhook?.sentAt ?? item.lastWebhookAt,
      institutionId: plaidItem.institutionId ?? item.institutionId,
      institutionName: plaidItem.institutionName ?? item.institutionName,
      products: [...plaidItem.products],
    }),
  };
  const announced = await announcementsOf(tx, {
    before: item,
    item: { ...item, ...facts },
    status: state.status,
    renewedAt: state.consent.renewedAt,
    episode,
    at: askedAt,
  });
  await setItemFacts(tx, item.id, { ...facts, told: announced.told });
  const { subscriptionIds } = await publishEvents(tx, announced.facts);
  return { kind: "answered", applied: true, status: state.status, owed: { ...owed, subscriptionIds } };
}

/** From Plaid's sending to our receipt, with all its retries over, in milliseconds. */
const WEBHOOK_LATE_MS = 10 * 60_000;

/** True if Plaid had sent a webhook about the Item some time before it was asked, and none has come since. */
function isMissed(plaidItem: PlaidItem | null, item: ItemRow, askedAt: Date): boolean {
  const sentAt = plaidItem?.lastWebhook?.sentAt;
  if (sentAt === undefined || askedAt.getTime() - sentAt.getTime() < WEBHOOK_LATE_MS) return false;
  return item.hintAt === null || item.hintAt < sentAt;
}

async function getAnswer(
  deps: AskDeps,
  item: ItemRow,
): Promise<({ kind: "answer" } & PlaidAnswer) | Extract<Asked, { kind: "no_answer" }>> {
  const place = { column: "items.access_token", rowId: item.id, environment: item.environment } as const;
  const accessToken = openSealed(item.accessToken, place, deps.encryptionKeys);
  try {
    const plaidItem = await deps.plaid.getItem(accessToken, { itemId: item.id, userId: item.userId });
    return { kind: "answer", error: plaidItem.error, plaidItem };
  } catch (error) {
    if (error instanceof PlaidUnreachableError) return { kind: "no_answer", error };
    if (!(error instanceof PlaidApiError)) throw error;
    const itemError = { type: error.errorType, code: error.errorCode, reason: error.errorReason };
    return isAboutItem(itemError)
      ? { kind: "answer", error: itemError, plaidItem: null }
      : { kind: "no_answer", error };
  }
}

/**
 * Longer than Plaid usually takes to answer, so that two workers rarely ask the same at once, and so short that what a
 * killed worker has begun to ask is asked again soon. If two do ask, the newer question wins.
 */
const LEASE_MS = 8_000;

/** Asks the question that is due for an Item, if one is; makes it due again later if there is no answer. */
export async function askIfDue(deps: AskDeps, itemId: string): Promise<Asked | { kind: "not_due" }> {
  const claim = await claimConfirmation(deps.db, itemId, LEASE_MS);
  if (claim === null) return { kind: "not_due" };
  const asked = await askAboutItem(deps, itemId, { isSweep: claim.isSweep });
  if (asked.kind === "no_answer") await postponeConfirmation(deps.db, itemId, retryDelayMs(claim.attempts));
  return asked;
}
