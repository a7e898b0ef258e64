import {
  isAboutItem,
  type ItemError,
  type ItemPolicy,
  type ItemStatus,
  nextItemState,
  retryDelayMs,
} from "@relink/core";
import {
  claimConfirmation,
  databaseNow,
  type Db,
  findItem,
  type ItemRow,
  lockItem,
  openEpisodesOf,
  openSealed,
  postponeConfirmation,
  type Tx,
} from "@relink/db";
import { PlaidApiError, type PlaidClient, PlaidUnreachableError } from "@relink/plaid";
import type { KeyRing } from "@relink/service";
import { toItemState } from "./item-rows.ts";
import { type OwedWork, storeTransitions } from "./store-transitions.ts";

export interface AskDeps {
  db: Db;
  plaid: Pick<PlaidClient, "getItem">;
  encryptionKeys: KeyRing;
  policy: ItemPolicy;
}

/** What came of asking `/item/get`. */
export type Asked =
  /** Plaid answered. `applied` is false if something newer is known by now; `status` is what holds in either case. */
  | { kind: "answered"; applied: boolean; status: ItemStatus; owed: OwedWork }
  /** Plaid did not answer, or not about this Item: nothing is known that was not known before. */
  | { kind: "no_answer"; error: PlaidApiError | PlaidUnreachableError }
  /** There is nothing to ask about: the Item is unknown to us, or gone for good. */
  | { kind: "no_item" };

/**
 * Asks Plaid how an Item is, and stores the answer if it is newer than all that is known.
 *
 * The clock is the database's, read before the question goes out; no transaction is held while Plaid thinks.
 *
 * @throws what the database throws; then nothing was changed.
 */
export async function askAboutItem(deps: AskDeps, itemId: string): Promise<Asked> {
  const item = await findItem(deps.db, itemId);
  if (item === null || item.status === "removed") return { kind: "no_item" };
  const askedAt = await databaseNow(deps.db);
  const answer = await getItemError(deps, item);
  if (answer.kind === "no_answer") return answer;
  return deps.db.transaction(async (tx) => {
    const locked = await lockItem(tx, itemId);
    if (locked === null) return { kind: "no_item" };
    return applyAnswer(tx, deps.policy, locked, askedAt, answer.error);
  });
}

/** Stores an answer about an Item that is locked in this transaction. */
export async function applyAnswer(
  tx: Tx,
  policy: ItemPolicy,
  item: ItemRow,
  askedAt: Date,
  error: ItemError | null,
): Promise<Extract<Asked, { kind: "answered" }>> {
  const [episode = null] = await openEpisodesOf(tx, [item.id]);
  const before = toItemState(item, episode);
  const { state, effects } = nextItemState(before, { kind: "answered", askedAt, error }, policy);
  if (state === before) {
    return { kind: "answered", applied: false, status: state.status, owed: { questions: [], mails: [] } };
  }
  const owed = await storeTransitions(tx, [{ item, episode, next: state, effects, isAnswered: true }]);
  return { kind: "answered", applied: true, status: state.status, owed };
}

async function getItemError(
  deps: AskDeps,
  item: ItemRow,
): Promise<{ kind: "error"; error: ItemError | null } | Extract<Asked, { kind: "no_answer" }>> {
  const place = { column: "items.access_token", rowId: item.id, environment: item.environment } as const;
  const accessToken = openSealed(item.accessToken, place, deps.encryptionKeys);
  try {
    const { error } = await deps.plaid.getItem(accessToken, { itemId: item.id, userId: item.userId });
    return { kind: "error", error };
  } catch (error) {
    if (error instanceof PlaidUnreachableError) return { kind: "no_answer", error };
    if (!(error instanceof PlaidApiError)) throw error;
    const itemError = { type: error.errorType, code: error.errorCode, reason: error.errorReason };
    return isAboutItem(itemError) ? { kind: "error", error: itemError } : { kind: "no_answer", error };
  }
}

/**
 * Longer than Plaid usually takes to answer, so that two workers rarely ask the same at once, and so short that what a
 * killed worker has begun to ask is asked again soon. If two do ask, the newer question wins.
 */
const LEASE_MS = 8_000;

/** Asks the question that is due for an Item, if one is; makes it due again later if there is no answer. */
export async function askIfDue(deps: AskDeps, itemId: string): Promise<Asked | { kind: "not_due" }> {
  const attempts = await claimConfirmation(deps.db, itemId, LEASE_MS);
  if (attempts === null) return { kind: "not_due" };
  const asked = await askAboutItem(deps, itemId);
  if (asked.kind === "no_answer") await postponeConfirmation(deps.db, itemId, retryDelayMs(attempts));
  return asked;
}
