import { readId } from "@relink/service";
import { beforeEach, describe, expect, test } from "vitest";
import type { Page } from "./cursor.ts";
import type { RecoveryView } from "./recoveries/recovery.ts";
import type { SubscriptionView } from "./subscriptions/subscription.ts";
import { setUpApi } from "./testing/api-for-test.ts";
import type { Method } from "./testing/contract.ts";
import { deliveryRows } from "./testing/delivery-rows.ts";
import { startReceiver } from "./testing/receiver.ts";
import { makeTeam, type TeamForTest } from "./testing/team-for-test.ts";

interface Estimate {
  dry_run: true;
  total: number;
  estimated_seconds: number;
  until: string;
}

const world = setUpApi();
const { query } = world;
const { insertEvent, insertDelivery } = deliveryRows(world);

let team: TeamForTest;
let key: string;
let subscription: SubscriptionView;

beforeEach(async () => {
  team = await makeTeam(world);
  key = await team.key();
  const { url } = await startReceiver();
  const body = { kind: "webhook", url, event_types: ["item.*"], rate_limit: 2 };
  subscription = (await world.api.call<SubscriptionView>("post", "/v1/subscriptions", { key, body })).body;
});

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
const since = () => ago(60).toISOString();
const path = () => `/v1/subscriptions/${subscription.id}/recoveries`;
const post = async <View = RecoveryView>(body: object) =>
  world.api.call<View>("post", path(), { key, body: { since: since(), ...body } });
const estimate = async (body: object = {}) => (await post<Estimate>({ ...body, dry_run: true })).body;
const read = async (recovery: { id: string }) =>
  (await world.api.call<RecoveryView>("get", `/v1/recoveries/${recovery.id}`, { key })).body;
const uuidOf = (recovery: { id: string }) => readId("rcv", recovery.id);

describe("a dry run", () => {
  test("counts what is not delivered, says how long it takes, and changes nothing", async () => {
    for (const state of ["held", "exhausted", "aborted", "pending", "delivered", "cancelled", "superseded"]) {
      await insertDelivery(subscription, { state, createdAt: ago(10) });
    }
    const counted = await estimate();
    expect(counted).toMatchObject({ dry_run: true, total: 3, estimated_seconds: 1.5 });
    expect(Date.parse(counted.until)).toBeLessThanOrEqual(Date.now());
    expect(await estimate({ statuses: ["delivered", "superseded"] })).toMatchObject({ total: 2, estimated_seconds: 1 });
    expect(await query("select from recoveries where team_id = $1", [team.uuid])).toEqual([]);
  });

  test("counts by time, type and error", async () => {
    const exhausted = { state: "exhausted" };
    await insertDelivery(subscription, { ...exhausted, createdAt: ago(120) });
    await insertDelivery(subscription, { ...exhausted, createdAt: ago(30), errorCode: "GONE" });
    await insertDelivery(subscription, { ...exhausted, createdAt: ago(10), type: "reauth.completed" });
    expect((await estimate()).total).toBe(2);
    expect((await estimate({ since: ago(180).toISOString() })).total).toBe(3);
    expect((await estimate({ until: ago(20).toISOString() })).total).toBe(1);
    expect((await estimate({ event_types: ["reauth.*"] })).total).toBe(1);
    expect((await estimate({ event_types: ["item.error", "item.repaired"] })).total).toBe(1);
    expect((await estimate({ error_code: "GONE" })).total).toBe(1);
  });

  test("counts events that were never meant for it only if they are asked for, and wanted", async () => {
    const createdAt = ago(10);
    await insertEvent({ createdAt });
    await insertEvent({ createdAt, type: "reauth.completed" }); // not wanted
    await insertEvent({ createdAt, isTest: true });
    await insertEvent({ createdAt, teamId: (await makeTeam(world)).uuid });
    await insertEvent({ createdAt, teamId: team.uuid, errorCode: "ITEM_LOCKED" });
    await insertDelivery(subscription, { state: "exhausted", createdAt });
    // The tests of this file share their events with all teams.
    const wanted = async () => (await estimate({ include_unattempted: true, since: since() })).total;
    const before = await wanted();
    expect((await estimate()).total).toBe(1);
    await insertEvent({ createdAt });
    expect(await wanted()).toBe(before + 1);
    const filter = { error_codes: ["ITEM_LOCKED"] };
    await world.api.call("patch", `/v1/subscriptions/${subscription.id}`, { key, body: { filter } });
    expect(await wanted()).toBe(2);
    expect((await estimate({ include_unattempted: true, event_types: ["item.repaired"] })).total).toBe(0);
  });

  test("leaves tests out", async () => {
    const id = await insertDelivery(subscription, { state: "exhausted", createdAt: ago(10) });
    await query("update deliveries set trigger = 'test' where id = $1", [id]);
    expect((await estimate()).total).toBe(0);
  });
});

describe("a recovery", () => {
  test("is queued with all that was asked for, and what it is about is fixed", async () => {
    await insertDelivery(subscription, { state: "held", createdAt: ago(10) });
    const wanted = { event_types: ["item.*"], statuses: ["held"], include_unattempted: true };
    const { status, headers, body } = await post({ ...wanted, until: new Date(Date.now() + 86_400_000).toISOString() });
    expect(status).toBe(202);
    expect(headers.get("location")).toBe(`/v1/recoveries/${body.id}`);
    expect(body).toMatchObject({
      subscription_id: subscription.id,
      team_id: team.id,
      status: "queued",
      ...wanted,
      error_code: null,
      processed: 0,
      succeeded: 0,
      failed: 0,
      started_at: null,
      finished_at: null,
      eta: expect.any(String),
      actor: expect.stringMatching(/^key_/),
    });
    expect(body.total).toBeGreaterThanOrEqual(1);
    // What it causes is not to be recovered in turn.
    expect(Date.parse(body.until)).toBeLessThanOrEqual(Date.now());
    const { eta: _eta, ...shown } = await read(body);
    expect(body).toMatchObject(shown);
    expect(await query("select action from audit_log where resource = $1", [body.id])).toEqual([
      { action: "recovery.created" },
    ]);
  });

  test("is one at a time, also if two are asked for at once", async () => {
    const answers = await Promise.all([post({}), post({}), post({})]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([202, 409, 409]);
    const made = answers.find(({ status }) => status === 202)!.body;
    const problem = await world.api.problem("post", path(), "recovery-in-progress", { key, body: { since: since() } });
    expect(problem.detail).toContain(made.id);
    expect((await estimate()).dry_run).toBe(true);
    await query("update recoveries set state = 'completed', finished_at = now() where id = $1", [uuidOf(made)]);
    expect((await post({})).status).toBe(202);
  });

  test("tells how far it has come", async () => {
    const ids = [];
    for (let index = 0; index < 5; index += 1) {
      ids.push(await insertDelivery(subscription, { state: "exhausted", createdAt: ago(10) }));
    }
    const made = (await post({})).body;
    expect(made.total).toBe(5);
    const states = [
      ["delivered", "bulk_replay"],
      ["pending", "bulk_replay"],
      ["pending", "schedule"],
      ["exhausted", "schedule"],
    ];
    for (const [index, [state, trigger]] of states.entries()) {
      await query("update deliveries set state = $2, trigger = $3, recovery_id = $4 where id = $1", [
        ids[index],
        state,
        trigger,
        uuidOf(made),
      ]);
    }
    await query("update recoveries set state = 'running', started_at = now(), processed = 4 where id = $1", [
      uuidOf(made),
    ]);
    const askedAt = Date.now();
    const shown = await read(made);
    expect(shown).toMatchObject({ status: "running", processed: 4, succeeded: 1, failed: 2 });
    // One that waits and one that is still to come, at two in a second.
    expect(Date.parse(shown.eta!)).toBeGreaterThan(askedAt + 900);
    expect(Date.parse(shown.eta!)).toBeLessThan(Date.now() + 1_100);
    expect((await world.api.call<Page<RecoveryView>>("get", path(), { key })).body.data).toMatchObject([
      { id: made.id, succeeded: 1, failed: 2 },
    ]);
    await query("update recoveries set state = 'completed', finished_at = now() where id = $1", [uuidOf(made)]);
    expect(await read(made)).toMatchObject({ status: "completed", eta: null, finished_at: expect.any(String) });
  });

  test("can be cancelled while it is not over", async () => {
    const made = (await post({})).body;
    const cancel = (recovery: { id: string }) => `/v1/recoveries/${recovery.id}/cancel`;
    const { status, body } = await world.api.call<RecoveryView>("post", cancel(made), { key });
    expect([status, body.status]).toEqual([200, "cancelled"]);
    expect((await world.api.call<RecoveryView>("post", cancel(made), { key })).body).toEqual(body);
    expect(await query("select action from audit_log where resource = $1 order by id", [made.id])).toEqual([
      { action: "recovery.created" },
      { action: "recovery.cancelled" },
    ]);
    const next = (await post({})).body;
    await query("update recoveries set state = 'completed' where id = $1", [uuidOf(next)]);
    await world.api.problem("post", cancel(next), "nothing-to-cancel", { key });
  });

  test("needs a subscription that can be sent to", async () => {
    const verb = (name: string) => world.api.call("post", `/v1/subscriptions/${subscription.id}/${name}`, { key });
    const body = { since: since() };
    await verb("pause");
    await world.api.problem("post", path(), "subscription-paused", { key, body });
    await verb("disable");
    await world.api.problem("post", path(), "subscription-disabled", { key, body });
    // How much there is can be asked for all the same.
    expect((await estimate()).total).toBe(0);
  });

  test("is still shown when its subscription is gone", async () => {
    const made = (await post({})).body;
    await world.api.call("delete", `/v1/subscriptions/${subscription.id}`, { key });
    expect(await read(made)).toMatchObject({ id: made.id });
  });

  test("is listed to the end", async () => {
    const made = [];
    for (let index = 0; index < 3; index += 1) {
      const { body } = await post({});
      made.push(body.id);
      await query("update recoveries set state = 'completed' where id = $1", [uuidOf(body)]);
    }
    const list = async (parameters: Record<string, string>) =>
      (await world.api.call<Page<RecoveryView>>("get", path(), { key, query: parameters })).body;
    const first = await list({ limit: "2" });
    const second = await list({ limit: "2", cursor: first.next_cursor! });
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(made.toReversed());
  });

  test.each<[object, string]>([
    [{ since: undefined }, "#/since"],
    [{ since: "yesterday" }, "#/since"],
    [{ since: "2099-01-01T00:00:00Z" }, "#/since"],
    [{ since: "2026-11-22T00:00:00Z", until: "2026-11-21T00:00:00Z" }, "#/since"],
    [{ until: 5 }, "#/until"],
    [{ statuses: [] }, "#/statuses"],
    [{ statuses: ["pending"] }, "#/statuses/0"],
    [{ event_types: [] }, "#/event_types"],
    [{ event_types: ["item"] }, "#/event_types/0"],
    [{ error_code: "OOPS" }, "#/error_code"],
    [{ include_unattempted: "yes" }, "#/include_unattempted"],
    [{ dry_run: 1 }, "#/dry_run"],
    [{ filter: {} }, "#/filter"],
  ])("%j is a mistake at %s", async (more, pointer) => {
    const body = { since: since(), ...more };
    const problem = await world.api.problem("post", path(), "validation-failed", { key, body });
    expect(problem.errors?.map((error) => error.pointer)).toContain(pointer);
  });

  test("of another team is not there", async () => {
    const made = (await post({})).body;
    const otherKey = await (await makeTeam(world)).key();
    const calls: [Method, string, object?][] = [
      ["post", path(), { since: since() }],
      ["post", path(), { since: since(), dry_run: true }],
      ["get", path()],
      ["get", `/v1/recoveries/${made.id}`],
      ["post", `/v1/recoveries/${made.id}/cancel`],
    ];
    for (const [method, where, body] of calls) {
      await world.api.problem(method, where, "not-found", { key: otherKey, ...(body !== undefined && { body }) });
    }
    expect((await read(made)).status).toBe("queued");
    const poor = await team.key(["deliveries:read"]);
    await world.api.problem("post", path(), "forbidden", { key: poor, body: { since: since() } });
    await world.api.problem("get", "/v1/recoveries/rcv_01h455vb4pex5vsknk084sn02q", "not-found", { key });
  });
});
