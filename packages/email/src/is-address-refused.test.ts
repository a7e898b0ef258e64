import { expect, test } from "vitest";
import { isAddressRefused } from "./is-address-refused.ts";

test.each([
  ["550 5.1.1 no such user", "rcpt_to", true, true],
  ["550 no such user", "rcpt_to", true, true],
  ["554 5.1.1 unknown after all", "body", true, true],
  ["550 5.7.1 we do not like the sender", "rcpt_to", true, false],
  ["554 5.7.1 looks like spam", "body", true, false],
  ["450 4.2.1 try later", "rcpt_to", false, false],
  ["550-5.1.1 The email account that you tried to reach does not exist", "rcpt_to", true, true],
  ["556 5.1.10 the domain takes no mail", "rcpt_to", true, true],
  ["550 5.2.1 the account is disabled", "rcpt_to", true, true],
  ["550 5.5.0 Requested action not taken: mailbox unavailable", "rcpt_to", true, true],
  ["550 [address]: Recipient address rejected: User unknown in local table", "rcpt_to", true, true],
  ["550 Unrouteable address", "rcpt_to", true, true],
  ["550 relay not permitted", "rcpt_to", true, false],
  ["554 5.7.1 [address]: Relay access denied", "rcpt_to", true, false],
  ["550 rejected because 192.0.2.7 is on a block list", "rcpt_to", true, false],
  ["550 5.7.1 203.5.1.1 is on a block list", "rcpt_to", true, false],
  ["552 5.2.2 mailbox full", "rcpt_to", true, false],
  ["550 5.1.8 the sender's domain does not exist", "rcpt_to", true, false],
  ["550 5.1.1 no such user", "mail_from", true, false],
  ["554 no", "body", true, false],
] as const)("%s at %s", (reason, stage, permanent, expected) => {
  expect(isAddressRefused({ kind: "refused", permanent, stage, reason })).toBe(expected);
});

test("a mail that was taken, or may have been, says nothing against its address", () => {
  expect(isAddressRefused({ kind: "accepted", response: "250 5.1.1" })).toBe(false);
  expect(isAddressRefused({ kind: "unknown", stage: "body", reason: "5.1.1" })).toBe(false);
});
