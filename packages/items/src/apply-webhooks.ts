import { type ItemEvent, type ItemPolicy, nextItemState } from "@relink/core";
import {
  countFailedAttempt,
  type Db,
  findItemIds,
  isConflict,
  isDataError,
  lockItemsByPlaidId,
  lockOpenWebhookEvents,
  lockPlaidItemId,
  type OpenWebhookEvent,
  openEpisodesOf,
  parkWebhookEvents,
  type ParkedWebhookEvent,
  type ProcessedWebhookEvent,
  settleWebhookEvents,
  sqlState,
  type Tx,
} from "@relink/db";
import { type ReadWebhook, readWebhook } from "@relink/plaid";
import { toItemState } from "./item-rows.ts";
import { type ItemTransition, type OwedWork, storeTransitions } from "./store-transitions.ts";

export interface AppliedWebhooks {
  processed: readonly ProcessedWebhookEvent[];
  parked: readonly ParkedWebhookEvent[];
  owed: OwedWork;
}

/** A row that fails this often for a reason of its own is parked. */
const MAX_ATTEMPTS = 3;

/**
 * Processes stored webhooks: their effects and their `processed_at` commit together, or neither does. Ids that are
 * processed already, or in somebody else's hands, are skipped, so calling it twice does no harm.
 *
 * A row that cannot be processed does not sink the others: the batch is split until it stands alone, and then it is
 * parked with a reason.
 *
 * @throws whatever the database throws that is not about the rows: nothing was changed, try again later.
 */
export async function applyWebhooks(
  deps: { db: Db; policy: ItemPolicy; environment: string },
  ids: readonly string[],
): Promise<AppliedWebhooks> {
  try {
    return await deps.db.transaction((tx) => applyInTransaction(tx, deps, ids));
  } catch (error) {
    if (!isAboutRows(error)) throw error;
    const [only, ...others] = ids;
    if (only === undefined) throw error;
    if (others.length > 0) {
      const half = Math.ceil(ids.length / 2);
      return join(await applyWebhooks(deps, ids.slice(0, half)), await applyWebhooks(deps, ids.slice(half)));
    }
    return parkIfHopeless(deps.db, only, error);
  }
}

/** Errors of the data, and errors of ours (a `TypeError` on odd input): both come again with the same rows. */
function isAboutRows(error: unknown): boolean {
  return isDataError(error) || isConflict(error) || (sqlState(error) === null && isProgrammingError(error));
}

function isProgrammingError(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
}

async function parkIfHopeless(db: Db, id: string, error: unknown): Promise<AppliedWebhooks> {
  const parked: ParkedWebhookEvent[] = [];
  if (!isConflict(error) && (await countFailedAttempt(db, id)) >= MAX_ATTEMPTS) {
    const reason = `failed_${sqlState(error) ?? (error instanceof Error ? error.name : "unknown")}`;
    parked.push({ id, reason, webhookType: null, webhookCode: null, plaidItemId: null, errorCode: null });
    await parkWebhookEvents(db, parked);
  }
  return { processed: [], parked, owed: { questions: [], mails: [] } };
}

function join(a: AppliedWebhooks, b: AppliedWebhooks): AppliedWebhooks {
  return {
    processed: [...a.processed, ...b.processed],
    parked: [...a.parked, ...b.parked],
    owed: {
      questions: [...a.owed.questions, ...b.owed.questions],
      mails: [...a.owed.mails, ...b.owed.mails],
    },
  };
}

async function applyInTransaction(
  tx: Tx,
  deps: { policy: ItemPolicy; environment: string },
  ids: readonly string[],
): Promise<AppliedWebhooks> {
  const rows = await lockOpenWebhookEvents(tx, ids);
  const read = rows.map((row) => ({ row, webhook: readWebhook(row.body, deps.environment) }));

  const named = (kind: ReadWebhook["kind"]) =>
    read.flatMap(({ webhook }) =>
      webhook.kind === kind && webhook.kind !== "unreadable" && webhook.names.plaidItemId !== null
        ? [webhook.names.plaidItemId]
        : [],
    );
  const known = await findOrWaitForRegistrations(tx, [...new Set([...named("item"), ...named("other")])]);
  const locked = await lockItemsByPlaidId(
    tx,
    [...new Set(named("item"))].filter((id) => known.has(id)),
  );
  const episodes = await openEpisodesOf(
    tx,
    locked.map((item) => item.id),
  );

  const transitions = new Map<string, ItemTransition>(
    locked.map((item) => {
      const episode = episodes.find((open) => open.itemId === item.id) ?? null;
      return [item.plaidItemId, { item, episode, next: toItemState(item, episode), effects: [], isAnswered: false }];
    }),
  );

  const processed: ProcessedWebhookEvent[] = [];
  const parked: ParkedWebhookEvent[] = [];
  for (const { row, webhook } of read) {
    if (webhook.kind === "unreadable") {
      parked.push({
        id: row.id,
        reason: webhook.reason,
        webhookType: null,
        webhookCode: null,
        plaidItemId: null,
        errorCode: null,
      });
      continue;
    }
    const { names } = webhook;
    if (webhook.kind === "other") {
      const itemId = names.plaidItemId === null ? null : (known.get(names.plaidItemId) ?? null);
      if (names.plaidItemId !== null && itemId === null) parked.push({ id: row.id, reason: "unknown_item", ...names });
      else processed.push({ id: row.id, itemId, outcome: "stored", ...names });
      continue;
    }
    const transition = transitions.get(webhook.names.plaidItemId);
    if (transition === undefined) {
      parked.push({ id: row.id, reason: "unknown_item", ...names });
      continue;
    }
    const { state, effects } = nextItemState(transition.next, toItemEvent(row, webhook), deps.policy);
    const isChanged = state !== transition.next;
    transition.next = state;
    transition.effects = [...transition.effects, ...effects];
    processed.push({ id: row.id, itemId: transition.item.id, outcome: isChanged ? "applied" : "no_change", ...names });
  }

  const changed = [...transitions.values()].filter((transition) => transition.effects.length > 0);
  const owed = await storeTransitions(tx, changed);
  await settleWebhookEvents(tx, processed);
  await parkWebhookEvents(tx, parked);
  return { processed, parked, owed };
}

/**
 * Our ids of the Items that Plaid knows by these. Those that are unknown now are kept from being registered until this
 * transaction ends. Else one could be registered, and bring back what was parked for it, a moment before this transaction
 * parks one more.
 */
async function findOrWaitForRegistrations(tx: Tx, plaidItemIds: readonly string[]): Promise<Map<string, string>> {
  const known = await findItemIds(tx, plaidItemIds);
  const unknown = plaidItemIds.filter((id) => !known.has(id));
  if (unknown.length === 0) return known;
  // In one order everywhere, or two batches could wait for each other.
  for (const id of unknown.toSorted()) await lockPlaidItemId(tx, id);
  // The wait may have been for the registration of one of them.
  return new Map([...known, ...(await findItemIds(tx, unknown))]);
}

function toItemEvent(row: OpenWebhookEvent, webhook: Extract<ReadWebhook, { kind: "item" }>): ItemEvent {
  return { ...webhook.event, at: row.receivedAt };
}
