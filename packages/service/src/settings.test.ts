import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { readSettings, setting, SettingsError } from "./settings.ts";

const key = (id: string) => `${id}:${randomBytes(32).toString("base64")}`;
const shape = { DATABASE_URL: setting.databaseUrl, ENCRYPTION_KEYS: setting.keyRing, PLAID_ENV: setting.plaidEnv };
const good = {
  DATABASE_URL: "postgres://relink@localhost/relink",
  ENCRYPTION_KEYS: `${key("new")},${key("old")}`,
  PLAID_ENV: "sandbox",
};

const twice = randomBytes(32).toString("base64");

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readSettings("test", shape, env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

test("good settings are read, the first key of a ring being the one that writes", () => {
  const settings = readSettings("test", shape, good);
  expect([...settings.ENCRYPTION_KEYS.keys()]).toEqual(["new", "old"]);
  expect(settings.DATABASE_URL.reveal()).toBe(good.DATABASE_URL);
});

test("every missing and every wrong setting is named in one error, and no value is repeated", () => {
  const problems = problemsOf({ DATABASE_URL: "mysql://marker", PLAID_ENV: "" });
  expect(problems).toEqual([
    "DATABASE_URL: must be a URL that starts with postgres:// or postgresql://",
    "ENCRYPTION_KEYS: missing",
    "PLAID_ENV: missing",
  ]);
});

test.each([
  ["no id", randomBytes(32).toString("base64"), "must have the form id:base64"],
  ["too short", `a:${randomBytes(16).toString("base64")}`, "must be 32 bytes"],
  ["not base64", "a:!!!", "must be 32 bytes"],
  ["readable text", `a:${Buffer.from("correct horse battery staple, 32").toString("base64")}`, "readable text"],
  ["one byte again and again", `a:${Buffer.alloc(32, 0xab).toString("base64")}`, "repeats itself"],
  ["one key under two ids", `a:${twice},b:${twice}`, "is the same as one before it"],
  ["an id twice", `${key("a")},${key("a")}`, "was used before"],
])("a weak or misspelt key is refused: %s", (_what, keys, reason) => {
  const [problem] = problemsOf({ ...good, ENCRYPTION_KEYS: keys });
  expect(problem).toContain("ENCRYPTION_KEYS: key ");
  expect(problem).toContain(reason);
});

test.each(["", "no-at", "a@b, c@d", "Name <a@b", "Name\r\nBcc: x <a@b.c>"])("EMAIL_FROM refuses %j", (value) => {
  expect(setting.emailFrom.safeParse(value).success).toBe(false);
});

test.each(["4", "31", "soon"])("a receiver cannot be given %s seconds to answer", (DELIVERY_TIMEOUT_SECONDS) => {
  const only = { DELIVERY_TIMEOUT_SECONDS: setting.deliveryTimeoutSeconds };
  expect(() => readSettings("test", only, { DELIVERY_TIMEOUT_SECONDS })).toThrow(/DELIVERY_TIMEOUT_SECONDS/);
  expect(readSettings("test", only, {})).toEqual({ DELIVERY_TIMEOUT_SECONDS: 15 });
});
