import { randomUUIDv7 } from "node:crypto";
import {
  findPlaidItemIdsByRegistration,
  type ImportedItem,
  type ImportedUser,
  importUsers,
  insertImportedItems,
  type ItemRow,
  lockItemsByPlaidId,
  lockPlaidItemIds,
  openSealed,
  seal,
  SealError,
  type Tx,
  unparkWebhookEvents,
  updateImportedItems,
} from "@relink/db";
import { PlaidApiError } from "@relink/plaid";
import pMap from "p-map";
import type { Fleet } from "../fleet.ts";
import { callPatiently } from "../plaid/call-patiently.ts";
import { type ImportRow, readImportRow } from "./import-row.ts";
import type { FileLine } from "./read-import-file.ts";

export interface Import {
  state: "complete" | "incomplete" | "interrupted";
  /** Lines that were dealt with; the sum of the four that follow. */
  rows: number;
  added: number;
  /** Known Items with another token, owner or bank, or whose user has changed. */
  updated: number;
  unchanged: number;
  wrong: number;
  /** How many Items Plaid was asked about, because their rows do not name them. */
  asked: number;
}

export interface ImportOptions {
  fleet: Fleet;
  lines: AsyncIterable<FileLine>;
  /** Hears of every line that cannot be imported, in their order within a batch. */
  onWrong: (line: { line: number; reason: string }) => void;
  onProgress: (rows: number) => void;
}

/** Rows to a transaction. */
const BATCH = 500;
/** Calls to Plaid at the same time. How many there are a minute is for the pace. */
const CONCURRENCY = 32;

/** A row whose Item is known by Plaid's id. */
interface NamedRow extends ImportRow {
  plaidItemId: string;
  /** Of the token, if Plaid was asked or would have to be, so that it need not be asked again. */
  registrationHash: Buffer | null;
}

/**
 * Registers the Items of a file, many in one transaction. Nothing is asked about their state: the reconciliation sweep
 * takes Items first that were never asked about.
 *
 * It keeps no record of where it is. What is known already and the same is not written, so the same file may be imported
 * again, or on from where it stopped, and of two rows for one Item the later one wins.
 *
 * @throws ImportFileError; PlaidAwayError; whatever the database throws. What was imported before stays.
 */
export async function importItems(options: ImportOptions): Promise<Import> {
  const { fleet } = options;
  const result: Import = { state: "complete", rows: 0, added: 0, updated: 0, unchanged: 0, wrong: 0, asked: 0 };
  try {
    for await (const batch of inBatches(options.lines, BATCH)) {
      await importBatch(options, batch, result);
      options.onProgress(result.rows);
      fleet.signal.throwIfAborted();
    }
  } catch (error) {
    if (!fleet.signal.aborted) throw error;
    return { ...result, state: "interrupted" };
  }
  return { ...result, state: result.wrong === 0 ? "complete" : "incomplete" };
}

async function* inBatches<T>(entries: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const entry of entries) {
    batch.push(entry);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function importBatch(
  { fleet, onWrong }: ImportOptions,
  lines: readonly FileLine[],
  result: Import,
): Promise<void> {
  const refuse = (line: number, reason: string) => {
    result.wrong += 1;
    result.rows += 1;
    onWrong({ line, reason });
  };
  const read: { line: number; row: ImportRow }[] = [];
  for (const entry of lines) {
    const row = "fields" in entry ? readImportRow(entry.fields, fleet.environment) : entry;
    if ("reason" in row) refuse(entry.line, row.reason);
    else read.push({ line: entry.line, row });
  }

  const named = await nameItems(fleet, read, result, refuse);
  if (named.length === 0) return;
  const stored = await fleet.db.transaction((tx) => storeRows(tx, fleet, named));
  for (const { line, outcome } of stored) {
    if (outcome === "of_another_environment") {
      refuse(line, "its Item is known in the other environment");
      continue;
    }
    result[outcome] += 1;
    result.rows += 1;
  }
}

/** Learns Plaid's ids of the Items whose rows do not name them. Those that Plaid does not know are refused. */
async function nameItems(
  fleet: Fleet,
  read: readonly { line: number; row: ImportRow }[],
  result: Import,
  refuse: (line: number, reason: string) => void,
): Promise<{ line: number; row: NamedRow }[]> {
  const hashOf = ({ accessToken }: ImportRow) => fleet.hashToken(accessToken.reveal());
  const nameless = read.filter(({ row }) => row.plaidItemId === null);
  const known = await findPlaidItemIdsByRegistration(
    fleet.db,
    nameless.map(({ row }) => hashOf(row)),
  );

  const named = await pMap(
    read,
    async ({ line, row }) => {
      if (row.plaidItemId !== null) {
        return { line, row: { ...row, plaidItemId: row.plaidItemId, registrationHash: null } };
      }
      const registrationHash = hashOf(row);
      const knownId = known.get(registrationHash.toString("hex"));
      if (knownId !== undefined) return { line, row: { ...row, plaidItemId: knownId, registrationHash } };
      try {
        const key = registrationHash.toString("hex");
        const { plaidItemId, institutionId } = await callPatiently(fleet, key, () =>
          fleet.plaid.getItem(row.accessToken, {}),
        );
        result.asked += 1;
        return {
          line,
          row: { ...row, plaidItemId, institutionId: row.institutionId ?? institutionId, registrationHash },
        };
      } catch (error) {
        // Whoever stops it loses nothing that was learned; the rest of the batch is for the next time.
        if (fleet.signal.aborted) return null;
        if (!(error instanceof PlaidApiError)) throw error;
        refuse(line, `Plaid answered ${error.errorCode} (request_id ${error.requestId ?? "none"})`);
        return null;
      }
    },
    { concurrency: CONCURRENCY },
  );
  return named.filter((row) => row !== null);
}

type Outcome = "added" | "updated" | "unchanged" | "of_another_environment";

async function storeRows(
  tx: Tx,
  fleet: Fleet,
  rows: readonly { line: number; row: NamedRow }[],
): Promise<{ line: number; outcome: Outcome }[]> {
  const ids = [...new Set(rows.map(({ row }) => row.plaidItemId))].toSorted();
  await lockPlaidItemIds(tx, ids);
  const known = new Map((await lockItemsByPlaidId(tx, ids)).map((item) => [item.plaidItemId, item]));
  const isForeign = ({ plaidItemId }: NamedRow) =>
    (known.get(plaidItemId)?.environment ?? fleet.environment) !== fleet.environment;

  const wanted = rows.filter(({ row }) => !isForeign(row));
  const users = new Map<string, ImportedUser>();
  for (const { row } of wanted) {
    const before = users.get(row.user.externalId);
    users.set(row.user.externalId, mergeUser(before, row.user));
  }
  const { ids: userIds, changed } = await importUsers(tx, [...users.values()]);

  const lastLineOf = new Map(wanted.map(({ line, row }) => [row.plaidItemId, line]));
  const added: ImportedItem[] = [];
  const updated: ImportedItem[] = [];
  const outcomes = rows.map(({ line, row }): { line: number; outcome: Outcome } => {
    if (isForeign(row)) return { line, outcome: "of_another_environment" };
    if (lastLineOf.get(row.plaidItemId) !== line) return { line, outcome: "unchanged" };
    const before = known.get(row.plaidItemId);
    const userId = userIds.get(row.user.externalId);
    if (userId === undefined) throw new TypeError("an upsert leaves its row");
    const id = before?.id ?? randomUUIDv7();
    const isSame = before !== undefined && hasAll(fleet, before, row, userId);
    if (!isSame) {
      (before === undefined ? added : updated).push({
        id,
        environment: fleet.environment,
        plaidItemId: row.plaidItemId,
        userId,
        institutionId: row.institutionId,
        registrationHash: row.registrationHash,
        accessToken: seal(
          row.accessToken,
          { column: "items.access_token", rowId: id, environment: fleet.environment },
          fleet.encryptionKeys,
        ),
      });
    }
    if (before === undefined) return { line, outcome: "added" };
    return { line, outcome: isSame && !changed.has(row.user.externalId) ? "unchanged" : "updated" };
  });
  await insertImportedItems(tx, added);
  await updateImportedItems(tx, updated);
  await unparkWebhookEvents(tx, { cameBefore: added.map(({ plaidItemId }) => plaidItemId) });
  return outcomes;
}

/** What a later row says of the same user wins, where it says anything. */
function mergeUser(before: ImportedUser | undefined, user: ImportRow["user"]): ImportedUser {
  return {
    id: before?.id ?? randomUUIDv7(),
    externalId: user.externalId,
    email: user.email ?? before?.email ?? null,
    name: user.name ?? before?.name ?? null,
    locale: user.locale ?? before?.locale ?? null,
    timeZone: user.timeZone ?? before?.timeZone ?? null,
  };
}

/** True if nothing that a row says is new. */
function hasAll({ encryptionKeys }: Fleet, item: ItemRow, row: NamedRow, userId: string): boolean {
  if (item.userId !== userId) return false;
  if (row.institutionId !== null && item.institutionId !== row.institutionId) return false;
  if (row.registrationHash !== null && item.registrationHash === null) return false;
  const place = { column: "items.access_token", rowId: item.id, environment: item.environment } as const;
  try {
    return openSealed(item.accessToken, place, encryptionKeys).reveal() === row.accessToken.reveal();
  } catch (error) {
    // What cannot be opened any more is replaced, which is how it is mended.
    if (error instanceof SealError) return false;
    throw error;
  }
}
