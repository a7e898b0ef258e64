import type { EpisodeCause, ItemStatus } from "@relink/core";
import { expect, test } from "vitest";
import { asksForAccounts } from "./account-selection.ts";

const healthy: ItemStatus = { kind: "healthy" };
const broken = (code: string): ItemStatus => ({
  kind: "login_required",
  error: { type: "ITEM_ERROR", code, reason: null },
});

test.each<[EpisodeCause, ItemStatus, string[], boolean]>([
  ["new_accounts", healthy, ["US"], true],
  ["new_accounts", healthy, ["US", "CA"], true],
  ["new_accounts", healthy, ["GB"], false],
  ["new_accounts", healthy, ["US", "GB"], false],
  ["broken", broken("NO_ACCOUNTS"), ["US"], true],
  ["broken", broken("NO_LIABILITY_ACCOUNTS"), ["CA"], true],
  ["broken", broken("NO_ACCOUNTS"), ["FR"], false],
  ["broken", broken("ITEM_LOGIN_REQUIRED"), ["US"], false],
  ["expiring", { kind: "expiring", at: new Date(), reason: "CONSENT" }, ["US"], false],
])("a link because of %s, with %j, in %j: accounts are asked for: %s", (cause, status, countries, isAsked) => {
  expect(asksForAccounts(cause, status, countries)).toBe(isAsked);
});
