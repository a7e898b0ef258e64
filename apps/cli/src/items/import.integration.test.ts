import { randomUUIDv7 } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSealed } from "@relink/db";
import { waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { fleetEnv, fleetKeys } from "../testing/fleet-env.ts";
import { accessTokenOf, type PlaidStandIn, startPlaidStandIn } from "../testing/plaid-stand-in.ts";
import { busiest, runRelink } from "../testing/run-relink.ts";
import { spawnCli } from "../testing/spawn-cli.ts";

const database = useDatabase();
let owner: pg.Client;
let plaid: PlaidStandIn;
let folder: string;
beforeAll(async () => {
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  folder = await mkdtemp(join(tmpdir(), "relink-import-"));
});
afterAll(async () => {
  await owner.end();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  plaid = await startPlaidStandIn();
});
afterEach(async () => {
  await plaid.close();
  await owner.query("truncate items, users, webhook_events, plaid_api_events cascade");
});

const env = () => fleetEnv(database.urlFor("relink_api"), plaid.url);

async function importText(text: string, { args = [] as string[], minuteMs = 100 } = {}) {
  const run = await runRelink(["items", "import", "-", "--json", ...args], env(), { input: text, minuteMs });
  const lines = run.json();
  return { ...run, wrong: lines.slice(0, -1), result: lines.at(-1) };
}

const HEADER = "access_token,external_user_id,email,name,locale,time_zone,institution_id,item_id";
const row = (n: number, itemId = `plaid-item-${n}`) =>
  `${accessTokenOf(`plaid-item-${n}`)},u-${n},u${n}@example.com,User ${n},en,America/New_York,ins_1,${itemId}`;
const csv = (...rows: string[]) => `${[HEADER, ...rows].join("\n")}\n`;
const numbered = (count: number, itemId?: string) => Array.from({ length: count }, (_, n) => row(n, itemId));

interface StoredItem {
  id: string;
  plaid_item_id: string;
  access_token: Buffer;
  external_id: string;
  email: string | null;
  [column: string]: unknown;
}

async function stored(): Promise<StoredItem[]> {
  const { rows } = await owner.query<StoredItem>(
    `select items.*, items.xmin::text as version, external_id, email, name, locale, time_zone, users.xmin::text as user_version
      from items join users on users.id = user_id order by plaid_item_id`,
  );
  return rows;
}

const tokenOf = ({ id, access_token: sealed }: StoredItem) =>
  openSealed(sealed, { column: "items.access_token", rowId: id, environment: "sandbox" }, fleetKeys()).reveal();

test("good rows are stored with their users, bad ones are told by line and reason, and no token is shown", async () => {
  const { code, out, err, wrong, result } = await importText(
    csv(
      row(1),
      row(2).replace("u2@example.com", "not an address"),
      "access-sandbox-MARKER-0000,u-3",
      row(4).replace("America/New_York", "Mars/Olympus"),
      row(5),
    ),
  );
  expect([code, err]).toEqual([1, ""]);
  expect(wrong).toEqual([
    { line: 3, reason: "email: must be one plain address that mail can be sent to" },
    { line: 4, reason: "has 2 column(s), and the header 8" },
    { line: 5, reason: "time_zone: must be a time zone of the IANA database, such as America/New_York" },
  ]);
  expect(result).toEqual({ state: "incomplete", rows: 5, added: 2, updated: 0, unchanged: 0, wrong: 3, asked: 0 });
  expect(out).not.toMatch(/access-sandbox|MARKER/);

  const items = await stored();
  expect(items.map(({ plaid_item_id: id }) => id)).toEqual(["plaid-item-1", "plaid-item-5"]);
  expect(items[0]).toMatchObject({
    environment: "sandbox",
    status: "healthy",
    institution_id: "ins_1",
    external_id: "u-1",
    email: "u1@example.com",
    name: "User 1",
    locale: "en",
    time_zone: "America/New_York",
    // Unverified, so the reconciliation sweep takes them first; all at once they would be a flood.
    asked_at: null,
    confirm_due_at: null,
  });
  expect(items.map(tokenOf)).toEqual([accessTokenOf("plaid-item-1"), accessTokenOf("plaid-item-5")]);
  expect(plaid.calls).toEqual([]);
});

test("for a person the wrong lines go to standard error, and the result says what to do", async () => {
  const run = await runRelink(["items", "import", "-"], env(), { input: csv(row(1), "x") });
  expect(run.err).toBe("line 3: has 1 column(s), and the header 8\n");
  expect(run.out).toBe(
    "2 row(s): 1 added, 0 updated, 0 unchanged, 1 wrong.\nCorrect the lines that are wrong, and import the file again.\n",
  );
});

test("importing again changes nothing, not even a row's version", async () => {
  const text = csv(...numbered(1_200));
  expect((await importText(text)).result).toMatchObject({ state: "complete", added: 1_200 });
  const before = await stored();
  const again = await importText(text);
  expect(again.code).toBe(0);
  expect(again.result).toMatchObject({ state: "complete", added: 0, updated: 0, unchanged: 1_200 });
  const after = await stored();
  expect(after).toHaveLength(1_200);
  expect(after.map((item) => [item["version"], item["user_version"]])).toEqual(
    before.map((item) => [item["version"], item["user_version"]]),
  );
}, 60_000);

test("a new token, bank or owner, and a changed user, are taken over; an empty cell leaves what is known", async () => {
  await importText(csv(...numbered(4)));
  const rotated = "access-sandbox-rotated-plaid-item-0";
  const { result } = await importText(
    csv(
      row(0).replace(accessTokenOf("plaid-item-0"), rotated),
      row(1).replace("u-1,u1@example.com", "u-9,u9@example.com"),
      row(2).replace("u2@example.com,User 2", ",Other Name"),
      row(3).replace("ins_1", ""),
    ),
  );
  expect(result).toMatchObject({ added: 0, updated: 3, unchanged: 1 });
  const [first, second, third, fourth] = await stored();
  expect(first && tokenOf(first)).toBe(rotated);
  expect(second).toMatchObject({ external_id: "u-9", email: "u9@example.com" });
  expect(third).toMatchObject({ email: "u2@example.com", name: "Other Name" });
  expect(fourth).toMatchObject({ institution_id: "ins_1" });
});

test("of rows for the same Item, or the same user, the last one wins", async () => {
  const { result } = await importText(csv(row(1).replace("User 1", "Before"), row(1)));
  expect(result).toMatchObject({ rows: 2, added: 1, unchanged: 1 });
  expect(await stored()).toMatchObject([{ name: "User 1" }]);
});

test("without item_id Plaid is asked for it, once, within the limit; the next import need not ask", async () => {
  const text = csv(...numbered(60, ""));
  const minuteMs = 2_000;
  const first = await importText(text, { minuteMs, args: ["--rate", "50/min"] });
  expect(first.result).toMatchObject({ state: "complete", added: 60, asked: 60 });
  const times = plaid.calls.filter(({ path }) => path === "/item/get").map(({ at }) => at);
  expect(times).toHaveLength(60);
  // A busy machine may note a time some milliseconds late.
  expect(busiest(times, minuteMs - 100)).toBeLessThanOrEqual(50);
  expect((await stored()).map(({ plaid_item_id: id }) => id)).toContain("plaid-item-59");

  const again = await importText(text);
  expect(again.result).toMatchObject({ unchanged: 60, asked: 0 });
  expect(plaid.calls).toHaveLength(60);
  // Each call can be found by Plaid's support.
  const { rows } = await owner.query(
    "select from plaid_api_events where method = '/item/get' and request_id is not null",
  );
  expect(rows).toHaveLength(60);
});

test("a token that Plaid does not know is a wrong line; trouble at Plaid that passes is none", async () => {
  plaid.fail("plaid-item-1", { status: 400, errorType: "INVALID_INPUT", errorCode: "INVALID_ACCESS_TOKEN" });
  plaid.fail(
    "plaid-item-2",
    { status: 500, errorType: "API_ERROR", errorCode: "INTERNAL_SERVER_ERROR" },
    { status: 429, errorType: "RATE_LIMIT_EXCEEDED", errorCode: "ITEM_GET_LIMIT" },
  );
  const { wrong, result } = await importText(csv(row(1, ""), row(2, "")));
  expect(wrong).toEqual([
    {
      line: 2,
      reason: expect.stringMatching(/^Plaid answered INVALID_ACCESS_TOKEN \(request_id [\w-]{36}\)$/) as string,
    },
  ]);
  expect(result).toMatchObject({ added: 1, wrong: 1 });
  expect(plaid.calls.filter(({ plaidItemId }) => plaidItemId === "plaid-item-2")).toHaveLength(3);
});

test("a Plaid that is away ends it with what to do; what was imported stays", async () => {
  const gone = { ...env(), PLAID_BASE_URL: "http://127.0.0.1:9" };
  const text = csv(...numbered(500), row(600, ""));
  const run = await runRelink(["items", "import", "-"], gone, { input: text });
  expect(run.code).toBe(1);
  expect(run.err).toMatch(/^relink: \/item\/get got no answer from Plaid: .*the same command goes on from there\n$/);
  expect(await stored()).toHaveLength(500);
});

test("interrupted, it ends in good order, and the same command goes on without asking anew", async () => {
  const path = join(folder, "items.ndjson");
  const text = Array.from({ length: 700 }, (_, n) =>
    JSON.stringify({
      access_token: accessTokenOf(`plaid-item-${n}`),
      external_user_id: `u-${n}`,
      item_id: n < 500 ? `plaid-item-${n}` : null,
    }),
  ).join("\n");
  await writeFile(path, text);
  // The calls for the last 200 take 12 seconds at this rate.
  const run = spawnCli(["items", "import", path, "--rate", "1000/min", "--json"], env());
  await waitFor(() => plaid.calls.length > 20, { timeoutMs: 60_000 });
  run.interrupt();
  const { code, out, err } = await run.ended;
  expect([code, err]).toEqual([130, ""]);
  const interrupted = JSON.parse(out) as { state: string; rows: number };
  expect(interrupted.state).toBe("interrupted");
  const before = await stored();
  expect(before).toHaveLength(interrupted.rows);
  // What was learned before it was stopped is not lost.
  expect(before.length).toBeGreaterThan(510);
  expect(before.length).toBeLessThan(700);

  const askedBefore = plaid.calls.length;
  const rest = await runRelink(["items", "import", path, "--json"], env());
  expect(rest.code).toBe(0);
  expect(rest.json().at(-1)).toMatchObject({ rows: 700, added: 700 - before.length, unchanged: before.length });
  expect(plaid.calls.length - askedBefore).toBe(700 - before.length);
  const after = await stored();
  expect(after).toHaveLength(700);
  expect(new Set(after.map(({ email }) => email))).toEqual(new Set([null]));
}, 120_000);

test("webhooks that came before their Item are given back to the workers", async () => {
  const park = (plaidItemId: string, reason: string) =>
    owner.query(
      `insert into webhook_events (id, delivery_key, environment, body, body_sha256, signed_at, key_id, parked_at,
        parked_reason, plaid_item_id) values ($1, $2, 'sandbox', '', '', now(), 'k', now(), $3, $4)`,
      [randomUUIDv7(), Buffer.from(plaidItemId + reason), reason, plaidItemId],
    );
  await park("plaid-item-1", "unknown_item");
  await park("plaid-item-1", "no_json");
  await park("plaid-item-2", "unknown_item");
  await importText(csv(row(1)));
  const { rows } = await owner.query(
    "select plaid_item_id, parked_reason from webhook_events order by 1, 2 nulls first",
  );
  expect(rows).toEqual([
    { plaid_item_id: "plaid-item-1", parked_reason: null },
    { plaid_item_id: "plaid-item-1", parked_reason: "no_json" },
    { plaid_item_id: "plaid-item-2", parked_reason: "unknown_item" },
  ]);
});

test("two imports of the same file at once add each Item once", async () => {
  const text = csv(...numbered(1_200));
  const runs = await Promise.all([importText(text), importText(text), importText(text)]);
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(runs.reduce((sum, { result }) => sum + Number(result?.["added"]), 0)).toBe(1_200);
  expect(await stored()).toHaveLength(1_200);
}, 60_000);

test("an Item of the other environment is refused", async () => {
  await importText(csv(row(1)));
  await owner.query("update items set environment = 'production'");
  const { wrong } = await importText(csv(row(1)));
  expect(wrong).toEqual([{ line: 2, reason: "its Item is known in the other environment" }]);
});

test("a key that no app has as its first seals nothing", async () => {
  await importText(csv(row(1)));
  const [known = "", other] = [env()["ENCRYPTION_KEYS"], "n1:8Tq0o1xV0Zx6sPp2GmYw1aHcVq3mJ5kL9dR7uE4tFbM="];
  const run = await runRelink(
    ["items", "import", "-"],
    { ...env(), ENCRYPTION_KEYS: `${other},${known}` },
    {
      input: csv(row(2)),
    },
  );
  expect(run.code).toBe(1);
  expect(run.err).toContain('no app has started with key "n1" as its first yet');
  expect(await stored()).toHaveLength(1);
});
