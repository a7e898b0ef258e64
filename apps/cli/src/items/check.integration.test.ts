import { showId } from "@relink/service";
import { useDatabase } from "@relink/testkit/vitest";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { fleetEnv, fleetKeys } from "../testing/fleet-env.ts";
import { type PlaidStandIn, startPlaidStandIn } from "../testing/plaid-stand-in.ts";
import { busiest, runRelink } from "../testing/run-relink.ts";
import { seedItems } from "../testing/seed-sealed-rows.ts";

const database = useDatabase();
let owner: pg.Client;
let plaid: PlaidStandIn;
beforeAll(async () => {
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
});
afterAll(() => owner.end());
beforeEach(async () => {
  plaid = await startPlaidStandIn();
});
afterEach(async () => {
  await plaid.close();
  await owner.query("truncate items, users cascade");
});

async function check(args: string[] = [], options: { minuteMs?: number; signal?: AbortSignal } = {}) {
  const env = fleetEnv(database.urlFor("relink_api"), plaid.url);
  const run = await runRelink(["items", "check", "--json", ...args], env, options);
  const lines = run.code === 2 ? [] : run.json();
  return { ...run, details: lines.slice(0, -1), result: lines.at(-1) };
}

const seed = (count: number) => seedItems(owner, fleetKeys(), count);
const plaidIdOf = (id: string) => `seeded-${id}`;

test("answers are stored as a worker stores them, and those that differ are told", async () => {
  const [broken = "", gone = "", ...well] = await seed(12);
  plaid.breakItem(plaidIdOf(broken), "ITEM_LOGIN_REQUIRED");
  plaid.fail(plaidIdOf(gone), { status: 400, errorType: "ITEM_ERROR", errorCode: "ITEM_NOT_FOUND" });
  const { code, details, result } = await check();
  expect(code).toBe(0);
  expect(details.toSorted((a, b) => String(a["status"]).localeCompare(String(b["status"])))).toEqual([
    { item: showId("itm", broken), was: "healthy", status: "login_required", error: null },
    { item: showId("itm", gone), was: "healthy", status: "removed", error: null },
  ]);
  expect(result).toEqual({
    state: "complete",
    answered: 12,
    changed: 2,
    unanswered: 0,
    statuses: { healthy: 10, login_required: 1, removed: 1 },
  });
  const { rows } = await owner.query("select id, status from items where status = 'healthy' and asked_at is not null");
  expect(rows).toHaveLength(well.length);
  // The user is told by the workers, as always.
  const { rows: mails } = await owner.query("select item_id, state from emails");
  expect(mails).toEqual([{ item_id: broken, state: "owed" }]);
});

test("calls stay within the limit, and each Item is asked about once", async () => {
  await seed(80);
  const minuteMs = 2_000;
  const { result } = await check(["--rate", "60/min"], { minuteMs });
  expect(result).toMatchObject({ answered: 80 });
  const times = plaid.calls.map(({ at }) => at);
  expect(new Set(plaid.calls.map(({ plaidItemId }) => plaidItemId)).size).toBe(80);
  // A busy machine may note a time some milliseconds late.
  expect(busiest(times, minuteMs - 100)).toBeLessThanOrEqual(60);
});

test("--item, --status and --limit choose", async () => {
  const ids = await seed(6);
  const [first = "", second = ""] = ids;
  plaid.breakItem(plaidIdOf(first), "ITEM_LOGIN_REQUIRED");
  expect((await check(["--item", showId("itm", first)])).result).toMatchObject({ answered: 1, changed: 1 });
  expect((await check(["--status", "login_required"])).result).toMatchObject({ answered: 1, changed: 0 });
  plaid.calls.length = 0;
  expect((await check(["--status", "healthy", "--limit", "2"])).result).toMatchObject({ answered: 2 });
  expect(plaid.calls.map(({ plaidItemId }) => plaidItemId).toSorted()).toEqual(
    [second, ids[2] ?? ""].map(plaidIdOf).toSorted(),
  );
});

test("an Item that Plaid gives no answer about is told, changes nothing, and makes it incomplete", async () => {
  const [id = ""] = await seed(2);
  const trouble = { status: 500, errorType: "API_ERROR", errorCode: "INTERNAL_SERVER_ERROR" };
  plaid.fail(plaidIdOf(id), trouble, trouble, trouble, trouble);
  const { code, details, result } = await check();
  expect(code).toBe(1);
  expect(details).toEqual([
    {
      item: showId("itm", id),
      was: "healthy",
      status: null,
      error: { code: "INTERNAL_SERVER_ERROR", requestId: expect.any(String) as string },
    },
  ]);
  expect(result).toMatchObject({ state: "incomplete", answered: 1, unanswered: 1 });
  const { rows } = await owner.query("select status, asked_at from items where id = $1", [id]);
  expect(rows).toEqual([{ status: "healthy", asked_at: null }]);
});

test("a Plaid that is away ends it with what to do, and all that waits for it", async () => {
  await seed(200);
  const env = { ...fleetEnv(database.urlFor("relink_api"), plaid.url), PLAID_BASE_URL: "http://127.0.0.1:9" };
  const { code, err } = await runRelink(["items", "check"], env);
  expect(code).toBe(1);
  expect(err).toMatch(/^relink: \/item\/get got no answer from Plaid: .*the same command goes on from there\n$/);
});

test("interrupted, it ends at once, and the answers that came are stored", async () => {
  await seed(50);
  const stop = new AbortController();
  const running = check(["--rate", "60/min"], { minuteMs: 6_000, signal: stop.signal });
  await expect.poll(() => plaid.calls.length, { timeout: 10_000 }).toBeGreaterThan(5);
  stop.abort();
  const { code, result } = await running;
  expect(code).toBe(130);
  expect(result).toMatchObject({ state: "interrupted" });
  const { rows } = await owner.query("select from items where asked_at is not null");
  expect(rows.length).toBe(result?.["answered"]);
  expect(rows.length).toBeLessThan(50);
});
