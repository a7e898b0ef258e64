import { RelinkError } from "@relink/core";
import { type Db, findItem, readWebhookPage, requestConfirmations, unparkWebhookEvents } from "@relink/db";

/** There is no Item of this id. */
export class UnknownItemError extends RelinkError {
  override readonly name = "UnknownItemError";
  readonly code = "ERR_UNKNOWN_ITEM";
  readonly retryable = false;

  constructor() {
    super("there is no Item of this id: check --item, and that DATABASE_URL is the right database");
  }
}

export interface Replay {
  state: "complete" | "interrupted";
  /** Webhooks of the window that fit the filters. */
  webhooks: number;
  /** Parked webhooks that were given back to the workers, by the reason that they were parked for. */
  returned: Record<string, number>;
  /** Items of processed webhooks that Plaid is asked about again. */
  items: number;
}

export interface ReplayOptions {
  db: Db;
  /** Aborts after the page under way. */
  signal: AbortSignal;
  /** Received from `since` on, and before `until`. */
  since: Date;
  until: Date;
  webhookType?: string | undefined;
  itemId?: string | undefined;
  onProgress: (webhooks: number) => void;
}

const PAGE = 2_000;

/**
 * Has webhooks of a window looked at again. What was parked is processed as if it had just come. What was processed is
 * not processed a second time, for an old webhook tells what was true then: Plaid is asked how its Item is now.
 *
 * @throws {@link UnknownItemError}; whatever the database throws.
 */
export async function replayWebhooks(options: ReplayOptions): Promise<Replay> {
  const { db, signal, since, until, webhookType, itemId } = options;
  const item = itemId === undefined ? undefined : await findItem(db, itemId);
  if (item === null) throw new UnknownItemError();

  const filter = { since, until, webhookType, plaidItemId: item?.plaidItemId };
  const replay: Replay = { state: "complete", webhooks: 0, returned: {}, items: 0 };
  const seen = new Set<string>();
  let after: string | null = null;
  while (!signal.aborted) {
    const page: Awaited<ReturnType<typeof readWebhookPage>> = await readWebhookPage(db, filter, { after, limit: PAGE });
    const byReason = Map.groupBy(
      page.webhooks.filter((webhook) => webhook.parkedReason !== null),
      ({ parkedReason }) => parkedReason ?? "",
    );
    for (const [reason, webhooks] of byReason) {
      const returned = await unparkWebhookEvents(db, { ids: webhooks.map(({ id }) => id) });
      replay.returned[reason] = (replay.returned[reason] ?? 0) + returned;
    }
    const ids = new Set(
      page.webhooks.flatMap((webhook) => (webhook.isProcessed && webhook.itemId !== null ? [webhook.itemId] : [])),
    );
    const unseen = [...ids].filter((id) => !seen.has(id));
    await requestConfirmations(db, unseen);
    for (const id of unseen) seen.add(id);
    replay.webhooks += page.webhooks.length;
    replay.items = seen.size;
    options.onProgress(replay.webhooks);
    if (page.lastId === null) return replay;
    after = page.lastId;
  }
  return { ...replay, state: "interrupted" };
}
