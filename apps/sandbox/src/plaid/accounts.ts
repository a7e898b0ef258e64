import { createHash } from "node:crypto";
import { alphanumeric } from "../ids.ts";

interface Kind {
  type: string;
  subtype: string;
  name: string;
  officialName: string | null;
  current: number;
  available: number | null;
}

const kind = (
  type: string,
  subtype: string,
  name: string,
  officialName: string | null,
  current: number,
  available: number | null = null,
): Kind => ({ type, subtype, name, officialName, current, available });

/** What `user_good` holds, by mask. @see https://plaid.com/docs/sandbox/test-credentials/ (checked 2026-11-21) */
const KINDS: ReadonlyMap<string, Kind> = new Map([
  ["0000", kind("depository", "checking", "Plaid Checking", "Plaid Gold Standard 0% Interest Checking", 110, 100)],
  ["1111", kind("depository", "savings", "Plaid Saving", "Plaid Silver Standard 0.1% Interest Saving", 210, 200)],
  ["2222", kind("depository", "cd", "Plaid CD", "Plaid Bronze Standard 0.2% Interest CD", 1000)],
  ["3333", kind("credit", "credit card", "Plaid Credit Card", "Plaid Diamond 12.5% APR Interest Credit Card", 410)],
  [
    "4444",
    kind(
      "depository",
      "money market",
      "Plaid Money Market",
      "Plaid Platinum Standard 1.85% Interest Money Market",
      43_200,
      43_200,
    ),
  ],
  ["5555", kind("investment", "ira", "Plaid IRA", null, 320.76)],
  ["6666", kind("investment", "401k", "Plaid 401k", null, 23_631.98)],
  ["7777", kind("loan", "student", "Plaid Student Loan", null, 65_262)],
  ["8888", kind("loan", "mortgage", "Plaid Mortgage", null, 56_302.06)],
]);

/** What the user opens at the bank later on. */
const LATER_KIND = kind("depository", "savings", "Plaid New Saving", null, 0, 0);

/** An account of the user at the bank, and whether the application may see it. */
export interface AccountGrant {
  mask: string;
  /** How often sharing it ended: what is shared anew gets a new id. */
  generation: number;
  /** `revoked`: taken back at the bank. `withheld`: not chosen in Link. */
  state: "shared" | "revoked" | "withheld";
}

/** An account as `/accounts/get` shows it. */
export interface Account {
  account_id: string;
  balances: {
    available: number | null;
    current: number | null;
    limit: number | null;
    iso_currency_code: string | null;
    unofficial_currency_code: string | null;
  };
  mask: string;
  name: string;
  official_name: string | null;
  persistent_account_id?: string;
  type: string;
  subtype: string;
}

/** What the rules about accounts need of an Item. `accounts` is null as long as all of the first ones are shared. */
export interface AccountOwner {
  itemId: string;
  accounts: readonly AccountGrant[] | null;
}

/** Every account of the user at the bank, shared or not. */
export function grantsOf(item: AccountOwner): readonly AccountGrant[] {
  return item.accounts ?? [...KINDS.keys()].map((mask) => ({ mask, generation: 0, state: "shared" as const }));
}

function hashed(length: number, text: string): string {
  return alphanumeric(length, createHash("sha512").update(text).digest());
}

/** The id of a grant. Worked out from the Item's id, so that it is the same on every call and costs no row. */
export function accountIdOf(itemId: string, { mask, generation }: AccountGrant): string {
  return hashed(37, generation === 0 ? `${itemId}:${mask}` : `${itemId}:${mask}:${generation}`);
}

/** How Link names an account. */
export function accountName(mask: string): string {
  return (KINDS.get(mask) ?? LATER_KIND).name;
}

/**
 * The accounts that an Item shares.
 *
 * @param isTokenized - the bank gives tokenized numbers: then an account has an id that outlives its `account_id`.
 */
export function accountsOf(item: AccountOwner, isTokenized = false): Account[] {
  return grantsOf(item)
    .filter(({ state }) => state === "shared")
    .map((grant) => {
      const { type, subtype, name, officialName, current, available } = KINDS.get(grant.mask) ?? LATER_KIND;
      return {
        account_id: accountIdOf(item.itemId, grant),
        balances: {
          available,
          current,
          limit: type === "credit" ? 2000 : null,
          iso_currency_code: "USD",
          unofficial_currency_code: null,
        },
        mask: grant.mask,
        name,
        official_name: officialName,
        ...(isTokenized && { persistent_account_id: hashed(64, `persistent:${item.itemId}:${grant.mask}`) }),
        type,
        subtype,
      };
    });
}

function ended(grant: AccountGrant, state: "revoked" | "withheld"): AccountGrant {
  return grant.state === "shared" ? { ...grant, generation: grant.generation + 1, state } : grant;
}

/** The user takes one account back at the bank. */
export function revokeAccount(item: AccountOwner, accountId: string): readonly AccountGrant[] {
  return grantsOf(item).map((grant) =>
    accountIdOf(item.itemId, grant) === accountId ? ended(grant, "revoked") : grant,
  );
}

/** The user opens an account at the bank. It is not shared before they choose it in Link. */
export function openAccount(item: AccountOwner): readonly AccountGrant[] {
  const grants = grantsOf(item);
  return [...grants, { mask: String(9000 + grants.length), generation: 0, state: "withheld" }];
}

/**
 * What update mode leaves shared: the accounts that were chosen; where there was no choice, what the bank had been told
 * to take back is shared again.
 *
 * @param chosen - ids of {@link grantsOf}, or nothing if Link did not ask.
 */
export function renewGrants(item: AccountOwner, chosen: readonly string[] | undefined): readonly AccountGrant[] {
  return grantsOf(item).map((grant) => {
    const isShared =
      chosen === undefined ? grant.state !== "withheld" : chosen.includes(accountIdOf(item.itemId, grant));
    return isShared ? { ...grant, state: "shared" } : ended(grant, "withheld");
  });
}
