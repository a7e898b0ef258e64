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
  expect(nextConfirmationAt(asked.map(at), now)).toEqual(next === null ? null : at(next));
});

test("an address that was asked five times within a day is left alone until the first of them is a day old", () => {
  const asked = ["11:30", "10:00", "09:00", "08:00", "07:15"].map(at);
  expect(nextConfirmationAt(asked, now)).toEqual(new Date("2026-11-23T07:15:00Z"));
});
