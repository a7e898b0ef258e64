import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createKeyStore } from "./key-store.ts";
import { checkBody, verifyToken } from "./verify-webhook.ts";

/**
 * A webhook that Plaid's Sandbox really sent, with the key that signed it.
 *
 * @see https://stackoverflow.com/questions/62117400 (checked 2026-11-21)
 */
const JWK = {
  alg: "ES256",
  created_at: 1560466143,
  crv: "P-256",
  expired_at: null,
  kid: "6c5516e1-92dc-479e-a8ff-5a51992e0001",
  kty: "EC",
  use: "sig",
  x: "35lvC8uz2QrWpQJ3TUH8t9o9DURMp7ydU518RKDl20k",
  y: "I8BuXB2bvxelzJAd7OKhd-ZwjCst05Fx47Mb_0ugros",
};
const TOKEN =
  "eyJhbGciOiJFUzI1NiIsImtpZCI6IjZjNTUxNmUxLTkyZGMtNDc5ZS1hOGZmLTVhNTE5OTJlMDAwMSIsInR5cCI6IkpXVCJ9" +
  ".eyJpYXQiOjE1OTA4ODcwMDEsInJlcXVlc3RfYm9keV9zaGEyNTYiOiJiNjNhMDdiNTQ3YjAwZjk5MjU0N2Y2YmJjOGQ5YWNjNjFhOGNjZWUxMzhiYzgyZjQ0YTZiYWEwOTY4M2E1ZDBmIn0" +
  ".OOKvIihgqCj7Qrb2bmz7T3t7uK-0JyjiEqL2s1kWeJBM4MMmjaHKK8GmU_z91QolBWMzvPgs718EElY-rE3cwQ";
const BODY = Buffer.from(`{
  "error": null,
  "item_id": "yxQbxDjnD8hr69pKbQpbcKeVn3GL9QuyA7NV3",
  "new_transactions": 390,
  "webhook_code": "HISTORICAL_UPDATE",
  "webhook_type": "TRANSACTIONS"
}`);
const SIGNED_AT = 1_590_887_001;

/** The key is fetched once; what follows meets it in the cache, as in life. */
const keys = createKeyStore({ fetchKey: async () => JWK });
const verifyAt = async (seconds: number, token = TOKEN) =>
  verifyToken([token], { keys, arrivedAt: seconds * 1_000, budget: "anybody" });

async function verifiedToken() {
  const verdict = await verifyAt(SIGNED_AT);
  if (verdict.kind !== "verified") throw new TypeError(`refused: ${verdict.reason}`);
  return verdict.token;
}

describe("a delivery that Plaid really made", () => {
  test("is verified, with its claims", async () => {
    const token = await verifiedToken();
    expect(token).toMatchObject({ issuedAt: SIGNED_AT, keyId: JWK.kid });
    expect(token.bodySha256.toString("hex")).toBe("b63a07b547b00f992547f6bbc8d9acc61a8ccee138bc82f44a6baa09683a5d0f");
    expect(BODY).toHaveLength(173);
    expect(checkBody(token, BODY)).toBe(true);
  });

  test.each([0, 1, 299, 300])("is accepted %i s after it was signed", async (age) => {
    expect(await verifyAt(SIGNED_AT + age)).toMatchObject({ kind: "verified" });
  });

  test.each([
    [301, "too_old"],
    [6 * 365 * 86_400, "too_old"],
    [-301, "too_new"],
  ])("is refused %i s after it was signed", async (age, reason) => {
    expect(await verifyAt(SIGNED_AT + age)).toEqual({ kind: "forged", reason });
  });

  test("is accepted by a clock that is up to 300 s late", async () => {
    expect(await verifyAt(SIGNED_AT - 300)).toMatchObject({ kind: "verified" });
  });

  test.each([
    ["compact", JSON.stringify(JSON.parse(BODY.toString()))],
    ["indented by four", JSON.stringify(JSON.parse(BODY.toString()), null, 4)],
    ["with a line end", `${BODY.toString()}\n`],
    ["with a byte order mark", `\uFEFF${BODY.toString()}`],
    ["with CRLF", BODY.toString().replaceAll("\n", "\r\n")],
    ["empty", ""],
  ])("does not vouch for the same body %s", async (_how, body) => {
    expect(checkBody(await verifiedToken(), Buffer.from(body))).toBe(false);
  });

  test("its compact form has the hash that is known for it", () => {
    const compact = JSON.stringify(JSON.parse(BODY.toString()));
    expect(createHash("sha256").update(compact).digest("hex")).toMatch(/^dec8272c[0-9a-f]{52}4a07$/);
  });

  test("does not vouch for a body with any one of its 1,384 bits changed", async () => {
    const token = await verifiedToken();
    const accepted: number[] = [];
    let tried = 0;
    for (let bit = 0; bit < BODY.length * 8; bit += 1) {
      const changed = Buffer.from(BODY);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      if (checkBody(token, changed)) accepted.push(bit);
      tried += 1;
    }
    expect({ tried, accepted }).toEqual({ tried: 1_384, accepted: [] });
  });

  test("is refused with any one of the 86 characters of its signature changed", async () => {
    const start = TOKEN.lastIndexOf(".") + 1;
    for (let index = start; index < TOKEN.length; index += 1) {
      // The character whose six bits are all the other way round, so that no spare bit hides the change.
      const changed = `${TOKEN.slice(0, index)}${opposite(TOKEN.charAt(index))}${TOKEN.slice(index + 1)}`;
      expect({ index, verdict: await verifyAt(SIGNED_AT, changed) }).toEqual({
        index,
        verdict: { kind: "forged", reason: "signature" },
      });
    }
    expect(TOKEN.length - start).toBe(86);
  });

  test("is refused with any one character of its header or payload changed", async () => {
    for (let index = 0; index < TOKEN.lastIndexOf("."); index += 1) {
      if (TOKEN.charAt(index) === ".") continue;
      const changed = `${TOKEN.slice(0, index)}${opposite(TOKEN.charAt(index))}${TOKEN.slice(index + 1)}`;
      // A changed `kid` names a key that this store would have to ask for, so any reason will do.
      expect({ index, kind: (await verifyAt(SIGNED_AT, changed)).kind }).not.toEqual({ index, kind: "verified" });
    }
  });
});

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function opposite(character: string): string {
  return ALPHABET.charAt(63 - ALPHABET.indexOf(character));
}
