import { expect, test } from "vitest";
import { isAddressRefused } from "./is-address-refused.ts";

test.each([
  ["550 5.1.1 no such user", "rcpt_to", true, true],
  ["550 no such user", "rcpt_to", true, true],
  ["554 5.1.1 unknown after all", "body", true, true],
  ["550 5.7.1 we do not like the sender", "rcpt_to", true, false],
  ["554 5.7.1 looks like spam", "body", true, false],
  ["450 4.2.1 try later", "rcpt_to", false, false],
] as const)("%s at %s", (reason, stage, permanent, expected) => {
  expect(isAddressRefused({ kind: "refused", permanent, stage, reason })).toBe(expected);
});

test("a mail that was taken, or may have been, says nothing against its address", () => {
  expect(isAddressRefused({ kind: "accepted", response: "250 5.1.1" })).toBe(false);
  expect(isAddressRefused({ kind: "unknown", stage: "body", reason: "5.1.1" })).toBe(false);
});
