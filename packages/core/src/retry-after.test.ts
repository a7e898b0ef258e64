import { expect, test } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

const now = new Date("2026-11-22T08:47:37.250Z");

test.each<[string | null, number | null]>([
  ["120", 120],
  [" 120\t", 120],
  ["0", 0],
  ["007", 7],
  ["864000", 864_000],
  ["99999999999999999999999", 2 ** 31 - 1],
  ["Sun, 22 Nov 2026 08:49:37 GMT", 120],
  ["Sunday, 22-Nov-26 08:49:37 GMT", 120],
  ["Sun Nov 22 08:49:37 2026", 120],
  ["Sun Nov  1 08:49:37 2026", 0],
  ["Wed, 02 Dec 2026 08:47:37 GMT", 864_000],
  ["Sun, 22 Nov 2026 08:47:38 GMT", 1],
  ["Sun, 22 Nov 2026 08:00:00 GMT", 0],
  ["Sun, 06 Nov 1994 08:49:37 GMT", 0],
  ["Fri, 31 Dec 9999 23:59:59 GMT", 2 ** 31 - 1],
  [null, null],
  ["", null],
  ["-120", null],
  ["+120", null],
  ["1.5", null],
  ["1e3", null],
  ["0x10", null],
  ["120, 240", null],
  ["soon", null],
  ["2026-11-22T08:49:37Z", null],
  ["Sun, 22 Nov 2026 08:49:37 +0100", null],
  ["Sun, 22 Nov 2026 08:49:37", null],
  ["Sun, 22 Nov 2026 25:49:37 GMT", null],
  ["Sun, 22 Xyz 2026 08:49:37 GMT", null],
  ["Sunday, 22-Nov-2026 08:49:37 GMT", null],
  ["12 seconds", null],
  ["١٢٠", null],
])("Retry-After: %s asks for %s seconds", (header, expected) => {
  expect(parseRetryAfter(header, now)).toBe(expected);
});
