import { DEFAULT_POLICY, type ItemPolicy } from "@relink/core";
import { checkEncryptionKeys, type Database, type Db, listEncryptionKeys, refuseUnfit } from "@relink/db";
import { recordPlaidCalls } from "@relink/items";
import { createPlaidClient, createTokenHasher, type PlaidClient, type TokenHasher } from "@relink/plaid";
import { type KeyRing, plaidSettings, readSettings, setting, toPlaidAccess } from "@relink/service";
import { KeyNotInUseError } from "./keys/rotate-keys.ts";
import { withDatabase } from "./open-database.ts";
import { createOutlastOutages, type OutlastOutages } from "./outlast-outages.ts";
import { createPace, type Pace, PLAID_LIMITS } from "./plaid/pace.ts";
import type { Terminal } from "./terminal.ts";

/** All that a command needs that works on many Items. */
export interface Fleet {
  db: Db;
  outlastOutages: OutlastOutages;
  plaid: PlaidClient;
  pace: Pace;
  encryptionKeys: KeyRing;
  hashToken: TokenHasher;
  environment: "sandbox" | "production";
  policy: ItemPolicy;
  signal: AbortSignal;
}

const CONNECTIONS = 10;

/**
 * Opens the stores, and closes them when `act` is done.
 *
 * @param options.ratePerMinute - calls to Plaid at most.
 * @param options.note - tells a person what comes up on the way.
 * @throws SettingsError; EncryptionKeyError or {@link KeyNotInUseError} if the ring is not the one that the apps use.
 */
export async function withFleet<T>(
  terminal: Pick<Terminal, "env" | "signal">,
  options: { ratePerMinute: number; minuteMs?: number | undefined; note: (line: string) => void },
  act: (fleet: Fleet) => Promise<T>,
): Promise<T> {
  const settings = readSettings(
    "relink",
    {
      DATABASE_URL: setting.databaseUrl,
      ENCRYPTION_KEYS: setting.keyRing,
      ...plaidSettings,
      REAUTH_HOLD_SECONDS: setting.reauthHoldSeconds,
      NEW_ACCOUNTS_EMAIL: setting.flag,
    },
    terminal.env,
  );
  let isToldOfLog = false;
  // When one call fails for good, those that still wait for their turn are let go.
  const failed = new AbortController();
  const signal = AbortSignal.any([terminal.signal, failed.signal]);
  const outlastOutages = createOutlastOutages({ signal, minuteMs: options.minuteMs, note: options.note });
  const open = async ({ db }: Database): Promise<T> => {
    await requireKeysOfApps(db, settings.ENCRYPTION_KEYS);
    const record = recordPlaidCalls(db);
    return await act({
      db,
      outlastOutages,
      plaid: createPlaidClient({
        ...toPlaidAccess(settings),
        record: (call) => outlastOutages(() => record(call)),
        onRecordFailed: () => {
          if (!isToldOfLog && !failed.signal.aborted)
            options.note("Calls to Plaid could not be logged in the database.");
          isToldOfLog = true;
        },
      }),
      pace: createPace({
        perMinute: options.ratePerMinute,
        perItem: PLAID_LIMITS[settings.PLAID_ENV].perItem,
        ...(options.minuteMs !== undefined && { minuteMs: options.minuteMs }),
      }),
      encryptionKeys: settings.ENCRYPTION_KEYS,
      hashToken: createTokenHasher(settings.PLAID_SECRET),
      environment: settings.PLAID_ENV,
      policy: {
        ...DEFAULT_POLICY,
        holdMs: settings.REAUTH_HOLD_SECONDS * 1_000,
        tellsOfNewAccounts: settings.NEW_ACCOUNTS_EMAIL,
      },
      signal,
    }).finally(() => failed.abort());
  };
  return withDatabase(settings.DATABASE_URL, open, CONNECTIONS);
}

/**
 * What is sealed with a key that the apps do not have, none of them can open. The first key of a new database is
 * announced, as an app does it.
 */
async function requireKeysOfApps(db: Db, keys: KeyRing): Promise<void> {
  const known = await listEncryptionKeys(db);
  refuseUnfit(known, keys);
  const [first = ""] = keys.keys();
  if (known.length === 0) await checkEncryptionKeys(db, keys);
  else if (!known.some(({ id }) => id === first)) throw new KeyNotInUseError(first);
}
