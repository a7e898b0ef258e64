import { randomUUID } from "node:crypto";
import { readId, showId } from "@relink/service";
import { beforeAll, expect, test } from "vitest";
import { writeCursor } from "./cursor.ts";
import { type CallOptions, setUpApi } from "./testing/api-for-test.ts";
import type { DescribedOperation, Description, Method } from "./testing/contract.ts";
import { SCOPES } from "./scopes.ts";
import { deliveryRows } from "./testing/delivery-rows.ts";

const world = setUpApi();
const { insertDelivery, insertEvent } = deliveryRows(world);

interface Call extends Pick<CallOptions, "query" | "body"> {
  /** What stands for `{id}`. */
  id?: string;
}

interface Described {
  method: Method;
  path: string;
  operation: DescribedOperation;
}

let operations: Map<string, Described>;
/** One good request of every operation. */
let good: Record<string, Call>;

/** Where nobody listens. */
const NOBODY = "http://127.0.0.1:9/hooks";

async function send(name: string, { id = "", query, body }: Call, options: CallOptions = {}) {
  const { method, path } = operations.get(name)!;
  const sent = { ...(query !== undefined && { query }), ...(body !== undefined && { body }), ...options };
  return world.api.call<{ id?: string; code?: string; detail?: string }>(method, path.replace("{id}", id), sent);
}

beforeAll(async () => {
  const { paths } = (await (await fetch(`${world.api.url}/v1/openapi.json`)).json()) as Description;
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method as Method, path, operation })),
  );
  operations = new Map(described.map((one) => [one.operation.operationId, one]));
  good = await arrange();
});

/** Something of everything, and a good request for each operation. */
async function arrange(): Promise<Record<string, Call>> {
  const post = async <Made = { id: string }>(path: string, body: object, key?: string): Promise<Made> => {
    const answer = await world.api.call<Made>("post", path, { body, ...(key !== undefined && { key }) });
    expect(answer.status).toBeLessThan(300);
    return answer.body;
  };
  const { teamId, keyId, key } = await world.newTeam();
  const item = await world.register();
  const subscribe = async () => {
    const made = { kind: "webhook", url: NOBODY, event_types: ["*"], verify: false };
    const subscription = await post("/v1/subscriptions", made, key);
    const id = readId("sub", subscription.id);
    await world.query("update subscriptions set status = 'active', verified_at = now() where id = $1", [id]);
    return subscription;
  };
  const [subscription, other, unwanted] = [await subscribe(), await subscribe(), await subscribe()];
  const [failed, pending] = [
    await insertDelivery(subscription, { state: "exhausted", teamId: readId("team", teamId) }),
    await insertDelivery(subscription, { state: "pending" }),
  ];
  const event = await insertEvent({ teamId: readId("team", teamId) });
  const recovery = await post(`/v1/subscriptions/${other.id}/recoveries`, { since: "2026-01-01T00:00:00Z" }, key);
  const ofItem = { id: item.id };
  const ofSubscription = { id: subscription.id };
  const address = `${randomUUID()}@example.com`;
  await world.plaid.breakItem(item.plaid_item_id, "ITEM_LOGIN_REQUIRED");
  return {
    registerItem: { body: { access_token: await world.plaid.accessToken(), user: world.newUser() } },
    listItems: {},
    getItem: ofItem,
    getItemTimeline: ofItem,
    checkItem: ofItem,
    createRelinkLink: ofItem,
    getItemSupportBundle: ofItem,
    muteItem: ofItem,
    unmuteItem: ofItem,
    listUsers: {},
    getUser: { id: item.user.id },
    search: { query: { q: item.id } },
    createSubscription: { body: { kind: "webhook", url: NOBODY, event_types: ["*"], team_id: teamId, verify: false } },
    listSubscriptions: {},
    getSubscription: ofSubscription,
    changeSubscription: { ...ofSubscription, body: { description: "Changed" } },
    pauseSubscription: ofSubscription,
    resumeSubscription: ofSubscription,
    disableSubscription: { id: unwanted.id },
    enableSubscription: { id: other.id },
    verifySubscription: { id: unwanted.id },
    testSubscription: ofSubscription,
    rotateSubscriptionSecret: { ...ofSubscription, body: { overlap_s: 0 } },
    listSigningKeys: {},
    listEgressAddresses: {},
    listDeliveriesOfSubscription: ofSubscription,
    listAttemptsOfSubscription: ofSubscription,
    getSubscriptionStats: ofSubscription,
    listEvents: {},
    getEvent: { id: showId("evt", event) },
    listDeliveriesOfEvent: { id: showId("evt", event) },
    listEventTypes: {},
    listDeliveries: {},
    getDelivery: { id: showId("dlv", failed) },
    resendDelivery: { id: showId("dlv", failed), body: { force: true } },
    cancelDelivery: { id: showId("dlv", pending) },
    createRecovery: { ...ofSubscription, body: { since: "2026-01-01T00:00:00Z", dry_run: true } },
    listRecoveriesOfSubscription: ofSubscription,
    getRecovery: { id: recovery.id },
    cancelRecovery: { id: recovery.id },
    listWebhookEvents: {},
    suppressAddress: { body: { address } },
    listSuppressions: {},
    unsuppressAddress: { body: { address } },
    createTeam: { body: { name: `Team ${randomUUID()}` } },
    listTeams: {},
    getTeam: { id: teamId },
    changeTeam: { id: teamId, body: { name: `Team ${randomUUID()}` } },
    createApiKey: { id: teamId, body: { name: "a program", scopes: ["items:read"] } },
    listApiKeys: { id: teamId },
    getMe: {},
    listAuditLog: {},
    deleteSubscription: { id: unwanted.id },
    revokeApiKey: { id: keyId },
    deleteTeam: { id: teamId },
  };
}

const WITH_ALL = {
  description: "Made up",
  filter: {
    environments: ["sandbox"],
    institution_ids: ["ins_1"],
    error_codes: ["ITEM_LOGIN_REQUIRED"],
    who_acts: ["user"],
    products: ["auth"],
  },
  supersede: true,
  headers: { "x-route": "payments" },
  retry_schedule: [5, 60],
  max_concurrency: 2,
  rate_limit: 10,
  owner_contact: "owner@example.com",
  metadata: { "made-up": "yes" },
};

test("every operation that is described answers a good request as described", async () => {
  const fresh = await arrange();
  expect(Object.keys(fresh).toSorted(byName)).toEqual([...operations.keys()].toSorted(byName));
  for (const [name, request] of Object.entries(fresh)) {
    const { status, body } = await send(name, request);
    expect({ name, isGood: status < 300, body }).toEqual({ name, isGood: true, body });
  }
});

test("what belongs to a team is not there for another one", async () => {
  const { key } = await world.newTeam();
  const owned = [...operations].filter(([, { path }]) =>
    /^\/v1\/(?:subscriptions|deliveries|recoveries|events)\/\{id\}/.test(path),
  );
  expect(owned).toHaveLength(22);
  const answers = await Promise.all(
    owned.map(async ([name]) => {
      const { status, body } = await send(name, good[name]!, { key });
      const nothing = await send(name, { ...good[name], id: ofNothing(good[name]?.id ?? "") }, { key });
      return { name, status, isTold: body.detail !== nothing.body.detail || nothing.status !== 404 };
    }),
  );
  expect(answers).toEqual(owned.map(([name]) => ({ name, status: 404, isTold: false })));
});

test("a key without the scope is refused, and told which one it lacks", async () => {
  for (const [name, { operation }] of operations) {
    const scope = /Needs the scope `([\w:]+)`\.$/.exec(operation.description)?.[1];
    const isForAny = operation.description.endsWith("For any key.");
    if (isForAny) continue;
    const { key } = await world.newTeam(SCOPES.filter((one) => one !== scope));
    const { status, body } = await send(name, good[name]!, { key });
    expect({ name, status, code: body.code }).toEqual({ name, status: 403, code: "forbidden" });
    expect(body.detail).toContain(scope ?? "RELINK_ADMIN_API_KEY");
  }
});

test.each([
  "x",
  "sub_",
  "..%2F..%2Fv1",
  "%00",
  "%ED%A0%80",
  "sub_01h455vb4pex5vsknk084sn02q%00",
  "SUB_01H455VB4PEX5VSKNK084SN02Q",
  "sub_zzzzzzzzzzzzzzzzzzzzzzzzzz",
  "9".repeat(2_000),
])("the id %j is the id of nothing, in every address", async (id) => {
  for (const [name, { path }] of operations) {
    if (!path.includes("{id}")) continue;
    const { status, body } = await send(name, { ...good[name], id });
    expect({ name, status, code: body.code }).toEqual({
      name,
      ...(id === "%ED%A0%80" ? { status: 400, code: "malformed-request" } : { status: 404, code: "not-found" }),
    });
  }
});

test("an id in capitals is none, and one of another kind neither", async () => {
  for (const [name, { path }] of operations) {
    if (!path.includes("{id}")) continue;
    const id = good[name]?.id ?? "";
    for (const wrong of [id.toUpperCase(), `${id.startsWith("itm") ? "usr" : "itm"}${id.slice(id.indexOf("_"))}`]) {
      const { status } = await send(name, { ...good[name], id: wrong });
      expect({ name, wrong, status }).toEqual({ name, wrong, status: 404 });
    }
  }
});

/** What nobody means, and what breaks programs. */
const HOSTILE_TEXTS = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "\udc00\ud800",
  "\u{10ffff}",
  "\u202e\u0007",
  "'; drop table teams; --",
  "0",
  "-1",
  "251",
  "NaN",
  "1e400",
  "__proto__",
  "x".repeat(5_000),
  "0000-01-01T00:00:00Z",
  "9999-12-31T23:59:59-23:59",
  "2026-02-30T00:00:00Z",
  "[]",
  "sub_01h455vb4pex5vsknk084sn02q",
];
const HOSTILE_VALUES = [
  "",
  " ",
  "a\u0000b",
  "\ud800",
  "\u{10ffff}",
  "\u202e\u0007",
  "__proto__",
  "x".repeat(5_000),
  "0000-01-01T00:00:00Z",
  null,
  0,
  -1,
  1e308,
  0.5,
  true,
  [],
  {},
  [null],
  { "a\u0000": "b" },
  { a: "\ud800" },
];

// Two thousand requests: seconds alone, and many times that on a machine with other work on it.
test("no parameter of a query makes anything but a good answer or a 422 that names it", async () => {
  const wrong: unknown[] = [];
  for (const [name, { operation }] of operations) {
    const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === "query");
    const hostile = parameters.flatMap((parameter) => HOSTILE_TEXTS.map((value) => [parameter.name, value] as const));
    for (const [parameter, value] of [...hostile, ["no_such_parameter", "x"] as const]) {
      const query = { ...(good[name]?.query as object | undefined), [parameter]: value };
      const { status, body } = await send(name, { ...good[name], query });
      const errors = (body as { errors?: { parameter?: string }[] }).errors ?? [];
      const isNamed = status === 422 && errors.some((error) => error.parameter === parameter);
      if (status !== 200 && !isNamed) wrong.push({ name, parameter, value, status, body });
    }
  }
  expect(wrong).toEqual([]);
}, 60_000);

test("a list of what happened before its beginning is a mistake", async () => {
  const query = { created_after: "2026-11-22T00:00:00Z", created_before: "2026-11-21T23:59:59+00:00" };
  const isPeriod = ({ name }: { name: string }) => name === "created_after";
  const lists = [...operations].filter(([, { operation }]) => (operation.parameters ?? []).some(isPeriod));
  expect(lists.map(([name]) => name).toSorted(byName)).toEqual([
    "listAttemptsOfSubscription",
    "listAuditLog",
    "listDeliveries",
    "listDeliveriesOfEvent",
    "listDeliveriesOfSubscription",
    "listEvents",
    "listWebhookEvents",
  ]);
  for (const [name] of lists) {
    const { status, body } = await send(name, { ...good[name], query });
    expect({ name, status, body }).toMatchObject({
      status: 422,
      body: { errors: [{ parameter: "created_after", code: "invalid" }] },
    });
  }
});

test.each([
  ["listApiKeys", "api-keys"],
  ["listAttemptsOfSubscription", "attempts"],
  ["listAuditLog", "audit-log"],
  ["listDeliveries", "deliveries"],
  ["listDeliveriesOfEvent", "deliveries"],
  ["listDeliveriesOfSubscription", "deliveries"],
  ["listEvents", "events"],
  ["listItems", "items"],
  ["listRecoveriesOfSubscription", "recoveries"],
  ["search", "search"],
  ["listSigningKeys", "signing-keys"],
  ["listSubscriptions", "subscriptions"],
  ["listSuppressions", "suppressions"],
  ["listTeams", "teams"],
  ["getItemTimeline", "timeline"],
  ["listUsers", "users"],
  ["listWebhookEvents", "webhook-events"],
])("no cursor that somebody has made up makes anything of %s but a page or a 422", async (name, list) => {
  const id = "00000000-0000-7000-8000-000000000000";
  const at = "2026-01-01T00:00:00Z";
  const after = (...place: unknown[]) => writeCursor([list, ...place]);
  const places = [
    [],
    [id],
    [id.replace("7", "g")],
    ["\u0000"],
    [1],
    [at],
    [at, id],
    [at, "\u0000"],
    [at, "\ud800"],
    [at, id, "\u0000"],
    ["0000-01-01T00:00:00Z", id],
    ["0000-01-01T00:00:00Z", "a@example.com"],
    ["9999-12-31T23:59:59-23:59", id],
  ];
  const cursors = [
    "",
    "!",
    "\u0000",
    "e30",
    "bnVsbA",
    ...places.map((place) => after(...place)),
    // Lists that go either way say in which one.
    ...places.map((place) => after("desc", ...place)),
    writeCursor(["another-list", id]),
  ];
  for (const cursor of cursors) {
    const query = { ...(good[name]?.query as object | undefined), cursor };
    const { status, body } = await send(name, { ...good[name], query });
    expect({ cursor, code: status === 200 ? "a page" : body.code }).toEqual({
      cursor,
      code: expect.stringMatching(/^(?:a page|validation-failed)$/),
    });
  }
});

// Two thousand requests: seconds alone, and many times that on a machine with other work on it.
test("no value in a body makes anything but a good answer or a problem of the caller's", async () => {
  const wrong: unknown[] = [];
  for (const name of operations.keys()) {
    for (const body of bodiesOf(name)) {
      const { status, body: answer } = await send(name, { ...good[name], body });
      if (status >= 500 || answer.code === "rate-limited") wrong.push({ name, body, status, answer });
      if (name !== "createSubscription" || status !== 201) continue;
      // A team has fifty at most.
      const id = readId("sub", answer.id ?? "");
      await world.query("update subscriptions set deleted_at = now() where id = $1", [id]);
    }
  }
  expect(wrong).toEqual([]);
}, 60_000);

/** Bodies with the other fields that there are. */
const fullBodies = (teamId: string): Record<string, object[]> => ({
  createSubscription: [
    { team_id: teamId, kind: "webhook", url: NOBODY, event_types: ["*"], verify: false, enabled: false, ...WITH_ALL },
    {
      team_id: teamId,
      kind: "slack",
      slack: { channel: "#alarms", bot_token: "xoxb-1234567890" },
      event_types: ["*"],
    },
    {
      team_id: teamId,
      kind: "slack",
      url: "https://hooks.slack.com/services/T00000000/B00000000/abcdef",
      event_types: ["*"],
    },
  ],
  changeSubscription: [{ url: NOBODY, verify: false, signature_schemes: ["v1"], ...WITH_ALL }],
  testSubscription: [{ type: "item.error" }],
  rotateSubscriptionSecret: [{ overlap_s: 0, secret: `whsec_${Buffer.alloc(32, 7).toString("base64")}` }],
  createRecovery: [
    {
      since: "2026-01-01T00:00:00Z",
      until: "2026-02-01T00:00:00Z",
      statuses: ["exhausted"],
      event_types: ["item.error"],
      error_code: "HTTP_STATUS",
      include_unattempted: true,
      dry_run: true,
    },
  ],
  suppressAddress: [{ address: "a@example.com", reason: "complained" }],
  createApiKey: [{ name: "a program", scopes: ["items:read"], expires_at: "2036-01-01T00:00:00Z" }],
});

function* bodiesOf(name: string): Generator<unknown> {
  const { body } = good[name]!;
  if (body === undefined) {
    if (operations.get(name)?.method === "get") return;
    for (const value of [[], "text", 1, { no_such_field: 1 }, { a: "\u0000" }]) yield value;
    return;
  }
  yield* HOSTILE_VALUES;
  for (const seed of [body as object, ...(fullBodies(good["getTeam"]?.id ?? "")[name] ?? [])]) {
    yield { ...seed, no_such_field: 1 };
    yield* variantsOf(seed);
  }
}

/** The same value with something hostile in each of its places. */
function* variantsOf(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) {
      for (const other of [...HOSTILE_VALUES, ...variantsOf(entry)]) yield value.with(index, other);
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [key, entry] of Object.entries(value)) {
      for (const other of [...HOSTILE_VALUES, ...variantsOf(entry)]) yield { ...value, [key]: other };
    }
  }
}

const byName = (one: string, other: string) => (one < other ? -1 : 1);

/** An id of the same kind, of nothing. */
const ofNothing = (id: string) => `${id.slice(0, id.indexOf("_"))}_01h455vb4pex5vsknk084sn02q`;
