import { showId } from "@relink/service";
import { useDatabase } from "@relink/testkit/vitest";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { fleetEnv, fleetKeys } from "../testing/fleet-env.ts";
import { type PlaidStandIn, startPlaidStandIn } from "../testing/plaid-stand-in.ts";
import { runRelink } from "../testing/run-relink.ts";
import { seedItems } from "../testing/seed-sealed-rows.ts";

const URL_NOW = "https://relink.example.com/webhooks/plaid";

const database = useDatabase();
let owner: pg.Client;
let worker: pg.Pool;
let plaid: PlaidStandIn;
beforeAll(async () => {
  owner = new pg.Client({ connectionString: database.url });
  worker = new pg.Pool({ connectionString: database.url, max: 2 });
  await owner.connect();
});
afterAll(async () => {
  await worker.end();
  await owner.end();
});
beforeEach(async () => {
  plaid = await startPlaidStandIn();
});
afterEach(async () => {
  await plaid.close();
  await owner.query("truncate items, users cascade");
});

async function repoint(args: string[] = [], signal?: AbortSignal) {
  const env = fleetEnv(database.urlFor("relink_api"), plaid.url);
  const run = await runRelink(["webhooks", "repoint", URL_NOW, "--wait", "2", "--json", ...args], env, {
    ...(signal !== undefined && { signal }),
  });
  const lines = run.json();
  return { ...run, details: lines.slice(0, -1), result: lines.at(-1) };
}

/** What a worker does when Plaid's webhook to a new URL has come. */
async function acknowledge(plaidItemId: string, url: string): Promise<void> {
  await worker.query("update items set webhook_url = $2, webhook_acknowledged_at = now() where plaid_item_id = $1", [
    plaidItemId,
    url,
  ]);
}

const asked = () => plaid.calls.map(({ plaidItemId }) => plaidItemId);
const plaidIdOf = (id: string) => `seeded-${id}`;

test("every Item is pointed at the URL, one of them before the others, and nothing is left to do after that", async () => {
  const ids = await seedItems(owner, fleetKeys(), 40);
  let atFirst: number | undefined;
  plaid.onWebhookUpdate = async (plaidItemId, url) => {
    // While the first one is not proven, nobody else is touched.
    if (plaidItemId === plaidIdOf(ids[0] ?? "")) {
      setTimeout(() => {
        atFirst = plaid.calls.length;
        void acknowledge(plaidItemId, url);
      }, 300);
    } else await acknowledge(plaidItemId, url);
  };
  const { code, details, result } = await repoint(["--wait", "20"]);
  expect(code).toBe(0);
  expect(details).toEqual([]);
  expect(result).toEqual({ state: "complete", items: 40, repointed: 40, failed: 0, unacknowledged: 0 });
  expect(atFirst).toBe(1);
  expect(new Set(asked()).size).toBe(40);

  plaid.calls.length = 0;
  expect((await repoint()).result).toMatchObject({ state: "complete", items: 0 });
  expect(plaid.calls).toEqual([]);
});

test("where the first acknowledgement does not come, no other Item is touched", async () => {
  const ids = await seedItems(owner, fleetKeys(), 5);
  const { code, details, result } = await repoint();
  expect(code).toBe(1);
  expect(details).toEqual([{ item: showId("itm", ids[0] ?? ""), problem: "unacknowledged" }]);
  expect(result).toMatchObject({ state: "refused", repointed: 1, unacknowledged: 5 });
  expect(asked()).toEqual([plaidIdOf(ids[0] ?? "")]);
});

test("Items that fail or are never acknowledged are named, and the next run takes only those", async () => {
  const ids = await seedItems(owner, fleetKeys(), 6);
  const [silent = "", refused = ""] = ids.slice(3);
  plaid.fail(plaidIdOf(refused), { status: 400, errorType: "ITEM_ERROR", errorCode: "ITEM_NOT_FOUND" });
  plaid.onWebhookUpdate = async (plaidItemId, url) => {
    if (plaidItemId !== plaidIdOf(silent)) await acknowledge(plaidItemId, url);
  };
  const first = await repoint();
  expect(first.code).toBe(1);
  expect(first.details).toEqual([
    {
      item: showId("itm", refused),
      problem: "failed",
      reason: expect.stringMatching(/^Plaid answered ITEM_NOT_FOUND \(request_id /) as string,
    },
    { item: showId("itm", silent), problem: "unacknowledged" },
    { item: showId("itm", refused), problem: "unacknowledged" },
  ]);
  expect(first.result).toMatchObject({ state: "incomplete", repointed: 5, failed: 1, unacknowledged: 2 });

  plaid.calls.length = 0;
  plaid.onWebhookUpdate = acknowledge;
  expect((await repoint()).result).toMatchObject({ state: "complete", items: 2, repointed: 2 });
  expect(asked().toSorted()).toEqual([silent, refused].map(plaidIdOf).toSorted());
});

test("what was proven of another URL counts for nothing, before and after a stop", async () => {
  const ids = await seedItems(owner, fleetKeys(), 30);
  for (const id of ids) await acknowledge(plaidIdOf(id), "https://old.example.com/");
  const stop = new AbortController();
  plaid.onWebhookUpdate = async (plaidItemId, url) => {
    await acknowledge(plaidItemId, url);
    if (plaid.calls.length >= 10) stop.abort();
  };
  const interrupted = await repoint(["--rate", "300/min"], stop.signal);
  expect(interrupted.code).toBe(130);
  expect(interrupted.result).toMatchObject({ state: "interrupted" });
  const { rows } = await owner.query(
    "select from items where webhook_url = $1 and webhook_acknowledged_at is not null",
    [URL_NOW],
  );
  expect(rows.length).toBeLessThan(30);
  const rest = await repoint();
  expect(rest.result).toMatchObject({ state: "complete", items: 30 - rows.length, repointed: 30 - rows.length });
});
