import { randomBytes } from "node:crypto";
import { setting } from "@relink/service";
import { freePortRange, type RunningApp, spawnApp, waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startApiLoad } from "../testing/api-load.ts";
import { startPlaidStandIn, WEBHOOK_URL } from "../testing/plaid-stand-in.ts";
import { seedItems, seedLinkSessions } from "../testing/seed-sealed-rows.ts";
import { type CliRun, spawnCli } from "../testing/spawn-cli.ts";

const ITEMS = 5_000;
const LINK_SESSIONS = 40;
const API_KEY = randomBytes(24).toString("hex");

const database = useDatabase();
let owner: pg.Client;
let plaid: Awaited<ReturnType<typeof startPlaidStandIn>>;
beforeAll(async () => {
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  plaid = await startPlaidStandIn();
});
afterAll(async () => {
  await plaid.close();
  await owner.end();
});

const newKey = (id: string): string => `${id}:${randomBytes(32).toString("base64")}`;
const [OLD, NEW] = [newKey("old"), newKey("new")];

function relink(args: string, encryptionKeys: string): CliRun {
  return spawnCli(args.split(" "), {
    PATH: process.env["PATH"] ?? "",
    DATABASE_URL: database.urlFor("relink_operator"),
    ENCRYPTION_KEYS: encryptionKeys,
  });
}

async function startApi(encryptionKeys: string): Promise<RunningApp> {
  const app = await spawnApp(
    "api",
    {
      DATABASE_URL: database.urlFor("relink_api"),
      PLAID_CLIENT_ID: "client",
      PLAID_SECRET: "secret",
      PLAID_ENV: "sandbox",
      PLAID_BASE_URL: plaid.url,
      PLAID_WEBHOOK_URL: WEBHOOK_URL,
      LINK_PUBLIC_URL: "http://127.0.0.1:9",
      ENCRYPTION_KEYS: encryptionKeys,
      LINK_TOKEN_KEYS: newKey("l1"),
      RELINK_ADMIN_API_KEY: API_KEY,
    },
    { port: await freePortRange() },
  );
  onTestFinished(async () => void (await app.stop()));
  return app;
}

async function countUnder(keyId: string): Promise<number> {
  const { rows } = await owner.query<{ count: string }>(
    `select (select count(*) from items where substring(access_token from 3 for $1) = $2)
      + (select count(*) from link_sessions where substring(link_token from 3 for $1) = $2) as count`,
    [keyId.length, Buffer.from(keyId)],
  );
  return Number(rows[0]?.count);
}

test("the five steps of a rotation, with the apps in use all the time and the command interrupted once, lose nothing", async () => {
  const seeded = await seedItems(owner, setting.keyRing.parse(OLD), ITEMS);
  await seedLinkSessions(owner, setting.keyRing.parse(OLD), seeded.slice(0, LINK_SESSIONS));
  let apps = [await startApi(OLD), await startApi(OLD)];
  const load = startApiLoad({ urls: apps.map(({ url }) => url), apiKey: API_KEY, itemIds: seeded, pauseMs: 20 });
  onTestFinished(async () => void (await load.stop()));
  const someRounds = async () => {
    const { read } = load.report;
    await waitFor(() => load.report.read >= read + 6 || load.report.failures.length > 0, { timeoutMs: 30_000 });
    expect(load.report.failures).toEqual([]);
  };
  /** One app after the other, so that for a while both rings are in use. */
  const deploy = async (encryptionKeys: string) => {
    await someRounds();
    for (const [index, before] of apps.entries()) {
      const after = await startApi(encryptionKeys);
      apps = apps.with(index, after);
      load.urls = apps.map(({ url }) => url);
      // A request that arrives as an app stops has no answer: nobody asks it any more by then.
      await someRounds();
      await before.stop();
    }
  };

  await deploy(`${OLD},${NEW}`);
  // Too early: nobody has the new key first, and some may not have it at all.
  expect(await relink("keys rotate", `${NEW},${OLD}`).ended).toMatchObject({
    code: 1,
    err: 'relink: no app has started with key "new" as its first yet: give it to all of them as the second key, then to all of them as the first, and run this again\n',
  });
  expect(await countUnder("new")).toBe(0);

  await deploy(`${NEW},${OLD}`);
  // So slow that it takes ten seconds from there to where too few are left.
  const first = relink("keys rotate --batch 50 --rate 300/s", `${NEW},${OLD}`);
  await waitFor(async () => (await countUnder("new")) > 1_000, { timeoutMs: 60_000 });
  first.interrupt();
  const interrupted = await first.ended;
  expect(interrupted).toMatchObject({ code: 130, err: "" });
  expect(interrupted.out).toMatch(
    /^Stopped in good order: [\d,]+ value\(s\) sealed anew with key "new", [\d,]+ to go\. Run the same command to go on\.\n$/,
  );
  expect(await countUnder("old")).toBeGreaterThan(1_000);
  expect((await relink("keys retire old", `${NEW},${OLD}`).ended).err).toMatch(
    /^relink: \d+ value\(s\) are sealed with key "old"/,
  );

  const second = await relink("keys rotate", `${NEW},${OLD}`).ended;
  expect(second).toMatchObject({ code: 0, err: "" });
  expect(second.out).toMatch(
    /^[\d,]+ value\(s\) sealed anew with key "new"\. No value is left under another key\.\nKey "old" is not needed any more\. When no backup is left that needs it: relink keys retire old\n$/,
  );
  expect(await countUnder("old")).toBe(0);
  // A deployment that has lost the old key before it was retired is stopped.
  await expect(startApi(NEW)).rejects.toThrow('sealed with key "old", and it is not in the ring');

  expect(await relink("keys retire old", `${NEW},${OLD}`).ended).toEqual({
    code: 0,
    out: 'Key "old" is retired. Take it out of ENCRYPTION_KEYS in every app.\n',
    err: "",
  });
  await deploy(NEW);

  const report = await load.stop();
  expect(report.failures).toEqual([]);
  expect(report.registered).toBeGreaterThan(50);
  const { rows } = await owner.query<{ items: number; wrong: number }>(
    "select count(*)::int as items, count(*) filter (where status <> 'healthy')::int as wrong from items",
  );
  expect(rows[0]?.wrong).toBe(0);
  expect(await countUnder("new")).toBe((rows[0]?.items ?? 0) + LINK_SESSIONS);
  expect(apps.flatMap(({ lines }) => lines).filter((line) => line.includes("ERR_SEAL"))).toEqual([]);
}, 480_000);

test("status tells what each key has sealed, and fails if one of them is missing", async () => {
  const { code, out } = await relink("keys status", NEW).ended;
  expect(code).toBe(0);
  expect(out).toMatch(
    /^key +access tokens +link tokens +endpoint secrets +kept answers\nnew +seals and opens +[\d,]+ +40 +0 +0\n$/,
  );

  const missing = await relink("keys status --json", OLD).ended;
  expect(missing.code).toBe(1);
  expect(JSON.parse(missing.out)).toEqual({
    keys: [
      {
        id: "old",
        place: "first",
        isNeededAtStart: false,
        values: {
          "items.access_token": 0,
          "link_sessions.link_token": 0,
          "subscription_secrets.secret": 0,
          "idempotency_keys.body": 0,
        },
      },
      {
        id: "new",
        place: "missing",
        isNeededAtStart: true,
        values: {
          "items.access_token": expect.any(Number) as number,
          "link_sessions.link_token": LINK_SESSIONS,
          "subscription_secrets.secret": 0,
          "idempotency_keys.body": 0,
        },
      },
    ],
  });
}, 60_000);

test("values that no key opens are named by their rows, left as they are, and keep the rotation from being complete", async () => {
  const next = `${newKey("next")},${NEW}`;
  const app = await startApi(next);
  const { rows } = await owner.query<{ id: string }>("select id from items order by id limit 2");
  const [moved, torn] = rows.map(({ id }) => id);
  await owner.query("update items set access_token = (select access_token from items where id = $2) where id = $1", [
    moved,
    torn,
  ]);
  await owner.query("update items set access_token = '\\x01' where id = $1", [torn]);

  const { code, out } = await relink("keys rotate --json", next).ended;
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    state: "incomplete",
    remaining: 2,
    unreadable: [
      `items.access_token of ${moved} does not open: it was changed, or belongs to another row`,
      `items.access_token of ${torn} is not a sealed value`,
    ],
    unused: [],
  });
  const status = await relink("keys status", next).ended;
  expect(status.out).toMatch(/\(of no known form\) +NOT IN ENCRYPTION_KEYS +1 +0 +0/);
  await app.stop();
}, 120_000);

test("the operator's role sees no person and no status, and changes nothing but sealed values", async () => {
  const operator = new pg.Client({ connectionString: database.urlFor("relink_operator") });
  await operator.connect();
  for (const text of [
    "select email from users",
    "select status from items",
    "select body from webhook_events",
    "select link_token_hash from link_sessions",
    "update items set environment = 'production'",
    "insert into encryption_keys (id, canary) values ('x', '')",
    "delete from items",
  ]) {
    await expect(operator.query(text)).rejects.toThrow("permission denied");
  }
  await operator.end();
});
