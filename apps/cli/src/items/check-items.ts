import type { ItemStatusKind } from "@relink/core";
import { countItems, readItemPage } from "@relink/db";
import { askAboutItem } from "@relink/items";
import { pMapIterable } from "p-map";
import type { Fleet } from "../fleet.ts";
import { callPatiently } from "../plaid/call-patiently.ts";
import { PlaidApiError } from "@relink/plaid";

/** What came of asking about one Item. */
export interface CheckedItem {
  id: string;
  was: ItemStatusKind;
  /** Null if Plaid gave no answer about the Item. */
  status: ItemStatusKind | null;
  /** Plaid's error, if it gave no answer about the Item. */
  error: { code: string; requestId: string | null } | null;
}

export interface Check {
  state: "complete" | "incomplete" | "interrupted";
  /** Items that Plaid answered about. */
  answered: number;
  /** Of these, the ones whose status is another one now. */
  changed: number;
  unanswered: number;
  /** How many of those that were answered have each status. */
  statuses: Partial<Record<ItemStatusKind, number>>;
}

export interface CheckOptions {
  fleet: Fleet;
  /** The row of one Item, or all of a status. All Items if both are left out. */
  id?: string | undefined;
  status?: ItemStatusKind | undefined;
  /** Items at most, in the order of their registration. */
  limit?: number | undefined;
  onItem: (item: CheckedItem) => void;
  onProgress: (done: number, total: number) => void;
}

const PAGE = 500;
/** Calls to Plaid at the same time. How many there are a minute is for the pace. */
const CONCURRENCY = 32;

/**
 * Asks Plaid about Items, within its limits, and stores the answers as the workers do: what they give cause for (mails,
 * further questions) is owed by them.
 *
 * @throws PlaidAwayError; DatabaseAwayError; whatever else the database throws. Answers that came before stay.
 */
export async function checkItems(options: CheckOptions): Promise<Check> {
  const { fleet } = options;
  const check: Check = { state: "complete", answered: 0, changed: 0, unanswered: 0, statuses: {} };
  try {
    await askAboutAll(options, check);
  } catch (error) {
    // Whoever stops it, perhaps because Postgres is away, hears how far it came.
    if (!fleet.signal.aborted) throw error;
  }
  if (fleet.signal.aborted) return { ...check, state: "interrupted" };
  return { ...check, state: check.unanswered === 0 ? "complete" : "incomplete" };
}

async function askAboutAll(options: CheckOptions, check: Check): Promise<void> {
  const { fleet, id, status, limit = Number.POSITIVE_INFINITY, onItem, onProgress } = options;
  const found = id === undefined ? await fleet.outlastOutages(() => countItems(fleet.db, { ...fleet, status })) : 1;
  const total = Math.min(found, limit);

  const answers = pMapIterable(walk(options), (item) => ask(fleet, item), {
    concurrency: CONCURRENCY,
    preserveOrder: false,
  });
  for await (const checked of answers) {
    if (checked === null) continue;
    if (checked.status === null) check.unanswered += 1;
    else {
      check.answered += 1;
      check.changed += checked.status === checked.was ? 0 : 1;
      check.statuses[checked.status] = (check.statuses[checked.status] ?? 0) + 1;
    }
    onItem(checked);
    onProgress(check.answered + check.unanswered, total);
  }
}

async function* walk({ fleet, id, status, limit = Number.POSITIVE_INFINITY }: CheckOptions) {
  let after: string | null = null;
  let left = limit;
  while (left > 0 && !fleet.signal.aborted) {
    const wanted = Math.min(PAGE, left);
    const { db, environment } = fleet;
    const from = after;
    const page: Awaited<ReturnType<typeof readItemPage>> = await fleet.outlastOutages(() =>
      readItemPage(db, { environment, id, status }, { after: from, limit: wanted }),
    );
    yield* page;
    left -= page.length;
    after = page.at(-1)?.id ?? null;
    if (page.length < wanted) return;
  }
}

/** @returns null if there is nothing to tell: it was stopped, or the Item is gone. */
async function ask(fleet: Fleet, { id, status: was }: Awaited<ReturnType<typeof readItemPage>>[number]) {
  if (fleet.signal.aborted) return null;
  try {
    // Around the call's turn, so that one that is made again for the database's sake waits for its turn too.
    const asked = await fleet.outlastOutages(() =>
      callPatiently(fleet, id, async () => {
        const answer = await askAboutItem(fleet, id);
        if (answer.kind === "no_answer") throw answer.error;
        return answer;
      }),
    );
    return asked.kind === "no_item" ? null : { id, was, status: asked.status.kind, error: null };
  } catch (error) {
    if (fleet.signal.aborted) return null;
    if (!(error instanceof PlaidApiError)) throw error;
    return { id, was, status: null, error: { code: error.errorCode, requestId: error.requestId } };
  }
}
