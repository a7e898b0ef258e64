import { randomUUID } from "node:crypto";
import { readId, showId } from "@relink/service";
import { beforeAll, describe, expect, test } from "vitest";
import type { Page } from "./cursor.ts";
import type { SubscriptionView } from "./subscriptions/subscription.ts";
import { setUpApi } from "./testing/api-for-test.ts";
import { deliveryRows } from "./testing/delivery-rows.ts";
import { makeTeam, type TeamForTest } from "./testing/team-for-test.ts";

const world = setUpApi();
const { query } = world;
const { insertEvent, insertDelivery, insertAttempt } = deliveryRows(world);

const COUNT = 5;
/** Of all rows alike, so that only their ids tell them apart. */
const at = new Date(Date.now() - 60_000);

let team: TeamForTest;
let key: string;
let lists: Record<string, { path: string; query?: Record<string, string> }>;

async function webhook(): Promise<SubscriptionView> {
  const body = { kind: "webhook", url: "http://127.0.0.1:9/", event_types: ["*"], verify: false };
  return (await world.api.call<SubscriptionView>("post", "/v1/subscriptions", { key, body })).body;
}

beforeAll(async () => {
  team = await makeTeam(world);
  key = await team.key();
  const item = await world.register();
  const [first, second] = [await webhook(), await webhook()];
  const itemId = readId("itm", item.id);
  const ofBoth = await insertEvent({ itemId, createdAt: at });
  for (let index = 0; index < COUNT; index += 1) {
    const eventId = index === 0 ? ofBoth : await insertEvent({ itemId, createdAt: at });
    const delivery = await insertDelivery(first, { eventId, createdAt: at });
    await insertDelivery(second, { eventId, createdAt: at });
    await insertAttempt(delivery, { number: 1, status: 200, at });
    await query(
      `insert into webhook_events (id, delivery_key, environment, body, body_sha256, signed_at, key_id, item_id, received_at)
       values (uuidv7(), sha256($1), 'sandbox', '{}', '', $2, 'k', $3, now())`,
      [Buffer.from(randomUUID()), at, itemId],
    );
    await query(
      `insert into recoveries (id, subscription_id, team_id, since, until, states, state, total, actor, created_at)
       values (uuidv7(), $1, $2, $3, now(), '{held}', 'completed', 0, 'admin', $3)`,
      [readId("sub", first.id), team.uuid, at],
    );
    await query(
      `insert into audit_log (id, at, actor, team_id, action, resource) values (uuidv7(), $1, 'admin', $2, 'subscription.paused', $3)`,
      [at, team.uuid, first.id],
    );
  }
  lists = {
    "deliveries of the team": { path: "/v1/deliveries" },
    "deliveries of an event": { path: `/v1/events/${showId("evt", ofBoth)}/deliveries` },
    "deliveries of a subscription": { path: `/v1/subscriptions/${first.id}/deliveries` },
    attempts: { path: `/v1/subscriptions/${first.id}/attempts` },
    events: { path: "/v1/events", query: { item_id: item.id } },
    "webhook events": { path: "/v1/webhook-events", query: { item_id: item.id } },
    recoveries: { path: `/v1/subscriptions/${first.id}/recoveries` },
    "audit log": { path: "/v1/audit-log", query: { resource: first.id } },
  };
});

/** The ids of all pages, and the cursor of the first. */
async function readAll(list: string, parameters: Record<string, string>, limit: number) {
  const { path, query: own } = lists[list]!;
  const ids: string[] = [];
  const cursors: string[] = [];
  do {
    const cursor = cursors.at(-1);
    const sent = { ...own, ...parameters, limit: String(limit), ...(cursor !== undefined && { cursor }) };
    const { status, body } = await world.api.call<Page<{ id: string }>>("get", path, { key, query: sent });
    expect(status).toBe(200);
    ids.push(...body.data.map(({ id }) => id));
    if (body.next_cursor === null) return { ids, cursor: cursors[0] };
    cursors.push(body.next_cursor);
  } while (ids.length < 100);
  throw new Error("the list does not end");
}

describe.each([
  ["deliveries of the team", 2 * COUNT],
  ["deliveries of an event", 2],
  ["deliveries of a subscription", COUNT],
  ["attempts", COUNT],
  ["events", COUNT],
  ["webhook events", COUNT],
  ["recoveries", COUNT],
  // It was also created.
  ["audit log", COUNT + 1],
])("%s", (list, count) => {
  test("are the same in either order, page by page, also where many are of one moment", async () => {
    const { ids: newestFirst } = await readAll(list, {}, 250);
    expect(new Set(newestFirst).size).toBe(count);
    expect((await readAll(list, { order: "desc" }, 1)).ids).toEqual(newestFirst);
    expect((await readAll(list, { order: "asc" }, 2)).ids).toEqual(newestFirst.toReversed());
    expect((await readAll(list, { order: "asc" }, 1)).ids).toEqual(newestFirst.toReversed());
  });

  test("go on only in the order that a cursor was given in", async () => {
    for (const [order, other] of [
      ["asc", "desc"],
      ["desc", "asc"],
    ] as const) {
      const { cursor } = await readAll(list, { order }, 1);
      const { path, query: own } = lists[list]!;
      const sent = { ...own, order: other, cursor: cursor! };
      const problem = await world.api.problem("get", path, "validation-failed", { key, query: sent });
      expect(problem.errors).toMatchObject([{ parameter: "cursor", code: "invalid" }]);
    }
  });
});

test("a time is cut out in either order", async () => {
  const { path } = lists["deliveries of the team"]!;
  const late = { created_after: new Date(at.getTime() + 1).toISOString() };
  const early = { created_before: late.created_after, order: "asc", limit: "3" };
  const count = async (parameters: Record<string, string>) =>
    (await world.api.call<Page<object>>("get", path, { key, query: parameters })).body.data.length;
  expect([await count({ ...late, order: "asc" }), await count(early)]).toEqual([0, 3]);
  expect((await readAll("deliveries of the team", { ...early }, 3)).ids).toHaveLength(2 * COUNT);
});
