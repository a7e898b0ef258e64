import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { SettingsError } from "@relink/service";
import { expect, test } from "vitest";
import { parseApiConfig } from "./config.ts";

const env = {
  DATABASE_URL: "postgres://relink_api:MARKER@db/relink",
  PLAID_CLIENT_ID: "client",
  PLAID_SECRET: "MARKER-secret",
  PLAID_ENV: "production",
  PLAID_WEBHOOK_URL: "https://hooks.example.com/webhooks/plaid",
  LINK_PUBLIC_URL: "https://link.example.com/",
  ENCRYPTION_KEYS: `k1:${randomBytes(32).toString("base64")}`,
  LINK_TOKEN_KEYS: `k1:${randomBytes(32).toString("base64")}`,
  RELINK_ADMIN_API_KEY: "MARKER-0123456789-0123456789-0123",
};

test("the api listens two above the first port, and holds a mail back for 90 seconds", () => {
  expect(parseApiConfig(env)).toMatchObject({
    port: 4002,
    reauthHoldSeconds: 90,
    linkPublicUrl: "https://link.example.com",
  });
  expect(parseApiConfig({ ...env, RELINK_PORT: "5000", REAUTH_HOLD_SECONDS: "3" })).toMatchObject({
    port: 5002,
    reauthHoldSeconds: 3,
  });
});

test("receivers are told of fixed addresses and networks", () => {
  expect(parseApiConfig(env).egressAddresses).toEqual([]);
  const addresses = ["198.51.100.7", "198.51.100.0/28", "2001:db8::1", "2001:db8:40::/48"];
  const read = parseApiConfig({ ...env, EGRESS_ADDRESSES: addresses.join(", ") });
  expect(read.egressAddresses).toEqual(addresses);
  expect(() => parseApiConfig({ ...env, EGRESS_ADDRESSES: "198.51.100.7,egress.example.com" })).toThrow(
    /EGRESS_ADDRESSES.*: must be addresses/,
  );
});

test("no secret is seen when the settings are printed", () => {
  expect(inspect(parseApiConfig(env), { depth: 9 })).not.toContain("MARKER");
});

test("every setting that is missing is named at once", () => {
  const problems = () => {
    try {
      parseApiConfig({});
    } catch (error) {
      return error instanceof SettingsError ? error.problems : [];
    }
    return [];
  };
  expect(problems().toSorted()).toEqual(
    Object.keys(env)
      .map((name) => `${name}: missing`)
      .toSorted(),
  );
});

test("a key that is too short to be one is refused", () => {
  expect(() => parseApiConfig({ ...env, RELINK_ADMIN_API_KEY: "short" })).toThrow(/at least 32/);
});
