import { expect, test } from "vitest";
import { ERROR_CATALOGUE, statusAnsweredBy } from "./error-catalogue.ts";
import { explainStatus } from "./explain-status.ts";
import { ITEM_STATUS_KINDS, type ItemStatus } from "./item-status.ts";
import { STATUS_MEANING } from "./status-meaning.ts";

const error = (type: string, code: string) => ({ type, code, reason: null });

test("every code that the rules know is explained under its status, and no other", () => {
  const explained = ITEM_STATUS_KINDS.filter((kind) => kind !== "expiring").flatMap((kind) =>
    Object.keys(STATUS_MEANING[kind].codes).map((code) => [code, kind]),
  );
  const ruled = Object.entries(ERROR_CATALOGUE).flatMap(([code, { kind }]) => (kind === "ask" ? [] : [[code, kind]]));
  expect(new Map(explained as [string, string][])).toEqual(new Map(ruled as [string, string][]));
});

test.each<[ItemStatus, string]>([
  [{ kind: "healthy" }, "The connection works."],
  [statusAnsweredBy(error("ITEM_ERROR", "ITEM_LOCKED")), "locked the user's login"],
  [statusAnsweredBy(error("API_ERROR", "A_CODE_OF_NEXT_YEAR")), "Plaid has trouble of its own"],
  [statusAnsweredBy(error("ITEM_ERROR", "A_CODE_OF_NEXT_YEAR")), "a code that Relink does not know"],
  [statusAnsweredBy(error("__proto__", "constructor")), "a code that Relink does not know"],
  [{ kind: "expiring", at: new Date(0), reason: "INSTITUTION_MIGRATION" }, "another way of connecting"],
  [{ kind: "expiring", at: new Date(0), reason: "A_REASON_OF_NEXT_YEAR" }, "unless the user renews it"],
  [{ kind: "needs_developer", error: error("ITEM_ERROR", "ITEM_LOGIN_REQUIRED") }, "A newer Item of the same user"],
])("%j: %s", (status, words) => {
  expect(explainStatus(status).explanation).toContain(words);
});
