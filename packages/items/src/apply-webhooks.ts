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
import { showId } from "@relink/service";
import { applyLinkWebhook, noteLinkSuccess } from "./link-sessions.ts";
import { toItemState } from "./item-rows.ts";
import { type Fact, itemFact, otherFact, publishEvents } from "./publish-events.ts";
import { type ItemTransition, nothingOwed, type OwedWork, storeTransitions } from "./store-transitions.ts";

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
  deps: { db: Db; policy: ItemPolicy; environment: "sandbox" | "production" },
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
  return { processed: [], parked, owed: nothingOwed() };
}

function join(a: AppliedWebhooks, b: AppliedWebhooks): AppliedWebhooks {
  return {
    processed: [...a.processed, ...b.processed],
    parked: [...a.parked, ...b.parked],
    owed: {
      questions: [...a.owed.questions, ...b.owed.questions],
      mails: [...a.owed.mails, ...b.owed.mails],
      subscriptionIds: [...a.owed.subscriptionIds, ...b.owed.subscriptionIds],
    },
  };
}

async function applyInTransaction(
  tx: Tx,
  deps: { policy: ItemPolicy; environment: "sandbox" | "production" },
  ids: readonly string[],
): Promise<AppliedWebhooks> {
  const received = await lockAndRead(tx, ids, deps.environment);
  const known = await findOrWaitForRegistrations(tx, namedItems(received));
  const { addressed, parked } = setAside(received, known);
  const transitions = await lockTouchedItems(tx, addressed);

  const applied: AppliedWebhook[] = [];
  for (const webhook of addressed) applied.push(await applyOne(tx, deps.policy, transitions, webhook));

  const changed = [...transitions.values()].filter((transition) => transition.effects.length > 0);
  const owed = await storeTransitions(tx, changed);
  for (const itemId of itemsLinkWasGoneThroughFor(applied)) {
    owed.questions.push(...(await noteLinkSuccess(tx, deps.policy, itemId)).questions);
  }
  const facts = [...applied.map((one) => receivedFact(one, deps.environment)), ...factsAbout(applied, transitions)];
  owed.subscriptionIds.push(...(await publishEvents(tx, facts)).subscriptionIds);
  const processed = applied.map(toProcessed);
  await settleWebhookEvents(tx, processed);
  await parkWebhookEvents(tx, parked);
  return { processed, parked, owed };
}

type ReadableWebhook = Exclude<ReadWebhook, { kind: "unreadable" }>;

interface ReceivedWebhook<Webhook = ReadWebhook> {
  id: string;
  receivedAt: Date;
  webhook: Webhook;
}

/** One that can be applied: it reads, and the Item that it names, if it names one, is ours. */
interface AddressedWebhook extends ReceivedWebhook<ReadableWebhook> {
  itemId: string | null;
}

/** One whose effects are in this transaction, or among the transitions that this transaction stores. */
interface AppliedWebhook extends AddressedWebhook {
  outcome: ProcessedWebhookEvent["outcome"];
}

async function lockAndRead(tx: Tx, ids: readonly string[], environment: string): Promise<ReceivedWebhook[]> {
  const rows = await lockOpenWebhookEvents(tx, ids);
  return rows.map(({ id, receivedAt, body }) => ({ id, receivedAt, webhook: readWebhook(body, environment) }));
}

function namedItems(received: readonly ReceivedWebhook[]): string[] {
  const named = received.map(({ webhook }) => (webhook.kind === "unreadable" ? null : webhook.names.plaidItemId));
  return [...new Set(named.filter((id) => id !== null))];
}

/** Parks those that cannot be read, and those about Items that are not registered. */
function setAside(
  received: readonly ReceivedWebhook[],
  known: ReadonlyMap<string, string>,
): { addressed: AddressedWebhook[]; parked: ParkedWebhookEvent[] } {
  const addressed: AddressedWebhook[] = [];
  const parked: ParkedWebhookEvent[] = [];
  for (const { id, receivedAt, webhook } of received) {
    if (webhook.kind === "unreadable") {
      const { reason } = webhook;
      parked.push({ id, reason, webhookType: null, webhookCode: null, plaidItemId: null, errorCode: null });
      continue;
    }
    const { plaidItemId } = webhook.names;
    const itemId = plaidItemId === null ? null : (known.get(plaidItemId) ?? null);
    if (plaidItemId !== null && itemId === null) parked.push({ id, reason: "unknown_item", ...webhook.names });
    else addressed.push({ id, receivedAt, webhook, itemId });
  }
  return { addressed, parked };
}

/** Locks the Items whose rows the webhooks may change. @returns by Plaid's id, nothing has changed yet. */
async function lockTouchedItems(
  tx: Tx,
  addressed: readonly AddressedWebhook[],
): Promise<ReadonlyMap<string, ItemTransition>> {
  const touched = addressed.filter(({ webhook }) => isAboutTheItem(webhook));
  const locked = await lockItemsByPlaidId(tx, namedItems(touched));
  const episodes = await openEpisodesOf(
    tx,
    locked.map((item) => item.id),
  );
  return new Map(
    locked.map((item) => {
      const episode = episodes.find((open) => open.itemId === item.id) ?? null;
      return [item.plaidItemId, { item, episode, next: toItemState(item, episode), effects: [], isAnswered: false }];
    }),
  );
}

/** Applies one webhook: to the transition of its Item, which the caller stores, or, where it is about anything else, at once. */
async function applyOne(
  tx: Tx,
  policy: ItemPolicy,
  transitions: ReadonlyMap<string, ItemTransition>,
  received: AddressedWebhook,
): Promise<AppliedWebhook> {
  const { webhook, itemId, receivedAt } = received;
  switch (webhook.kind) {
    case "item": {
      const transition = transitions.get(webhook.names.plaidItemId);
      const isChanged = transition !== undefined && hint(transition, { ...webhook.event, at: receivedAt }, policy);
      return { ...received, outcome: isChanged ? "applied" : "no_change" };
    }
    case "account_revoked":
      if (itemId !== null) await revokeAccount(tx, itemId, webhook.plaidAccountId, receivedAt);
      return { ...received, outcome: "applied" };
    case "webhook_acknowledged":
      if (itemId !== null) await acknowledgeWebhookUrl(tx, itemId, webhook.url, receivedAt);
      return { ...received, outcome: "applied" };
    case "link": {
      const session = await applyLinkWebhook(tx, webhook, receivedAt);
      if (session === null) return { ...received, itemId: null, outcome: "stored" };
      return { ...received, itemId: session.itemId, outcome: "applied" };
    }
    case "institution":
      await applyTrouble(tx, webhook);
      return { ...received, outcome: "applied" };
    case "other":
      return { ...received, outcome: "stored" };
    default:
      return assertNever(webhook);
  }
}

/** Adds to a transition what a hint makes of it. @returns false if that is nothing. */
function hint(transition: ItemTransition, event: ItemEvent, policy: ItemPolicy): boolean {
  const { state, effects } = nextItemState(transition.next, event, policy);
  const isChanged = state !== transition.next;
  transition.next = state;
  transition.effects = [...transition.effects, ...effects];
  return isChanged;
}

/** What every webhook is told as, to whoever wants to hear of all of them: names and ids, and nothing of its content. */
function receivedFact(
  { id, receivedAt, itemId, webhook: { names } }: AppliedWebhook,
  environment: "sandbox" | "production",
): Fact {
  return otherFact("webhook.received", {
    at: receivedAt,
    environment,
    data: {
      webhook_id: showId("whe", id),
      provider: "plaid",
      webhook_type: names.webhookType,
      webhook_code: names.webhookCode,
      plaid_item_id: names.plaidItemId,
      item_id: itemId === null ? null : showId("itm", itemId),
      error_code: names.errorCode,
      received_at: receivedAt.toISOString(),
    },
  });
}

/** What a webhook says that no status of the Item does. */
function factsAbout(applied: readonly AppliedWebhook[], transitions: ReadonlyMap<string, ItemTransition>): Fact[] {
  return applied.flatMap(({ webhook, receivedAt, outcome }) => {
    const transition = transitions.get(webhook.names.plaidItemId ?? "");
    if (transition === undefined || outcome !== "applied") return [];
    const { item, episode, next } = transition;
    const about = { item, status: next.status, episodeId: episode?.id ?? null, at: receivedAt };
    if (webhook.kind === "account_revoked") {
      return [itemFact("item.account_revoked", { ...about, data: { account_id: webhook.plaidAccountId } })];
    }
    const isNewAccounts = webhook.kind === "item" && webhook.event.kind === "new_accounts_reported";
    return isNewAccounts ? [itemFact("item.new_accounts_available", { ...about, data: {} })] : [];
  });
}

/** Items for which Link was gone through, says Plaid. */
function itemsLinkWasGoneThroughFor(applied: readonly AppliedWebhook[]): Set<string> {
  const itemIds = applied.map(({ webhook, itemId }) =>
    webhook.kind === "link" && webhook.outcome === "success" ? itemId : null,
  );
  return new Set(itemIds.filter((id) => id !== null));
}

function toProcessed({ id, itemId, outcome, webhook }: AppliedWebhook): ProcessedWebhookEvent {
  return { id, itemId, outcome, ...webhook.names };
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
function isAboutTheItem(webhook: ReadableWebhook): boolean {
  return ["item", "account_revoked", "webhook_acknowledged"].includes(webhook.kind);
}

async function applyTrouble(tx: Tx, webhook: Extract<ReadWebhook, { kind: "institution" }>): Promise<void> {
  if (webhook.trouble === "began") await beginTrouble(tx, webhook.institutionId, TROUBLE_RECHECK_MS);
  else await endTrouble(tx, webhook.institutionId);
}
