import fc from "fast-check";
import { expect, test } from "vitest";
import { cleanName } from "./clean-name.ts";

test.each([
  ["First Platypus Bank", "First Platypus Bank"],
  ["Bank of America, N.A.", "Bank of America, N.A."],
  ["U.S. Bank", "U.S. Bank"],
  ["Crédit Agricole d'Île-de-France", "Crédit Agricole d'Île-de-France"],
  ["E*TRADE & Co. <3", "E*TRADE & Co. <3"],
  ["بانک ملی\u200c ایران", "بانک ملی\u200c ایران"],
])("an ordinary name stays as it is: %s", (name, expected) => {
  expect(cleanName(name)).toBe(expected);
});

test.each([
  ["Crypto.com", "Crypto com"],
  ["St.George Bank", "St George Bank"],
  ["go to evil.com now", "go to evil com now"],
  ["evil。com", "evil com"],
  ["Visit https://evil.com/x?y=1 now", "Visit now"],
  ["Visit //evil.com", "Visit"],
  ["Visit www.evil.com", "Visit"],
  ["Visit evil.com/reset", "Visit"],
  ["Visit evil.com:8080", "Visit"],
  ["Visit 1.2.3.4", "Visit"],
  ["Write to bob@evil.com", "Write to"],
  ["javascript:alert(1)", ""],
  ["tel:123 Bank", "Bank"],
  ["Call 1-800-555-0199 now", "Call now"],
  ["Call +1 (800) 555 0199", "Call"],
  ["ev\u200bil.com", "evil com"],
  ["evil.1234567com", "evil. com"],
])("nothing of a name can be clicked or dialled: %s", (name, expected) => {
  expect(cleanName(name)).toBe(expected);
});

test.each([
  ["Acme\r\nBcc: x", "Acme Bcc: x"],
  ["a\u0000b\u001b[31mc\u0085d\u2028e", "a b [31mc d e"],
  ["\u202egro.live\u202c Bank\u2066\u2069\u200f", "gro live Bank"],
  ["lone \ud800 surrogate", "lone surrogate"],
  [" \t spaced   out \n", "spaced out"],
])("control and invisible characters go: %j", (name, expected) => {
  expect(cleanName(name)).toBe(expected);
});

test("a name is cut to 100 characters, and never inside one", () => {
  expect(cleanName("x".repeat(10_000))).toBe(`${"x".repeat(99)}…`);
  expect(cleanName("👩‍👩‍👧".repeat(101))).toBe(`${"👩‍👩‍👧".repeat(99)}…`);
});

test("whatever comes in, what comes out is short, on one line, and has no link in it", () => {
  const pieces = fc.constantFrom(
    "http",
    "://",
    "//",
    "evil",
    ".",
    "com",
    "@",
    "www.",
    "/",
    ":",
    "\u200b",
    "1",
    " ",
    "\n",
  );
  // Any at all. The library's own `binary` is the same, and takes seconds to make ready.
  const character = fc.nat({ max: 0x10_ffff }).map((point) => String.fromCodePoint(point));
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: character }),
        fc.array(pieces).map((parts) => parts.join("")),
      ),
      (name) => {
        const clean = cleanName(name);
        expect(clean.length).toBeLessThan(2_000);
        expect(clean).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]|\/\/|www\.|\p{L}\.\p{L}{2}|\p{L}@\S*\.\p{L}/u);
        expect(clean.isWellFormed()).toBe(true);
      },
    ),
  );
});

test("a hostile name of megabytes is cleaned at once", () => {
  for (const unit of ["a.", "1 ", "@", "a@a", "/", "."]) {
    const startedAt = performance.now();
    cleanName(unit.repeat(1_000_000));
    // It takes a tenth of a second, and hours where the time grows with the square of the length.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  }
});
