import { SettingsError } from "@relink/service";
import { describe, expect, test } from "vitest";
import { parseLinkConfig } from "./config.ts";

const key = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7)).toString("base64");
const env = {
  DATABASE_URL: "postgres://relink_link:pw@localhost/relink",
  PLAID_CLIENT_ID: "client",
  PLAID_SECRET: "plaid-secret",
  PLAID_ENV: "production",
  LINK_PUBLIC_URL: "https://link.example.com/",
  ENCRYPTION_KEYS: `e1:${key}`,
  LINK_TOKEN_KEYS: `l1:${key}`,
};

describe("the settings of the Link app", () => {
  test("have defaults where nothing is secret", () => {
    expect(parseLinkConfig(env)).toMatchObject({
      publicUrl: "https://link.example.com",
      plaidLinkScriptUrl: "https://cdn.plaid.com/link/v2/stable/link-initialize.js",
      plaidCountryCodes: ["US"],
      linkMode: "embedded",
      productName: "Relink",
      brandLogoUrl: undefined,
      brandColor: undefined,
      supportAddress: undefined,
      port: 4001,
      insidePort: 4011,
      policy: { holdMs: 90_000 },
    });
  });

  test("that are missing are named all at once", () => {
    expect(() => parseLinkConfig({})).toThrow(SettingsError);
    expect(() => parseLinkConfig({})).toThrow(
      /DATABASE_URL[^]*PLAID_CLIENT_ID[^]*PLAID_SECRET[^]*PLAID_ENV[^]*LINK_PUBLIC_URL[^]*ENCRYPTION_KEYS[^]*LINK_TOKEN_KEYS/,
    );
  });

  test.each(["https://example.com/link", "https://example.com?x=1", "https://user@example.com", "example.com"])(
    "refuse %s as the address of the pages",
    (url) => {
      expect(() => parseLinkConfig({ ...env, LINK_PUBLIC_URL: url })).toThrow(/LINK_PUBLIC_URL/);
    },
  );

  test.each([
    ["LINK_MODE", "popup"],
    ["BRAND_COLOR", "blue"],
    ["BRAND_LOGO_URL", "http://acme.example/logo.png"],
    ["SUPPORT_ADDRESS", "the help desk"],
  ])("refuse %s=%s", (name, value) => {
    expect(() => parseLinkConfig({ ...env, [name]: value })).toThrow(new RegExp(name));
  });

  test("keep their secrets when they are printed", () => {
    expect(JSON.stringify(parseLinkConfig(env))).not.toMatch(/plaid-secret|:pw@/);
  });
});
