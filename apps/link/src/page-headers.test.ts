import { expect, test } from "vitest";
import { pageHeaders } from "./page-headers.ts";

const plaidLinkScriptUrl = "https://cdn.plaid.com/link/v2/stable/link-initialize.js";

test("in production the policy names Plaid's hosts for production and no other", () => {
  const headers = pageHeaders({
    plaid: { env: "production" },
    plaidLinkScriptUrl,
    publicUrl: "https://link.example.com",
  });
  const policy = headers["content-security-policy"] ?? "";
  expect(policy).toContain(`script-src 'self' ${plaidLinkScriptUrl};`);
  expect(policy).toContain("frame-src https://cdn.plaid.com;");
  expect(policy).toContain("connect-src 'self' https://production.plaid.com;");
  expect(policy).not.toMatch(/unsafe|sandbox\.plaid|\*/);
});

test.each([
  ["https://link.example.com", "max-age=31536000; includeSubDomains"],
  ["http://localhost:4001", undefined],
])("%s asks browsers to stay with https: %s", (publicUrl, value) => {
  expect(pageHeaders({ plaid: { env: "sandbox" }, plaidLinkScriptUrl, publicUrl })["strict-transport-security"]).toBe(
    value,
  );
});

test("a logo may be loaded from its own origin, and from there nothing else", () => {
  const headers = pageHeaders({
    plaid: { env: "production" },
    plaidLinkScriptUrl,
    publicUrl: "https://link.example.com",
    brandLogoUrl: "https://static.acme.example/brand/logo.svg",
  });
  expect(headers["content-security-policy"]).toContain("img-src 'self' data: https://static.acme.example;");
  expect(headers["content-security-policy"]?.match(/acme/g)).toHaveLength(1);
});
