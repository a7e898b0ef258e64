import type { PlaidLinkSession } from "@relink/plaid";
import { useDatabase } from "@relink/testkit/vitest";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type BrokenItem, createLinkWorld, type LinkWorld } from "./testing/link-world.ts";

const database = useDatabase();
const HOSTED_URL = "https://secure.plaid.example/hl/lp123";

let world: LinkWorld;
/** What `/link/token/get` tells, and what was asked for when the link tokens were made. */
let runs: PlaidLinkSession[] = [];
let completionRedirects: (string | undefined)[] = [];
let hostedUrl: string | null = HOSTED_URL;

beforeAll(async () => {
  world = await createLinkWorld(
    { owner: database.url, link: database.urlFor("relink_link") },
    {
      config: { linkMode: "hosted", brandColor: "#ffd500" },
      plaid: (real) => ({
        ...real,
        createUpdateLinkToken: async (accessToken, options, subject) => {
          completionRedirects.push(options.hosted?.completionRedirectUri);
          const created = await real.createUpdateLinkToken(accessToken, { ...options, hosted: undefined }, subject);
          return { ...created, hostedUrl };
        },
        getLinkSessions: async () => runs,
      }),
    },
  );
});
afterAll(() => world?.close());
beforeEach(() => {
  runs = [];
  completionRedirects = [];
  hostedUrl = HOSTED_URL;
});

const post = (path: string, body: unknown) =>
  fetch(new URL(path, world.url), {
    method: "POST",
    headers: { "content-type": "application/json", origin: world.url },
    body: JSON.stringify(body),
  });
const get = (path: string, cookie?: string) =>
  fetch(new URL(path, world.url), { headers: cookie === undefined ? {} : { cookie: `__Host-relink-link=${cookie}` } });
const sessionsOf = async (broken: BrokenItem) =>
  (await world.rows("link_sessions")).filter((row) => row["item_id"] === broken.itemId);
const closeReason = async (broken: BrokenItem) =>
  (await world.rows("episodes")).find(({ id }) => id === broken.episodeId)?.["close_reason"];

async function press(broken: BrokenItem) {
  const response = await post(`/r/${broken.token}/link-token`, {});
  return { response, answer: (await response.json()) as Record<string, string> };
}

/** A press; the path that Plaid's page leads back to, and the session in it. */
async function leave(broken: BrokenItem) {
  await press(broken);
  const path = new URL(completionRedirects.at(-1) ?? "").pathname;
  return { path, session: path.split("/").at(-1) ?? "" };
}

const ask = async (broken: BrokenItem, session: string) => {
  const response = await post(`/r/${broken.token}/outcome`, { session });
  return { status: response.status, answer: (await response.json()) as Record<string, string> };
};

const finishedAt = new Date();
const succeeded: PlaidLinkSession = { linkSessionId: "run-1", finishedAt, outcome: "success", exit: null };
const left = (error: string | null, requestId: string | null): PlaidLinkSession => ({
  linkSessionId: "run-2",
  finishedAt,
  outcome: "exited",
  exit: { error: error === null ? null : { type: "ITEM_ERROR", code: error, reason: null }, status: null, requestId },
});

describe("the way to Plaid's own page", () => {
  test("a press gives its address and no link token, and no token stands in the way back", async () => {
    const broken = await world.breakItem();
    const { response, answer } = await press(broken);
    expect(answer).toEqual({ state: "hosted", hosted_url: HOSTED_URL });
    expect(response.headers.get("set-cookie")).toContain(`__Host-relink-link=${broken.token};`);
    expect(completionRedirects).toEqual([expect.stringMatching(/\/hosted-return\/lks_[0-9a-z]{26}$/)]);
    expect(await sessionsOf(broken)).toMatchObject([{ mode: "hosted", outcome: null }]);
    expect(world.lines.join("")).not.toContain(HOSTED_URL);
  });

  test("pressing again gives the same page, until it was left", async () => {
    const broken = await world.breakItem();
    const { session } = await leave(broken);
    expect((await press(broken)).answer["hosted_url"]).toBe(HOSTED_URL);
    expect(await sessionsOf(broken)).toHaveLength(1);
    runs = [left(null, null)];
    expect((await ask(broken, session)).answer).toEqual({ state: "closed" });
    await press(broken);
    expect(await sessionsOf(broken)).toMatchObject([{ outcome: "closed_without_trying" }, { outcome: null }]);
  });

  test("a client that Plaid gives no such page gets Link in ours", async () => {
    hostedUrl = null;
    const broken = await world.breakItem();
    expect((await press(broken)).answer).toMatchObject({ state: "ready", link_token: expect.any(String) });
    expect(await sessionsOf(broken)).toMatchObject([{ mode: "embedded" }]);
  });
});

describe("the way back", () => {
  test("shows a page that asks how it went, and nothing is believed because somebody came", async () => {
    const broken = await world.breakItem();
    const { path, session } = await leave(broken);
    const before = await sessionsOf(broken);
    const page = await (await get(path, broken.token)).text();
    expect(page).toContain("Welcome back");
    expect(page).toContain(`data-session="${session}"`);
    expect(await sessionsOf(broken)).toEqual(before);
    expect((await ask(broken, session)).answer).toEqual({ state: "open" });
    expect(await closeReason(broken)).toBeNull();
  });

  test("in another browser, or with another link's session, the mail is to be opened again", async () => {
    const [broken, other] = [await world.breakItem(), await world.breakItem()];
    const { path } = await leave(broken);
    for (const cookie of [undefined, other.token, "nonsense"]) {
      const page = await (await get(path, cookie)).text();
      expect(page).toContain("Open the link in your email again");
      expect(page).not.toContain("Platypus");
    }
    expect(await (await get("/hosted-return/lks_nonsense", broken.token)).text()).toContain("in another browser");
  });

  test("a success that Plaid confirms and the Item shows closes the episode", async () => {
    const broken = await world.breakItem();
    const { path, session } = await leave(broken);
    runs = [left("INVALID_CREDENTIALS", "req-1"), succeeded];
    expect((await ask(broken, session)).answer).toEqual({ state: "checking" });
    expect(await closeReason(broken)).toBeNull();
    await world.repairElsewhere(broken.plaidItemId);
    expect((await ask(broken, session)).answer).toEqual({ state: "repaired" });
    expect(await closeReason(broken)).toBe("repaired");
    expect(await sessionsOf(broken)).toMatchObject([{ outcome: "success", link_session_id: "run-1" }]);
    expect(await (await get(path, broken.token)).text()).toContain("You’re connected again");
  });

  test("an Item that works closes it too, though Plaid says nothing of the session", async () => {
    const broken = await world.breakItem();
    const { session } = await leave(broken);
    await world.repairElsewhere(broken.plaidItemId);
    expect((await ask(broken, session)).answer).toEqual({ state: "repaired" });
  });

  test("a failed try is told apart from a change of mind, with what went wrong", async () => {
    const broken = await world.breakItem();
    const { session } = await leave(broken);
    runs = [left("INVALID_CREDENTIALS", "req-1")];
    expect((await ask(broken, session)).answer).toEqual({ state: "failed", error_code: "INVALID_CREDENTIALS" });
    expect(await sessionsOf(broken)).toMatchObject([{ outcome: "tried_and_failed", link_session_id: "run-2" }]);
  });

  test("a session of another link, or none, is not found", async () => {
    const [broken, other] = [await world.breakItem(), await world.breakItem()];
    const { session } = await leave(other);
    expect((await ask(broken, session)).status).toBe(404);
    expect((await ask(broken, "lks_nonsense")).status).toBe(404);
    expect((await post(`/r/${broken.token}/outcome`, { session, more: 1 })).status).toBe(400);
  });
});

test("the company's colours are a style sheet of our own origin, which may be kept for ever", async () => {
  const page = await (await get("/nowhere")).text();
  const path = /\/assets\/brand-[0-9A-F]{8}\.css/.exec(page)?.[0] ?? "";
  const response = await get(path);
  expect(response.headers.get("content-type")).toContain("text/css");
  expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(await response.text()).toContain("--accent:#ffd500");
});
