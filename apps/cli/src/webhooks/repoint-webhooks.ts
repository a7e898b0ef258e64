import { setTimeout as delay } from "node:timers/promises";
import {
  countItemsToRepoint,
  forgetWebhookAcknowledgement,
  openSealed,
  readItemsToRepoint,
  SealError,
  setWebhookUrl,
} from "@relink/db";
import { PlaidApiError } from "@relink/plaid";
import { pMapIterable } from "p-map";
import type { Fleet } from "../fleet.ts";
import { callPatiently } from "../plaid/call-patiently.ts";

type Target = Awaited<ReturnType<typeof readItemsToRepoint>>[number];

export interface Repointing {
  /** `refused`: the first Item's acknowledgement did not come, so the others were left as they are. */
  state: "complete" | "incomplete" | "refused" | "interrupted";
  /** Items that were not proven to send here when it began. */
  items: number;
  /** Items that Plaid has taken the URL for, in this run. */
  repointed: number;
  /** Items for which Plaid has not. */
  failed: number;
  /** Items whose first webhook from Plaid has not come here; the failed ones are among them. */
  unacknowledged: number;
}

export interface RepointOptions {
  fleet: Fleet;
  url: string;
  /** How long to wait for the next acknowledgement, in milliseconds. */
  patienceMs: number;
  /** Hears of an Item that Plaid did not take the URL for. */
  onFailed: (id: string, reason: string) => void;
  /** Hears of every Item that is not proven to send to the URL when it ends. */
  onUnacknowledged: (id: string) => void;
  /** First of the calls, then of the acknowledgements. */
  onProgress: (done: number, total: number) => void;
}

const PAGE = 500;
const CONCURRENCY = 16;
const LOOK_EVERY_MS = 1_000;

/**
 * Lets the webhooks of all Items go to a URL, and waits for the webhook by which Plaid proves each of them.
 *
 * One Item goes first. If its acknowledgement does not come the URL is wrong, or nobody listens there, and the webhooks of
 * all the others would be lost: they are left alone.
 *
 * The rows say which Items are done, so it may be stopped at any time, and the next run goes on.
 *
 * @throws PlaidAwayError; DatabaseAwayError; whatever else the database throws.
 */
export async function repointWebhooks(options: RepointOptions): Promise<Repointing> {
  const result: Repointing = { state: "complete", items: 0, repointed: 0, failed: 0, unacknowledged: 0 };
  try {
    result.state = await repointAll(options, result);
  } catch (error) {
    // Whoever stops it, perhaps because Postgres is away, hears how far it came.
    if (!options.fleet.signal.aborted) throw error;
    result.state = "interrupted";
  }
  return result;
}

async function repointAll(options: RepointOptions, result: Repointing): Promise<Repointing["state"]> {
  const { fleet, url } = options;
  result.items = await countLeft(options);
  result.unacknowledged = result.items;
  const tell = () => options.onProgress(result.repointed + result.failed, result.items);

  let after: string | null = null;
  let isProven = false;
  for await (const item of walk(fleet, url, null)) {
    after = item.id;
    const isTaken = await repoint(options, item, result);
    tell();
    if (!isTaken) continue;
    isProven = await waitUntil(options, () => isAcknowledged(fleet, url, item.id));
    if (!isProven && !fleet.signal.aborted) {
      options.onUnacknowledged(item.id);
      return "refused";
    }
    break;
  }
  if (isProven) {
    const others = pMapIterable(walk(fleet, url, after), (item) => repoint(options, item, result), {
      concurrency: CONCURRENCY,
      preserveOrder: false,
    });
    for await (const _isTaken of others) tell();
  }
  if (!fleet.signal.aborted) await waitForRest(options, result);
  result.unacknowledged = await countLeft(options);
  if (fleet.signal.aborted) return "interrupted";
  if (result.unacknowledged === 0) return "complete";
  for await (const { id } of walk(fleet, url, null)) options.onUnacknowledged(id);
  return "incomplete";
}

/** How many Items are not proven to send to the URL. */
async function countLeft({ fleet, url }: RepointOptions): Promise<number> {
  const { db, environment } = fleet;
  return fleet.outlastOutages(() => countItemsToRepoint(db, { environment, url }));
}

/** The Items that are not proven to send to the URL. */
async function* walk(fleet: Fleet, url: string, from: string | null): AsyncGenerator<Target> {
  const { db, environment, signal } = fleet;
  let after = from;
  while (!signal.aborted) {
    const last = after;
    const page: Target[] = await fleet.outlastOutages(() =>
      readItemsToRepoint(db, { environment, url }, { after: last, limit: PAGE }),
    );
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)?.id ?? null;
  }
}

/** @returns false if Plaid did not take the URL for this Item. */
async function repoint(options: RepointOptions, item: Target, result: Repointing): Promise<boolean> {
  const { fleet, url } = options;
  if (fleet.signal.aborted) return false;
  const fail = (reason: string): false => {
    result.failed += 1;
    options.onFailed(item.id, reason);
    return false;
  };
  try {
    const place = { column: "items.access_token", rowId: item.id, environment: item.environment } as const;
    const accessToken = openSealed(item.accessToken, place, fleet.encryptionKeys);
    // Before the call: its acknowledgement may be here before its answer.
    await fleet.outlastOutages(() => forgetWebhookAcknowledgement(fleet.db, item.id));
    await callPatiently(fleet, item.id, () =>
      fleet.plaid.updateWebhook(accessToken, url, { itemId: item.id, userId: item.userId }),
    );
    await fleet.outlastOutages(() => setWebhookUrl(fleet.db, item.id, url));
    result.repointed += 1;
    return true;
  } catch (error) {
    if (fleet.signal.aborted) return false;
    if (error instanceof SealError) return fail(error.message);
    if (!(error instanceof PlaidApiError)) throw error;
    return fail(`Plaid answered ${error.errorCode} (request_id ${error.requestId ?? "none"})`);
  }
}

async function isAcknowledged(fleet: Fleet, url: string, id: string): Promise<boolean> {
  const { db, environment } = fleet;
  const left = await fleet.outlastOutages(() =>
    readItemsToRepoint(db, { environment, url, id }, { after: null, limit: 1 }),
  );
  return left.length === 0;
}

/** Waits for the acknowledgements, for as long as they keep coming. */
async function waitForRest(options: RepointOptions, result: Repointing): Promise<void> {
  let left = await countLeft(options);
  while (left > result.failed) {
    const seen = left;
    const isNews = await waitUntil(options, async () => (left = await countLeft(options)) < seen);
    options.onProgress(result.items - left, result.items);
    if (!isNews) return;
  }
}

/** @returns false if it did not come true in time, or the command is to stop. */
async function waitUntil({ fleet, patienceMs }: RepointOptions, isTrue: () => Promise<boolean>): Promise<boolean> {
  // Only the pauses count: as long as Postgres is away, nobody can note that it has come true.
  for (let leftMs = patienceMs; ; leftMs -= LOOK_EVERY_MS) {
    if (await isTrue()) return true;
    if (leftMs <= 0 || fleet.signal.aborted) return false;
    await delay(Math.min(LOOK_EVERY_MS, leftMs), undefined, { signal: fleet.signal }).catch(() => undefined);
  }
}
