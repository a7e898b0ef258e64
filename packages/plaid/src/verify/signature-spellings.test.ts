import { createPlaidSigner } from "@relink/testkit";
import { describe, expect, test } from "vitest";
import { createKeyStore } from "./key-store.ts";
import { deliveryKey, verifyToken } from "./verify-webhook.ts";

/** The order of P-256, and the prime of its field. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const NOW = 1_795_000_000;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const signer = createPlaidSigner();
const good = signer.signWebhook("{}", NOW);
const signed = good.slice(0, good.lastIndexOf("."));
const signature = Buffer.from(good.slice(signed.length + 1), "base64url");
const r = BigInt(`0x${signature.subarray(0, 32).toString("hex")}`);
const s = BigInt(`0x${signature.subarray(32).toString("hex")}`);

const keys = createKeyStore({ fetchKey: async () => signer.jwk });
const verify = async (token: string) => verifyToken([token], { keys, arrivedAt: NOW * 1_000, budget: "anybody" });
const spell = (first: bigint, second: bigint): string =>
  `${signed}.${Buffer.from([first, second].map((n) => n.toString(16).padStart(64, "0")).join(""), "hex").toString("base64url")}`;

async function keyOf(token: string): Promise<string> {
  const verdict = await verify(token);
  return verdict.kind === "verified" ? deliveryKey("sandbox", verdict.token).toString("hex") : verdict.reason;
}

describe("of all spellings of a signature", () => {
  const edges = { "0": 0n, "1": 1n, "n-1": N - 1n, n: N, "n+1": N + 1n, p: P, "2^256-1": 2n ** 256n - 1n, r, s };
  const names = Object.keys(edges) as (keyof typeof edges)[];
  const pairs = names.flatMap((first) => names.map((second) => [first, second] as const));

  test.each(pairs.filter(([first, second]) => !(first === "r" && second === "s")))(
    "(%s, %s) is refused",
    async (first, second) => {
      expect(await verify(spell(edges[first], edges[second]))).toEqual({ kind: "forged", reason: "signature" });
    },
  );

  test("r or s plus the order is refused, where it fits", async () => {
    // Only numbers below 2^256 can be written; the sum fits for about one signature in 2^32, so it is cut as an overflow.
    const cut = (n: bigint) => (n + N) & (2n ** 256n - 1n);
    expect((await verify(spell(cut(r), s))).kind).toBe("forged");
    expect((await verify(spell(r, cut(s)))).kind).toBe("forged");
  });

  test("(r, n-s) is a valid twin, and is the same delivery", async () => {
    expect(await keyOf(good)).toMatch(/^[0-9a-f]{64}$/);
    expect(await keyOf(spell(r, N - s))).toBe(await keyOf(good));
  });

  test("(n-r, s) and (n-r, n-s) are refused", async () => {
    expect((await verify(spell(N - r, s))).kind).toBe("forged");
    expect((await verify(spell(N - r, N - s))).kind).toBe("forged");
  });

  test("the sixteen spellings of the last character, four of whose bits are spare, are the same delivery", async () => {
    const last = ALPHABET.indexOf(good.slice(-1)) & ~15;
    const spellings = Array.from({ length: 16 }, (_, spare) => `${good.slice(0, -1)}${ALPHABET.charAt(last | spare)}`);
    expect(spellings).toContain(good);
    for (const spelling of spellings) expect(await keyOf(spelling)).toBe(await keyOf(good));
  });

  test.each([
    ["padded", `${good}==`],
    ["padded with one", `${good}=`],
    ["with a line end", `${good}\n`],
    ["with CRLF", `${good}\r\n`],
    ["with a space inside", `${good.slice(0, -9)} ${good.slice(-9)}`],
    ["with a tab before it", `\t${good}`],
    ["in the standard alphabet", `${signed}.${signature.toString("base64").replaceAll("=", "").padEnd(86, "+")}+`],
    ["in hexadecimal", `${signed}.${signature.toString("hex")}`],
    ["with a zero byte more", `${signed}.${Buffer.concat([signature, Buffer.of(0)]).toString("base64url")}`],
    ["with a zero byte before", `${signed}.${Buffer.concat([Buffer.of(0), signature]).toString("base64url")}`],
    ["cut by a byte", `${signed}.${signature.subarray(0, 63).toString("base64url")}`],
    ["twice", `${signed}.${Buffer.concat([signature, signature]).toString("base64url")}`],
    ["empty", `${signed}.`],
    ["of one byte", `${signed}.AA`],
    ["of 70 bytes", `${signed}.${Buffer.alloc(70, 1).toString("base64url")}`],
  ])("one that is %s is refused by its form", async (_how, token) => {
    expect(await verify(token)).toEqual({ kind: "forged", reason: "header_malformed" });
  });

  test("one with + and / for - and _ is refused by its form", async () => {
    let token = good;
    // Signatures differ each time; one in seven million has neither of the two characters.
    while (!/[-_]/.test(token.slice(signed.length))) token = signer.signWebhook("{}", NOW);
    const start = token.lastIndexOf(".");
    const standard = token.slice(0, start) + token.slice(start).replaceAll("-", "+").replaceAll("_", "/");
    expect(await verify(standard)).toEqual({ kind: "forged", reason: "header_malformed" });
  });
});
