import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import { closeServer, listen } from "@relink/service";
import { freePortRange, type MailServer, spawnApp, startMailServer } from "@relink/testkit";
import { useDatabase, useRedis } from "@relink/testkit/vitest";
import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { fleetEnv } from "../testing/fleet-env.ts";
import { type PlaidStandIn, startPlaidStandIn } from "../testing/plaid-stand-in.ts";
import { runRelink } from "../testing/run-relink.ts";

const database = useDatabase();
const redis = useRedis();
let plaid: PlaidStandIn;
let mail: MailServer;
beforeAll(async () => {
  plaid = await startPlaidStandIn();
  mail = await startMailServer();
});
afterAll(async () => {
  await plaid.close();
  await mail.close();
});

const newKey = () => `t1:${randomBytes(32).toString("base64")}`;

const env = (): Record<string, string> => ({
  ...fleetEnv(database.urlFor("relink_api"), plaid.url),
  REDIS_URL: redis.url,
  SMTP_URL: mail.url,
  EMAIL_FROM: "Relink <relink@example.com>",
  LINK_PUBLIC_URL: "https://link.example.com",
  LINK_TOKEN_KEYS: newKey(),
  RELINK_ADMIN_API_KEY: "k".repeat(40),
});

async function doctor(settings: Record<string, string>) {
  const run = await runRelink(["doctor", "--json"], settings);
  const lines = run.json();
  const findings = lines.slice(0, -1) as { check: string; state: string; message: string }[];
  return {
    ...run,
    findings,
    result: lines.at(-1),
    of: (check: string) => findings.filter((one) => one.check === check),
  };
}

async function startHttp(answer: (server: Server) => void): Promise<string> {
  const server = createServer();
  answer(server);
  const port = await listen(server, 0, "127.0.0.1");
  onTestFinished(() => closeServer(server, 0));
  return `http://127.0.0.1:${port}/`;
}

test("all is well with a real ingress, Postgres, Redis and mail server, and nothing is changed or sent", async () => {
  const ingress = await spawnApp(
    "ingress",
    {
      DATABASE_URL: database.urlFor("relink_ingress"),
      REDIS_URL: redis.url,
      PLAID_CLIENT_ID: "client",
      PLAID_SECRET: "secret",
      PLAID_ENV: "sandbox",
      PLAID_BASE_URL: plaid.url,
    },
    { port: await freePortRange() },
  );
  onTestFinished(async () => void (await ingress.stop()));
  const settings: Record<string, string> = { ...env(), PLAID_WEBHOOK_URL: `${ingress.url}/webhooks/plaid` };
  const { code, findings, result, out } = await doctor(settings);
  const bad = findings.filter(({ state, check }) => state !== "ok" && check !== "keys");
  expect(bad).toEqual([]);
  expect(code).toBe(0);
  expect(result).toMatchObject({ failed: 0 });
  expect(findings.map(({ check }) => check)).toEqual([
    "settings",
    "postgres",
    "migrations",
    "keys",
    "redis",
    "plaid",
    "webhook url",
    "clock",
    "clock",
    "mail",
  ]);
  expect(mail.mails).toEqual([]);
  for (const name of ["PLAID_SECRET", "RELINK_ADMIN_API_KEY", "LINK_TOKEN_KEYS", "DATABASE_URL"] as const) {
    expect(out).not.toContain(settings[name]);
  }
  // Looking announces no key.
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  expect((await owner.query("select from encryption_keys")).rows).toEqual([]);
  await owner.end();
}, 60_000);

test("for a person there is one line for each thing", async () => {
  const { out, code } = await runRelink(["doctor"], { REDIS_URL: redis.url });
  expect(code).toBe(0);
  expect(out).toMatch(
    /^warning  settings  not set here, so not looked at: DATABASE_URL, PLAID_CLIENT_ID, .*\nok       redis     version /,
  );
});

test("settings that are wrong are named, one by one, and do not hide the others", async () => {
  const { code, of } = await doctor({
    ...env(),
    SMTP_URL: "mail.example.com",
    ENCRYPTION_KEYS: "MARKER",
    PLAID_ENV: "production",
    PLAID_WEBHOOK_URL: "http://relink.invalid/",
  });
  expect(code).toBe(1);
  expect(of("settings").map(({ state, message }) => `${state}: ${message}`)).toEqual([
    "failed: SMTP_URL: must be a URL that starts with smtp:// or smtps://",
    "failed: ENCRYPTION_KEYS: key 1 must be 32 bytes in base64: openssl rand -base64 32",
    "warning: PLAID_BASE_URL leads calls of production away from Plaid",
    "failed: PLAID_WEBHOOK_URL: must begin with https:// in production",
  ]);
  expect(of("postgres")).toMatchObject([{ state: "ok" }]);
});

test("stores that are away are failures with advice, and no address", async () => {
  const { code, of, out } = await doctor({
    DATABASE_URL: "postgres://relink_api:MARKER@127.0.0.1:9/relink",
    REDIS_URL: "redis://:MARKER@127.0.0.1:9",
    SMTP_URL: "smtp://user:MARKER@127.0.0.1:9",
    EMAIL_FROM: "a@example.com",
  });
  expect(code).toBe(1);
  expect(of("postgres")).toMatchObject([
    { state: "failed", message: expect.stringContaining("check DATABASE_URL") as string },
  ]);
  expect(of("redis")).toMatchObject([
    { state: "failed", message: expect.stringContaining("check REDIS_URL") as string },
  ]);
  expect(of("mail")).toMatchObject([{ state: "failed", message: expect.stringContaining("Check SMTP_URL") as string }]);
  expect(out).not.toContain("MARKER");
});

test("a database that was not migrated is found out by any role", async () => {
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  await owner.query("alter table items rename column muted_at to was_muted_at");
  onTestFinished(async () => {
    await owner.query("alter table items rename column was_muted_at to muted_at");
    await owner.end();
  });
  for (const role of ["relink_api", "relink_ingress"] as const) {
    expect((await doctor({ DATABASE_URL: database.urlFor(role) })).of("migrations")).toEqual([
      {
        check: "migrations",
        state: "failed",
        message: "the database lacks 1 column(s), the first is items.muted_at: migrate it (packages/db/src/main.ts)",
      },
    ]);
  }
});

test("credentials that Plaid does not know are a failure", async () => {
  const refusing = await startHttp((server) =>
    server.on("request", (_request, response) => {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(
        '{"error_type":"INVALID_INPUT","error_code":"INVALID_API_KEYS","error_message":"","request_id":"r1"}',
      );
    }),
  );
  const { of } = await doctor({ ...env(), PLAID_BASE_URL: refusing });
  expect(of("plaid")).toMatchObject([
    { state: "failed", message: expect.stringMatching(/INVALID_API_KEYS.*the secret is the one of sandbox/) as string },
  ]);
});

test.each([
  [200, "it answers 200 to a webhook without a signature"],
  [302, "it answers 302, and Plaid follows no redirect"],
  [404, "it answers 404"],
])("a webhook URL that answers %i leads to something else", async (status, message) => {
  const url = await startHttp((server) =>
    server.on("request", (_request, response) => response.writeHead(status).end("hello")),
  );
  const { of } = await doctor({ PLAID_WEBHOOK_URL: url });
  expect(of("webhook url")).toMatchObject([{ state: "failed", message: expect.stringContaining(message) as string }]);
});

test.each([
  [10_000, "warning"],
  [-120_000, "failed"],
])("a clock that is %i ms apart from Plaid's is a %s", async (apartMs, state) => {
  const url = await startHttp((server) =>
    server.on("request", (_request, response) => {
      response.setHeader("date", new Date(Date.now() + apartMs).toUTCString());
      response.writeHead(404).end();
    }),
  );
  const { of } = await doctor({ PLAID_ENV: "sandbox", PLAID_BASE_URL: url });
  expect(of("clock")).toMatchObject([{ state, message: expect.stringContaining("s apart") as string }]);
});
