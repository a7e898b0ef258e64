import { randomBytes } from "node:crypto";
import { Secret } from "@relink/service";
import { expect, test } from "vitest";
import { openSealed, seal, SealError, type SealedPlace, sealedPrefix } from "./sealed.ts";

const TOKEN = "access-production-3c2a8f0e-3c3b-4c0d-9d2c-5f1c9b7c8e55";
const keys = new Map([["2026", randomBytes(32)]]);
const place: SealedPlace = { column: "items.access_token", rowId: "0190-a", environment: "production" };
const sealed = seal(new Secret(TOKEN), place, keys);

/** What opening ends in: a text if it opened, the code of the error otherwise. */
function opening(bytes: Buffer, at: SealedPlace = place, ring: ReadonlyMap<string, Uint8Array> = keys): string {
  try {
    return openSealed(bytes, at, ring).reveal();
  } catch (error) {
    if (error instanceof SealError) return error.code;
    throw error;
  }
}

test("a value opens in its place, with its key, wherever in the ring that stands", () => {
  expect(opening(sealed)).toBe(TOKEN);
  expect(opening(sealed, place, new Map([["2027", randomBytes(32)], ...keys]))).toBe(TOKEN);
});

test("the same secret sealed twice makes two values, and neither shows it", () => {
  const again = seal(new Secret(TOKEN), place, keys);
  expect(again.equals(sealed)).toBe(false);
  expect(sealed.includes(TOKEN.slice(0, 6))).toBe(false);
});

test("a value begins with the id of its key, so that a statement can tell", () => {
  expect(sealed.subarray(0, 6)).toEqual(sealedPrefix("2026"));
  // No id is the beginning of another one's prefix.
  expect(sealedPrefix("20261").subarray(0, 6)).not.toEqual(sealedPrefix("2026"));
});

test.each<[string, Partial<SealedPlace>]>([
  ["row", { rowId: "0190-b" }],
  ["column", { column: "link_sessions.link_token" }],
  ["environment", { environment: "sandbox" }],
])("a value that was copied to another %s does not open", (_what, elsewhere) => {
  expect(opening(sealed, { ...place, ...elsewhere })).toBe("ERR_SEAL");
});

test("a value of which any bit was turned does not open", () => {
  for (let byte = 0; byte < sealed.length; byte += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[byte] = (changed[byte] ?? 0) ^ (1 << bit);
      expect([byte, bit, opening(changed)]).toEqual([byte, bit, "ERR_SEAL"]);
    }
  }
});

test("a value that was cut at either end, or added to, does not open", () => {
  for (let length = 0; length < sealed.length; length += 1) {
    expect(opening(sealed.subarray(0, length))).toBe("ERR_SEAL");
    expect(opening(sealed.subarray(sealed.length - length))).toBe("ERR_SEAL");
  }
  expect(opening(Buffer.concat([sealed, Buffer.from([0])]))).toBe("ERR_SEAL");
});

test("a value whose key is not in the ring says which one is missing, and nothing of itself", () => {
  expect(() => openSealed(sealed, place, new Map([["2027", randomBytes(32)]]))).toThrow(
    'items.access_token of 0190-a was sealed with key "2026", which is not in ENCRYPTION_KEYS',
  );
});

test("another key under the same id does not open it", () => {
  expect(opening(sealed, place, new Map([["2026", randomBytes(32)]]))).toBe("ERR_SEAL");
});
