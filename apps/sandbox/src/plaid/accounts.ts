import { createHash } from "node:crypto";
import { alphanumeric } from "../ids.ts";

type Kind = readonly [
  type: string,
  subtype: string,
  name: string,
  officialName: string | null,
  mask: string,
  current: number,
  available: number | null,
];

/** What `user_good` holds. @see https://plaid.com/docs/sandbox/test-credentials/ (checked 2026-11-21) */
const ACCOUNTS: readonly Kind[] = [
  ["depository", "checking", "Plaid Checking", "Plaid Gold Standard 0% Interest Checking", "0000", 110, 100],
  ["depository", "savings", "Plaid Saving", "Plaid Silver Standard 0.1% Interest Saving", "1111", 210, 200],
  ["depository", "cd", "Plaid CD", "Plaid Bronze Standard 0.2% Interest CD", "2222", 1000, null],
  ["credit", "credit card", "Plaid Credit Card", "Plaid Diamond 12.5% APR Interest Credit Card", "3333", 410, null],
  [
    "depository",
    "money market",
    "Plaid Money Market",
    "Plaid Platinum Standard 1.85% Interest Money Market",
    "4444",
    43_200,
    43_200,
  ],
  ["investment", "ira", "Plaid IRA", null, "5555", 320.76, null],
  ["investment", "401k", "Plaid 401k", null, "6666", 23_631.98, null],
  ["loan", "student", "Plaid Student Loan", null, "7777", 65_262, null],
  ["loan", "mortgage", "Plaid Mortgage", null, "8888", 56_302.06, null],
];

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
  type: string;
  subtype: string;
}

/**
 * The accounts of an Item. They are worked out from the Item's id, so that they are the same on every call and cost no
 * row.
 */
export function accountsOf(itemId: string): Account[] {
  return ACCOUNTS.map(([type, subtype, name, officialName, mask, current, available]) => ({
    account_id: alphanumeric(37, createHash("sha512").update(`${itemId}:${mask}`).digest()),
    balances: {
      available,
      current,
      limit: type === "credit" ? 2000 : null,
      iso_currency_code: "USD",
      unofficial_currency_code: null,
    },
    mask,
    name,
    official_name: officialName,
    type,
    subtype,
  }));
}
