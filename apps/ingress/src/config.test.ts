import { inspect } from "node:util";
import { expect, test } from "vitest";
import { parseIngressConfig } from "./config.ts";

const GOOD = {
  DATABASE_URL: "postgres://relink_ingress:MARKER-1@db.example.com/relink",
  REDIS_URL: "rediss://:MARKER-2@redis.example.com",
  PLAID_CLIENT_ID: "the-client",
  PLAID_SECRET: "MARKER-3",
  PLAID_ENV: "sandbox",
};

/** What the settings are refused with. */
function refusal(env: Record<string, string | undefined>): { message: string; code: string; problems: string[] } {
  try {
    parseIngressConfig(env);
  } catch (error) {
    return error as ReturnType<typeof refusal>;
  }
  throw new TypeError("the settings were accepted");
}

test("the five that have no default are enough", () => {
  const config = parseIngressConfig(GOOD);
  expect(config).toMatchObject({
    plaid: { clientId: "the-client", env: "sandbox", baseUrl: undefined },
    port: 4000,
    insidePort: 4010,
    trustedProxies: 0,
    logLevel: "info",
  });
  expect(config.databaseUrl.reveal()).toBe(GOOD.DATABASE_URL);
  expect(config.redisUrl.reveal()).toBe(GOOD.REDIS_URL);
  expect(config.plaid.secret.reveal()).toBe(GOOD.PLAID_SECRET);
});

test("each of the others can be set", () => {
  const others = {
    RELINK_PORT: "5000",
    PLAID_BASE_URL: "http://localhost:4003",
    TRUSTED_PROXIES: "2",
    LOG_LEVEL: "warn",
  };
  expect(parseIngressConfig({ ...GOOD, ...others })).toMatchObject({
    port: 5000,
    insidePort: 5010,
    plaid: { baseUrl: "http://localhost:4003" },
    trustedProxies: 2,
    logLevel: "warn",
  });
});

test("every missing one is named at once, and an empty one is missing", () => {
  expect(refusal({ PLAID_ENV: "" })).toMatchObject({
    code: "ERR_SETTINGS",
    problems: Object.keys(GOOD).map((name) => `${name}: missing`),
  });
});

test("every bad one is named at once, and no value is repeated", () => {
  const bad = {
    DATABASE_URL: "mysql://MARKER-a",
    REDIS_URL: "MARKER-b",
    PLAID_CLIENT_ID: "the-client",
    PLAID_SECRET: "MARKER-3",
    PLAID_ENV: "MARKER-c",
    PLAID_BASE_URL: "ftp://MARKER-d",
    RELINK_PORT: "MARKER-e",
    TRUSTED_PROXIES: "MARKER-f",
    LOG_LEVEL: "MARKER-g",
  };
  const error = refusal(bad);
  expect(error.problems.map((problem) => problem.split(":")[0])).toEqual([
    "DATABASE_URL",
    "REDIS_URL",
    "PLAID_ENV",
    "PLAID_BASE_URL",
    "RELINK_PORT",
    "TRUSTED_PROXIES",
    "LOG_LEVEL",
  ]);
  for (const problem of error.problems) expect(error.message).toContain(problem);
  expect(`${inspect(error)} ${JSON.stringify(error)}`).not.toContain("MARKER");
});

test.each([
  ["RELINK_PORT", "0"],
  ["RELINK_PORT", "65001"],
  ["RELINK_PORT", "40.5"],
  ["TRUSTED_PROXIES", "-1"],
  ["TRUSTED_PROXIES", "true"],
  ["PLAID_ENV", "development"],
  ["PLAID_ENV", "Sandbox"],
])("%s=%s is refused", (name, value) => {
  expect(refusal({ ...GOOD, [name]: value }).problems).toEqual([expect.stringMatching(`^${name}: `)]);
});

test("secrets do not show when the settings are printed", () => {
  const config = parseIngressConfig(GOOD);
  expect(`${inspect(config, { depth: Infinity })} ${JSON.stringify(config)}`).not.toContain("MARKER");
});
