import { readFileSync } from "node:fs";
import * as service from "@relink/service";
import type { AppName } from "@relink/testkit";
import pg from "pg";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { DevelopmentError } from "./development-error.ts";
import { appSettings, planDevelopment, withRole } from "./development-settings.ts";

const secrets = {
  ENCRYPTION_KEYS: "dev:encryption",
  LINK_TOKEN_KEYS: "dev:links",
  RELINK_ADMIN_API_KEY: "admin-key",
  PLAID_SECRET: "sandbox-secret",
};
const stores = {
  databaseUrlFor: (role: string) => `postgres://${role}@localhost/relink`,
  redisUrl: "redis://localhost",
  dataDir: "/data",
};
const plaid = { PLAID_CLIENT_ID: "id", PLAID_SECRET: "from-plaid", PLAID_WEBHOOK_URL: "https://example.com/hook" };

function settingsFor(env: Record<string, string>) {
  return appSettings(planDevelopment(env), env, secrets, stores);
}

describe("without credentials of Plaid", () => {
  test("the sandbox stands in for it, and every port is one that is checked", () => {
    const plan = planDevelopment({});
    expect(plan.apps).toEqual(["sandbox", "ingress", "worker", "link", "api"]);
    expect([...plan.ports.keys()]).toEqual([4000, 4001, 4002, 4003, 4010, 4011, 4014, 4025, 4030, 4031]);
    const { api, link } = settingsFor({});
    expect(api).toMatchObject({ PLAID_BASE_URL: "http://localhost:4003", PLAID_SECRET: "sandbox-secret" });
    expect(link["PLAID_LINK_SCRIPT_URL"]).toBe("http://localhost:4003/link/v2/stable/link-initialize.js");
  });

  test("an empty variable counts as one that is not set", () => {
    expect(planDevelopment({ PLAID_CLIENT_ID: "", PLAID_SECRET: "", DATABASE_URL: "", RELINK_PORT: "" })).toEqual(
      planDevelopment({}),
    );
  });
});

describe("with credentials of Plaid", () => {
  test("its own servers are asked: no base URL, and no secret for the sandbox, which is the inbox only", () => {
    const { api, sandbox } = settingsFor(plaid);
    expect(api).not.toHaveProperty("PLAID_BASE_URL");
    expect(api).toMatchObject({ PLAID_SECRET: "from-plaid", PLAID_ENV: "sandbox" });
    expect(sandbox).toEqual({ RELINK_DATA_DIR: "/data" });
  });

  test("with a mail relay there is no sandbox at all", () => {
    const plan = planDevelopment({ ...plaid, SMTP_URL: "smtps://relay.example.com" });
    expect(plan.apps).not.toContain("sandbox");
    expect([...plan.ports.values()]).not.toContain("sandbox");
  });
});

test.each<[string, Record<string, string>, RegExp]>([
  ["a client id without its secret", { PLAID_CLIENT_ID: "id" }, /both PLAID_CLIENT_ID and PLAID_SECRET/],
  ["Plaid without an address for its webhooks", { ...plaid, PLAID_WEBHOOK_URL: "" }, /PLAID_WEBHOOK_URL/],
  ["production without credentials", { PLAID_ENV: "production" }, /PLAID_CLIENT_ID/],
  ["production with the open inbox", { ...plaid, PLAID_ENV: "production" }, /SMTP_URL/],
  ["a port that is none", { RELINK_PORT: "http" }, /RELINK_PORT/],
])("%s is refused, and the message names what to set", (_, env, message) => {
  expect(() => planDevelopment(env)).toThrow(
    expect.objectContaining<Partial<DevelopmentError>>({
      code: "ERR_DEVELOPMENT",
      message: expect.stringMatching(message),
    }),
  );
});

test.each<[AppName, string[]]>([
  ["ingress", ["DATABASE_URL", "PLAID_BASE_URL", "PLAID_CLIENT_ID", "PLAID_ENV", "PLAID_SECRET", "REDIS_URL"]],
  ["sandbox", ["PLAID_CLIENT_ID", "PLAID_SECRET", "RELINK_DATA_DIR"]],
])("%s is given what it needs and nothing else", (app, names) => {
  expect(Object.keys(settingsFor({ AWS_SECRET_ACCESS_KEY: "not ours" })[app]).sort()).toEqual(names);
});

test.each<AppName>(["ingress", "worker", "link", "api"])("%s connects with its own role", (app) => {
  expect(settingsFor({})[app]["DATABASE_URL"]).toBe(`postgres://relink_${app}@localhost/relink`);
});

test("what is set in the environment goes before what is made up", () => {
  const { worker } = settingsFor({ REAUTH_HOLD_SECONDS: "90", LOG_LEVEL: "debug" });
  expect(worker).toMatchObject({ REAUTH_HOLD_SECONDS: "90", LOG_LEVEL: "debug" });
});

test.each([
  "postgres://me:p%40ss@db.example.com/relink",
  "postgres://me@db/relink?sslmode=disable&options=-c%20geqo%3Doff",
])("the role is added to %s, and nothing else of it changes", (url) => {
  const before = new pg.Client({ connectionString: url });
  const after = new pg.Client({ connectionString: withRole(url, "relink_api") });
  expect(after).toMatchObject({ user: before.user, password: before.password, host: before.host });
  expect(decodeURIComponent(withRole(url, "relink_api"))).toMatch(/options=(-c geqo=off )?-c role=relink_api/);
});

/** Those that several apps spread into theirs. */
function sharedSettings(name: string): object {
  const found = Object.entries(service).find(([exported]) => exported === name)?.[1];
  if (typeof found !== "object") throw new TypeError(`@relink/service has no ${name}`);
  return found;
}

describe("every setting that an app reads", () => {
  const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
  const settingsOf = (app: string) =>
    [...read(`apps/${app}/src/config.ts`).matchAll(/^ {6}(?:([A-Z][A-Z_]+): |\.\.\.(\w+Settings),$)/gm)].flatMap(
      ([, name, shared = ""]) => (name === undefined ? Object.keys(sharedSettings(shared)) : [name]),
    );

  test.each<AppName>(["ingress", "worker", "link", "api", "sandbox"])("reaches %s from .env, by npm start", (app) => {
    const names = settingsOf(app);
    expect(names.length).toBeGreaterThan(5);
    // The sandbox stands in for Plaid's Sandbox whatever PLAID_ENV says, and spawnApp adds the port.
    const given = names.filter((name) => !["DATABASE_URL", "RELINK_PORT", "RELINK_DATA_DIR"].includes(name));
    const passedOn = given.filter((name) => !(app === "sandbox" && name === "PLAID_ENV"));
    const env = Object.fromEntries(passedOn.map((name) => [name, "mine"]));
    const settings = appSettings(planDevelopment({}), env, secrets, stores)[app];
    expect(settings).toMatchObject(env);
  });

  test.each<AppName>(["ingress", "worker", "link", "api", "sandbox"])("of %s is described in .env.example", (app) => {
    const described = [...read(".env.example").matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(described).toEqual(expect.arrayContaining(settingsOf(app)));
  });

  // The sandbox takes any credentials.
  test.each<AppName>(["ingress", "worker", "link", "api"])("reaches %s by docker compose", (app) => {
    const { services } = parse(read("docker-compose.yml"), { merge: true }) as {
      services: Record<string, { environment: Record<string, string> }>;
    };
    // In a container of its own, an app has its usual ports.
    const given = settingsOf(app).filter((name) => name !== "RELINK_PORT");
    expect(Object.keys(services[app]?.environment ?? {})).toEqual(expect.arrayContaining(given));
  });

  test("that stands in .env.example reaches an app by docker compose", () => {
    const passedOn = new Set([...read("docker-compose.yml").matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name));
    const ofNpmStart = ["DATABASE_URL", "REDIS_URL", "RELINK_PORT", "RELINK_DATA_DIR"];
    const described = [...read(".env.example").matchAll(/^#([A-Z_]+)=/gm)].map(([, name = ""]) => name);
    expect(described.filter((name) => !ofNpmStart.includes(name) && !passedOn.has(name))).toEqual([]);
  });
});
