import { EVENT_TYPE_NAMES } from "@relink/core";
import { readId, showId } from "@relink/service";
import { beforeEach, describe, expect, test } from "vitest";
import type { Page } from "./cursor.ts";
import type { AttemptView, DeliveryView } from "./deliveries/delivery.ts";
import type { EventView } from "./events/event.ts";
import type { SubscriptionView } from "./subscriptions/subscription.ts";
import { setUpApi } from "./testing/api-for-test.ts";
import type { Method } from "./testing/contract.ts";
import { deliveryRows } from "./testing/delivery-rows.ts";
import { startReceiver } from "./testing/receiver.ts";
import { makeTeam, type TeamForTest } from "./testing/team-for-test.ts";

const world = setUpApi();
const { query } = world;
const { insertEvent, insertDelivery, insertAttempt } = deliveryRows(world);

let team: TeamForTest;
let key: string;
let otherKey: string;
let subscription: SubscriptionView;

beforeEach(async () => {
  team = await makeTeam(world);
  key = await team.key();
  otherKey = await (await makeTeam(world)).key();
  subscription = await webhook(key);
});

async function webhook(ofKey: string, more: object = {}): Promise<SubscriptionView> {
  const { url } = await startReceiver();
  const body = { kind: "webhook", url, event_types: ["*"], ...more };
  return (await world.api.call<SubscriptionView>("post", "/v1/subscriptions", { key: ofKey, body })).body;
}

const get = async <View>(path: string, parameters: Record<string, string> = {}, ofKey: string = key) => {
  const { status, body } = await world.api.call<View>("get", path, { key: ofKey, query: parameters });
  expect(status).toBe(200);
  return body;
};

const idsOf = async (path: string, parameters: Record<string, string> = {}, ofKey: string = key) =>
  (await get<Page<{ id: string }>>(path, parameters, ofKey)).data.map(({ id }) => id);

const dlv = (id: string) => showId("dlv", id);
const evt = (id: string) => showId("evt", id);
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
const switchTo = (verb: string) => world.api.call("post", `/v1/subscriptions/${subscription.id}/${verb}`, { key });
const rowOf = async (id: string) => (await query("select * from deliveries where id = $1", [id]))[0];
const audited = async (resource: string) =>
  (await query("select action, actor from audit_log where resource = $1 order by id", [resource])).map((row) => row);

describe("a test event", () => {
  test("is written down for this subscription alone, and is due at once", async () => {
    const path = `/v1/subscriptions/${subscription.id}/test`;
    const { status, headers, body } = await world.api.call<{ event_id: string; delivery_id: string; type: string }>(
      "post",
      path,
      { key },
    );
    expect([status, body.type]).toEqual([202, "webhook.test"]);
    expect(headers.get("location")).toBe(`/v1/deliveries/${body.delivery_id}`);
    expect(await get(`/v1/deliveries/${body.delivery_id}`)).toMatchObject({
      event_id: body.event_id,
      subscription_id: subscription.id,
      status: "pending",
      trigger: "test",
      attempts: 0,
      attempt_log: [],
    });
    const event = await get<EventView>(`/v1/events/${body.event_id}`);
    expect(event).toMatchObject({
      type: "webhook.test",
      team_id: team.id,
      test: true,
      payload: { id: body.event_id, type: "webhook.test", data: { subscription_id: subscription.id, test: true } },
    });
    await world.api.problem("get", `/v1/events/${body.event_id}`, "not-found", { key: otherKey });
    const [key1] = await audited(subscription.id);
    expect(key1).toMatchObject({ action: "subscription.created", actor: expect.stringMatching(/^key_/) });
    expect((await audited(subscription.id)).at(-1)).toMatchObject({ action: "subscription.tested" });
  });

  test.each(EVENT_TYPE_NAMES.filter((type) => type !== "webhook.verification"))("may be of type %s", async (type) => {
    const path = `/v1/subscriptions/${subscription.id}/test`;
    const { body } = await world.api.call<{ event_id: string }>("post", path, { key, body: { type } });
    const { payload } = await get<EventView>(`/v1/events/${body.event_id}`);
    expect(payload).toMatchObject({ id: body.event_id, type, environment: "sandbox", data: { test: true } });
  });

  test.each([[{ type: "webhook.verification" }], [{ type: "item.*" }], [{ type: "none" }]])(
    "is not %j",
    async (body) => {
      const path = `/v1/subscriptions/${subscription.id}/test`;
      const problem = await world.api.problem("post", path, "validation-failed", { key, body });
      expect(problem.errors).toMatchObject([{ pointer: "#/type" }]);
    },
  );

  test("waits for no one: what cannot be sent to is refused", async () => {
    const path = `/v1/subscriptions/${subscription.id}/test`;
    await switchTo("pause");
    await world.api.problem("post", path, "subscription-paused", { key });
    await switchTo("disable");
    await world.api.problem("post", path, "subscription-disabled", { key });
    const unverified = await webhook(key, { verify: false });
    await world.api.problem("post", `/v1/subscriptions/${unverified.id}/test`, "verification-required", { key });
  });
});

describe("deliveries", () => {
  test("are listed newest first, of a subscription or of the team, and found by what they are", async () => {
    const second = await webhook(key);
    const failed = await insertDelivery(subscription, { state: "exhausted", errorCode: "HTTP_STATUS" });
    const waiting = await insertDelivery(subscription, { type: "item.repaired" });
    const elsewhere = await insertDelivery(second, { state: "delivered" });
    const all = [elsewhere, waiting, failed].map(dlv);
    expect(await idsOf("/v1/deliveries")).toEqual(all);
    expect(await idsOf(`/v1/subscriptions/${subscription.id}/deliveries`)).toEqual(all.slice(1));
    expect(await idsOf("/v1/deliveries", { subscription_id: second.id })).toEqual([dlv(elsewhere)]);
    expect(await idsOf("/v1/deliveries", { status: "exhausted" })).toEqual([dlv(failed)]);
    expect(await idsOf("/v1/deliveries", { event_type: "item.repaired" })).toEqual([dlv(waiting)]);
    expect(await idsOf("/v1/deliveries", { error_code: "HTTP_STATUS" })).toEqual([dlv(failed)]);
    const event = String((await rowOf(failed))?.["event_id"]);
    expect(await idsOf("/v1/deliveries", { event_id: evt(event) })).toEqual([dlv(failed)]);
    expect(await idsOf(`/v1/events/${evt(event)}/deliveries`)).toEqual([dlv(failed)]);
    expect(await idsOf(`/v1/events/${evt(event)}/deliveries`, {}, otherKey)).toEqual([]);
  });

  test("are found by what their last answer was", async () => {
    const made = await webhook(key);
    const withStatus = async (status: number | null, attempts: number) => {
      const id = await insertDelivery(made, { state: "pending", attempts });
      await query("update deliveries set last_status = $2 where id = $1", [id, status]);
      return dlv(id);
    };
    const found = async (status_class: string) => idsOf("/v1/deliveries", { subscription_id: made.id, status_class });
    const [busy, gone, silent] = [await withStatus(503, 2), await withStatus(410, 1), await withStatus(null, 1)];
    await withStatus(null, 0);
    expect([await found("5xx"), await found("4xx"), await found("none"), await found("2xx")]).toEqual([
      [busy],
      [gone],
      [silent],
      [],
    ]);
  });

  test("are found by when they were made", async () => {
    const old = await insertDelivery(subscription, { createdAt: ago(60) });
    const recent = await insertDelivery(subscription, { createdAt: ago(20) });
    const [from, to] = [ago(40).toISOString(), ago(10).toISOString()];
    expect(await idsOf("/v1/deliveries", { created_after: from })).toEqual([dlv(recent)]);
    expect(await idsOf("/v1/deliveries", { created_before: from })).toEqual([dlv(old)]);
    expect(await idsOf("/v1/deliveries", { created_after: from, created_before: to })).toEqual([dlv(recent)]);
    expect(await idsOf("/v1/deliveries", { created_after: to })).toEqual([]);
  });

  test.each(["/v1/deliveries", "the subscription"])("are paged to the end: %s", async (where) => {
    const path = where.startsWith("/") ? where : `/v1/subscriptions/${subscription.id}/deliveries`;
    const made = [];
    for (let index = 0; index < 5; index += 1) made.push(dlv(await insertDelivery(subscription)));
    const listed: string[] = [];
    let cursor: string | null = null;
    do {
      const more: Record<string, string> = cursor === null ? {} : { cursor };
      const page: Page<{ id: string }> = await get(path, { limit: "2", ...more });
      listed.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(listed).toEqual(made.toReversed());
  });

  test("are read with their attempts, in order, and with advice", async () => {
    const id = await insertDelivery(subscription, { state: "pending", attempts: 2, errorCode: "CONNECTION_REFUSED" });
    await insertAttempt(id, { number: 2, status: null, errorCode: "CONNECTION_REFUSED" });
    await insertAttempt(id, { number: 1, status: 503, errorCode: "HTTP_STATUS" });
    type Full = DeliveryView & { attempt_log: AttemptView[] };
    const read = await get<Full>(`/v1/deliveries/${dlv(id)}`);
    expect(read).toMatchObject({
      attempts: 2,
      last_error_code: "CONNECTION_REFUSED",
      advice: expect.stringMatching(/Nothing listens/),
      next_attempt_at: expect.any(String),
      attempt_log: [
        { number: 1, ok: false, response: { status: 503, body: "answer" }, error_code: "HTTP_STATUS", queued_ms: 40 },
        { number: 2, ok: false, response: null, error_code: "CONNECTION_REFUSED", advice: expect.any(String) },
      ],
    });
    // Addresses inside the network are for operators.
    expect(JSON.stringify(read)).not.toContain("MARKER");
    expect(read.attempt_log.map(({ operator }) => operator)).toEqual([null, null]);
    const { body: shownToAdmin } = await world.api.call<Full>("get", `/v1/deliveries/${dlv(id)}`);
    expect(shownToAdmin.attempt_log[0]?.operator).toEqual({
      error_detail: "MARKER-detail",
      resolved_address: "MARKER-10.0.0.1",
    });
  });

  test("tell what to do by where they go and what was answered", async () => {
    const body = { kind: "slack", slack: { channel: "#alarms", bot_token: "xoxb-1234567890" }, event_types: ["*"] };
    const slack = (await world.api.call<SubscriptionView>("post", "/v1/subscriptions", { key, body })).body;
    const adviceOf = async (to: SubscriptionView, errorCode: string, status: number | null) => {
      const id = await insertDelivery(to, { state: "pending", attempts: 1, errorCode });
      await query("update deliveries set last_status = $2 where id = $1", [id, status]);
      await insertAttempt(id, { number: 1, status, errorCode });
      const { advice, attempt_log } = await get<DeliveryView & { attempt_log: AttemptView[] }>(
        `/v1/deliveries/${dlv(id)}`,
      );
      const [listed] = (await get<Page<DeliveryView>>("/v1/deliveries", { subscription_id: to.id })).data;
      const [attempt] = (await get<Page<AttemptView>>(`/v1/subscriptions/${to.id}/attempts`)).data;
      expect([attempt_log[0]?.advice, listed?.advice, attempt?.advice]).toEqual([advice, advice, advice]);
      return advice;
    };
    expect(await adviceOf(subscription, "DNS_NOT_FOUND", null)).toContain("the host name in the subscription's URL");
    expect(await adviceOf(slack, "DNS_NOT_FOUND", null)).toContain("whether Slack has trouble");
    expect(await adviceOf(subscription, "HTTP_STATUS", 404)).toContain("the path");
    expect(await adviceOf(subscription, "HTTP_STATUS", 403)).toContain("what guards the endpoint");
  });

  test.each([
    ["status=lost", "status"],
    ["event_type=item", "event_type"],
    ["error_code=OOPS", "error_code"],
    ["created_after=yesterday", "created_after"],
    ["created_before=2026-11-22", "created_before"],
    ["subscription_id=evt_01h455vb4pex5vsknk084sn02q", "subscription_id"],
    ["event_id=x", "event_id"],
    ["limit=0", "limit"],
    ["limit=251", "limit"],
    ["cursor=x", "cursor"],
    ["order=up", "order"],
  ])("cannot be asked for by %s", async (text, parameter) => {
    const problem = await world.api.problem("get", "/v1/deliveries", "validation-failed", { key, query: text });
    expect(problem.errors).toMatchObject([{ parameter }]);
  });

  test("of another team are not there", async () => {
    const id = dlv(await insertDelivery(subscription));
    const calls: [Method, string][] = [
      ["get", `/v1/deliveries/${id}`],
      ["post", `/v1/deliveries/${id}/resend`],
      ["post", `/v1/deliveries/${id}/cancel`],
      ["get", `/v1/subscriptions/${subscription.id}/deliveries`],
      ["get", `/v1/subscriptions/${subscription.id}/attempts`],
      ["get", `/v1/subscriptions/${subscription.id}/stats`],
      ["post", `/v1/subscriptions/${subscription.id}/test`],
    ];
    for (const [method, path] of calls) await world.api.problem(method, path, "not-found", { key: otherKey });
    expect(await idsOf("/v1/deliveries", {}, otherKey)).toEqual([]);
    expect(await idsOf("/v1/deliveries", { subscription_id: subscription.id }, otherKey)).toEqual([]);
    const poor = await team.key(["subscriptions:read", "subscriptions:write", "events:read", "deliveries:read"]);
    await world.api.problem("post", `/v1/deliveries/${id}/resend`, "forbidden", { key: poor });
  });
});

describe("sending again", () => {
  const resend = (id: string, body?: object) => post(id, "resend", body);
  const post = (id: string, verb: string, body?: object) =>
    world.api.call<DeliveryView>("post", `/v1/deliveries/${dlv(id)}/${verb}`, { key, ...(body && { body }) });
  const refused = (id: string, verb: string, code: string, body?: object) =>
    world.api.problem("post", `/v1/deliveries/${dlv(id)}/${verb}`, code, { key, ...(body && { body }) });

  test.each(["pending", "exhausted", "aborted", "held", "cancelled", "superseded"])(
    "%s: it is due at once, and known who asked",
    async (state) => {
      const id = await insertDelivery(subscription, { state, attempts: 3, createdAt: ago(5) });
      const { status, body } = await resend(id);
      expect(status).toBe(202);
      expect(body).toMatchObject({ status: "pending", trigger: "manual", actor: expect.stringMatching(/^key_/) });
      // If it fails, it is again what it was.
      expect(await rowOf(id)).toMatchObject({ resume_state: state, attempts: 3, settled_at: null, priority: 0 });
      expect(Date.parse(body.next_attempt_at!)).toBeGreaterThan(ago(1).getTime());
      expect(await audited(dlv(id))).toMatchObject([{ action: "delivery.resent", actor: body.actor }]);
    },
  );

  test("what was delivered is sent once more only by force", async () => {
    const id = await insertDelivery(subscription, { state: "delivered", attempts: 1 });
    await refused(id, "resend", "already-delivered");
    await refused(id, "resend", "already-delivered", { force: false });
    expect((await rowOf(id))?.["state"]).toBe("delivered");
    expect((await resend(id, { force: true })).body.status).toBe("pending");
  });

  test("what is being sent is left alone", async () => {
    const id = await insertDelivery(subscription, { state: "in_flight", attempts: 1 });
    await refused(id, "resend", "delivery-in-flight");
    await refused(id, "cancel", "delivery-in-flight");
  });

  test("nothing is sent where nothing may be sent", async () => {
    const id = await insertDelivery(subscription, { state: "exhausted" });
    await switchTo("pause");
    await refused(id, "resend", "subscription-paused");
    await switchTo("disable");
    await refused(id, "resend", "subscription-disabled");
    await world.api.call("delete", `/v1/subscriptions/${subscription.id}`, { key });
    await refused(id, "resend", "subscription-disabled");
    // The log is still there.
    expect(await get(`/v1/deliveries/${dlv(id)}`)).toMatchObject({ status: "exhausted" });
    expect(await idsOf("/v1/deliveries")).toEqual([dlv(id)]);
  });

  test.each<[object, string]>([
    [{ force: "yes" }, "#/force"],
    [{ now: true }, "#/now"],
  ])("%j is a mistake", async (body, pointer) => {
    const id = await insertDelivery(subscription, { state: "exhausted" });
    expect((await refused(id, "resend", "validation-failed", body)).errors).toMatchObject([{ pointer }]);
  });

  test("what waits or is held can be cancelled, once", async () => {
    for (const state of ["pending", "held"]) {
      const id = await insertDelivery(subscription, { state });
      const { body } = await post(id, "cancel");
      expect(body).toMatchObject({ status: "cancelled", next_attempt_at: null, settled_at: expect.any(String) });
      expect((await post(id, "cancel")).body).toEqual(body);
      expect(await audited(dlv(id))).toMatchObject([{ action: "delivery.cancelled" }]);
    }
    const done = await insertDelivery(subscription, { state: "delivered" });
    await refused(done, "cancel", "nothing-to-cancel");
  });
});

describe("attempts", () => {
  const path = () => `/v1/subscriptions/${subscription.id}/attempts`;

  test("are listed newest first, and found by how they ended", async () => {
    const delivery = await insertDelivery(subscription, { type: "item.expiring" });
    const attempt = async (number: number, status: number | null, errorCode: string | null) =>
      showId("att", await insertAttempt(delivery, { number, status, errorCode, at: ago(10 - number) }));
    const refusedOne = await attempt(1, null, "CONNECTION_REFUSED");
    const busy = await attempt(2, 503, "HTTP_STATUS");
    const gone = await attempt(3, 410, "GONE");
    const ok = await attempt(4, 200, null);
    expect(await idsOf(path())).toEqual([ok, gone, busy, refusedOne]);
    expect(await idsOf(path(), { ok: "true" })).toEqual([ok]);
    expect(await idsOf(path(), { ok: "false" })).toEqual([gone, busy, refusedOne]);
    expect(await idsOf(path(), { status_class: "5xx" })).toEqual([busy]);
    expect(await idsOf(path(), { status_class: "none" })).toEqual([refusedOne]);
    expect(await idsOf(path(), { error_code: "GONE" })).toEqual([gone]);
    expect(await idsOf(path(), { event_type: "item.error" })).toEqual([]);
    expect(await idsOf(path(), { event_type: "item.expiring", limit: "1" })).toEqual([ok]);
    const after = ago(7.5).toISOString();
    expect(await idsOf(path(), { created_after: after })).toEqual([ok, gone]);
    expect(await idsOf(path(), { created_before: after })).toEqual([busy, refusedOne]);
  });

  test("are paged to the end, also where many began at once", async () => {
    const at = ago(1);
    const made = [];
    for (let index = 0; index < 5; index += 1) {
      const delivery = await insertDelivery(subscription);
      made.push(showId("att", await insertAttempt(delivery, { number: 1, status: 200, at })));
    }
    const listed: string[] = [];
    let cursor: string | null = null;
    do {
      const more: Record<string, string> = cursor === null ? {} : { cursor };
      const page: Page<{ id: string }> = await get(path(), { limit: "2", ...more });
      listed.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(new Set(listed)).toEqual(new Set(made));
    expect(listed).toHaveLength(5);
  });

  test("each day is summed up, and so are the last 24 hours", async () => {
    const delivery = await insertDelivery(subscription, { attempts: 3 });
    await insertDelivery(subscription, { state: "held" });
    const other = await insertDelivery(subscription, { state: "delivered" });
    const at = new Date();
    await insertAttempt(delivery, { number: 1, status: 500, errorCode: "HTTP_STATUS", totalMs: 10, at });
    await insertAttempt(delivery, { number: 2, status: 500, errorCode: "HTTP_STATUS", totalMs: 20, at });
    await insertAttempt(delivery, { number: 3, status: 200, totalMs: 30, at });
    await insertAttempt(other, { number: 1, status: 200, totalMs: 1_000, at });
    const figures = {
      attempts: 4,
      succeeded: 2,
      success_rate: 0.5,
      first_attempt_success_rate: 0.5,
      p50_ms: 20,
      p95_ms: 1_000,
    };
    const { days } = await get<{ days: Record<string, unknown>[] }>(`/v1/subscriptions/${subscription.id}/stats`);
    expect(days).toHaveLength(7);
    const day = at.toISOString().slice(0, 10);
    expect(days.find((one) => one["day"] === day)).toEqual({ day, ...figures });
    expect(days[0]).toMatchObject({ attempts: 0, success_rate: null, p50_ms: null });
    const read = await get<{ stats: object }>(`/v1/subscriptions/${subscription.id}`);
    expect(read.stats).toMatchObject({ ...figures, pending: 1, held: 1 });
    const month = await get<{ days: object[] }>(`/v1/subscriptions/${subscription.id}/stats`, { days: "30" });
    expect(month.days).toHaveLength(30);
  });

  test.each(["days=0", "days=31", "days=x", "days=1.5"])("there are no figures for %s", async (text) => {
    const stats = `/v1/subscriptions/${subscription.id}/stats`;
    await world.api.problem("get", stats, "validation-failed", { key, query: text });
  });
});

describe("events", () => {
  test("are for every team, unless they are for one", async () => {
    const forAll = evt(await insertEvent());
    const forTeam = evt(await insertEvent({ teamId: team.uuid }));
    const seen = async (ofKey?: string) =>
      (await world.api.call<Page<EventView>>("get", "/v1/events", ofKey === undefined ? {} : { key: ofKey })).body.data;
    expect((await seen(key)).map(({ id }) => id).slice(0, 2)).toEqual([forTeam, forAll]);
    const others = (await seen(otherKey)).map(({ id }) => id);
    expect([others.includes(forAll), others.includes(forTeam)]).toEqual([true, false]);
    expect((await seen()).slice(0, 2).map(({ id, matched }) => [id, matched])).toEqual([
      [forTeam, 1],
      [forAll, 1],
    ]);
    // How many listen elsewhere is nobody's business.
    expect((await seen(key))[0]?.matched).toBeNull();
    await world.api.problem("get", `/v1/events/${forTeam}`, "not-found", { key: otherKey });
    await world.api.problem("get", `/v1/events/${forTeam}/deliveries`, "not-found", { key: otherKey });
    await world.api.problem("get", "/v1/events/evt_01h455vb4pex5vsknk084sn02q", "not-found", { key });
  });

  test("tell a receiver that was down what it has missed", async () => {
    const item = await world.register();
    const itemId = readId("itm", item.id);
    const since = new Date(Date.now() - 1).toISOString();
    const first = await insertEvent({ itemId, type: "item.error" });
    const second = await insertEvent({ itemId, type: "item.repaired" });
    await insertDelivery(subscription, { eventId: first, state: "exhausted" });
    await insertDelivery(subscription, { eventId: second, state: "delivered", type: "item.repaired" });
    const both = [first, second].map(evt);
    const ofItem = { item_id: item.id };
    expect(await idsOf("/v1/events", { ...ofItem, order: "asc", created_after: since })).toEqual(both);
    expect(await idsOf("/v1/events", { ...ofItem, created_after: since })).toEqual(both.toReversed());
    expect(await idsOf("/v1/events", { ...ofItem, delivery_status: "exhausted" })).toEqual([evt(first)]);
    // Not by how it went for others.
    expect(await idsOf("/v1/events", { ...ofItem, delivery_status: "exhausted" }, otherKey)).toEqual([]);
    expect(await idsOf("/v1/events", { ...ofItem, type: "item.repaired" })).toEqual([evt(second)]);
    expect(await idsOf("/v1/events", { ...ofItem, created_before: since })).not.toContain(evt(first));

    const page = await get<Page<EventView>>("/v1/events", {
      ...ofItem,
      order: "asc",
      created_after: since,
      limit: "1",
    });
    expect(page.data).toMatchObject([{ id: evt(first), item_id: item.id, payload: { type: "item.error" } }]);
    const next = { ...ofItem, order: "asc", created_after: since, cursor: page.next_cursor! };
    expect(await idsOf("/v1/events", next)).toEqual([evt(second)]);
  });

  test.each([
    ["type=item.*", "type"],
    ["item_id=x", "item_id"],
    ["delivery_status=failed", "delivery_status"],
    ["order=up", "order"],
    ["created_after=0", "created_after"],
    ["since=2026-11-22T00:00:00Z", "since"],
  ])("cannot be asked for by %s", async (text, parameter) => {
    const problem = await world.api.problem("get", "/v1/events", "validation-failed", { key, query: text });
    expect(problem.errors).toMatchObject([{ parameter }]);
  });

  test("have a catalogue with a schema and an example of each type", async () => {
    const poor = await team.key([]);
    const { data } = await get<{ data: { type: string; schema: object; example: object; can_subscribe: boolean }[] }>(
      "/v1/event-types",
      {},
      poor,
    );
    expect(data.map(({ type }) => type)).toEqual(EVENT_TYPE_NAMES);
    expect(data.find(({ type }) => type === "item.error")).toMatchObject({
      can_subscribe: true,
      schema: { type: "object", required: expect.arrayContaining(["id", "type", "timestamp", "data"]) },
      example: { type: "item.error", data: { error: { code: "ITEM_LOGIN_REQUIRED" } } },
    });
    // Fields may be added: who checks against a schema of before must not be told that they are wrong.
    expect(JSON.stringify(data)).not.toContain("additionalProperties");
    expect(data.filter((one) => !one.can_subscribe).map(({ type }) => type)).toEqual([
      "webhook.verification",
      "webhook.test",
    ]);
  });
});

describe("the provider's webhooks", () => {
  async function insertWebhook(row: { itemId?: string | null; code: string; parkedReason?: string; at?: Date }) {
    const { itemId = null, code, parkedReason = null, at = new Date() } = row;
    const [inserted] = await query(
      `insert into webhook_events (id, delivery_key, environment, body, body_sha256, signed_at, key_id, received_at,
         processed_at, parked_at, parked_reason, webhook_type, webhook_code, plaid_item_id, item_id, outcome)
       values (uuidv7($4::timestamptz - clock_timestamp()), sha256(random()::text::bytea), 'sandbox', 'MARKER-body', '', now(),
         'k', $4, case when $3::text is null then now() end, case when $3::text is not null then now() end, $3, 'ITEM', $2,
         'p', $1, case when $3::text is null then 'applied' end)
       returning id`,
      [itemId, code, parkedReason, at],
    );
    return showId("whe", String(inserted?.["id"]));
  }

  test("are listed newest first, without their bodies, and found by what they are", async () => {
    const item = await world.register();
    const itemId = readId("itm", item.id);
    const old = await insertWebhook({ itemId, code: "ERROR", at: ago(60) });
    const recent = await insertWebhook({ itemId, code: "LOGIN_REPAIRED" });
    const parked = await insertWebhook({ code: "TEST_PARKED", parkedReason: "unknown_item" });
    const list = await get<Page<Record<string, unknown>>>("/v1/webhook-events", { item_id: item.id });
    expect(list.data).toMatchObject([
      { id: recent, webhook_code: "LOGIN_REPAIRED", item_id: item.id, outcome: "applied" },
      { id: old, webhook_code: "ERROR" },
    ]);
    expect(JSON.stringify(list)).not.toContain("MARKER");
    expect(await idsOf("/v1/webhook-events", { parked: "true" })).toContain(parked);
    expect(await idsOf("/v1/webhook-events", { parked: "false", webhook_code: "TEST_PARKED" })).toEqual([]);
    expect(await idsOf("/v1/webhook-events", { webhook_type: "ITEM", webhook_code: "TEST_PARKED" })).toEqual([parked]);
    const from = ago(30).toISOString();
    expect(await idsOf("/v1/webhook-events", { item_id: item.id, created_after: from })).toEqual([recent]);
    const page = await get<Page<{ id: string }>>("/v1/webhook-events", { item_id: item.id, limit: "1" });
    expect(await idsOf("/v1/webhook-events", { item_id: item.id, cursor: page.next_cursor! })).toEqual([old]);
  });

  test.each(["webhook_code=error", "parked=maybe", "item_id=x", "outcome=applied"])(
    "cannot be asked for by %s",
    async (text) => {
      await world.api.problem("get", "/v1/webhook-events", "validation-failed", { key, query: text });
    },
  );
});

describe("what receivers need to know", () => {
  test("the public keys of the team, also those that are being replaced", async () => {
    const signed = await webhook(key, { signature_schemes: ["v1", "v1a"] });
    await world.api.call("post", `/v1/subscriptions/${signed.id}/secret/rotate`, { key });
    const { data } = await get<Page<Record<string, unknown>>>("/v1/signing-keys");
    expect(data).toMatchObject([
      { subscription_id: signed.id, scheme: "v1a", expires_at: expect.any(String) },
      { subscription_id: signed.id, scheme: "v1a", expires_at: null, public_key: expect.stringMatching(/^whpk_/) },
    ]);
    const page = await get<Page<object>>("/v1/signing-keys", { limit: "1" });
    const next = await get<Page<object>>("/v1/signing-keys", { cursor: page.next_cursor! });
    expect([...page.data, ...next.data]).toEqual(data);
    expect(await idsOf("/v1/signing-keys", {}, otherKey)).toEqual([]);
  });

  test("where requests come from, as it was set", async () => {
    const { data } = await get<{ data: string[] }>("/v1/egress-addresses", {}, await team.key([]));
    expect(data).toEqual(["198.51.100.7", "2001:db8:40::/48"]);
  });
});
