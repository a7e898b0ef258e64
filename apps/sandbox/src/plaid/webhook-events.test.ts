import type { BetaWebhookEventsListRequest, BetaWebhookEventsListResponse, WebhookEvent } from "plaid";
import { describe, expect, test, vi } from "vitest";
import {
  call,
  createItem,
  plaidClient,
  plaidErrorOf,
  startReceiver,
  startSandbox,
} from "../testing/sandbox-for-test.ts";

const DAY_MS = 86_400_000;

async function setUp() {
  const clock = { now: Date.parse("2026-11-20T12:00:00Z") };
  const sandbox = await startSandbox({}, { now: () => clock.now });
  const plaid = plaidClient(sandbox);
  const receiver = await startReceiver();
  const item = await createItem(plaid, { webhook: receiver.url });
  const list = async (request: BetaWebhookEventsListRequest = {}): Promise<BetaWebhookEventsListResponse> =>
    (await plaid.betaWebhookEventsList(request)).data;
  const fire = (code: string, itemId = item.itemId) =>
    call(sandbox, "POST", "/control/webhooks", {
      url: receiver.url,
      body: { webhook_type: "ITEM", webhook_code: code, item_id: itemId, environment: "sandbox" },
    });
  const delivered = (count: number) =>
    vi.waitFor(
      async () => {
        expect((await list({ delivery_statuses: ["DELIVERED"] as never[] })).webhook_events).toHaveLength(count);
      },
      { timeout: 10_000 },
    );
  return { clock, sandbox, plaid, receiver, ...item, list, fire, delivered };
}

const codesOf = ({ webhook_events: events }: BetaWebhookEventsListResponse) =>
  events.map(({ webhook_code: code }) => code);

test("what was sent is told with its delivery, in the official client's shape", async () => {
  const { receiver, itemId, list, fire, delivered, clock } = await setUp();
  await fire("ERROR");
  await delivered(1);
  const answer = await list();
  expect(answer).toEqual({
    webhook_events: [
      {
        webhook_message_id: expect.any(String),
        webhook_type: "ITEM",
        webhook_code: "ERROR",
        item_id: itemId,
        sent_time: new Date(clock.now).toISOString(),
        payload: JSON.parse(receiver.received[0]!.body),
        destination_url: receiver.url,
        delivery_status: "DELIVERED",
        last_http_status_code: 200,
        attempt_count: 1,
        last_attempt_time: new Date(clock.now).toISOString(),
      } satisfies Record<keyof WebhookEvent, unknown>,
    ],
    has_more: false,
    next_cursor: expect.any(String),
    request_id: expect.any(String),
  });
});

test("a lost webhook is in the list: that is how it is recovered", async () => {
  const { sandbox, list, fire } = await setUp();
  await call(sandbox, "PUT", "/control/faults", { webhooks: { drop: 1 } });
  await fire("LOGIN_REPAIRED");
  const { webhook_events: events } = await list();
  expect(events).toMatchObject([{ webhook_code: "LOGIN_REPAIRED", delivery_status: "FAILED", attempt_count: 0 }]);
});

test("pages follow each other without a gap, also among webhooks of one moment", async () => {
  const { list, fire } = await setUp();
  for (const code of ["A", "B", "C"]) await fire(code);
  const first = await list({ count: 2 });
  expect([codesOf(first), first.has_more]).toEqual([["A", "B"], true]);
  await fire("D");
  const second = await list({ count: 2, cursor: first.next_cursor });
  expect([codesOf(second), second.has_more]).toEqual([["C", "D"], false]);
});

test("the last cursor gives only what is newer, however long nothing came", async () => {
  const { clock, list, fire } = await setUp();
  await fire("OLD");
  let { next_cursor: cursor } = await list();
  for (let days = 0; days < 12; days += 6) {
    clock.now += 6 * DAY_MS;
    const answer = await list({ cursor });
    expect(answer.webhook_events).toEqual([]);
    cursor = answer.next_cursor;
  }
  await fire("NEW");
  expect(codesOf(await list({ cursor }))).toEqual(["NEW"]);
});

test("filters are joined by AND, their values by OR", async () => {
  const { itemId, list, fire } = await setUp();
  await fire("A");
  await fire("B");
  await fire("A", "another");
  expect(codesOf(await list({ webhook_codes: ["A", "B"], item_ids: [itemId] }))).toEqual(["A", "B"]);
  expect(codesOf(await list({ webhook_codes: ["A"], item_ids: ["another", "third"] }))).toEqual(["A"]);
  expect(codesOf(await list({ webhook_types: ["AUTH"] }))).toEqual([]);
});

describe("a request is refused", () => {
  test.each<[string, (now: number) => object, string]>([
    [
      "a start before the last seven days",
      (now) => ({ start_time: new Date(now - 7 * DAY_MS - 1).toISOString() }),
      "WEBHOOK_EVENTS_START_TIME_OUT_OF_RANGE",
    ],
    ["a cursor of no form", () => ({ cursor: "x" }), "INVALID_FIELD"],
    ["a page of 101", () => ({ count: 101 }), "INVALID_FIELD"],
  ])("%s", async (_case, request, code) => {
    const { clock, plaid } = await setUp();
    expect(await plaidErrorOf(plaid.betaWebhookEventsList(request(clock.now)))).toMatchObject({
      http: 400,
      error_code: code,
    });
  });

  test("a cursor older than seven days, and one together with a start", async () => {
    const { clock, plaid, list, fire } = await setUp();
    await fire("A");
    const { next_cursor: cursor } = await list();
    const both = plaid.betaWebhookEventsList({ cursor, start_time: new Date(clock.now).toISOString() });
    expect(await plaidErrorOf(both)).toMatchObject({ error_code: "INVALID_FIELD" });
    clock.now += 7 * DAY_MS + 1;
    expect(await plaidErrorOf(plaid.betaWebhookEventsList({ cursor }))).toMatchObject({
      error_code: "WEBHOOK_EVENTS_CURSOR_EXPIRED",
    });
  });
});
