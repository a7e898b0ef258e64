import { expect, test } from "vitest";
import { readImportRow } from "./import-row.ts";

const TOKEN = "access-sandbox-0f1e2d3c-MARKER";
const good = { access_token: TOKEN, external_user_id: "u-1" };

test("what a row leaves empty is null, and texts are trimmed", () => {
  const row = readImportRow({ ...good, external_user_id: " u-1 ", email: "", name: "  ", item_id: null }, "sandbox");
  expect(row).toMatchObject({
    user: { externalId: "u-1", email: null, name: null, locale: null, timeZone: null },
    institutionId: null,
    plaidItemId: null,
  });
});

test.each([
  [{ access_token: "" }, "access_token: missing"],
  [{ access_token: `${TOKEN} MARKER` }, "access_token: is no access token of Plaid's"],
  [{ access_token: "public-sandbox-MARKER-1" }, "access_token: is no access token of Plaid's"],
  [{ access_token: 7 }, "access_token: must be a text"],
  [{ access_token: "access-production-MARKER-1" }, "access_token: is not one of sandbox, which PLAID_ENV says"],
  [
    { external_user_id: "MARKER MARKER" },
    "external_user_id: must be 1 to 128 printable ASCII characters without spaces",
  ],
  [{ external_user_id: null }, "external_user_id: missing"],
  [{ email: "MARKER" }, "email: must be one plain address that mail can be sent to"],
  [{ email: "a@example.com, MARKER@example.com" }, "email: must be one plain address that mail can be sent to"],
  [{ name: "MAR\nKER" }, "name: must have no control characters"],
  [{ locale: "MARKER!" }, "locale: must be a language tag of BCP 47, such as en or fr-CA"],
  [{ time_zone: "Mars/MARKER" }, "time_zone: must be a time zone of the IANA database, such as America/New_York"],
  [{ time_zone: "+02:00" }, "time_zone: must be a name, such as America/New_York"],
  [{ item_id: "MARKER MARKER" }, "item_id: must be 1 to 128 printable ASCII characters without spaces"],
  [{ MARKER: "x" }, "1 field(s) of unknown name"],
])("%j is refused, and its reason does not repeat it", (change, reason) => {
  expect(readImportRow({ ...good, ...change }, "sandbox")).toEqual({ reason });
});

test("all that is wrong with a row is told at once", () => {
  expect(readImportRow({ email: "x" }, "sandbox")).toEqual({
    reason:
      "access_token: missing; external_user_id: missing; email: must be one plain address that mail can be sent to",
  });
});
