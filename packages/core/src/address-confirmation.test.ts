import { expect, test } from "vitest";
import { nextConfirmationAt } from "./address-confirmation.ts";

const at = (time: string) => new Date(`2026-11-22T${time}:00Z`);
const now = at("12:00");

test.each<[string, string[], string | null]>([
  ["never asked", [], null],
  ["asked a moment ago", ["12:00"], "13:00"],
  ["asked within the hour", ["11:30"], "12:30"],
  ["asked an hour ago", ["11:00"], null],
  ["asked four times today", ["10:00", "09:00", "08:00", "07:00"], null],
])("an address that was %s", (_, asked, next) => {
  expect(nextConfirmationAt({ address: asked.map(at), team: [] }, now)).toEqual(next === null ? null : at(next));
});

test("an address that was asked five times within a day is left alone until the first of them is a day old", () => {
  const asked = ["11:30", "10:00", "09:00", "08:00", "07:15"].map(at);
  expect(nextConfirmationAt({ address: asked, team: [] }, now)).toEqual(new Date("2026-11-23T07:15:00Z"));
});

test("a team that asked twenty times within a day asks nobody until the first of them is a day old", () => {
  const team = Array.from({ length: 20 }, (_, index) => new Date(now.getTime() - (index + 1) * 60_000));
  expect(nextConfirmationAt({ address: [], team }, now)).toEqual(new Date("2026-11-23T11:40:00Z"));
  expect(nextConfirmationAt({ address: [], team: team.slice(1) }, now)).toBeNull();
});
