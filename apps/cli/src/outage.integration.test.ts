import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@relink/db";
import { type PostgresServer, startPostgres, waitFor } from "@relink/testkit";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { fleetEnv, fleetKeys } from "./testing/fleet-env.ts";
import { type PlaidStandIn, startPlaidStandIn } from "./testing/plaid-stand-in.ts";
import { runRelink } from "./testing/run-relink.ts";
import { seedItems } from "./testing/seed-sealed-rows.ts";

const URL_NOW = "https://relink.example.com/webhooks/plaid";
/** Long enough for Postgres to stop and start again within what is a minute to the commands. */
const MINUTE_MS = 20_000;
/** So slow that 80 Items take 4 s. */
const CHECK = ["items", "check", "--rate", "400/min"];
const REPOINT = ["webhooks", "repoint", URL_NOW, "--wait", "20", "--rate", "400/min"];

let folder: string;
let server: PostgresServer;
let plaid: PlaidStandIn;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "relink-outage-"));
  await chmod(folder, 0o711); // Postgres may run as another user
  server = await startPostgres({ dataDir: join(folder, "data") });
  await migrate(server.urlFor("relink_migrate"));
}, 120_000);
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  plaid = await startPlaidStandIn();
});
afterEach(async () => {
  await plaid.close();
  await query("truncate items, users, plaid_api_events cascade");
});

const startAgain = async () => {
  server = await startPostgres({ dataDir: join(folder, "data"), port: server.port });
};

async function asOwner<T>(act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: server.urlFor("relink_migrate") });
  client.on("error", () => {
    // The statement under way gets it too.
  });
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end();
  }
}
const query = (text: string, values: unknown[] = []) => asOwner((client) => client.query(text, values));
const seed = (count: number) => asOwner((client) => seedItems(client, fleetKeys(), count));

/** What a worker does when Plaid's webhook to a new URL has come. */
const acknowledge = (plaidItemId: string, url: string) =>
  query("update items set webhook_url = $2, webhook_acknowledged_at = now() where plaid_item_id = $1", [
    plaidItemId,
    url,
  ]);

/** Runs a command. `waits` resolves as soon as it says that it waits for Postgres, `goesOn` when it says that it is back. */
function run(args: readonly string[], options: { minuteMs?: number; signal?: AbortSignal } = {}) {
  const [waits, goesOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const onErr = (text: string) => {
    if (text.includes("waiting for it")) waits.resolve();
    if (text.includes("answers again")) goesOn.resolve();
  };
  const env = fleetEnv(server.urlFor("relink_api"), plaid.url);
  const ended = runRelink([...args, "--json"], env, { minuteMs: MINUTE_MS, ...options, onErr });
  return { waits: waits.promise, goesOn: goesOn.promise, ended };
}

test("items check goes on when Postgres is back, asks about every Item, and every call to Plaid is in the log", async () => {
  await seed(80);
  const { waits, ended } = run(CHECK);
  await waitFor(() => plaid.calls.length >= 10);
  await server.stop();
  await waits;
  await startAgain();
  const ran = await ended;
  expect(ran.err).toMatch(/^Postgres does not answer: waiting for it, a minute at most\.\nPostgres answers again\.\n/);
  expect(ran.code).toBe(0);
  expect(ran.json().at(-1)).toMatchObject({ state: "complete", answered: 80, unanswered: 0 });
  const { rows: asked } = await query("select from items where asked_at is not null");
  expect(asked).toHaveLength(80);
  const { rows: logged } = await query("select from plaid_api_events where method = '/item/get'");
  expect(logged).toHaveLength(plaid.calls.length);
}, 60_000);

test("webhooks repoint goes on when Postgres is back, also between Plaid's answer and the note of it", async () => {
  const ids = await seed(20);
  plaid.onWebhookUpdate = async (plaidItemId, url) => {
    if (plaidItemId === `seeded-${ids[5]}`) {
      await server.stop();
      void running.waits.then(startAgain);
    }
    void waitFor(() => acknowledge(plaidItemId, url), { timeoutMs: 50_000 });
  };
  const running = run(REPOINT);
  const ran = await running.ended;
  expect(ran.json().at(-1)).toEqual({ state: "complete", items: 20, repointed: 20, failed: 0, unacknowledged: 0 });
  expect(ran.code).toBe(0);
}, 60_000);

test("an outage takes nothing from the time that webhooks repoint waits for an acknowledgement", async () => {
  const [first = ""] = await seed(2);
  plaid.onWebhookUpdate = async (plaidItemId, url) => {
    if (plaidItemId === `seeded-${first}`) void outage(plaidItemId, url);
    else await acknowledge(plaidItemId, url);
  };
  async function outage(plaidItemId: string, url: string): Promise<void> {
    await waitFor(async () => (await query("select from items where webhook_url = $1", [url])).rowCount === 1);
    await server.stop();
    await running.waits;
    await startAgain();
    await running.goesOn;
    await acknowledge(plaidItemId, url);
  }
  // The first rest alone, of 5 s, is as long as it waits for an acknowledgement.
  const running = run([...REPOINT, "--wait", "5"], { minuteMs: 60_000 });
  const ran = await running.ended;
  expect(ran.json().at(-1)).toMatchObject({ state: "complete", repointed: 2, unacknowledged: 0 });
}, 60_000);

test.each([
  ["items check", CHECK],
  ["webhooks repoint", REPOINT],
])(
  "%s ends with what to do if Postgres stays away",
  async (_name, args) => {
    await seed(80);
    plaid.onWebhookUpdate = async (plaidItemId, url) => {
      if (plaid.calls.length === 1) await acknowledge(plaidItemId, url);
    };
    const { ended } = run([...args, "--rate", "80/min"], { minuteMs: 4_000 });
    await waitFor(() => plaid.calls.length >= 10);
    await server.stop();
    const { code, out, err } = await ended;
    await startAgain();
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toMatch(/^relink: Postgres does not answer, .*; the same command goes on from there$/m);
  },
  60_000,
);

test.each([
  ["items check", CHECK],
  ["webhooks repoint", REPOINT],
])(
  "%s is stopped in good order while it waits for Postgres",
  async (_name, args) => {
    await seed(80);
    const stop = new AbortController();
    const { waits, ended } = run(args, { signal: stop.signal });
    await waitFor(() => plaid.calls.length >= 1);
    await server.stop();
    await waits;
    stop.abort();
    const ran = await ended;
    await startAgain();
    expect(ran.code).toBe(130);
    expect(ran.json().at(-1)).toMatchObject({ state: "interrupted" });
  },
  60_000,
);
