import { assertNever, type ItemEvent, type ItemPolicy, nextItemState, TROUBLE_RECHECK_MS } from "@relink/core";
import {
  acknowledgeWebhookUrl,
  beginTrouble,
  countFailedAttempt,
  type Db,
  endTrouble,
  findItemIds,
  isConflict,
  isDataError,
  lockItemsByPlaidId,
  lockOpenWebhookEvents,
  lockPlaidItemId,
  openEpisodesOf,
  parkWebhookEvents,
  type ParkedWebhookEvent,
  type ProcessedWebhookEvent,
  revokeAccount,
  settleWebhookEvents,
  sqlState,
  type Tx,
} from "@relink/db";
import { type ReadWebhook, readWebhook } from "@relink/plaid";
import { applyLinkWebhook, noteLinkSuccess } from "./link-sessions.ts";
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

  const named = new Set<string>();
  const touched = new Set<string>();
  for (const { webhook } of read) {
    if (webhook.kind === "unreadable" || webhook.names.plaidItemId === null) continue;
    named.add(webhook.names.plaidItemId);
    if (isAboutTheItem(webhook)) touched.add(webhook.names.plaidItemId);
  }
  const known = await findOrWaitForRegistrations(tx, [...named]);
  const locked = await lockItemsByPlaidId(
    tx,
    [...touched].filter((id) => known.has(id)),
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
  /** Items for which Link was gone through, says Plaid. */
  const sessions: string[] = [];
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
    const itemId = names.plaidItemId === null ? null : (known.get(names.plaidItemId) ?? null);
    if (names.plaidItemId !== null && itemId === null) {
      parked.push({ id: row.id, reason: "unknown_item", ...names });
      continue;
    }
    const settle = (isChanged: boolean | null, about = itemId): void => {
      const outcome = isChanged === null ? "stored" : isChanged ? "applied" : "no_change";
      processed.push({ id: row.id, itemId: about, outcome, ...names });
    };
    const hint = (event: ItemEvent): boolean => {
      const transition = names.plaidItemId === null ? undefined : transitions.get(names.plaidItemId);
      if (transition === undefined) return false;
      const { state, effects } = nextItemState(transition.next, event, deps.policy);
      const isChanged = state !== transition.next;
      transition.next = state;
      transition.effects = [...transition.effects, ...effects];
      return isChanged;
    };
    switch (webhook.kind) {
      case "item":
        settle(hint({ ...webhook.event, at: row.receivedAt }));
        break;
      case "account_revoked":
        if (itemId !== null) await revokeAccount(tx, itemId, webhook.plaidAccountId, row.receivedAt);
        settle(true);
        break;
      case "webhook_acknowledged":
        if (itemId !== null) await acknowledgeWebhookUrl(tx, itemId, webhook.url, row.receivedAt);
        settle(true);
        break;
      case "link": {
        const session = await applyLinkWebhook(tx, webhook, row.receivedAt);
        if (session !== null && webhook.outcome === "success") sessions.push(session.itemId);
        settle(session === null ? null : true, session?.itemId ?? null);
        break;
      }
      case "institution":
        await applyTrouble(tx, webhook);
        settle(true);
        break;
      case "other":
        settle(null);
        break;
      default:
        assertNever(webhook);
    }
  }

  const changed = [...transitions.values()].filter((transition) => transition.effects.length > 0);
  const owed = await storeTransitions(tx, changed);
  for (const itemId of new Set(sessions))
    owed.questions.push(...(await noteLinkSuccess(tx, deps.policy, itemId)).questions);
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

/** Those whose effects need the Item's row. */
function isAboutTheItem(webhook: Exclude<ReadWebhook, { kind: "unreadable" }>): boolean {
  return ["item", "account_revoked", "webhook_acknowledged"].includes(webhook.kind);
}

async function applyTrouble(tx: Tx, webhook: Extract<ReadWebhook, { kind: "institution" }>): Promise<void> {
  if (webhook.trouble === "began") await beginTrouble(tx, webhook.institutionId, "alert", TROUBLE_RECHECK_MS);
  else await endTrouble(tx, webhook.institutionId);
}
