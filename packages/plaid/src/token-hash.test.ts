import { Secret } from "@relink/service";
import { describe, expect, test } from "vitest";
import { createTokenHasher, hashTokens, readTokenHash } from "./token-hash.ts";

const hash = createTokenHasher(new Secret("the client's secret"));
const shown = (token: string) => `hmac-sha256:${hash(token).toString("hex")}`;
const hashed = (body: string) => hashTokens(Buffer.from(body), hash).toString();

describe("the hash of a token", () => {
  test("is the same for the same token, 32 bytes, and depends on the client's secret", () => {
    const other = createTokenHasher(new Secret("another secret"));
    expect(hash("link-sandbox-1")).toEqual(hash("link-sandbox-1"));
    expect(hash("link-sandbox-1")).toHaveLength(32);
    expect(hash("link-sandbox-1")).not.toEqual(hash("link-sandbox-2"));
    expect(hash("link-sandbox-1")).not.toEqual(other("link-sandbox-1"));
  });
});

describe("a body without live tokens", () => {
  const LINK = "link-sandbox-4bb9ebe4-4b2a-4a8d-9d3a-6f2a1a1cf23b";
  const PUBLIC = "public-sandbox-98a7bc1a-0001-4ac1-9a3e-c3a9e5a3d7d5";

  test("is, for a finished Link session, as received but for the tokens", () => {
    const body = (link: string, first: string, second: string) =>
      JSON.stringify(
        {
          environment: "sandbox",
          link_session_id: "356dbb28-7f98-44d1-8e6d-0cec580f3171",
          link_token: link,
          public_tokens: [first, second],
          status: "SUCCESS",
          webhook_code: "SESSION_FINISHED",
          webhook_type: "LINK",
        },
        null,
        2,
      );
    const other = PUBLIC.replace("98a7", "0000");
    expect(hashed(body(LINK, PUBLIC, other))).toBe(body(shown(LINK), shown(PUBLIC), shown(other)));
  });

  test.each([
    "access-sandbox-de3ce8ef-33f8-452c-a685-8671031fc0f6",
    "access-production-de3ce8ef-33f8-452c-a685-8671031fc0f6",
    "access-development-de3ce8ef-33f8-452c-a685-8671031fc0f6",
    "link-production-de3ce8ef-33f8-452c-a685-8671031fc0f6",
    "public-sandbox-de3ce8ef-33f8-452c-a685-8671031fc0f6",
    "processor-sandbox-0asd1-a92nc",
    "user-sandbox-b0e2c4ee-a763-4df5-bfe9-46a46bce993d",
    `access-sandbox-${"a".repeat(500)}`,
  ])("hides %s, as a value, in a sentence, in a list, after an escape, and where nothing is JSON", (token) => {
    for (const around of [
      (text: string) => `{"a":"${text}"}`,
      (text: string) => `{"a":"the token ${text}, which"}`,
      (text: string) => `["${text}","${text}"]`,
      (text: string) => `{"a":"one line\\n${text}\\n"}`,
      (text: string) => `_${text}`,
      (text: string) => `\u{1F4A5}${text}<not json`,
    ]) {
      expect(hashed(around(token))).toBe(around(shown(token)));
    }
  });

  test("keeps every other byte, also those that are no text", () => {
    const before = Buffer.from([0, 0xff, 0xfe, 0xc3, 0x28, 0x80]);
    const body = Buffer.concat([before, Buffer.from(`"${LINK}"`), before]);
    const expected = Buffer.concat([before, Buffer.from(`"${shown(LINK)}"`), before]);
    expect(hashTokens(body, hash).equals(expected)).toBe(true);
  });

  test.each([
    '{"item_id":"gAXlMgVEw5uEGoQnnXZ6tn9E7Mn3LBc4PJVKZ"}',
    "sandbox",
    "access-sandbox-",
    "usr_9nSp2KuZ2x4JDw",
  ])("is the very body where there is nothing to hide: %s", (body) => {
    expect(hashed(body)).toBe(body);
  });

  test("takes its time in proportion to its length", () => {
    const start = performance.now();
    hashTokens(Buffer.from("access-sandbox-".repeat(17_000)), hash);
    hashTokens(Buffer.from("-sandbox-".repeat(28_000)), hash);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe("the hash in a token's place", () => {
  test("is the hash of the token", () => {
    const token = "link-sandbox-4bb9ebe4-4b2a-4a8d-9d3a-6f2a1a1cf23b";
    expect(readTokenHash(hashed(token))).toEqual(hash(token));
  });

  test.each([
    null,
    undefined,
    7,
    {},
    "",
    "link-sandbox-4bb9ebe4",
    shown("x").slice(0, -1),
    `${shown("x")}0`,
    ` ${shown("x")}`,
  ])("is not found in %j", (value) => {
    expect(readTokenHash(value)).toBeNull();
  });
});
