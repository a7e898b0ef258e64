import { PlaidApiError, PlaidUnreachableError } from "@relink/plaid";
import { awakeMs, waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type BrokenItem, createLinkWorld, type LinkWorld } from "./testing/link-world.ts";

const database = useDatabase();
const DAY_MS = 24 * 60 * 60_000;
const TABLES = ["users", "items", "episodes", "emails", "link_sessions", "link_events", "webhook_events"];

let world: LinkWorld;
/** How Plaid behaves towards the Link app; the sandbox itself goes on. */
let plaid: "up" | "down" | "silent" | "refusing" = "up";
let clockMovedMs = 0;

beforeAll(async () => {
  world = await createLinkWorld(
    { owner: database.url, link: database.urlFor("relink_link") },
    {
      now: () => new Date(Date.now() + clockMovedMs),
      plaid: (real) => ({
        ...real,
        getItem: (...args) => {
          asked += 1;
          if (plaid === "silent") return new Promise(() => {});
          if (plaid === "down") return Promise.reject(new PlaidUnreachableError("/item/get", "ECONNREFUSED"));
          return real.getItem(...args);
        },
        createUpdateLinkToken: (accessToken, options, subject) => {
          created.push(options);
          if (plaid === "refusing") return Promise.reject(refusal());
          return real.createUpdateLinkToken(accessToken, options, subject);
        },
      }),
    },
  );
});
afterAll(() => world?.close());

let asked = 0;
let created: unknown[] = [];
const refusal = () =>
  new PlaidApiError({
    method: "/link/token/create",
    httpStatus: 400,
    errorType: "INVALID_INPUT",
    errorCode: "USER_PERMISSION_REVOKED",
    errorReason: null,
    requestId: "req",
  });
beforeEach(() => {
  plaid = "up";
  clockMovedMs = 0;
  asked = 0;
  created = [];
});

/** A minute later: what was known when the Item was broken counts as old. */
function letTimePass(): void {
  clockMovedMs = 2 * 60_000;
}

function get(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Response> {
  return fetch(new URL(path, world.url), { method, headers, redirect: "manual" });
}

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(new URL(path, world.url), {
    method: "POST",
    headers: { "content-type": "application/json", origin: world.url, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** The page, once it says this: an answer of Plaid's that takes longer than two seconds is in the next one. */
function pageSaying(text: string, path: string): Promise<string> {
  return waitFor(async () => {
    const page = await (await get(path)).text();
    expect(page).toContain(text);
    return page;
  });
}

interface Answer {
  state?: string;
  code?: string;
  retryable?: boolean;
  link_token?: string;
  session?: string;
  received_redirect_uri?: string;
}

async function press(broken: BrokenItem, body: unknown = {}, headers: Record<string, string> = {}) {
  const response = await post(`/r/${broken.token}/link-token`, body, headers);
  return { response, answer: (await response.json()) as Answer };
}

async function tell(broken: BrokenItem, event: Record<string, unknown>) {
  const response = await post(`/r/${broken.token}/events`, event);
  return { status: response.status, answer: (await response.json()) as Answer };
}

async function dump(): Promise<Record<string, unknown>> {
  return Object.fromEntries(await Promise.all(TABLES.map(async (table) => [table, await world.rows(table)])));
}

const rowsOf = async (table: string, broken: BrokenItem) =>
  (await world.rows(table)).filter((row) => row["item_id"] === broken.itemId);
const itemRow = async (broken: BrokenItem) => (await world.rows("items")).find((row) => row["id"] === broken.itemId);
const episodeRow = async (broken: BrokenItem) =>
  (await world.rows("episodes")).find((row) => row["id"] === broken.episodeId);
const newId = () => crypto.randomUUID();

describe("opening a link", () => {
  test("a hundred GETs and HEADs change no row, and ask Plaid once", async () => {
    const broken = await world.breakItem();
    letTimePass();
    const before = await dump();
    // As many at a time as there are connections to Postgres for: nobody waits for one, which is given up after two seconds.
    for (let batch = 0; batch < 20; batch += 1) {
      const responses = await Promise.all(
        Array.from({ length: 5 }, (_, index) => get(broken.url, { purpose: "prefetch" }, index % 2 ? "HEAD" : "GET")),
      );
      expect(responses.map(({ status }) => status)).toEqual(Array(5).fill(200));
    }
    expect(await dump()).toEqual(before);
    expect(asked).toBe(1);
  });

  test("Plaid is not asked while somebody else's answer is fresh", async () => {
    const broken = await world.breakItem();
    expect(await (await get(broken.url)).text()).toContain("Sign in and reconnect");
    expect(asked).toBe(0);
  });

  test("an Item that works again is said to be fixed, and nothing is stored by that", async () => {
    const broken = await world.breakItem();
    await world.repairElsewhere(broken.plaidItemId);
    letTimePass();
    const before = await dump();
    const page = await pageSaying("Already fixed", broken.url);
    expect(page).not.toContain("<button");
    expect(await dump()).toEqual(before);
  });

  test("the link of a repaired break says so, and that of an Item that broke anew names the newer mail", async () => {
    const broken = await world.breakItem();
    await world.repairElsewhere(broken.plaidItemId);
    await world.ask(broken.itemId);
    const fixed = await get(broken.url);
    expect(fixed.status).toBe(200);
    expect(await fixed.text()).toContain("Already fixed");

    await world.control("POST", `/control/items/${broken.plaidItemId}/error`, { webhook: false });
    await world.ask(broken.itemId);
    expect(await (await get(broken.url)).text()).toContain("There is a newer email");
  });

  test.each(["down", "silent"] as const)("with Plaid %s the button is there within 4 s", async (how) => {
    const broken = await world.breakItem();
    letTimePass();
    plaid = how;
    const page = get(broken.url).then((response) => response.text());
    expect(await awakeMs(page)).toBeLessThan(4_000);
    expect(await page).toContain("Sign in and reconnect");
  });

  test.each([
    ["ITEM_LOCKED", "Unlock your online access at the bank", true],
    ["PASSWORD_RESET_REQUIRED", "Choose a new password at the bank", true],
    ["USER_SETUP_REQUIRED", "Finish it at the bank", true],
    ["INVALID_UPDATED_USERNAME", "Please connect First Platypus Bank anew", false],
    ["PRODUCTS_NOT_SUPPORTED", "We’re on it", false],
    ["USER_PERMISSION_REVOKED", "Access was switched off", true],
  ])("an Item with %s is told “%s”", async (errorCode, text, hasButton) => {
    const broken = await world.breakItem({ errorCode });
    const page = await (await get(broken.url)).text();
    expect(page).toContain(text);
    expect(page.includes("<button")).toBe(hasButton);
  });

  test("an Item that a newer one has put out is not asked to be repaired, neither now nor when it is gone", async () => {
    const displaced = await world.displaceItem();
    const isTold = async () => {
      const page = await (await get(displaced.url)).text();
      expect(page).toContain("A newer connection is in use");
      expect(page).not.toContain("<button");
    };
    await isTold();
    letTimePass();
    await isTold();
    expect((await press(displaced)).answer).toEqual({ state: "displaced" });
    expect(created).toEqual([]);

    await world.control("POST", `/control/items/${displaced.plaidItemId}/error`, {
      error_code: "ITEM_NOT_FOUND",
      webhook: false,
    });
    await world.ask(displaced.itemId);
    expect(await itemRow(displaced)).toMatchObject({ status: "removed" });
    await isTold();
    expect((await press(displaced)).answer).toEqual({ state: "displaced" });
  });

  test("an Item can be repaired again as soon as the newer one does not work any more", async () => {
    const displaced = await world.displaceItem();
    await world.control("POST", `/control/items/${displaced.newer.plaidItemId}/error`, { webhook: false });
    await world.ask(displaced.newer.itemId);
    letTimePass();
    await pageSaying("Sign in and reconnect", displaced.url);
    expect((await press(displaced)).answer).toMatchObject({ state: "ready" });
  });

  test("during an outage of the bank there is no button to press", async () => {
    const broken = await world.breakItem();
    await world.control("POST", `/control/items/${broken.plaidItemId}/error`, {
      error_type: "INSTITUTION_ERROR",
      error_code: "INSTITUTION_DOWN",
      webhook: false,
    });
    letTimePass();
    const page = await pageSaying("First Platypus Bank is having trouble", broken.url);
    expect(page).not.toContain("<button");
    expect((await press(broken)).answer).toEqual({ state: "degraded" });
  });

  test("a link that is not ours, too old, or of another environment tells nothing about anybody", async () => {
    const broken = await world.breakItem();
    const middle = Math.floor(broken.token.length / 2);
    const tampered =
      broken.token.slice(0, middle) + (broken.token[middle] === "A" ? "B" : "A") + broken.token.slice(middle + 1);
    const nobody = { ...broken, episodeId: newId() };
    const cases: [string, number][] = [
      [tampered, 404],
      ["x", 404],
      [await world.issue(broken, { keys: "foreign" }), 404],
      [await world.issue(broken, { audience: "production" }), 404],
      [await world.issue(nobody, {}), 404],
      [await world.issue(broken, { expiresAt: new Date(Date.now() - 1_000) }), 410],
    ];
    const unknownPath = await (await get("/nowhere")).text();
    for (const [token, status] of cases) {
      const response = await get(`/r/${token}`);
      const page = await response.text();
      expect(response.status).toBe(status);
      expect(page).not.toContain("Platypus");
      expect(page === unknownPath).toBe(status === 404);
      expect((await post(`/r/${token}/link-token`, {})).status).toBe(status);
      expect((await post(`/r/${token}/events`, {})).status).toBe(status);
      expect((await post(`/r/${token}/outcome`, {})).status).toBe(status);
    }
    expect(await rowsOf("link_sessions", broken)).toEqual([]);
  });

  test("neither the access token nor Plaid's id of the Item is in any answer, and the token is in no log line", async () => {
    const broken = await world.breakItem();
    const page = await (await get(broken.url)).text();
    const { response, answer } = await press(broken);
    const told = page + JSON.stringify(answer) + JSON.stringify([...response.headers]);
    expect(told).not.toContain("access-sandbox");
    expect(told).not.toContain(broken.plaidItemId);
    expect(told).not.toContain(broken.itemId);
    const log = world.lines.join("");
    expect(log).not.toContain(broken.token);
    expect(log).not.toContain(answer.link_token);
    const pressed = world.lines.map((line) => JSON.parse(line)).findLast((line) => line.event === "link.request");
    expect(pressed).toMatchObject({ route: "/r/:token/link-token", method: "POST", status: 200, outcome: "ready" });
    expect(pressed.item).toMatch(/^itm_/);
    expect(pressed.episode).toMatch(/^epi_/);
  });

  test("every page forbids what it does not need", async () => {
    const { headers } = await get((await world.breakItem()).url);
    const plaidOrigin = world.sandbox.url;
    expect(headers.get("content-security-policy")).toBe(
      `default-src 'none'; script-src 'self' ${plaidOrigin}/link/v2/stable/link-initialize.js; style-src 'self'; ` +
        `img-src 'self' data:; frame-src ${plaidOrigin}; connect-src 'self' ${plaidOrigin}; form-action 'self'; ` +
        "base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("strict-origin");
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin-allow-popups");
    expect(headers.get("x-powered-by")).toBeNull();
    expect(headers.get("set-cookie")).toBeNull();
  });

  test("the files of the page may be kept for ever", async () => {
    const page = await (await get((await world.breakItem()).url)).text();
    const paths = [...page.matchAll(/\/assets\/[a-z]+-[A-Z0-9]{8}\.(?:js|css)/g)].map(([path]) => path);
    expect(paths).toHaveLength(2);
    for (const path of paths) {
      const response = await get(path);
      expect(response.status).toBe(200);
      expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    }
  });
});

describe("pressing the button", () => {
  test.each([
    ["another origin", { origin: "https://evil.example" }, 403],
    ["no origin", { origin: "" }, 403],
    ["an opaque origin", { origin: "null" }, 403],
    ["another site, as the browser says", { "sec-fetch-site": "cross-site" }, 403],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }, 415],
    ["plain text", { "content-type": "text/plain" }, 415],
  ])("a POST from %s is refused", async (_name, headers, status) => {
    const broken = await world.breakItem();
    for (const what of ["link-token", "events", "outcome", "new-mail"]) {
      const response = await post(`/r/${broken.token}/${what}`, {}, headers);
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ retryable: false });
    }
    expect(await rowsOf("emails", broken)).toHaveLength(1);
    expect(created).toEqual([]);
  });

  test.each([
    ["no JSON", "{", 400],
    ["a list", "[]", 400],
    ["unknown fields", '{"products":["auth"]}', 400],
    ["17 KiB", JSON.stringify({ resume: "x".repeat(17 * 1024) }), 413],
  ])("a body of %s is refused", async (_name, body, status) => {
    const broken = await world.breakItem();
    expect((await post(`/r/${broken.token}/link-token`, body)).status).toBe(status);
    expect(created).toEqual([]);
  });

  test("a press makes a link token without products, sealed in its row, and remembers the link in the browser", async () => {
    const broken = await world.breakItem({ locale: "pt-BR" });
    const { response, answer } = await press(broken);
    expect(answer).toEqual({
      state: "ready",
      link_token: expect.stringMatching(/^link-sandbox-/),
      session: expect.stringMatching(/^lks_/),
    });
    expect(created).toEqual([
      {
        clientName: "Acme Money",
        language: "pt",
        countryCodes: ["US"],
        redirectUri: `${world.url}/oauth-return`,
        clientUserId: expect.stringMatching(/^usr_/),
        accountSelection: false,
      },
    ]);
    const [session] = await rowsOf("link_sessions", broken);
    expect(session).toMatchObject({
      episode_id: broken.episodeId,
      mode: "embedded",
      outcome: null,
      request_id: expect.any(String),
    });
    expect(String(session?.["link_token"])).not.toContain(answer.link_token);
    expect(response.headers.get("set-cookie")).toBe(
      `__Host-relink-link=${broken.token}; Max-Age=2100; Path=/; HttpOnly; Secure; SameSite=Lax`,
    );
  });

  test("pressing five times at once, and again later, makes one link token", async () => {
    const broken = await world.breakItem();
    const presses = await Promise.all(Array.from({ length: 5 }, () => press(broken)));
    presses.push(await press(broken));
    expect(new Set(presses.map(({ answer }) => answer.link_token)).size).toBe(1);
    expect(created).toHaveLength(1);
    expect(await rowsOf("link_sessions", broken)).toHaveLength(1);
  });

  test("an Item that is fixed by now closes its episode instead", async () => {
    const broken = await world.breakItem();
    await world.repairElsewhere(broken.plaidItemId);
    const { response, answer } = await press(broken);
    expect(answer).toEqual({ state: "fixed" });
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(await episodeRow(broken)).toMatchObject({ close_reason: "repaired" });
    expect(created).toEqual([]);
  });

  test("with Plaid down the page is told to try again", async () => {
    const broken = await world.breakItem();
    plaid = "down";
    const { response, answer } = await press(broken);
    expect(response.status).toBe(503);
    expect(answer).toMatchObject({ code: "ERR_PLAID_UNREACHABLE", retryable: true });
    expect(await rowsOf("link_sessions", broken)).toEqual([]);
  });

  test("the sixth link token within a minute is refused with the time to wait", async () => {
    const broken = await world.breakItem();
    for (let round = 0; round < 5; round += 1) {
      const { answer } = await press(broken);
      const event = { session: answer.session, callback_id: newId(), callback: "exit", error_code: "INTERNAL" };
      expect((await tell(broken, event)).status).toBe(200);
    }
    const { response, answer } = await press(broken);
    expect(response.status).toBe(429);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(answer).toMatchObject({ code: "ERR_TOO_MANY_TRIES", retryable: true });
    expect(await rowsOf("link_sessions", broken)).toHaveLength(5);
  });

  test("a page left hammering the button asks Plaid ten times a minute at most", async () => {
    const broken = await world.breakItem();
    const statuses: number[] = [];
    for (let round = 0; round < 30; round += 1) statuses.push((await press(broken)).response.status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(20);
    expect(asked).toBe(10);
  });
});

describe("what Link says", () => {
  async function pressed() {
    const broken = await world.breakItem();
    const { answer } = await press(broken);
    return { broken, session: answer.session };
  }

  test("closed without trying: stored, and the same link token serves the next press", async () => {
    const { broken, session } = await pressed();
    const told = await tell(broken, {
      session,
      callback_id: newId(),
      callback: "exit",
      link_session_id: "link-session-1",
      exit_status: "requires_credentials",
      institution_id: "ins_109508",
    });
    expect(told).toEqual({ status: 200, answer: { state: "stored" } });
    expect(await rowsOf("link_events", broken)).toMatchObject([
      { callback: "exit", link_session_id: "link-session-1", request_id: null, error_code: null },
    ]);
    expect(await rowsOf("link_sessions", broken)).toMatchObject([{ outcome: "closed_without_trying" }]);
    expect((await press(broken)).answer.session).toBe(session);
  });

  test("tried and failed: stored with what support needs, and the next press makes a new link token", async () => {
    const { broken, session } = await pressed();
    await tell(broken, {
      session,
      callback_id: newId(),
      callback: "exit",
      link_session_id: "link-session-2",
      request_id: "AbC123",
      error_type: "ITEM_ERROR",
      error_code: "INVALID_CREDENTIALS",
    });
    expect(await rowsOf("link_events", broken)).toMatchObject([
      {
        link_session_id: "link-session-2",
        request_id: "AbC123",
        error_type: "ITEM_ERROR",
        error_code: "INVALID_CREDENTIALS",
      },
    ]);
    expect(await rowsOf("link_sessions", broken)).toMatchObject([{ outcome: "tried_and_failed" }]);
    expect(await episodeRow(broken)).toMatchObject({ closed_at: null });
    expect((await press(broken)).answer.session).not.toBe(session);
  });

  test("succeeded: only /item/get closes the episode, the browser's word does not", async () => {
    const { broken, session } = await pressed();
    const success = { session, callback_id: newId(), callback: "success", link_session_id: "link-session-3" };
    expect((await tell(broken, success)).answer).toEqual({ state: "checking" });
    expect(await episodeRow(broken)).toMatchObject({ closed_at: null });
    expect((await itemRow(broken))?.["confirm_due_at"]).not.toBeNull();

    await world.repairElsewhere(broken.plaidItemId);
    expect((await tell(broken, success)).answer).toEqual({ state: "repaired" });
    expect(await episodeRow(broken)).toMatchObject({ close_reason: "repaired" });
    expect(await itemRow(broken)).toMatchObject({ status: "healthy", confirm_due_at: null });
    expect(await rowsOf("link_events", broken)).toHaveLength(1);
    expect(await rowsOf("link_sessions", broken)).toMatchObject([{ outcome: "success" }]);
  });

  test("a success while Plaid is down leaves the question to the worker", async () => {
    const { broken, session } = await pressed();
    plaid = "down";
    const { answer } = await tell(broken, { session, callback_id: newId(), callback: "success" });
    expect(answer).toEqual({ state: "checking" });
    expect((await itemRow(broken))?.["confirm_due_at"]).not.toBeNull();
  });

  test("a callback that comes twice is stored once", async () => {
    const { broken, session } = await pressed();
    const event = { session, callback_id: newId(), callback: "event", event_name: "OPEN", view_name: "CREDENTIAL" };
    const told = await Promise.all([tell(broken, event), tell(broken, event), tell(broken, event)]);
    expect(told.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await rowsOf("link_events", broken)).toMatchObject([{ event_name: "OPEN", view_name: "CREDENTIAL" }]);
  });

  test.each([
    ["a public token", { public_token: "public-sandbox-1" }],
    ["accounts", { accounts: [{ mask: "0000" }] }],
    ["a mask", { account_number_mask: "0000" }],
    ["what was searched for", { institution_search_query: "platypus" }],
    ["an unknown callback", { callback: "hack" }],
    ["an id that is none", { callback_id: "1" }],
    ["a text without end", { error_code: "X".repeat(129) }],
    ["control characters", { event_name: "OPEN\u0000" }],
  ])("an event with %s is refused and not stored", async (_name, more) => {
    const { broken, session } = await pressed();
    const { status } = await tell(broken, { session, callback_id: newId(), callback: "event", ...more });
    expect(status).toBe(400);
    expect(await rowsOf("link_events", broken)).toEqual([]);
  });

  test("a session of another link is not found", async () => {
    const [one, other] = [await pressed(), await pressed()];
    const event = { session: other.session, callback_id: newId(), callback: "success" };
    expect((await tell(one.broken, event)).status).toBe(404);
    expect((await tell(one.broken, { ...event, session: "lks_nonsense" })).status).toBe(404);
    expect(await rowsOf("link_events", other.broken)).toEqual([]);
  });

  test("a session that tells without end is cut off at 190 events, and may still say how it ended", async () => {
    const { broken, session } = await pressed();
    const event = () =>
      tell(broken, { session, callback_id: newId(), callback: "event", event_name: "TRANSITION_VIEW" });
    const statuses: number[] = [];
    for (let batch = 0; batch < 40; batch += 1) {
      const told = await Promise.all(Array.from({ length: 5 }, event));
      statuses.push(...told.map(({ status }) => status));
    }
    expect(statuses).toContain(429);
    expect((await rowsOf("link_events", broken)).length).toBeLessThanOrEqual(194); // five at a time may pass together
    expect((await tell(broken, { session, callback_id: newId(), callback: "exit" })).status).toBe(200);
  });

  test("somebody who signed in at another bank is noted in the log, and nothing else happens", async () => {
    const { broken, session } = await pressed();
    await tell(broken, { session, callback_id: newId(), callback: "success", institution_id: "ins_3" });
    const warning = world.lines
      .map((line) => JSON.parse(line))
      .find(({ event }) => event === "link.institution_changed");
    expect(warning).toMatchObject({ level: "warn", institution: "ins_109508", told: "ins_3" });
    expect(await itemRow(broken)).toMatchObject({ status: "login_required", institution_id: "ins_109508" });
  });
});

describe("a connection that is about to end", () => {
  test("is renewed with the same button, and the page says until when it works", async () => {
    const at = new Date(Date.now() + 3 * DAY_MS);
    const expiring = await world.expireItem({ at });
    const page = await (await get(expiring.url)).text();
    expect(page).toContain("Renew your connection with First Platypus Bank");
    expect(page).toContain(`<time dateTime="${at.toISOString()}">`);

    const { answer } = await press(expiring);
    expect(answer.state).toBe("ready");
    const success = { session: answer.session, callback_id: newId(), callback: "success" };
    expect((await tell(expiring, success)).answer).toEqual({ state: "checking" });
    await world.control("POST", `/control/items/${expiring.plaidItemId}/pending-expiration`, {
      consent_expiration_time: new Date(Date.now() + 365 * DAY_MS).toISOString(),
      webhook: false,
    });
    expect((await tell(expiring, success)).answer).toEqual({ state: "repaired" });
    expect(await episodeRow(expiring)).toMatchObject({ cause: "expiring", close_reason: "repaired" });
  });

  test("is looked at without storing anything, and does not count as fixed because it works", async () => {
    const expiring = await world.expireItem();
    letTimePass();
    const before = await dump();
    expect(await (await get(expiring.url)).text()).toContain("Renew your connection");
    expect(asked).toBe(1);
    expect(await dump()).toEqual(before);
  });

  test("by the bank's doing says so", async () => {
    const moving = await world.mentionItem("expiring");
    await world.database.pool.query(
      `update items set status = 'expiring', pending_kind = 'disconnect', pending_reason = 'INSTITUTION_MIGRATION',
        pending_at = now() + interval '5 days', pending_since = now() where id = $1`,
      [moving.itemId],
    );
    expect(await (await get(moving.url)).text()).toContain("First Platypus Bank is changing how it connects");
    letTimePass();
    expect(await (await get(moving.url)).text()).toContain("First Platypus Bank is changing how it connects");
    expect((await press(moving)).answer.state).toBe("ready");
  });
});

describe("accounts that could be shared", () => {
  test("are asked for in Link, and the choice ends the episode", async () => {
    const offered = await world.mentionItem("new_accounts");
    expect(await (await get(offered.url)).text()).toContain("Choose your accounts at First Platypus Bank");
    letTimePass();
    expect(await (await get(offered.url)).text()).toContain("Choose your accounts at First Platypus Bank");
    const { answer } = await press(offered);
    expect(created).toMatchObject([{ accountSelection: true }]);
    const success = { session: answer.session, callback_id: newId(), callback: "success" };
    expect((await tell(offered, success)).answer).toEqual({ state: "repaired" });
    expect(await episodeRow(offered)).toMatchObject({ close_reason: "completed" });
    expect(await (await get(offered.url)).text()).toContain("Already fixed");
  });

  test("are asked for too where no account is shared any more", async () => {
    await press(await world.breakItem({ errorCode: "NO_ACCOUNTS" }));
    expect(created).toMatchObject([{ accountSelection: true }]);
  });
});

describe("permission that was withdrawn", () => {
  test("can be given again where Plaid lets it", async () => {
    const revoked = await world.breakItem({ errorCode: "USER_PERMISSION_REVOKED" });
    expect((await press(revoked)).answer.state).toBe("ready");
  });

  test("is for good where Plaid refuses: the page says to connect anew", async () => {
    const revoked = await world.breakItem({ errorCode: "USER_PERMISSION_REVOKED" });
    plaid = "refusing";
    expect((await press(revoked)).answer).toEqual({ state: "cannot_renew" });
    expect(await rowsOf("link_sessions", revoked)).toEqual([]);
  });

  test("another refusal of Plaid's is ours to look at", async () => {
    const broken = await world.breakItem();
    plaid = "refusing";
    expect((await press(broken)).response.status).toBe(502);
  });
});

test("a muted Item has its button still, and the page says that no mail will come", async () => {
  const broken = await world.breakItem();
  await world.database.pool.query("update items set muted_at = now() where id = $1", [broken.itemId]);
  const page = await (await get(broken.url)).text();
  expect(page).toContain("We have stopped writing to you");
  expect((await press(broken)).answer.state).toBe("ready");
});

describe("a link that is too old", () => {
  const expired = (broken: BrokenItem) => world.issue(broken, { expiresAt: new Date(Date.now() - 1_000) });
  const requested = async (broken: BrokenItem) =>
    (await rowsOf("emails", broken)).filter((row) => Number(row["step"]) >= 200);

  test("offers a new mail, owes it once an hour, and gives the same answer every time", async () => {
    const broken = await world.breakItem();
    const token = await expired(broken);
    const before = await dump();
    const page = await get(`/r/${token}`);
    expect(page.status).toBe(410);
    expect(await page.text()).toContain("Send me a new email");
    expect(await dump()).toEqual(before);

    const answers = [];
    for (let round = 0; round < 3; round += 1) {
      const response = await post(`/r/${token}/new-mail`, {});
      answers.push([response.status, await response.text()]);
    }
    expect(answers).toEqual(Array(3).fill([202, '{"state":"mail_asked"}']));
    expect(await requested(broken)).toMatchObject([{ state: "owed", step: 200 }]);

    await world.database.pool.query(
      "update emails set created_at = created_at - interval '61 minutes' where step >= 200",
    );
    await post(`/r/${token}/new-mail`, {});
    expect(await requested(broken)).toHaveLength(2);
  });

  test("whose episode is over, or whose user has no address, is answered alike, and owes nothing", async () => {
    const [over, muted] = [await world.breakItem(), await world.breakItem()];
    await world.repairElsewhere(over.plaidItemId);
    await world.ask(over.itemId);
    await world.database.pool.query("update items set muted_at = now() where id = $1", [muted.itemId]);
    for (const broken of [over, muted]) {
      const response = await post(`/r/${await expired(broken)}/new-mail`, {});
      expect([response.status, await response.text()]).toEqual([202, '{"state":"mail_asked"}']);
      expect(await requested(broken)).toEqual([]);
    }
  });

  test("and not ours gets none", async () => {
    const broken = await world.breakItem();
    const foreign = await world.issue(broken, { keys: "foreign", expiresAt: new Date(Date.now() - 1_000) });
    expect((await post(`/r/${foreign}/new-mail`, {})).status).toBe(404);
    expect(await requested(broken)).toEqual([]);
  });
});

describe("the language of a page", () => {
  const title = async (path: string, language?: string) => {
    const page = await (await get(path, language === undefined ? {} : { "accept-language": language })).text();
    return [/<html lang="(..)"/.exec(page)?.[1], /<title>([^<]*) · /.exec(page)?.[1]];
  };

  test("is the user's, else the browser's, else English", async () => {
    const spanish = await world.breakItem({ locale: "es-MX" });
    expect(await title(spanish.url, "fr")).toEqual(["es", "Vuelva a conectar First Platypus Bank"]);
    const unknown = await world.breakItem();
    expect(await title(unknown.url, "fr-CA,fr;q=0.9,en;q=0.8")).toEqual(["fr", "Reconnectez First Platypus Bank"]);
    expect(await title(unknown.url, "de,ja")).toEqual(["en", "Reconnect First Platypus Bank"]);
    expect(await title(unknown.url)).toEqual(["en", "Reconnect First Platypus Bank"]);
    expect(await title("/nowhere", "es")).toEqual(["es", "Esta página no existe"]);
  });

  test("is Link's too, where the user's is not known", async () => {
    await press(await world.breakItem(), {}, { "accept-language": "fr" });
    expect(created).toMatchObject([{ language: "fr" }]);
  });
});

describe("the way back from the bank", () => {
  const state = "f0e1d2c3-0000-4000-8000-000000000001";

  test("in the browser that left, the page goes on with the same link token", async () => {
    const broken = await world.breakItem();
    const first = await press(broken);
    const cookie = `__Host-relink-link=${broken.token}`;
    const page = await (await get(`/oauth-return?oauth_state_id=${state}`, { cookie })).text();
    expect(page).toContain('data-panel="continue"');
    expect(page).toContain("Welcome back");
    const resumed = await press(broken, { resume: true });
    expect(resumed.answer).toEqual(first.answer);
  });

  test("in another browser, the link in the mail goes on with the first one's link token and the bank's answer", async () => {
    const broken = await world.breakItem();
    const first = await press(broken);

    const almost = await get(`/oauth-return?oauth_state_id=${state}`);
    expect(await almost.text()).toContain("Almost done");
    const [kept] = almost.headers.getSetCookie();
    expect(kept).toBe(`__Host-relink-return=${state}; Max-Age=1800; Path=/; HttpOnly; Secure; SameSite=Lax`);

    const cookie = `__Host-relink-return=${state}`;
    expect(await (await get(broken.url, { cookie })).text()).toContain("Finish reconnecting");
    const { answer, response } = await press(broken, {}, { cookie });
    expect(answer).toEqual({
      ...first.answer,
      received_redirect_uri: `${world.url}/oauth-return?oauth_state_id=${state}`,
    });
    expect(response.headers.getSetCookie()).toContainEqual(expect.stringContaining("__Host-relink-return=; Max-Age=0"));
  });

  test("if nothing was left for the bank, it starts anew", async () => {
    const broken = await world.breakItem();
    expect((await press(broken, { resume: true })).answer).toEqual({ state: "restart" });
    const { answer } = await press(broken, {}, { cookie: `__Host-relink-return=${state}` });
    expect(answer).not.toHaveProperty("received_redirect_uri");
    expect(answer.state).toBe("ready");
  });

  test.each([
    "",
    "?oauth_state_id=",
    "?oauth_state_id=a&oauth_state_id=b",
    "?oauth_state_id=%0d%0aSet-Cookie:x",
    "?link=1",
  ])("a query of “%s” is not kept and leads nowhere", async (query) => {
    const response = await get(`/oauth-return${query}`);
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.text()).toContain("Open the link in your email again");
  });

  test("a page that was loaded again after its token had left the address finds back by its cookie", async () => {
    const broken = await world.breakItem();
    expect(await (await get("/r")).text()).toContain("Open the link in your email again");
    const again = await (await get("/r", { cookie: `__Host-relink-link=${broken.token}` })).text();
    expect(again).toContain("Sign in and reconnect");
    const forged = await (await get("/r", { cookie: "__Host-relink-link=nonsense" })).text();
    expect(forged).toContain("Open the link in your email again");
  });
});

test("the inside port tells its health and figures, the public one only that it lives", async () => {
  const inside = `http://localhost:${world.link.ports.inside}`;
  expect((await fetch(`${inside}/readyz`)).status).toBe(200);
  await get("/nowhere");
  const metrics = await (await fetch(`${inside}/metrics`)).text();
  expect(metrics).toMatch(/relink_link_pages_total\{outcome="not_found",app="link"\} \d/);
  expect(metrics).toMatch(/relink_link_callbacks_total\{callback="exit",outcome="tried_and_failed",app="link"\} \d/);
  expect(await (await get("/healthz")).json()).toEqual({ status: "ok" });
  expect((await get("/metrics")).status).toBe(404);
  expect((await get("/readyz")).status).toBe(404);
});
