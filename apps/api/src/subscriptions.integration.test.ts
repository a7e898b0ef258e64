import { NEW_ENDPOINT_HEALTH } from "@relink/core";
import { readId, Secret } from "@relink/service";
import { createTargetPolicy } from "@relink/delivery";
import { waitFor } from "@relink/testkit";
import { Webhook } from "standardwebhooks";
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { SubscriptionView } from "./subscriptions/subscription.ts";
import type { Verification } from "./subscriptions/ask-endpoint.ts";
import { type CallOptions, setUpApi, startApi } from "./testing/api-for-test.ts";
import type { Method } from "./testing/contract.ts";
import { challengeOf, type Received, startReceiver } from "./testing/receiver.ts";
import { makeTeam, type TeamForTest } from "./testing/team-for-test.ts";

interface Created extends SubscriptionView {
  secret: string | null;
  verification: Verification | null;
}

const world = setUpApi();
const { query } = world;

let team: TeamForTest;
let key: string;
let other: TeamForTest;
let otherKey: string;

beforeAll(async () => {
  other = await makeTeam(world);
  otherKey = await other.key();
});

// A team has a limit, and a key another.
beforeEach(async () => {
  team = await makeTeam(world);
  key = await team.key();
});

const path = (subscription: { id: string }, rest = "") => `/v1/subscriptions/${subscription.id}${rest}`;
const uuidOf = (subscription: { id: string }) => readId("sub", subscription.id);

async function create(body: object, options: CallOptions = { key }): Promise<Created> {
  const { status, body: made } = await world.api.call<Created>("post", "/v1/subscriptions", { ...options, body });
  expect(status).toBe(201);
  return made;
}

async function webhook(more: object = {}, options?: CallOptions): Promise<Created> {
  const receiver = await startReceiver();
  return create({ kind: "webhook", url: receiver.url, event_types: ["*"], ...more }, options);
}

const act = async <View = SubscriptionView>(subscription: { id: string }, verb: string, options: CallOptions = {}) =>
  (await world.api.call<View>("post", path(subscription, `/${verb}`), { key, ...options })).body;

const read = async (subscription: { id: string }) =>
  (await world.api.call<SubscriptionView & { stats: object }>("get", path(subscription), { key })).body;

/** What stands in the audit log about it, oldest first. */
const audited = async (subscription: { id: string }) =>
  (await query("select action from audit_log where resource = $1 order by id", [subscription.id])).map(
    (row) => row["action"],
  );

/** The mails that its owner is owed. */
const owed = async (subscription: { id: string }) =>
  (await query("select kind from notices where subscription_id = $1 order by id", [uuidOf(subscription)])).map(
    (row) => row["kind"],
  );

/** A delivery in this state for an event that is made up. */
async function insertDelivery(subscription: { id: string }, state: string): Promise<string> {
  const [event] = await query(
    `insert into events (id, type, occurred_at, body, matched) values (uuidv7(), 'item.error', now(), '{}', 1)
     returning id`,
  );
  const [delivery] = await query(
    `insert into deliveries (id, event_id, subscription_id, event_type, state)
     values (uuidv7(), $1, $2, 'item.error', $3) returning id`,
    [event?.["id"], uuidOf(subscription), state],
  );
  return String(delivery?.["id"]);
}

const stateOf = async (deliveryId: string) =>
  (await query("select state from deliveries where id = $1", [deliveryId]))[0]?.["state"];

const asText = (one: unknown, other: unknown) => String(one).localeCompare(String(other));

function verifies(secret: string | null, { body, headers }: Received): boolean {
  try {
    new Webhook(secret ?? "").verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

describe("a new webhook", () => {
  test("is asked with a challenge that its secret has signed, and is active once it repeats it", async () => {
    const receiver = await startReceiver();
    const made = await create({
      kind: "webhook",
      url: receiver.url,
      event_types: ["item.*", "reauth.completed"],
      description: "Payments",
      filter: { environments: ["production"], who_acts: ["user"] },
      metadata: { owner: "payments" },
      owner_contact: "payments@example.com",
    });
    expect(made).toMatchObject({
      team_id: team.id,
      kind: "webhook",
      url: receiver.url,
      status: "active",
      event_types: ["item.*", "reauth.completed"],
      filter: { environments: ["production"], who_acts: ["user"], error_codes: [] },
      verification: { ok: true, status: 200, error_code: null },
      signature_schemes: ["v1"],
      max_concurrency: 5,
      retry_schedule: null,
    });
    expect(made.secret).toMatch(/^whsec_/);
    const [request] = receiver.received;
    expect(receiver.received).toHaveLength(1);
    expect(verifies(made.secret, request!)).toBe(true);
    expect(JSON.parse(request!.body)).toMatchObject({
      type: "webhook.verification",
      environment: "sandbox",
      data: { subscription_id: made.id },
    });
    expect(request!.headers).toMatchObject({
      "content-type": "application/json",
      "relink-attempt": "1",
      "user-agent": expect.stringMatching(/^Relink-Webhooks\//),
    });
    expect(await audited(made)).toEqual(["subscription.created", "subscription.verified"]);
  });

  test("is shown afterwards without its secret, which is stored sealed", async () => {
    const { secret, verification: _verification, ...made } = await webhook();
    const { stats, ...shown } = await read(made);
    expect(shown).toEqual(made);
    expect(stats).toMatchObject({ attempts: 0, success_rate: null, pending: 0, held: 0 });
    const rows = await query("select * from subscription_secrets where subscription_id = $1", [uuidOf(made)]);
    expect(rows).toHaveLength(1);
    expect(String(rows[0]?.["secret"])).not.toContain(secret?.slice(6));
    expect(world.api.log).not.toContain(secret);
  });

  test("may repeat the challenge as text", async () => {
    const receiver = await startReceiver((request, response) => void response.end(`${challengeOf(request)}\n`));
    const made = await create({ kind: "webhook", url: receiver.url, event_types: ["*"] });
    expect(made).toMatchObject({ status: "active", verification: { ok: true } });
  });

  test.each<[string, Parameters<typeof startReceiver>[0], object]>([
    ["2xx alone", (_request, response) => void response.end("ok"), { status: 200, error_code: "CHALLENGE_MISMATCH" }],
    [
      "another challenge",
      (_r, response) => void response.end('{"challenge":"x"}'),
      { error_code: "CHALLENGE_MISMATCH" },
    ],
    [
      "500",
      (_r, response) => void response.writeHead(500).end("MARKER-answer"),
      { status: 500, error_code: "HTTP_STATUS" },
    ],
    [
      "one that does not accept the signature",
      (_r, response) => void response.writeHead(401).end(),
      { status: 401, error_code: "HTTP_STATUS", advice: expect.stringContaining("newest secret") as string },
    ],
    ["a redirect", (_r, response) => void response.writeHead(302, { location: "/" }).end(), { error_code: "REDIRECT" }],
    [
      "a closed connection",
      (_r, response) => void response.destroy(),
      { status: null, error_code: "CONNECTION_RESET" },
    ],
  ])("that answers with %s waits for its verification, and is told why", async (_name, answer, expected) => {
    const receiver = await startReceiver(answer);
    const made = await create({ kind: "webhook", url: receiver.url, event_types: ["*"] });
    expect(made).toMatchObject({
      status: "pending_verification",
      verified_at: null,
      verification: { ok: false, advice: expect.stringMatching(/\w/), ...expected },
    });
    expect(JSON.stringify(made)).not.toContain("MARKER-answer");
    const { verification, ...asked } = await act<Created>(made, "verify");
    expect(asked).toMatchObject({ status: "pending_verification", last_verification: expected });
    expect(verification).toMatchObject({ ok: false, ...expected });
    expect(await read(made)).toMatchObject({
      version: made.version,
      last_verification: { ...verification, url: receiver.url, total_ms: expect.any(Number) as number },
    });
  });

  test("shows when and how it was asked last, wherever that was", async () => {
    let isUp = true;
    const receiver = await startReceiver((request, response) =>
      isUp ? response.end(challengeOf(request)) : response.writeHead(503).end(),
    );
    const made = await create({ kind: "webhook", url: receiver.url, event_types: ["*"] });
    expect(made.last_verification).toMatchObject({ ok: true, url: receiver.url });
    isUp = false;
    const elsewhere = `${receiver.url}/elsewhere`;
    await world.api.problem("patch", path(made), "verification-required", { key, body: { url: elsewhere } });
    const refused = await read(made);
    expect(refused).toMatchObject({
      url: receiver.url,
      version: made.version,
      last_verification: { ok: false, url: elsewhere, status: 503, error_code: "HTTP_STATUS" },
    });
    await act(made, "disable");
    await world.api.problem("post", path(made, "/enable"), "verification-required", { key });
    const { last_verification: last } = await read(made);
    expect(last).toMatchObject({ ok: false, url: receiver.url, status: 503 });
    expect(new Date(last?.at ?? 0).getTime()).toBeGreaterThan(new Date(refused.last_verification?.at ?? 0).getTime());
    expect((await webhook({ verify: false })).last_verification).toBeNull();
  });

  test("is not asked before it is to be", async () => {
    const receiver = await startReceiver();
    const body = { kind: "webhook", url: receiver.url, event_types: ["*"], verify: false };
    const made = await create(body);
    expect(made).toMatchObject({ status: "pending_verification", verification: null });
    expect(receiver.received).toEqual([]);
    expect(await act(made, "verify")).toMatchObject({ status: "active" });
    expect(receiver.received).toHaveLength(1);
  });

  test("may be made disabled", async () => {
    const receiver = await startReceiver();
    const made = await create({ kind: "webhook", url: receiver.url, event_types: ["*"], enabled: false });
    expect(made).toMatchObject({ status: "disabled", disabled_reason: "manual", verification: null });
    expect(receiver.received).toEqual([]);
    expect(await act(made, "enable")).toMatchObject({ status: "active", disabled_reason: null });
  });

  test("may bring its secret along", async () => {
    const receiver = await startReceiver();
    const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
    const made = await create({ kind: "webhook", url: receiver.url, event_types: ["*"], secret });
    expect(made.secret).toBe(secret);
    expect(verifies(secret, receiver.received[0]!)).toBe(true);
  });

  test("may be signed with Ed25519, whose public key is published", async () => {
    const made = await webhook({ signature_schemes: ["v1a", "v1"] });
    const signatures = made.signing_keys.map(({ scheme, public_key }) => [scheme, public_key]);
    expect(Object.fromEntries(signatures)).toEqual({ v1: null, v1a: expect.stringMatching(/^whpk_/) });
    expect(made.secret).toMatch(/^whsec_/);
    const only = await webhook({ signature_schemes: ["v1a"] });
    expect(only.secret).toBeNull();
  });

  test("is one of several that are made at once where one is left to make: the others are refused", async () => {
    const full = await makeTeam(world);
    const fullKey = await full.key();
    const body = { kind: "webhook", url: "http://127.0.0.1:9/", event_types: ["*"], verify: false };
    const make = () => world.api.call<{ code?: string }>("post", "/v1/subscriptions", { key: fullKey, body });
    for (let count = 0; count < 49; count += 1) expect((await make()).status).toBe(201);
    const last = await Promise.all([make(), make(), make(), make()]);
    expect(last.map((answer) => answer.body.code ?? answer.status).toSorted(asText)).toEqual([
      201,
      "limit-reached",
      "limit-reached",
      "limit-reached",
    ]);
  });

  test("is the fifty-first of its team: refused, until one is deleted", async () => {
    const full = await makeTeam(world);
    const fullKey = await full.key();
    const body = { kind: "slack", url: "https://hooks.slack.com/services/T0/B0/abcdef", event_types: ["*"] };
    for (let made = 0; made < 49; made += 1) {
      await query(
        `insert into subscriptions (id, team_id, kind, address, event_types, signature_schemes, api_version, status, health)
         values (uuidv7(), $1, 'email', 'a@example.com', '{*}', '{}', '2026-11-22', 'active', $2)`,
        [full.uuid, NEW_ENDPOINT_HEALTH],
      );
    }
    const both = await Promise.all(
      [1, 2].map(() => world.api.call<Created>("post", "/v1/subscriptions", { key: fullKey, body })),
    );
    expect(new Set(both.map(({ status }) => status))).toEqual(new Set([201, 409]));
    const made = both.find(({ status }) => status === 201)!.body;
    const { detail } = await world.api.problem("post", "/v1/subscriptions", "limit-reached", { key: fullKey, body });
    expect(detail).toContain("50");
    await world.api.call("delete", path(made), { key: fullKey });
    await create(body, { key: fullKey });
  });
});

describe("where it may not go", () => {
  test.each([
    "http://hooks.example.com/",
    "https://127.0.0.1/",
    "https://0x7f.1/",
    "https://2130706433/",
    "https://①②⑦.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://169.254.169.254/latest/meta-data",
    "https://10.0.0.1/",
    "https://localhost/",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://user:MARKER@hooks.example.com/",
    "https://hooks.example.com:8080/",
    "https://hooks.example.com/#part",
    "https://256.0.0.1/",
    "https://link.test/r/",
    "ftp://hooks.example.com/",
    "file:///etc/passwd",
    "hooks.example.com",
  ])("%s is not taken", async (url) => {
    const policy = createTargetPolicy({ ownHosts: ["link.test"] });
    const api = await strict(policy);
    const body = { kind: "webhook", url, event_types: ["*"] };
    const problem = await api.problem("post", "/v1/subscriptions", "url-not-allowed", { key, body });
    expect(problem.errors).toEqual([{ pointer: "#/url", code: "not_allowed", detail: problem.detail }]);
    expect(problem.detail).not.toContain("MARKER");
  });

  test.each([["10.1.2.3"], ["93.184.216.34", "127.0.0.1"], ["fd00:ec2::254"], ["::ffff:169.254.169.254"]])(
    "a name that leads to %s is not taken, and the address is not told",
    async (...addresses) => {
      const api = await strict(createTargetPolicy(), addresses);
      const body = { kind: "webhook", url: "https://hooks.example.com/relink", event_types: ["*"] };
      const problem = await api.problem("post", "/v1/subscriptions", "url-not-allowed", { key, body });
      expect(problem.detail).toContain("hooks.example.com");
      for (const address of addresses) expect(JSON.stringify(problem)).not.toContain(address);

      const existing = await webhook();
      const change = { key, body: { url: "https://hooks.example.com/relink" } };
      await api.problem("patch", path(existing), "url-not-allowed", change);
      expect(await read(existing)).toMatchObject({ url: existing.url, version: existing.version });
    },
  );

  test("a name that DNS leads elsewhere later is not called, and nothing is told of where", async () => {
    const answers = [["93.184.216.34"], ["127.0.0.1"]];
    const api = await startApi(
      { databaseUrl: new Secret(world.urlFor("relink_api")), targetPolicy: createTargetPolicy() },
      { resolveHost: () => Promise.resolve(answers.shift() ?? []) },
    );
    onTestFinished(() => api.close());
    const body = { kind: "webhook", url: "https://hooks.example.com/", event_types: ["*"] };
    const { status, body: made } = await api.call<Created>("post", "/v1/subscriptions", { key, body });
    expect([status, made.status]).toEqual([201, "pending_verification"]);
    expect(made.verification).toMatchObject({ ok: false, error_code: "TARGET_FORBIDDEN", status: null });
    expect(JSON.stringify(made)).not.toContain("127.0.0.1");
  });

  test.each([
    "https://hooks.slack.com.example.com/services/T0/B0/x",
    "https://example.com/services/T0/B0/x",
    "https://hooks.slack.com/workflows/T0/B0/x",
    "https://hooks.slack.com@127.0.0.1/services/T0/B0/x",
    "https://hooks.slack.com:8080/services/T0/B0/x",
    "http://hooks.slack.com/services/T0/B0/x",
    "https://hooks.slack.com/services/T0/B0/x/../../../y",
    "https://hooks.slack.com/services/T0/B0/x?y",
    "https://hooks.slack.com/services/T0/B0/x\n",
    "https://127.0.0.1/services/T0/B0/x",
  ])("Slack is not %j", async (url) => {
    const body = { kind: "slack", url, event_types: ["*"] };
    await world.api.problem("post", "/v1/subscriptions", "url-not-allowed", { key, body });
  });

  async function strict(targetPolicy: ReturnType<typeof createTargetPolicy>, addresses: readonly string[] = []) {
    const api = await startApi(
      { databaseUrl: new Secret(world.urlFor("relink_api")), targetPolicy },
      { resolveHost: () => Promise.resolve(addresses) },
    );
    onTestFinished(() => api.close());
    return api;
  }
});

describe("Slack and mail", () => {
  test("Slack's URL is sealed, and never shown", async () => {
    const url = "https://hooks.slack.com/services/T00000000/B00000000/MARKERMARKERMARKER";
    const made = await create({ kind: "slack", url, event_types: ["item.error"] });
    expect(made).toMatchObject({ status: "active", secret: null, verification: null, signing_keys: [] });
    expect(made.url).toBe("https://hooks.slack.com/services/…");
    expect(JSON.stringify([made, await read(made)])).not.toContain("MARKER");
    const [row] = await query("select kind, secret from subscription_secrets where subscription_id = $1", [
      uuidOf(made),
    ]);
    expect(row?.["kind"]).toBe("slack_url");
    expect(String(row?.["secret"])).not.toContain("MARKER");
  });

  test("a bot's token is sealed, and its channel shown", async () => {
    const slack = { channel: "C024BE91L", bot_token: "xoxb-123456789012-MARKER" };
    const made = await create({ kind: "slack", slack, event_types: ["item.error"] });
    expect(made).toMatchObject({ status: "active", url: null, slack_channel: "C024BE91L" });
    expect(JSON.stringify(made)).not.toContain("MARKER");

    // What is known of how the old one failed says nothing about the new one.
    await query(
      "update subscriptions set status = 'failing', health = health || '{\"state\":\"failing\"}' where id = $1",
      [uuidOf(made)],
    );
    const url = "https://hooks.slack.com/services/T00000000/B00000000/abcdef";
    const { body } = await world.api.call<SubscriptionView>("patch", path(made), { key, body: { url } });
    expect(body).toMatchObject({ status: "active", slack_channel: null, url: "https://hooks.slack.com/services/…" });
    const rows = await query("select kind from subscription_secrets where subscription_id = $1", [uuidOf(made)]);
    expect(rows).toEqual([{ kind: "slack_url" }]);
  });
});

describe("bad input", () => {
  const good = { kind: "webhook", url: "http://127.0.0.1:1/", event_types: ["*"], verify: false };
  test.each<[object, string]>([
    [{ kind: "fax" }, "#/kind"],
    [{ url: undefined }, "#/url"],
    [{ url: `https://a.example.com/${"x".repeat(2_100)}` }, "#/url"],
    [{ event_types: [] }, "#/event_types"],
    [{ event_types: ["item"] }, "#/event_types/0"],
    [{ event_types: ["webhook.verification"] }, "#/event_types/0"],
    [{ event_types: Array.from({ length: 51 }, () => "*") }, "#/event_types"],
    [{ filter: { environments: ["development"] } }, "#/filter/environments/0"],
    [{ filter: { error_codes: ["A B"] } }, "#/filter/error_codes/0"],
    [{ filter: { who_acts: ["me"] } }, "#/filter/who_acts/0"],
    [{ filter: { institution: [] } }, "#/filter/institution"],
    [{ filter: { products: Array.from({ length: 101 }, () => "auth") } }, "#/filter/products"],
    [{ filter: { institution_ids: "ins_1" } }, "#/filter/institution_ids"],
    [{ description: "a\u0000b" }, "#/description"],
    [{ description: "x".repeat(201) }, "#/description"],
    [{ supersede: "yes" }, "#/supersede"],
    [{ signature_schemes: [] }, "#/signature_schemes"],
    [{ signature_schemes: ["v1", "v1"] }, "#/signature_schemes"],
    [{ signature_schemes: ["v2"] }, "#/signature_schemes/0"],
    [{ secret: "whsec_c2hvcnQ=" }, "#/secret"],
    [{ secret: "MARKER" }, "#/secret"],
    [{ secret: `whsec_${Buffer.alloc(32, 1).toString("base64")}`, signature_schemes: ["v1a"] }, "#/secret"],
    [{ retry_schedule: [] }, "#/retry_schedule"],
    [{ retry_schedule: [1, 0] }, "#/retry_schedule/1"],
    [{ retry_schedule: [1.5] }, "#/retry_schedule/0"],
    [{ retry_schedule: [172_800, 172_800, 172_800, 172_800] }, "#/retry_schedule"],
    [{ max_concurrency: 0 }, "#/max_concurrency"],
    [{ max_concurrency: 51 }, "#/max_concurrency"],
    [{ rate_limit: 0 }, "#/rate_limit"],
    [{ rate_limit: 1_001 }, "#/rate_limit"],
    [{ owner_contact: "nobody" }, "#/owner_contact"],
    [{ metadata: { "a b": "c" } }, "#/metadata/a%20b"],
    [{ metadata: { a: 1 } }, "#/metadata/a"],
    [{ metadata: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`k${n}`, ""])) }, "#/metadata"],
    [{ team_id: "team_x" }, "#/team_id"],
    [{ enabled: 1 }, "#/enabled"],
    [{ status: "active" }, "#/status"],
  ])("%j is a mistake at %s", async (more, pointer) => {
    const body = { ...good, ...more };
    const problem = await world.api.problem("post", "/v1/subscriptions", "validation-failed", { key, body });
    expect(problem.errors?.map((error) => error.pointer)).toContain(pointer);
    expect(JSON.stringify(problem)).not.toContain("MARKER");
  });

  test.each<[object, string]>([
    [{ kind: "slack", event_types: ["*"] }, "#"],
    [
      {
        kind: "slack",
        event_types: ["*"],
        url: "https://hooks.slack.com/services/T/B/x",
        slack: { channel: "C024BE91L", bot_token: "xoxb-1234567890" },
      },
      "#",
    ],
    [
      { kind: "slack", event_types: ["*"], slack: { channel: "general", bot_token: "xoxb-1234567890" } },
      "#/slack/channel",
    ],
    [
      { kind: "slack", event_types: ["*"], slack: { channel: "#general", bot_token: "xoxp-MARKER" } },
      "#/slack/bot_token",
    ],
    [{ kind: "email", event_types: ["*"] }, "#/address"],
    [{ kind: "email", event_types: ["*"], address: "a@example.com, b@example.com" }, "#/address"],
    [{ kind: "email", event_types: ["*"], address: "a@example.com", url: "https://example.com" }, "#/url"],
  ])("%j is a mistake at %s", async (body, pointer) => {
    const problem = await world.api.problem("post", "/v1/subscriptions", "validation-failed", { key, body });
    expect(problem.errors?.map((error) => error.pointer)).toContain(pointer);
    expect(JSON.stringify(problem)).not.toContain("MARKER");
  });

  test("the admin key has to say whose it is, and a team's key can only make its own", async () => {
    const refused = async (body: object, options: CallOptions = {}) =>
      (await world.api.problem("post", "/v1/subscriptions", "validation-failed", { ...options, body })).errors;
    expect(await refused(good)).toMatchObject([{ pointer: "#/team_id" }]);
    expect(await refused({ ...good, team_id: "team_01h455vb4pex5vsknk084sn02q" })).toMatchObject([
      { pointer: "#/team_id" },
    ]);
    expect(await refused({ ...good, team_id: other.id }, { key })).toMatchObject([{ pointer: "#/team_id" }]);
    expect((await create({ ...good, team_id: other.id }, {})).team_id).toBe(other.id);
  });
});

describe("whose it is", () => {
  test("another team's subscription is not there, whatever is done with it", async () => {
    const made = await webhook();
    const nobody = "/v1/subscriptions/sub_01h455vb4pex5vsknk084sn02q";
    const calls: [Method, string, object?][] = [
      ["get", ""],
      ["patch", "", { description: "mine" }],
      ["delete", ""],
      ...["enable", "disable", "pause", "resume", "verify"].map((verb): [Method, string] => ["post", `/${verb}`]),
      ["post", "/secret/rotate", {}],
    ];
    for (const [method, rest, body] of calls) {
      const options = { key: otherKey, ...(body !== undefined && { body }) };
      const theirs = await world.api.problem(method, path(made, rest), "not-found", options);
      const none = await world.api.problem(method, `${nobody}${rest}`, "not-found", options);
      expect(theirs.detail).toBe(none.detail);
    }
    expect(await read(made)).toMatchObject({ status: "active", version: made.version });
    const list = await world.api.call<{ data: Created[] }>("get", "/v1/subscriptions", { key: otherKey });
    expect(list.body.data.map(({ id }) => id)).not.toContain(made.id);
  });

  test("the admin key sees all, or those of one team", async () => {
    const made = await webhook({}, { key: otherKey });
    const ids = async (parameters: Record<string, string>, options: CallOptions = {}) =>
      (
        await world.api.call<{ data: Created[] }>("get", "/v1/subscriptions", {
          ...options,
          query: { limit: "250", ...parameters },
        })
      ).body.data.map(({ id }) => id);
    expect(await ids({})).toContain(made.id);
    expect(await ids({ team_id: other.id })).toContain(made.id);
    expect(await ids({ team_id: team.id })).not.toContain(made.id);
    expect(await ids({ team_id: other.id, kind: "slack" })).not.toContain(made.id);
    expect(await ids({ team_id: other.id, status: "disabled" })).not.toContain(made.id);
    expect(await ids({ team_id: other.id }, { key })).toEqual([]);
  });

  test.each([
    ["get", "subscriptions:read"],
    ["patch", "subscriptions:write"],
  ] as const)("a key without the scope for %s is refused", async (method, scope) => {
    const made = await webhook();
    const poor = await team.key(["events:read"]);
    const body = method === "patch" ? { body: {} } : {};
    const { detail } = await world.api.problem(method, path(made), "forbidden", { key: poor, ...body });
    expect(detail).toContain(scope);
  });

  test("a list is paged to its end", async () => {
    const lonely = await makeTeam(world);
    const lonelyKey = await lonely.key();
    const made = [];
    for (let index = 0; index < 3; index += 1) made.push((await webhook({}, { key: lonelyKey })).id);
    const listed: string[] = [];
    let cursor: string | null = null;
    do {
      const parameters: Record<string, string> = { limit: "2", ...(cursor !== null && { cursor }) };
      const page = await world.api.call<{ data: Created[]; next_cursor: string | null }>("get", "/v1/subscriptions", {
        key: lonelyKey,
        query: parameters,
      });
      listed.push(...page.body.data.map(({ id }) => id));
      cursor = page.body.next_cursor;
    } while (cursor !== null);
    expect(listed).toEqual(made.toReversed());
  });
});

describe("a change", () => {
  const patch = (subscription: { id: string }, body: object, headers: Record<string, string> = {}) =>
    world.api.call<Created>("patch", path(subscription), { key, body, headers });

  test("stores what is sent and leaves the rest alone", async () => {
    const made = await webhook({ description: "before", metadata: { a: "1" }, rate_limit: 5 });
    const { body } = await patch(made, {
      event_types: ["item.error"],
      filter: { products: ["auth"] },
      supersede: true,
      retry_schedule: [5, 300],
      max_concurrency: 2,
      rate_limit: null,
      owner_contact: "owner@example.com",
      metadata: { b: "2" },
    });
    expect(body).toMatchObject({
      description: "before",
      url: made.url,
      event_types: ["item.error"],
      filter: { products: ["auth"], environments: [] },
      supersede: true,
      retry_schedule: [5, 300],
      max_concurrency: 2,
      rate_limit: null,
      owner_contact: "owner@example.com",
      metadata: { b: "2" },
      version: made.version + 1,
      verification: null,
    });
    expect((await patch(made, { description: null, owner_contact: null })).body).toMatchObject({
      description: null,
      owner_contact: null,
      supersede: true,
    });
    expect(await audited(made)).toContain("subscription.changed");
  });

  test("of several at once that have seen the same version, one is made", async () => {
    const made = await webhook();
    const tag = (await world.api.call("get", path(made), { key })).headers.get("etag") ?? "";
    const bodies = Array.from({ length: 6 }, (_, index) => ({ description: `change ${index}` }));
    const answers = await Promise.all(bodies.map((body) => patch(made, body, { "if-match": tag })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412, 412, 412, 412, 412]);
    expect((await read(made)).version).toBe(made.version + 1);
  });

  test("is refused if somebody was faster", async () => {
    const made = await webhook();
    const { headers } = await world.api.call("get", path(made), { key });
    const tag = headers.get("etag") ?? "";
    expect((await patch(made, { description: "first" }, { "if-match": tag })).status).toBe(200);
    const late = { key, body: { description: "second" }, headers: { "if-match": tag } };
    await world.api.problem("patch", path(made), "precondition-failed", late);
    expect((await read(made)).description).toBe("first");
  });

  test("of the URL asks the new receiver first; the old one is not left before", async () => {
    const made = await webhook();
    const silent = await startReceiver((_request, response) => void response.end("ok"));
    const refused = { key, body: { url: silent.url } };
    const { detail } = await world.api.problem("patch", path(made), "verification-required", refused);
    expect(detail).toContain("CHALLENGE_MISMATCH");
    expect(await read(made)).toMatchObject({ url: made.url, status: "active", version: made.version });

    const next = await startReceiver();
    const { body } = await patch(made, { url: next.url });
    expect(body).toMatchObject({ url: next.url, status: "active", verification: { ok: true } });
    expect(Date.parse(body.verified_at!)).toBeGreaterThan(Date.parse(made.verified_at!));
    expect(verifies(made.secret, next.received[0]!)).toBe(true);
  });

  test("of the URL without asking leaves it unverified", async () => {
    const made = await webhook();
    const next = await startReceiver();
    const { body } = await patch(made, { url: next.url, verify: false });
    expect(body).toMatchObject({ url: next.url, status: "pending_verification", verified_at: null });
    expect(next.received).toEqual([]);
  });

  test("of the URL of a disabled one does not enable it, and it must answer the challenge to be", async () => {
    const made = await webhook({ enabled: false });
    const next = await startReceiver((_request, response) => void response.end("ok"));
    expect((await patch(made, { url: next.url, verify: false })).body.status).toBe("disabled");
    await world.api.problem("post", path(made, "/enable"), "verification-required", { key });
  });

  test("forgets how the old receiver failed", async () => {
    const made = await webhook();
    await query(
      `update subscriptions set status = 'failing', throttled_until = now() + interval '1 hour', concurrency = 1,
         health = health || '{"state":"failing","failures":7,"failingSince":"2026-11-20T09:00:00.000Z"}' where id = $1`,
      [uuidOf(made)],
    );
    expect(await read(made)).toMatchObject({
      status: "failing",
      health: { failures: 7, failing_since: "2026-11-20T09:00:00.000Z", throttled_until: expect.any(String) },
    });
    const next = await startReceiver();
    expect((await patch(made, { url: next.url })).body).toMatchObject({
      status: "active",
      health: { failures: 0, failing_since: null, throttled_until: null },
    });
  });

  test.each([
    [{ address: "a@example.com" }, "#/address"],
    [{ slack: { channel: "C024BE91L", bot_token: "xoxb-1234567890" } }, "#/slack"],
    [{ kind: "slack" }, "#/kind"],
    [{ signature_schemes: [] }, "#/signature_schemes"],
    [{ event_types: null }, "#/event_types"],
  ])("%j is a mistake at %s", async (body, pointer) => {
    const made = await webhook({ verify: false });
    const problem = await world.api.problem("patch", path(made), "validation-failed", { key, body });
    expect(problem.errors).toMatchObject([{ pointer }]);
  });
});

describe("headers that are sent along", () => {
  const headers = { Authorization: "Bearer MARKER-gateway", "x-route": "payments" };
  const patch = (subscription: { id: string }, body: object) =>
    world.api.call<Created>("patch", path(subscription), { key, body });
  const stored = async (subscription: { id: string }) =>
    query("select secret from subscription_secrets where subscription_id = $1 and kind = 'headers'", [
      uuidOf(subscription),
    ]);

  test("are sent with the first request, stored sealed, and shown without their values", async () => {
    const receiver = await startReceiver();
    const made = await create({ kind: "webhook", url: receiver.url, event_types: ["*"], headers });
    expect(receiver.received[0]!.headers).toMatchObject({
      authorization: headers.Authorization,
      "x-route": "payments",
    });
    expect(made.headers).toEqual({ authorization: "***", "x-route": "***" });
    const [row, ...others] = await stored(made);
    expect(others).toEqual([]);
    expect(String(row?.["secret"])).not.toContain("MARKER");
    expect(JSON.stringify([made, await read(made)])).not.toContain("MARKER");
    expect(made.signing_keys).toHaveLength(1);
    expect(world.api.log).not.toContain("MARKER-gateway");
  });

  test("are replaced as a whole, and taken away", async () => {
    const made = await webhook({ headers });
    expect((await patch(made, { description: "x" })).body.headers).toEqual(made.headers);
    expect((await patch(made, { headers: { "x-route": "fraud" } })).body.headers).toEqual({ "x-route": "***" });
    expect(await stored(made)).toHaveLength(1);
    expect((await patch(made, { headers: {} })).body.headers).toEqual({});
    expect(await stored(made)).toEqual([]);
  });

  test("are not told to another host, unless they are sent for it", async () => {
    const made = await webhook({ headers });
    const elsewhere = await startReceiver();
    const { body } = await patch(made, { url: elsewhere.url });
    expect(body.headers).toEqual({});
    expect(elsewhere.received).toHaveLength(1);
    expect(elsewhere.received[0]!.headers["authorization"]).toBeUndefined();
    const third = await startReceiver();
    expect((await patch(made, { url: third.url, headers: { "x-route": "new" } })).body.headers).toEqual({
      "x-route": "***",
    });
    expect(third.received[0]!.headers["x-route"]).toBe("new");
    // Another place at the same host is as good as before.
    const moved = await patch(made, { url: `${third.url}/moved` });
    expect(moved.body.headers).toEqual({ "x-route": "***" });
    expect(third.received[1]!.headers["x-route"]).toBe("new");
  });

  test.each<[Record<string, unknown>, string]>([
    [{ host: "internal" }, "#/headers/host"],
    [{ "Webhook-Id": "evt_1" }, "#/headers/Webhook-Id"],
    [{ "relink-attempt": "1" }, "#/headers/relink-attempt"],
    [{ "content-length": "0" }, "#/headers/content-length"],
    [{ cookie: "a=b" }, "#/headers/cookie"],
    [{ "x-a": "MARKER\r\nx-b: c" }, "#/headers/x-a"],
    [{ "x a": "b" }, "#/headers/x%20a"],
    [{ "x-a": "" }, "#/headers/x-a"],
    [{ "x-a": 1 }, "#/headers/x-a"],
    [{ "x-a": "1", "X-A": "2" }, "#/headers"],
    [Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`x-${index}`, "1"])), "#/headers"],
  ])("%j is a mistake at %s", async (wrong, pointer) => {
    const body = { kind: "webhook", url: "http://127.0.0.1:1/", event_types: ["*"], verify: false, headers: wrong };
    const problem = await world.api.problem("post", "/v1/subscriptions", "validation-failed", { key, body });
    expect(problem.errors?.map((error) => error.pointer)).toContain(pointer);
    expect(JSON.stringify(problem)).not.toContain("MARKER");
  });

  test("are for webhooks alone", async () => {
    const body = { kind: "email", address: "a@example.com", event_types: ["*"], headers };
    await world.api.problem("post", "/v1/subscriptions", "validation-failed", { key, body });
  });
});

describe("switching it off and on", () => {
  test("disabled, an event tells of it, and what waits is left to the worker; enabled, it has to answer first", async () => {
    let isUp = false;
    const receiver = await startReceiver((request, response) => {
      if (challengeOf(request) === "" || isUp || receiver.received.length === 1) response.end(challengeOf(request));
      else response.writeHead(500).end();
    });
    const owner = { owner_contact: "owner@example.com" };
    const made = await create({ kind: "webhook", url: receiver.url, event_types: ["*"], ...owner });
    const delivery = await insertDelivery(made, "pending");
    const disabled = await act(made, "disable");
    expect(disabled).toMatchObject({ status: "disabled", disabled_reason: "manual" });
    expect(await stateOf(delivery)).toBe("pending");
    expect(await query("select type from events where body like $1", [`%${made.id}%`])).toEqual([
      { type: "endpoint.disabled" },
    ]);
    expect(await act(made, "disable")).toEqual(disabled);
    expect(await owed(made)).toEqual(["disabled"]);

    const { detail } = await world.api.problem("post", path(made, "/enable"), "verification-required", { key });
    expect(detail).toContain("HTTP_STATUS");
    isUp = true;
    const enabled = await act(made, "enable");
    expect(enabled).toMatchObject({ status: "active", disabled_reason: null, disabled_at: null });
    expect(await act(made, "enable")).toEqual(enabled);
    expect(await audited(made)).toEqual([
      "subscription.created",
      "subscription.verified",
      "subscription.disabled",
      "subscription.enabled",
    ]);
  });

  test("a receiver that has answered the challenge once may be enabled with any 2xx", async () => {
    const receiver = await startReceiver((request, response) => {
      response.end(receiver.received.length === 1 ? challengeOf(request) : "ok");
    });
    const made = await create({ kind: "webhook", url: receiver.url, event_types: ["*"] });
    await act(made, "disable");
    expect(await act(made, "enable")).toMatchObject({ status: "active" });
    // To be verified anew it has to repeat it.
    expect(await act<Created>(made, "verify")).toMatchObject({ status: "active", verification: { ok: false } });
  });

  test("paused, what is meant for it waits", async () => {
    const made = await webhook();
    const delivery = await insertDelivery(made, "pending");
    const paused = await act(made, "pause");
    expect(paused.status).toBe("paused");
    expect(await act(made, "pause")).toEqual(paused);
    expect(await stateOf(delivery)).toBe("pending");
    const resumed = await act(made, "resume");
    expect(resumed.status).toBe("active");
    expect(await act(made, "resume")).toEqual(resumed);
  });

  test("what is disabled or unverified can be neither paused nor resumed", async () => {
    const disabled = await webhook({ enabled: false });
    const unverified = await webhook({ verify: false });
    for (const verb of ["/pause", "/resume"]) {
      await world.api.problem("post", path(disabled, verb), "subscription-disabled", { key });
      await world.api.problem("post", path(unverified, verb), "verification-required", { key });
    }
  });

  test("an answer for one URL does not enable another", async () => {
    const next = await startReceiver();
    const receiver = await startReceiver((request, response) => {
      void query("update subscriptions set url = $1 where url = $2", [next.url, receiver.url]).then(() =>
        response.end(challengeOf(request)),
      );
    });
    const made = await create({ kind: "webhook", url: receiver.url, event_types: ["*"], verify: false });
    await world.api.problem("post", path(made, "/verify"), "verification-required", { key });
    expect(await read(made)).toMatchObject({ status: "pending_verification", verified_at: null });
  });
});

describe("deleting", () => {
  test("deletes the secrets, keeps the log, and leaves what waits to the worker, however much it is", async () => {
    const made = await webhook();
    for (const state of ["pending", "held", "delivered"]) await insertDelivery(made, state);
    const log = () => query("select xmin, * from deliveries where subscription_id = $1 order by id", [uuidOf(made)]);
    const before = await log();
    const { status } = await world.api.call("delete", path(made), { key });
    expect(status).toBe(204);
    // Not one row of what may be a million was written.
    expect(await log()).toEqual(before);
    expect(await query("select from subscription_secrets where subscription_id = $1", [uuidOf(made)])).toEqual([]);
    await world.api.problem("get", path(made), "not-found", { key });
    await world.api.problem("delete", path(made), "not-found", { key });
    expect(await audited(made)).toContain("subscription.deleted");
  });
});

describe("rotating secrets", () => {
  const rotate = (subscription: { id: string }, body: object = {}) =>
    act<Created>(subscription, "secret/rotate", { body });
  const validity = async (subscription: { id: string }) =>
    (
      await query(
        `select kind, round(extract(epoch from expires_at - now()))::int as seconds from subscription_secrets
         where subscription_id = $1 order by id desc`,
        [uuidOf(subscription)],
      )
    ).map(({ kind, seconds }) => [kind, seconds]);

  test("both secrets sign until the overlap is over", async () => {
    const receiver = await startReceiver();
    const made = await create({ kind: "webhook", url: receiver.url, event_types: ["*"] });
    const rotated = await rotate(made);
    expect(rotated.secret).toMatch(/^whsec_/);
    expect(rotated.secret).not.toBe(made.secret);
    expect(rotated.version).toBe(made.version + 1);
    expect(rotated.signing_keys).toHaveLength(2);
    const [newest, old] = await validity(made);
    expect(newest).toEqual(["v1", null]);
    expect(Math.abs(Number(old?.[1]) - 86_400)).toBeLessThan(30);

    await act(made, "verify");
    const request = receiver.received.at(-1)!;
    expect(String(request.headers["webhook-signature"]).split(" ")).toHaveLength(2);
    expect([verifies(made.secret, request), verifies(rotated.secret, request)]).toEqual([true, true]);
    expect(await audited(made)).toContain("subscription.secret_rotated");
    expect(await owed(made)).toEqual([]);
  });

  test("the owner is told of it", async () => {
    const made = await webhook({ owner_contact: "owner@example.com" });
    await rotate(made);
    expect(await owed(made)).toEqual(["secret_rotated"]);
  });

  test("without an overlap only the new one signs, also where others were still good", async () => {
    const receiver = await startReceiver();
    const made = await create({ kind: "webhook", url: receiver.url, event_types: ["*"] });
    await rotate(made);
    const last = await rotate(made, { overlap_s: 0 });
    expect(await validity(made)).toEqual([["v1", null]]);
    await act(made, "verify");
    const request = receiver.received.at(-1)!;
    expect([verifies(made.secret, request), verifies(last.secret, request)]).toEqual([false, true]);
  });

  test("a shorter overlap holds for all that are old", async () => {
    const made = await webhook();
    await rotate(made, { overlap_s: 3_600 });
    await rotate(made, { overlap_s: 60 });
    const seconds = (await validity(made)).map(([, left]) => left);
    expect(seconds[0]).toBeNull();
    for (const left of seconds.slice(1)) expect(Number(left)).toBeLessThanOrEqual(60);
  });

  test("at most three old ones are good", async () => {
    const made = await webhook();
    for (let round = 0; round < 3; round += 1) await rotate(made);
    const { detail } = await world.api.problem("post", path(made, "/secret/rotate"), "too-many-secrets", {
      key,
      body: {},
    });
    expect(detail).toMatch(/overlap_s 0/);
    expect((await rotate(made, { overlap_s: 0 })).signing_keys).toHaveLength(1);
  });

  test("both schemes get new keys, or the one that is brought along", async () => {
    const made = await webhook({ signature_schemes: ["v1", "v1a"] });
    const rotated = await rotate(made);
    expect(rotated.signing_keys.map(({ scheme }) => scheme).toSorted()).toEqual(["v1", "v1", "v1a", "v1a"]);
    const secret = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
    const brought = await rotate(made, { secret });
    expect(brought.secret).toBe(secret);
    expect(brought.signing_keys.filter(({ scheme }) => scheme === "v1a")).toHaveLength(2);
  });

  test.each<[object, string]>([
    [{ overlap_s: -1 }, "#/overlap_s"],
    [{ overlap_s: 604_801 }, "#/overlap_s"],
    [{ overlap_s: "1" }, "#/overlap_s"],
    [{ secret: "whsec_MARKER" }, "#/secret"],
    [
      {
        secret: "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
      },
      "#/secret",
    ],
  ])("%j is a mistake at %s", async (body, pointer) => {
    const made = await webhook({ verify: false });
    const problem = await world.api.problem("post", path(made, "/secret/rotate"), "validation-failed", { key, body });
    expect(problem.errors).toMatchObject([{ pointer }]);
  });

  test("only what is sent to a webhook is signed", async () => {
    const url = "https://hooks.slack.com/services/T00000000/B00000000/abcdef";
    const made = await create({ kind: "slack", url, event_types: ["*"] });
    await world.api.problem("post", path(made, "/secret/rotate"), "validation-failed", { key, body: {} });
  });
});

describe("changing the signature schemes", () => {
  const patch = async (subscription: { id: string }, signature_schemes: string[]) =>
    (await world.api.call<Created>("patch", path(subscription), { key, body: { signature_schemes } })).body;
  const schemesOf = ({ signing_keys }: Created) => signing_keys.map(({ scheme }) => scheme).toSorted();
  const versionsIn = ({ headers }: Received) => {
    const signatures = String(headers["webhook-signature"]).split(" ");
    return signatures.map((signature) => signature.replace(/,.*/, "")).toSorted();
  };

  test("a new one signs beside the old one; one that is left out signs no more, nor do its old secrets", async () => {
    const receiver = await startReceiver();
    const made = await create({ kind: "webhook", url: receiver.url, event_types: ["*"] });
    await act(made, "secret/rotate");
    const both = await patch(made, ["v1", "v1a"]);
    expect([both.signature_schemes, schemesOf(both)]).toEqual([
      ["v1", "v1a"],
      ["v1", "v1", "v1a"],
    ]);
    expect(both.secret).toBeNull();
    const { public_key: shown } = both.signing_keys.find(({ scheme }) => scheme === "v1a") ?? {};
    expect(shown).toMatch(/^whpk_/);
    await act(made, "verify");
    expect(versionsIn(receiver.received.at(-1)!)).toEqual(["v1", "v1", "v1a"]);

    const only = await patch(made, ["v1a"]);
    expect([schemesOf(only), only.secret]).toEqual([["v1a"], null]);
    expect(only.signing_keys[0]?.public_key).toBe(shown);
    await act(made, "verify");
    expect(versionsIn(receiver.received.at(-1)!)).toEqual(["v1a"]);
  });

  test("a new v1 comes with a secret that is shown this once, and the owner is told", async () => {
    const receiver = await startReceiver();
    const url = { kind: "webhook", url: receiver.url, event_types: ["*"] };
    const made = await create({ ...url, signature_schemes: ["v1a"], owner_contact: "owner@example.com" });
    const changed = await patch(made, ["v1"]);
    expect(changed.secret).toMatch(/^whsec_/);
    expect(schemesOf(changed)).toEqual(["v1"]);
    await act(made, "verify");
    expect(verifies(changed.secret, receiver.received.at(-1)!)).toBe(true);
    expect(await owed(made)).toEqual(["secret_rotated"]);
    expect(JSON.stringify(await read(made))).not.toContain(changed.secret);
    expect(world.api.log).not.toContain(changed.secret);
  });

  test("the same ones leave the keys as they are", async () => {
    const made = await webhook({ signature_schemes: ["v1", "v1a"], owner_contact: "owner@example.com" });
    const same = await patch(made, ["v1a", "v1"]);
    expect([same.signing_keys, same.secret]).toEqual([made.signing_keys, null]);
    expect(await owed(made)).toEqual([]);
  });

  test("only what is sent to a webhook has any", async () => {
    const url = "https://hooks.slack.com/services/T00000000/B00000000/abcdef";
    const made = await create({ kind: "slack", url, event_types: ["*"] });
    const body = { signature_schemes: ["v1"] };
    const { errors } = await world.api.problem("patch", path(made), "validation-failed", { key, body });
    expect(errors).toMatchObject([{ pointer: "#/signature_schemes", code: "unknown" }]);
  });
});

test("the log of the API names the subscription, and holds no secret", async () => {
  const receiver = await startReceiver();
  const body = { kind: "webhook", url: `${receiver.url}?token=MARKER-in-url`, event_types: ["*"] };
  const { body: made, headers } = await world.api.call<Created>("post", "/v1/subscriptions", { key, body });
  const line = await waitFor(() => world.api.lineOf(headers.get("x-request-id")));
  expect(line).toMatchObject({ resource: made.id, status: 201 });
  expect(world.api.log).not.toContain("MARKER-in-url");
  expect(world.api.log).not.toContain(made.secret);
});
