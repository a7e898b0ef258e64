import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Writable } from "node:stream";
import { inspect } from "node:util";
import { closeServer, createLogger, describeError, listen, Secret } from "@relink/service";
import { freePort } from "@relink/testkit";
import { pino } from "pino";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { PlaidCall, PlaidCallOptions } from "./call.ts";
import { createPlaidClient } from "./client.ts";
import { PlaidApiError, PlaidUnreachableError } from "./plaid-errors.ts";
import { createWebhookKeyFetcher } from "./webhook-key.ts";

/** Easy to find again wherever they must not be. */
const MARKERS = {
  secret: "MARKER-plaid-secret-1111",
  accessToken: "access-sandbox-MARKER-2222",
  publicToken: "public-sandbox-MARKER-3333",
  linkToken: "link-sandbox-MARKER-4444",
  deepLink: "https://link.example.com/r/MARKER-5555",
};
const accessToken = new Secret(MARKERS.accessToken);
const publicToken = new Secret(MARKERS.publicToken);
const linkToken = new Secret(MARKERS.linkToken);
const subject = { itemId: "0199f0a4-0000-7000-8000-000000000001", userId: "0199f0a4-0000-7000-8000-000000000002" };
const link = {
  clientName: "A product whose name is longer than thirty characters",
  language: "en",
  countryCodes: ["US"],
  redirectUri: "https://link.example.com/oauth-return",
  clientUserId: "usr_1",
};

/** One way to call each of the endpoints. */
const CALLS: Record<string, (client: ReturnType<typeof createClient>["client"]) => Promise<unknown>> = {
  "/accounts/get": (client) => client.getAccounts(accessToken, subject),
  "/beta/webhook_events/list": (client) => client.listWebhookEvents({ cursor: "c1" }),
  "/institutions/get_by_id": (client) => client.getInstitutionHealth("ins_109508"),
  "/item/get": (client) => client.getItem(accessToken, subject),
  "/item/public_token/exchange": (client) => client.exchangePublicToken(publicToken, subject),
  "/item/remove": (client) => client.removeItem(accessToken, subject),
  "/item/webhook/update": (client) => client.updateWebhook(accessToken, "https://hooks.example.com/plaid", subject),
  "/link/token/create": (client) =>
    client.createUpdateLinkToken(
      accessToken,
      { ...link, accountSelection: true, hosted: { completionRedirectUri: MARKERS.deepLink } },
      subject,
    ),
  "/link/token/get": (client) => client.getLinkSessions(linkToken, subject),
  "/webhook_verification_key/get": (client) => client.getWebhookKey("a-key"),
};
const paths = Object.keys(CALLS);

interface Asked {
  path: string;
  headers: IncomingMessage["headers"];
  body: unknown;
}
type Script = (response: ServerResponse, asked: Asked) => void;

const json =
  (status: number, body: unknown): Script =>
  (response) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
const text =
  (status: number, body: string, headers: Record<string, string> = {}): Script =>
  (response) =>
    response.writeHead(status, headers).end(body);

/** A Plaid that does what the script says, and a client that talks to it. */
async function setUp(script: Script, more: { record?: (call: PlaidCall) => Promise<void> } = {}) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const one = { path: request.url ?? "", headers: request.headers, body: JSON.parse(body) as unknown };
      asked.push(one);
      script(response, one);
    });
  });
  const port = await listen(server, 0, "127.0.0.1");
  onTestFinished(() => closeServer(server, 0));
  return { asked, port, ...createClient(`http://127.0.0.1:${port}`, more) };
}

function createClient(baseUrl: string, more: { record?: (call: PlaidCall) => Promise<void> } = {}) {
  const calls: PlaidCall[] = [];
  const onRecordFailed = vi.fn();
  const options: PlaidCallOptions = {
    clientId: "the-client",
    secret: new Secret(MARKERS.secret),
    env: "sandbox",
    baseUrl,
    record: more.record ?? (async (call) => void calls.push(call)),
    onRecordFailed,
  };
  const client = { ...createPlaidClient(options), getWebhookKey: createWebhookKeyFetcher(options) };
  return { client, calls, onRecordFailed };
}

/** What a call was rejected with; fails if it was not. */
async function rejection(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => expect.fail(`answered ${inspect(value)}`),
    (error: unknown) => error,
  );
}

const ITEM = {
  item_id: "DWVAAPWq4RHGlEaNyGKRTAnPLaEmo8Cvq7na6",
  institution_id: "ins_109508",
  institution_name: "First Platypus Bank",
  webhook: "https://hooks.example.com/plaid",
  error: null,
  available_products: ["balance"],
  billed_products: ["auth"],
  consent_expiration_time: null,
  update_type: "background",
};
const ACCOUNT = {
  account_id: "BxBXxLj1m4HMXBm9WZZmCWVbPjX16EHwv99vp",
  persistent_account_id: "8cfb8beb89b774ee43b090625f0d61d0814322b43bff984eaf60386e",
  name: "Plaid Checking",
  official_name: "Plaid Gold Standard 0% Interest Checking",
  mask: "0000",
  type: "depository",
  subtype: "checking",
  balances: { available: 100, current: 110 },
};
const itemAnswer = (item: object = {}) => json(200, { item: { ...ITEM, ...item }, status: null, request_id: "req1" });
const ANSWERS: Record<string, object> = {
  "/accounts/get": { accounts: [ACCOUNT], item: ITEM, request_id: "req1" },
  "/beta/webhook_events/list": { webhook_events: [], has_more: false, next_cursor: "c2", request_id: "req1" },
  "/institutions/get_by_id": { institution: { institution_id: "ins_109508", status: null }, request_id: "req1" },
  "/item/get": { item: ITEM, request_id: "req1" },
  "/item/public_token/exchange": { access_token: "access-sandbox-new", item_id: ITEM.item_id, request_id: "req1" },
  "/item/remove": { request_id: "req1" },
  "/item/webhook/update": { item: ITEM, request_id: "req1" },
  "/link/token/create": {
    link_token: "link-sandbox-af1a0311-da53-4636-b754-dd15cc058176",
    expiration: "2026-11-21T12:30:00Z",
    request_id: "req1",
  },
  "/link/token/get": { link_token: MARKERS.linkToken, request_id: "req1" },
  "/webhook_verification_key/get": { key: { kid: "a-key" }, request_id: "req1" },
};
const plaidError = (code: string, more: object = {}) => ({
  error_type: "ITEM_ERROR",
  error_code: code,
  error_message: `about ${MARKERS.accessToken}`,
  display_message: null,
  request_id: "req1",
  ...more,
});

describe("what Plaid answers", () => {
  test("about a healthy Item is its truth", async () => {
    const { client, asked } = await setUp(itemAnswer());
    expect(await client.getItem(accessToken, subject)).toEqual({
      plaidItemId: ITEM.item_id,
      institutionId: "ins_109508",
      institutionName: "First Platypus Bank",
      webhookUrl: "https://hooks.example.com/plaid",
      error: null,
      products: ["auth"],
      consentExpiresAt: null,
      lastWebhook: null,
    });
    expect(asked).toMatchObject([
      {
        path: "/item/get",
        headers: { "plaid-client-id": "the-client", "plaid-secret": MARKERS.secret, "plaid-version": "2020-09-14" },
        body: { access_token: MARKERS.accessToken },
      },
    ]);
  });

  test("about a broken Item names its error, in the answer and in the log", async () => {
    const error = plaidError("ITEM_LOGIN_REQUIRED", { error_code_reason: "OAUTH_CONSENT_EXPIRED" });
    const { client, calls } = await setUp(itemAnswer({ error }));
    expect(await client.getItem(accessToken, subject)).toMatchObject({
      error: { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: "OAUTH_CONSENT_EXPIRED" },
    });
    expect(calls).toMatchObject([{ httpStatus: 200, itemErrorCode: "ITEM_LOGIN_REQUIRED" }]);
  });

  test("may leave out everything that is not always there", async () => {
    const { client } = await setUp(json(200, { item: { item_id: "x" }, request_id: "req1" }));
    expect(await client.getItem(accessToken, subject)).toEqual({
      plaidItemId: "x",
      institutionId: null,
      institutionName: null,
      webhookUrl: null,
      error: null,
      products: [],
      consentExpiresAt: null,
      lastWebhook: null,
    });
  });

  test("about an Item says when its consent ends, and which webhook was sent last", async () => {
    const { client } = await setUp(
      json(200, {
        item: { ...ITEM, consent_expiration_time: "2027-03-16T15:53:00Z" },
        status: { transactions: null, last_webhook: { sent_at: "2026-11-20T15:53:00.123Z", code_sent: "ERROR" } },
        request_id: "req1",
      }),
    );
    expect(await client.getItem(accessToken, subject)).toMatchObject({
      consentExpiresAt: new Date("2027-03-16T15:53:00Z"),
      lastWebhook: { code: "ERROR", sentAt: new Date("2026-11-20T15:53:00.123Z") },
    });
  });

  test.each([
    ["a consent that ends some day", { consent_expiration_time: "some day" }, {}],
    ["a last webhook without a time", {}, { last_webhook: { sent_at: null, code_sent: "ERROR" } }],
    ["a last webhook without a code", {}, { last_webhook: { sent_at: "2026-11-20T15:53:00Z" } }],
    ["a status in another form", {}, []],
  ])("about an Item is of use although it has %s", async (_what, item, status) => {
    const { client } = await setUp(json(200, { item: { ...ITEM, ...item }, status, request_id: "req1" }));
    expect(await client.getItem(accessToken, subject)).toMatchObject({
      plaidItemId: ITEM.item_id,
      consentExpiresAt: null,
      lastWebhook: null,
    });
  });

  test("about accounts is each one's ids, name and mask", async () => {
    const plain = { account_id: "a2", name: "Plaid\u0000\u202E 401k", mask: null };
    const { client, asked } = await setUp(json(200, { accounts: [ACCOUNT, plain], request_id: "req1" }));
    expect(await client.getAccounts(accessToken, subject)).toEqual([
      {
        plaidAccountId: ACCOUNT.account_id,
        persistentAccountId: ACCOUNT.persistent_account_id,
        name: "Plaid Checking",
        mask: "0000",
      },
      { plaidAccountId: "a2", persistentAccountId: null, name: "Plaid 401k", mask: null },
    ]);
    expect(asked).toMatchObject([{ path: "/accounts/get", body: { access_token: MARKERS.accessToken } }]);
  });

  test("to the end of an Item is nothing, and nothing is wrong if it had ended before", async () => {
    const { client, asked } = await setUp(json(200, ANSWERS["/item/remove"]));
    await client.removeItem(accessToken, subject);
    expect(asked).toMatchObject([{ path: "/item/remove", body: { access_token: MARKERS.accessToken } }]);

    const again = await setUp(json(400, plaidError("ITEM_NOT_FOUND")));
    expect(await again.client.removeItem(accessToken, subject)).toBeUndefined();
    expect(again.calls).toMatchObject([{ method: "/item/remove", errorCode: "ITEM_NOT_FOUND" }]);
  });

  test.each([
    [{ item_logins: { status: "HEALTHY" } }, "healthy"],
    [{ item_logins: { status: "DEGRADED" }, auth: { status: "HEALTHY" } }, "degraded"],
    [{ item_logins: { status: "DOWN" } }, "down"],
    [{ item_logins: { status: "ON_FIRE" } }, "unknown"],
    [{ item_logins: null }, "unknown"],
    [{}, "unknown"],
    [null, "unknown"],
    [undefined, "unknown"],
  ])("about an institution with the status %j is that it is %s", async (status, health) => {
    const { client, asked } = await setUp(
      json(200, { institution: { institution_id: "ins_1", name: "A bank", status }, request_id: "req1" }),
    );
    expect(await client.getInstitutionHealth("ins_1", ["GB"])).toBe(health);
    expect(asked[0]?.body).toEqual({
      institution_id: "ins_1",
      country_codes: ["GB"],
      options: { include_status: true },
    });
  });

  test("is shown to people without control characters and with an end", async () => {
    const { client } = await setUp(itemAnswer({ institution_name: `Bank\u0000\u001B[31m\u202E${"x".repeat(500)}` }));
    const { institutionName } = await client.getItem(accessToken, subject);
    expect(institutionName).toBe(`Bank[31m${"x".repeat(248)}`);
  });

  test("to an exchange is an access token that cannot be printed", async () => {
    const { client, asked } = await setUp(json(200, ANSWERS["/item/public_token/exchange"]));
    const answer = await client.exchangePublicToken(publicToken, subject);
    expect(answer.accessToken.reveal()).toBe("access-sandbox-new");
    expect(inspect(answer)).not.toContain("access-sandbox-new");
    expect(asked[0]?.body).toEqual({ public_token: MARKERS.publicToken });
  });

  test("to the wish for a link token is one, with the time it ends", async () => {
    const { client, asked, calls } = await setUp(json(200, ANSWERS["/link/token/create"]));
    const answer = await client.createUpdateLinkToken(accessToken, link, subject);
    expect(answer.expiresAt).toEqual(new Date("2026-11-21T12:30:00Z"));
    expect(answer.requestId).toBe("req1");
    expect(answer.linkToken.reveal()).toMatch(/^link-sandbox-/);
    expect(asked[0]?.body).toMatchObject({ access_token: MARKERS.accessToken, redirect_uri: link.redirectUri });
    expect(asked[0]?.body).not.toHaveProperty("products");
    expect(asked[0]?.body).toHaveProperty("client_name", link.clientName.slice(0, 30));
    expect(asked[0]?.body).not.toHaveProperty("update");
    expect(asked[0]?.body).not.toHaveProperty("hosted_link");
    expect(answer.hostedUrl).toBeNull();
    expect(calls[0]?.arguments).toEqual({
      update_mode: true,
      language: "en",
      country_codes: ["US"],
      redirect_uri: link.redirectUri,
    });
  });

  test("to the wish to choose accounts is a link token for that", async () => {
    const { client, asked } = await setUp(json(200, ANSWERS["/link/token/create"]));
    await client.createUpdateLinkToken(accessToken, { ...link, accountSelection: true }, subject);
    await client.createUpdateLinkToken(accessToken, { ...link, accountSelection: false }, subject);
    expect(asked[0]?.body).toMatchObject({ update: { account_selection_enabled: true } });
    expect(asked[1]?.body).not.toHaveProperty("update");
  });

  test("to the wish for a page of Plaid's own is its address, and the bank's page leads back to that one", async () => {
    const hostedUrl = "https://secure.plaid.com/hl/ls-1111";
    const { client, asked } = await setUp(json(200, { ...ANSWERS["/link/token/create"], hosted_link_url: hostedUrl }));
    const hosted = { completionRedirectUri: "https://link.example.com/done" };
    const answer = await client.createUpdateLinkToken(accessToken, { ...link, hosted }, subject);
    expect(answer.hostedUrl).toBe(hostedUrl);
    expect(asked[0]?.body).toMatchObject({ hosted_link: { completion_redirect_uri: "https://link.example.com/done" } });
    expect(asked[0]?.body).not.toHaveProperty("redirect_uri");
  });

  test("with an address that is no page is none", async () => {
    const { client } = await setUp(
      json(200, { ...ANSWERS["/link/token/create"], hosted_link_url: "javascript:alert(1)" }),
    );
    expect(await rejection(client.createUpdateLinkToken(accessToken, link, subject))).toMatchObject({
      code: "ERR_PLAID_UNREACHABLE",
    });
  });

  const HANDOFF = { event_name: "HANDOFF", event_id: "e1", timestamp: "2026-11-20T10:00:00Z", event_metadata: {} };
  const OPEN = { ...HANDOFF, event_name: "OPEN" };
  const exit = {
    error: { error_type: "ITEM_ERROR", error_code: "INVALID_MFA", error_message: "", display_message: null },
    metadata: { status: "requires_code", link_session_id: "s1", request_id: "req2", institution: null },
  };
  const left = {
    error: { type: "ITEM_ERROR", code: "INVALID_MFA", reason: null },
    status: "requires_code",
    requestId: "req2",
  };
  test.each<[what: string, session: object, expected: object]>([
    ["runs", { finished_at: null, events: [OPEN] }, { finishedAt: null, outcome: null, exit: null }],
    ["has a result", { results: { item_add_results: [{ public_token: "x" }] } }, { outcome: "success", exit: null }],
    ["has a result as it was called before", { on_success: { public_token: "x" } }, { outcome: "success" }],
    ["was handed off", { results: { item_add_results: [] }, events: [OPEN, HANDOFF] }, { outcome: "success" }],
    ["was left", { exit }, { outcome: "exited", exit: left }],
    ["was left, as it was called before", { on_exit: exit, exit: null }, { outcome: "exited", exit: left }],
    [
      "was left without an error",
      { exit: { error: null, metadata: null } },
      { outcome: "exited", exit: { error: null, status: null, requestId: null } },
    ],
    ["was left after a success", { exit, events: [HANDOFF] }, { outcome: "success", exit: left }],
    ["has ended, and Plaid says no more", {}, { outcome: null, exit: null }],
    ["has all in another form", { results: 7, events: "x" }, { outcome: null, exit: null }],
  ])("about a Link session that %s", async (_what, session, expected) => {
    const { client, asked } = await setUp(
      json(200, {
        link_token: MARKERS.linkToken,
        link_sessions: [{ link_session_id: "s1", finished_at: "2026-11-20T10:05:00.330312653Z", ...session }],
        request_id: "req1",
      }),
    );
    const sessions = await client.getLinkSessions(linkToken, subject);
    expect(sessions).toMatchObject([
      { linkSessionId: "s1", finishedAt: new Date("2026-11-20T10:05:00.330Z"), ...expected },
    ]);
    expect(asked).toMatchObject([{ path: "/link/token/get", body: { link_token: MARKERS.linkToken } }]);
  });

  test("about a link token that was never used is no session", async () => {
    const { client } = await setUp(json(200, ANSWERS["/link/token/get"]));
    expect(await client.getLinkSessions(linkToken, subject)).toEqual([]);
  });

  test("about webhooks is what was sent, with what became of it, and a body that cannot be printed", async () => {
    const payload = { webhook_type: "LINK", webhook_code: "EVENTS", link_token: MARKERS.linkToken };
    const sent = {
      webhook_message_id: "whm_1",
      webhook_type: "LINK",
      webhook_code: "EVENTS",
      item_id: null,
      sent_time: "2026-11-20T10:00:00Z",
      payload,
      destination_url: "https://hooks.example.com/plaid",
      delivery_status: "FAILED",
      last_http_status_code: null,
      attempt_count: 3,
      last_attempt_time: "2026-11-20T10:10:00Z",
    };
    const { client, asked } = await setUp(
      json(200, { webhook_events: [sent], has_more: true, next_cursor: "c2", request_id: "req1" }),
    );
    const answer = await client.listWebhookEvents({ since: new Date("2026-11-19T00:00:00Z") }, ["failed", "pending"]);
    expect(answer).toMatchObject({
      events: [
        {
          messageId: "whm_1",
          webhookType: "LINK",
          webhookCode: "EVENTS",
          plaidItemId: null,
          sentAt: new Date("2026-11-20T10:00:00Z"),
          status: "failed",
          lastHttpStatus: null,
          attemptCount: 3,
          destinationUrl: "https://hooks.example.com/plaid",
        },
      ],
      hasMore: true,
      cursor: "c2",
    });
    expect(answer.events[0]?.body.reveal()).toBe(JSON.stringify(payload, null, 2));
    expect(inspect(answer, { depth: Infinity })).not.toContain("MARKER");

    await client.listWebhookEvents({ cursor: answer.cursor });
    expect(asked.map(({ body }) => body)).toEqual([
      { start_time: "2026-11-19T00:00:00.000Z", count: 50, delivery_statuses: ["FAILED", "PENDING"] },
      { cursor: "c2", count: 50 },
    ]);
  });

  test("about a key is handed on unchecked", async () => {
    const { client, asked } = await setUp(json(200, ANSWERS["/webhook_verification_key/get"]));
    expect(await client.getWebhookKey("a-key")).toEqual({ kid: "a-key" });
    expect(asked[0]?.body).toEqual({ key_id: "a-key" });
  });
});

/** What can go wrong, and what a caller sees of it. */
const FAILURES: [what: string, script: Script, expected: object][] = [
  [
    "an error of the Item",
    json(400, plaidError("ITEM_LOGIN_REQUIRED", { error_code_reason: "OAUTH_CONSENT_EXPIRED" })),
    {
      code: "ERR_PLAID_API",
      retryable: false,
      httpStatus: 400,
      errorType: "ITEM_ERROR",
      errorCode: "ITEM_LOGIN_REQUIRED",
      errorReason: "OAUTH_CONSENT_EXPIRED",
      requestId: "req1",
    },
  ],
  [
    "a rate limit",
    json(429, plaidError("ITEM_GET_LIMIT")),
    { code: "ERR_PLAID_API", retryable: true, httpStatus: 429 },
  ],
  ["trouble at Plaid", json(500, plaidError("INTERNAL_SERVER_ERROR")), { code: "ERR_PLAID_API", retryable: true }],
  [
    "an error without a request id",
    json(400, plaidError("INVALID_FIELD", { request_id: undefined })),
    { code: "ERR_PLAID_API", retryable: false, requestId: null },
  ],
  [
    "an error whose code is no code",
    json(400, plaidError("two words")),
    { code: "ERR_PLAID_UNREACHABLE", httpStatus: 400 },
  ],
  [
    "a proxy's page",
    text(502, `<h1>Bad gateway ${MARKERS.accessToken}</h1>`),
    { code: "ERR_PLAID_UNREACHABLE", httpStatus: 502 },
  ],
  ["an empty 503", text(503, ""), { code: "ERR_PLAID_UNREACHABLE", httpStatus: 503 }],
  [
    "a page with 200",
    text(200, "<h1>Please sign in to the network</h1>"),
    { code: "ERR_PLAID_UNREACHABLE", httpStatus: 200 },
  ],
  ["an empty 200", text(200, ""), { code: "ERR_PLAID_UNREACHABLE", httpStatus: 200 }],
  ["null", text(200, "null", { "content-type": "application/json" }), { code: "ERR_PLAID_UNREACHABLE" }],
  ["a list", json(200, []), { code: "ERR_PLAID_UNREACHABLE" }],
  ["JSON of another form", json(200, { request_id: 7, item: "x", key: 1 }), { code: "ERR_PLAID_UNREACHABLE" }],
  [
    "JSON that is cut off",
    text(200, '{"request_id":"re', { "content-type": "application/json" }),
    { code: "ERR_PLAID_UNREACHABLE" },
  ],
  [
    "a redirect",
    text(302, "", { location: "http://127.0.0.1:1/elsewhere" }),
    { code: "ERR_PLAID_UNREACHABLE", httpStatus: 302 },
  ],
  ["more than a megabyte", text(200, "x".repeat(1_100_000)), { code: "ERR_PLAID_UNREACHABLE" }],
  ["a connection that ends before the answer", (response) => response.destroy(), { code: "ERR_PLAID_UNREACHABLE" }],
  [
    "a connection that ends inside the answer",
    (response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("{");
      setImmediate(() => response.destroy());
    },
    { code: "ERR_PLAID_UNREACHABLE" },
  ],
  [
    "something that is not HTTP",
    (response) => response.socket?.end("220 smtp.example.com ESMTP\r\n"),
    { code: "ERR_PLAID_UNREACHABLE" },
  ],
];

describe("what goes wrong", () => {
  test.each(FAILURES)("%s is an error of ours, logged once, whichever endpoint", async (_what, script, expected) => {
    const { client, calls } = await setUp(script);
    for (const path of paths) {
      const error = await rejection(CALLS[path]!(client));
      expect(error).toMatchObject({ retryable: true, ...expected });
      expect(error).not.toHaveProperty("cause");
      expect([PlaidApiError, PlaidUnreachableError]).toContain((error as Error).constructor);
    }
    expect(calls.map(({ method }) => method)).toEqual(paths);
  });

  test("nobody listening is an error of ours, logged without a status", async () => {
    const { client, calls } = createClient(`http://127.0.0.1:${await freePort()}`);
    expect(await rejection(client.getItem(accessToken, subject))).toMatchObject({ code: "ERR_PLAID_UNREACHABLE" });
    expect(calls).toMatchObject([
      {
        method: "/item/get",
        httpStatus: null,
        requestId: null,
        errorType: "NETWORK",
        errorCode: "ERR_PLAID_UNREACHABLE",
      },
    ]);
  });

  test.each(paths)("a redirect of %s is not followed, so the secret goes nowhere else", async (path) => {
    const elsewhere = await setUp(json(200, {}));
    const { client } = await setUp(text(307, "", { location: `http://127.0.0.1:${elsewhere.port}${path}` }));
    expect(await rejection(CALLS[path]!(client))).toMatchObject({ code: "ERR_PLAID_UNREACHABLE", httpStatus: 307 });
    expect(elsewhere.asked).toEqual([]);
  });

  test("a proxy that the environment names is not used", async () => {
    const proxy = await setUp(json(200, {}));
    vi.stubEnv("HTTP_PROXY", `http://127.0.0.1:${proxy.port}`);
    vi.stubEnv("http_proxy", `http://127.0.0.1:${proxy.port}`);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { client } = await setUp(itemAnswer());
    expect(await client.getItem(accessToken, subject)).toMatchObject({ plaidItemId: ITEM.item_id });
    expect(proxy.asked).toEqual([]);
  });

  test("a key that does not come, or comes in drops, is given up after three seconds", async () => {
    const hanging = await setUp(() => {});
    const dripping = await setUp((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const timer = setInterval(() => response.write(" "), 200);
      response.on("close", () => clearInterval(timer));
    });
    const start = performance.now();
    const errors = await Promise.all([hanging, dripping].map(({ client }) => rejection(client.getWebhookKey("k"))));
    expect(performance.now() - start).toBeGreaterThan(2_900);
    // The limit of all other calls is 20 s.
    expect(performance.now() - start).toBeLessThan(12_000);
    for (const error of errors) expect(error).toMatchObject({ code: "ERR_PLAID_UNREACHABLE", retryable: true });
    expect(hanging.calls).toHaveLength(1);
  });

  test("an answer about a key may not be longer than 64 kB", async () => {
    const { client } = await setUp(json(200, { key: { x: "a".repeat(70_000) }, request_id: "req1" }));
    expect(await rejection(client.getWebhookKey("k"))).toMatchObject({ code: "ERR_PLAID_UNREACHABLE" });
  });
});

describe("no secret is found in an error or in the log of calls", () => {
  /** Everything that somebody might do with an error. */
  function printed(error: unknown): string {
    const lines: string[] = [];
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString());
        done();
      },
    });
    const plain = pino(sink);
    plain.error(error);
    plain.error({ err: error, error });
    plain.error({ nested: { err: error } }, "failed");
    const ours = createLogger({ app: "test", level: "info" }, sink);
    ours.error({ event: "failed", error });
    ours.error({ event: "failed", error: describeError(error), other: error });
    const wrapped = new Error("wrapped", { cause: error });
    const options = { depth: Infinity, showHidden: true, getters: true } as const;
    return [
      ...lines,
      String(error),
      (error as Error).stack,
      inspect(error, options),
      inspect(wrapped, options),
      JSON.stringify(error),
      JSON.stringify({ ...(error as object) }),
      JSON.stringify(error, Object.getOwnPropertyNames(error)),
    ].join("\n");
  }

  const scripts = FAILURES.map(([what, script]) => [what, script] as const);
  test.each(scripts)("with %s", async (_what, script) => {
    const { client, calls } = await setUp(script);
    for (const path of paths) {
      const error = await rejection(CALLS[path]!(client));
      expect(printed(error)).not.toContain("MARKER");
      expect(printed(error)).toContain(path);
    }
    expect(calls).toHaveLength(paths.length);
    expect(inspect(calls, { depth: Infinity })).not.toContain("MARKER");
  });

  test("with nobody listening", async () => {
    const { client, calls } = createClient(`http://127.0.0.1:${await freePort()}`);
    for (const path of paths) expect(printed(await rejection(CALLS[path]!(client)))).not.toContain("MARKER");
    expect(inspect(calls, { depth: Infinity })).not.toContain("MARKER");
  });

  test("nor in the client itself", () => {
    const { client } = createClient("http://127.0.0.1:1");
    expect(inspect(client, { depth: Infinity, showHidden: true })).not.toContain("MARKER");
  });
});

describe("the log of calls", () => {
  test("has a line for each, with what Plaid's support asks for and nothing secret", async () => {
    const { client, calls } = await setUp((response, { path }) => json(200, ANSWERS[path])(response, {} as Asked));
    for (const path of paths) await CALLS[path]!(client);
    const shared = {
      requestId: "req1",
      httpStatus: 200,
      errorType: null,
      errorCode: null,
      itemErrorCode: null,
      durationMs: expect.any(Number) as number,
    };
    expect(calls).toEqual([
      { ...shared, ...subject, method: "/accounts/get", arguments: {} },
      { ...shared, method: "/beta/webhook_events/list", arguments: { cursor: "c1", count: 50 } },
      {
        ...shared,
        method: "/institutions/get_by_id",
        arguments: { institution_id: "ins_109508", country_codes: ["US"] },
      },
      { ...shared, ...subject, method: "/item/get", arguments: {} },
      { ...shared, ...subject, method: "/item/public_token/exchange", arguments: {} },
      { ...shared, ...subject, method: "/item/remove", arguments: {} },
      {
        ...shared,
        ...subject,
        method: "/item/webhook/update",
        arguments: { webhook: "https://hooks.example.com/plaid" },
      },
      {
        ...shared,
        ...subject,
        method: "/link/token/create",
        arguments: {
          update_mode: true,
          language: "en",
          country_codes: ["US"],
          account_selection: true,
          hosted_link: true,
        },
      },
      { ...shared, ...subject, method: "/link/token/get", arguments: {} },
      { ...shared, method: "/webhook_verification_key/get", arguments: { key_id: "a-key" } },
    ]);
    expect(inspect(calls, { depth: Infinity })).not.toContain("MARKER");
  });

  test("has the request id and the code of what Plaid refused", async () => {
    const { client, calls } = await setUp(json(400, plaidError("ITEM_NOT_FOUND")));
    await rejection(client.getItem(accessToken, subject));
    expect(calls).toMatchObject([
      { requestId: "req1", httpStatus: 400, errorType: "ITEM_ERROR", errorCode: "ITEM_NOT_FOUND" },
    ]);
  });

  test.each<[string, () => Promise<void>]>([
    ["rejects", () => Promise.reject(new Error("no space"))],
    [
      "throws",
      () => {
        throw new Error("no space");
      },
    ],
  ])("that %s fails no call, and somebody hears of it", async (_how, record) => {
    const good = await setUp(itemAnswer(), { record });
    expect(await good.client.getItem(accessToken, subject)).toMatchObject({ plaidItemId: ITEM.item_id });
    expect(good.onRecordFailed).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ message: "no space" }));

    const bad = await setUp(json(400, plaidError("ITEM_NOT_FOUND")), { record });
    expect(await rejection(bad.client.getItem(accessToken, subject))).toMatchObject({ errorCode: "ITEM_NOT_FOUND" });
    expect(bad.onRecordFailed).toHaveBeenCalledTimes(1);
  });
});
