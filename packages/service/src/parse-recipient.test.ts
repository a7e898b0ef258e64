import { expect, test } from "vitest";
import { InvalidRecipientError, parseRecipient } from "./parse-recipient.ts";

test.each([
  ["ada@example.com", "ada@example.com"],
  ["Ada.Lovelace+bank@EXAMPLE.co.uk", "Ada.Lovelace+bank@example.co.uk"],
  ["o'brien_{x}~`|%=/?^!#$&*@example.com", "o'brien_{x}~`|%=/?^!#$&*@example.com"],
  ["ada@bücher.example", "ada@xn--bcher-kva.example"],
  ["ada@ｅｘａｍｐｌｅ.com", "ada@example.com"],
])("%s is one mailbox", (address, expected) => {
  expect(parseRecipient(address)).toBe(expected);
});

test.each([
  "",
  "ada",
  "@example.com",
  "ada@",
  "ada@@example.com",
  "ada@example.com, evil@example.net",
  "ada@example.com,evil@example.net",
  "ada@example.com;evil@example.net",
  "Ada <ada@example.com>",
  "<ada@example.com>",
  '"ada"@example.com',
  "ada(comment)@example.com",
  "group:ada@example.com",
  "ada\\@example.com",
  "ada @example.com",
  "ada@example.com ",
  "ada@example.com\r\nRCPT TO:<evil@example.net>",
  "ada@example.com\nBcc: evil@example.net",
  "ada\u0000@example.com",
  "adä@example.com",
  "ada@localhost",
  "ada@127.0.0.1",
  "ada@[127.0.0.1]",
  "ada@0x7f.1",
  "ada@1",
  "ada@example.com:25",
  "ada@example.com/path",
  "ada@example%2ecom",
  "ada@example.com.",
  "ada@.example.com",
  "ada@exa_mple.com",
  "ada@-example.com",
  "ada@exa\u00admple.com",
  `${"a".repeat(65)}@example.com`,
  `ada@${"a".repeat(64)}.com`,
  `ada@${"a.".repeat(130)}com`,
])("%j is refused, and the error does not repeat it", (address) => {
  expect(() => parseRecipient(address)).toThrow(InvalidRecipientError);
  expect(() => parseRecipient(address)).not.toThrow(/ada@|evil/);
});
