import { randomUUIDv7 } from "node:crypto";
import type { ItemError, ItemStatus } from "@relink/core";
import { EVENT_EXAMPLES, renderEvent } from "@relink/delivery";
import { otherFact, publishEvents } from "@relink/items";
import { showId } from "@relink/service";
import { waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Channels, createChannels } from "../testing/channels.ts";
import { refusing, type SlackFailure } from "../testing/slack.ts";
import { claimMessage } from "./claim-message.ts";
import { sendMessage } from "./send-message.ts";
import { settleLost } from "./settle-message.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const error = (code: string): ItemError => ({ type: "ITEM_ERROR", code, reason: null });
const broken: ItemStatus = { kind: "login_required", error: error("ITEM_LOGIN_REQUIRED") };
const locked: ItemStatus = { kind: "bank_action_required", error: error("ITEM_LOCKED") };
const platypus = { id: "ins_109508", name: "First Platypus Bank" };

const database = useDatabase();
let channels: Channels;
beforeAll(async () => {
  channels = await createChannels({ owner: database.url, worker: database.urlFor("relink_worker") });
});
afterAll(() => channels?.close());
beforeEach(async () => {
  await channels.pool.query("truncate teams, users cascade");
  channels.slack.failure = null;
});
afterEach(() => channels.stopAll());

const methods = () => channels.slack.requests.map(({ method }) => method);
const sinceThen = <T>(list: readonly T[]) => {
  const before = list.length;
  return () => list.slice(before);
};
const isSettled = async (subscription: string) =>
  waitFor(async () => {
    const states = await channels.states(subscription);
    const messages = await channels.notifications(subscription);
    return !("in_flight" in states) && messages.every(({ state }) => state === "idle") && messages.length > 0;
  });
const isDelivered = (subscription: string, count: number) =>
  waitFor(async () => expect(await channels.states(subscription)).toEqual({ delivered: count }), { timeoutMs: 30_000 });

describe("an outage of one bank", () => {
  test("is one message of a bot, however many Items it has, which changes as it goes on and once it is over", async () => {
    const bot = await channels.addBot();
    const items = await channels.addItems(400, platypus);
    const posts = sinceThen(channels.slack.posts);
    const requests = sinceThen(channels.slack.requests);
    channels.start();

    await channels.publish(items.slice(0, 1), broken);
    await waitFor(() => posts().length === 1);
    expect(posts()[0]).toMatchObject({
      channel: "CALARMS",
      text: "First Platypus Bank: 1 connection broke (ITEM_LOGIN_REQUIRED)",
    });

    for (let from = 1; from < 400; from += 57) await channels.publish(items.slice(from, from + 57), broken);
    await waitFor(async () => {
      const waiting = (await channels.deliveries(bot)).filter(({ state }) => state === "pending");
      expect(waiting.length).toBe(399);
      expect(waiting.every(({ dueAt }) => dueAt > new Date())).toBe(true);
      return true;
    });
    expect(requests()).toHaveLength(1);

    await channels.elapse(MINUTE);
    await isDelivered(bot, 400);
    expect(requests().map(({ method }) => method)).toEqual(["chat.postMessage", "chat.update"]);
    const [message] = posts();
    expect(posts()).toHaveLength(1);
    expect(message?.text).toBe("First Platypus Bank: 400 connections broke (ITEM_LOGIN_REQUIRED)");
    expect(message?.body).toContain("*Who must act:* the user");
    expect(message?.body).toMatch(/\*Since:\* <!date\^\d+\^/);
    expect(message?.body).toContain("*Repaired by now:* 0 of 400");
    expect(
      message?.body.match(/`itm_\w+` \(<https:\/\/api\.acme\.example\/v1\/items\/itm_\w+\/timeline\|timeline>\)/g),
    ).toHaveLength(5);
    expect(message?.body).toContain("and 395 more");

    await channels.publish(items.slice(0, 390), "repaired");
    await channels.elapse(MINUTE);
    await isDelivered(bot, 790);
    expect(posts()[0]?.body).toContain("*Repaired by now:* 390 of 400");

    await channels.publish(items.slice(390), "repaired");
    await channels.elapse(MINUTE);
    await isDelivered(bot, 800);
    expect(posts().map(({ text }) => text)).toEqual([
      "First Platypus Bank: all 400 connections work again (ITEM_LOGIN_REQUIRED)",
    ]);
    expect(await channels.notifications(bot)).toMatchObject([{ alarms: 400, recovered: 400, messages: 4 }]);

    // What breaks from now on is another outage.
    await channels.elapse(MINUTE);
    await channels.publish(items.slice(0, 2), broken);
    await isDelivered(bot, 802);
    expect(posts().map(({ text }) => text)).toEqual([
      "First Platypus Bank: all 400 connections work again (ITEM_LOGIN_REQUIRED)",
      "First Platypus Bank: 2 connections broke (ITEM_LOGIN_REQUIRED)",
    ]);
  }, 60_000);

  test("is a few messages through an incoming webhook, one in a minute at most and then fewer, and one at its end", async () => {
    const webhook = await channels.addSlackWebhook();
    const items = await channels.addItems(9, platypus);
    const posts = sinceThen(channels.slack.posts);
    channels.start();
    const texts = () => posts().map(({ text }) => text.replace(/^.*: (.*) \(.*$/, "$1"));

    await channels.publish(items.slice(0, 1), broken);
    await isDelivered(webhook, 1);
    await channels.publish(items.slice(1, 5), broken);
    await channels.elapse(MINUTE);
    await isDelivered(webhook, 5);
    expect(texts()).toEqual(["1 connection broke", "5 connections broke"]);

    // From the third on it takes longer.
    await channels.publish(items.slice(5, 8), broken);
    await waitFor(async () => (await channels.notifications(webhook))[0]?.dueAt);
    await channels.elapse(MINUTE);
    await channels.publish(items.slice(8), broken);
    await waitFor(async () => expect(await channels.states(webhook)).toEqual({ delivered: 5, pending: 4 }));
    expect(texts()).toHaveLength(2);
    await channels.elapse(4 * MINUTE);
    await isDelivered(webhook, 9);
    expect(texts().slice(2)).toEqual(["9 connections broke"]);

    // The end does not wait for so long.
    await channels.publish(items, "repaired");
    await channels.elapse(MINUTE);
    await isDelivered(webhook, 18);
    expect(texts().slice(3)).toEqual(["all 9 connections work again"]);
    expect(new Set(posts().map(({ channel }) => channel))).toEqual(new Set(["/services/T000/B000/s3cr3tPartOfTheUrl"]));
  });

  test("of thousands, more than are read or written at a time, is one message all the same, also if it fails at first", async () => {
    const bot = await channels.addBot({ retrySchedule: [60] });
    const items = await channels.addItems(2_300, platypus);
    await channels.publish(items, broken);
    const posts = sinceThen(channels.slack.posts);
    channels.slack.failure = (response) => void response.writeHead(500).end();
    channels.start();
    await waitFor(async () => (await channels.attempts(bot)).length === 1);
    await isSettled(bot);
    channels.slack.failure = null;
    await waitFor(async () => {
      const rows = await channels.deliveries(bot);
      return rows.every(({ state, dueAt, notificationId }) => {
        return state === "pending" && dueAt > new Date() && notificationId !== null;
      });
    });
    await channels.elapse(2 * MINUTE);
    await isDelivered(bot, 2_300);
    expect(posts().map(({ text }) => text)).toEqual([
      "First Platypus Bank: 2,300 connections broke (ITEM_LOGIN_REQUIRED)",
    ]);
  }, 60_000);

  test("that goes on for more than a day is a new message, and the old one tells of its own repairs", async () => {
    const bot = await channels.addBot();
    const items = await channels.addItems(3, platypus);
    const posts = sinceThen(channels.slack.posts);
    channels.start();
    await channels.publish(items.slice(0, 2), broken);
    await isDelivered(bot, 2);
    await channels.elapse(DAY);
    await channels.publish(items.slice(2), broken);
    await isDelivered(bot, 3);
    await channels.elapse(MINUTE);
    await channels.publish(items.slice(0, 2), "repaired");
    await isDelivered(bot, 5);
    expect(posts().map(({ text }) => text)).toEqual([
      "First Platypus Bank: all 2 connections work again (ITEM_LOGIN_REQUIRED)",
      "First Platypus Bank: 1 connection broke (ITEM_LOGIN_REQUIRED)",
    ]);
  });

  test("is told apart from another bank's, and from another error", async () => {
    const bot = await channels.addBot();
    const posts = sinceThen(channels.slack.posts);
    const [one = ""] = await channels.addItems(1, platypus);
    const others = await channels.addItems(2, { id: "ins_2", name: null });
    await channels.publish([one], broken);
    await channels.publish([one], locked);
    await channels.publish(others, broken);
    channels.start();
    // One in a second goes out to a channel.
    await waitFor(() => posts().length === 3);
    expect(
      posts()
        .map(({ text }) => text)
        .toSorted(),
    ).toEqual([
      "First Platypus Bank: 1 connection broke (ITEM_LOCKED)",
      "First Platypus Bank: the connection has another status now (ITEM_LOGIN_REQUIRED)",
      "ins_2: 2 connections broke (ITEM_LOGIN_REQUIRED)",
    ]);
    await isDelivered(bot, 4);
    const at = (await channels.notifications(bot))
      .map(({ attemptedAt }) => Number(attemptedAt))
      .toSorted((a, b) => a - b);
    expect(at.slice(1).every((each, index) => each - (at[index] ?? 0) >= 1_000)).toBe(true);
  });
});

test("an Item whose error becomes another one changes both messages of a bot", async () => {
  const bot = await channels.addBot();
  const posts = sinceThen(channels.slack.posts);
  const items = await channels.addItems(1, platypus);
  channels.start();
  await channels.publish(items, broken);
  await isDelivered(bot, 1);
  await channels.publish(items, locked);
  await waitFor(() => posts().length === 2);
  await channels.elapse(MINUTE);
  await waitFor(() =>
    expect(posts().map(({ text }) => text)).toEqual([
      "First Platypus Bank: the connection has another status now (ITEM_LOGIN_REQUIRED)",
      "First Platypus Bank: 1 connection broke (ITEM_LOCKED)",
    ]),
  );
  await isSettled(bot);
  expect((await channels.notifications(bot)).map(({ closedAt }) => closedAt !== null)).toEqual([true, false]);
});

test("a message is one attempt, which stands with its newest event", async () => {
  const bot = await channels.addBot();
  const items = await channels.addItems(3, platypus);
  await channels.publish(items, broken);
  channels.start();
  await isDelivered(bot, 3);
  const deliveries = await channels.deliveries(bot);
  expect(deliveries.map(({ attempts, lastStatus }) => [attempts, lastStatus])).toEqual([
    [0, 200],
    [0, 200],
    [1, 200],
  ]);
  const attempts = await channels.attempts(bot);
  expect(attempts).toMatchObject([
    {
      deliveryId: deliveries[2]?.id,
      number: 1,
      url: "https://slack.com/api/chat.postMessage",
      responseStatus: 200,
      errorCode: null,
    },
  ]);
  expect(attempts[0]?.responseBody).toContain('"ok":true');
});

describe("news", () => {
  test("of one type are one message, which counts", async () => {
    const bot = await channels.addBot({ eventTypes: ["reauth.*"] });
    const posts = sinceThen(channels.slack.posts);
    const items = await channels.addItems(12, platypus);
    channels.start();
    await channels.publish(items.slice(0, 3), "completed");
    await isDelivered(bot, 3);
    await channels.publish(items.slice(3), "completed");
    await channels.elapse(MINUTE);
    await isDelivered(bot, 12);
    expect(posts().map(({ text }) => text)).toEqual([
      "Users have done all to reconnect, 12 times: Plaid has yet to confirm it",
    ]);
    expect(posts()[0]?.body).toContain("*Newest Items:*");
  });

  test("of what is about no Item are told too", async () => {
    const bot = await channels.addBot({ eventTypes: ["recovery.completed"] });
    const posts = sinceThen(channels.slack.posts);
    const { teamId } = await channels.subscription(bot);
    const data = EVENT_EXAMPLES["recovery.completed"];
    await channels.owner.transaction((tx) =>
      publishEvents(tx, [otherFact("recovery.completed", { at: new Date(), environment: "sandbox", teamId, data })]),
    );
    channels.start();
    await isDelivered(bot, 1);
    expect(posts()).toMatchObject([{ text: "What a subscription had missed was sent again" }]);
    expect(posts()[0]?.body).toContain(`*Subscription:* \`${data.subscription_id}\``);
  });
});

describe("what somebody asks for", () => {
  test("is told by itself and at once: a test, as one", async () => {
    const bot = await channels.addBot();
    const posts = sinceThen(channels.slack.posts);
    const items = await channels.addItems(1, platypus);
    channels.start();
    await channels.publish(items, broken);
    await isDelivered(bot, 1);
    await addTest(bot);
    await isDelivered(bot, 2);
    expect(posts().map(({ text }) => text)).toEqual([
      "First Platypus Bank: 1 connection broke (ITEM_LOGIN_REQUIRED)",
      "Test: First Platypus Bank: 1 connection broke (ITEM_LOGIN_REQUIRED)",
    ]);
    expect(posts()[1]?.body).toContain("Nothing has happened");
  });

  test("again is posted again", async () => {
    const bot = await channels.addBot();
    const posts = sinceThen(channels.slack.posts);
    const items = await channels.addItems(2, platypus);
    channels.start();
    await channels.publish(items, broken);
    await isDelivered(bot, 2);
    const [first] = await channels.deliveries(bot);
    for (const times of [2, 3]) {
      await channels.pool.query(
        `update deliveries set state = 'pending', trigger = 'manual', due_at = now(), resume_state = 'delivered'
         where id = $1`,
        [first?.id],
      );
      await waitFor(() => posts().length === times);
      await isDelivered(bot, 2);
    }
    expect(posts().map(({ text }) => text)).toEqual([
      "First Platypus Bank: 2 connections broke (ITEM_LOGIN_REQUIRED)",
      "First Platypus Bank: 1 connection broke (ITEM_LOGIN_REQUIRED)",
      "First Platypus Bank: 1 connection broke (ITEM_LOGIN_REQUIRED)",
    ]);
    expect(await channels.deliveries(bot)).toMatchObject([{ trigger: "manual", resumeState: null }, {}]);
  });

  test("and fails is not tried again by itself", async () => {
    const bot = await channels.addBot();
    channels.slack.failure = (response) => void response.writeHead(500).end();
    await addTest(bot);
    channels.start();
    await waitFor(async () => expect(await channels.states(bot)).toEqual({ exhausted: 1 }));
    await isSettled(bot);
    expect(await channels.notifications(bot)).toMatchObject([{ dueAt: null, messages: 0 }]);
  });

  /** As the API does it. */
  async function addTest(subscriptionId: string): Promise<void> {
    const [eventId, deliveryId] = [randomUUIDv7(), randomUUIDv7()];
    const body = renderEvent({
      id: showId("evt", eventId),
      type: "item.error",
      occurredAt: new Date(),
      environment: "sandbox",
      data: { ...EVENT_EXAMPLES["item.error"], test: true },
    });
    await channels.pool.query(
      `insert into events (id, type, environment, occurred_at, body, matched, is_test)
       values ($1, 'item.error', 'sandbox', now(), $2, 1, true)`,
      [eventId, body],
    );
    await channels.pool.query(
      `insert into deliveries (id, event_id, subscription_id, event_type, state, trigger)
       values ($1, $2, $3, 'item.error', 'pending', 'test')`,
      [deliveryId, eventId, subscriptionId],
    );
  }
});

describe("a channel that cannot be reached", () => {
  test.each<[string, () => Promise<string>, SlackFailure]>([
    ["token_revoked", () => channels.addBot({ ownerContact: "owner@example.com" }), refusing("token_revoked")],
    ["is_archived", () => channels.addBot({ ownerContact: "owner@example.com" }), refusing("is_archived")],
    ...[403, 404, 410].map((status): [string, () => Promise<string>, SlackFailure] => [
      String(status),
      () => channels.addSlackWebhook({ ownerContact: "owner@example.com" }),
      (response) => void response.writeHead(status).end("no_service"),
    ]),
  ])("for good (%s) is disabled, its owner is told, and what is meant for it is held", async (_, add, failure) => {
    const id = await add();
    const items = await channels.addItems(3, platypus);
    channels.slack.failure = failure;
    await channels.publish(items, broken);
    channels.start();
    await waitFor(async () => expect(await channels.states(id)).toEqual({ held: 3 }));
    expect(await channels.subscription(id)).toMatchObject({ status: "disabled", disabledReason: "gone" });
    const { rows: notices } = await channels.pool.query("select kind from notices where subscription_id = $1", [id]);
    expect(notices).toEqual([{ kind: "disabled" }]);
    const { rows: events } = await channels.pool.query("select body from events where type = 'endpoint.disabled'");
    expect(events.map(({ body }) => JSON.parse(String(body)).data)).toMatchObject([
      { subscription_id: showId("sub", id), reason: "gone" },
    ]);
    expect(await channels.attempts(id)).toMatchObject([{ errorCode: "GONE" }]);

    // Enabled again, it gets what was held once somebody asks for it.
    channels.slack.failure = null;
    await channels.pool.query(
      `update subscriptions set status = 'active', health = jsonb_set(health, '{state}', '"active"') where id = $1`,
      [id],
    );
    await channels.pool.query(
      "update deliveries set state = 'pending', trigger = 'bulk_replay', priority = 2, due_at = now() where subscription_id = $1",
      [id],
    );
    await channels.elapse(MINUTE);
    await isDelivered(id, 3);
    expect(channels.slack.posts.at(-1)?.text).toBe("First Platypus Bank: 3 connections broke (ITEM_LOGIN_REQUIRED)");
  });

  test("for now is tried again by the schedule, with all that came meanwhile", async () => {
    const bot = await channels.addBot({ retrySchedule: [60, 300, 300] });
    const posts = sinceThen(channels.slack.posts);
    const items = await channels.addItems(3, platypus);
    channels.slack.failure = (response) => void response.writeHead(500).end();
    channels.start();
    await channels.publish(items.slice(0, 1), broken);
    await waitFor(async () =>
      expect(await channels.deliveries(bot)).toMatchObject([{ failures: 1, state: "pending" }]),
    );
    await channels.elapse(MINUTE);
    await waitFor(async () =>
      expect(await channels.deliveries(bot)).toMatchObject([{ failures: 2, state: "pending" }]),
    );
    const [waiting] = await channels.deliveries(bot);
    expect(waiting?.dueAt.getTime()).toBeGreaterThan(Date.now() + 4 * MINUTE);

    // What comes now does not wait for that, and takes it along; if it fails, the first one waits as before.
    await channels.publish(items.slice(1, 2), broken);
    await channels.elapse(MINUTE);
    await waitFor(async () =>
      expect(await channels.deliveries(bot)).toMatchObject([{ failures: 2 }, { failures: 1, state: "pending" }]),
    );
    channels.slack.failure = null;
    await channels.publish(items.slice(2), broken);
    await channels.elapse(MINUTE);
    await isDelivered(bot, 3);
    expect(posts()).toMatchObject([{ text: "First Platypus Bank: 3 connections broke (ITEM_LOGIN_REQUIRED)" }]);
    expect((await channels.attempts(bot)).map(({ errorCode }) => errorCode)).toEqual([
      "HTTP_STATUS",
      "HTTP_STATUS",
      "HTTP_STATUS",
      null,
    ]);
  });

  test("that asks for a rest gets it", async () => {
    const bot = await channels.addBot();
    const items = await channels.addItems(1, platypus);
    channels.slack.failure = (response) => void response.writeHead(429, { "retry-after": "180" }).end();
    channels.start();
    await channels.publish(items, broken);
    await waitFor(async () => (await channels.subscription(bot)).throttledUntil);
    channels.slack.failure = null;
    const requests = sinceThen(channels.slack.requests);
    await channels.elapse(2 * MINUTE);
    await channels.publish(await channels.addItems(1, { id: "ins_2", name: "Other Bank" }), broken);
    await channels.stopAll();
    expect((await channels.subscription(bot)).throttledUntil?.getTime()).toBeGreaterThan(Date.now() + 30_000);
    expect(requests()).toEqual([]);
    channels.start();
    await channels.elapse(2 * MINUTE);
    await isDelivered(bot, 2);
    expect((await channels.subscription(bot)).throttledUntil?.getTime() ?? 0).toBeLessThan(Date.now());
  });

  test("that asks for a rest gets it also where only a message is to be changed, and is changed after that", async () => {
    const bot = await channels.addBot();
    const posts = sinceThen(channels.slack.posts);
    const items = await channels.addItems(1, platypus);
    channels.start();
    await channels.publish(items, broken);
    await isDelivered(bot, 1);
    await channels.publish(items, locked);
    await waitFor(() => posts().length === 2);
    await isSettled(bot);
    channels.slack.failure = (response) => void response.writeHead(429, { "retry-after": "3600" }).end();
    await channels.elapse(MINUTE);
    await waitFor(async () => (await channels.subscription(bot)).throttledUntil);
    const requests = sinceThen(channels.slack.requests);
    for (let minutes = 0; minutes < 50; minutes += 5) await channels.elapse(5 * MINUTE);
    expect(requests()).toEqual([]);
    channels.slack.failure = null;
    await channels.elapse(15 * MINUTE);
    await waitFor(() => expect(posts()[0]?.text).toContain("the connection has another status now"));
  });

  test("where the channel was another one since, says nothing about that, and what it was asked goes there", async () => {
    const bot = await channels.addBot();
    const posts = sinceThen(channels.slack.posts);
    const requests = sinceThen(channels.slack.requests);
    const items = await channels.addItems(1, platypus);
    let answerNow = (): void => {};
    channels.slack.failure = (response) => {
      answerNow = () => refusing("is_archived")(response);
    };
    channels.start();
    await channels.publish(items, broken);
    await waitFor(() => requests().length === 1);
    await channels.pool.query("update subscriptions set slack_channel = '#other', verified_at = now() where id = $1", [
      bot,
    ]);
    channels.slack.failure = null;
    answerNow();
    await isSettled(bot);
    expect(await channels.subscription(bot)).toMatchObject({ status: "active" });
    await channels.elapse(MINUTE);
    await isDelivered(bot, 1);
    expect(posts()).toMatchObject([{ channel: "COTHER" }]);
  });

  test("and never answers keeps no other waiting", async () => {
    const hanging = await channels.addBot();
    const webhook = await channels.addSlackWebhook();
    const address = await channels.addAddress();
    channels.slack.failure = (response) => {
      const [last] = channels.slack.requests.slice(-1);
      if (last?.method === "webhook") response.end("ok");
    };
    const items = await channels.addItems(1, platypus);
    channels.start();
    await channels.publish(items, broken);
    await isDelivered(webhook, 1);
    await isDelivered(address, 1);
    await waitFor(async () => expect(await channels.states(hanging)).toEqual({ in_flight: 1 }));
    channels.slack.failure = null;
    await channels.stopAll(0);
    await waitFor(async () => expect(await channels.states(hanging)).toEqual({ pending: 1 }));
  });
});

test("a message that cannot be changed any more is posted anew", async () => {
  const bot = await channels.addBot();
  const items = await channels.addItems(2, platypus);
  channels.start();
  await channels.publish(items.slice(0, 1), broken);
  await isDelivered(bot, 1);
  await channels.pool.query("update notifications set slack_ts = '1.1' where subscription_id = $1", [bot]);
  const posts = sinceThen(channels.slack.posts);
  await channels.publish(items.slice(1), broken);
  await channels.elapse(MINUTE);
  await isDelivered(bot, 2);
  expect(posts()).toMatchObject([{ text: "First Platypus Bank: 2 connections broke (ITEM_LOGIN_REQUIRED)" }]);
  expect(methods().slice(-2)).toEqual(["chat.update", "chat.postMessage"]);
  expect((await channels.notifications(bot))[0]?.slackTs).toBe(posts()[0]?.ts);
});

test("a worker that is killed after it has posted loses nothing: the message is there twice at worst", async () => {
  const bot = await channels.addBot();
  const posts = sinceThen(channels.slack.posts);
  const items = await channels.addItems(4, platypus);
  await channels.publish(items, broken);
  const { deps, db } = channels;
  const claim = await claimMessage(db, bot, (tx, subscription, lost) => settleLost(tx, deps, subscription, lost));
  if (claim.kind !== "message") throw new TypeError("there is something to send");
  await sendMessage(deps, claim.message, new AbortController().signal);
  expect(await channels.states(bot)).toEqual({ in_flight: 4 });

  channels.start();
  await channels.publish(await channels.addItems(1, { id: "ins_2", name: "Other Bank" }), broken);
  // Nobody touches it as long as its worker may live.
  await channels.elapse(MINUTE, { isWorkerDead: true });
  await isDelivered(bot, 5);
  const texts = posts().map(({ text }) => text);
  expect(texts.filter((text) => text.startsWith("First Platypus Bank: 4"))).toHaveLength(2);
  expect(texts.filter((text) => text.startsWith("Other Bank"))).toHaveLength(1);
});

test("what a killed worker had taken is given back also where nothing is sent any more", async () => {
  const bot = await channels.addBot();
  const { deps, db } = channels;
  await channels.publish(await channels.addItems(2, platypus), broken);
  await claimMessage(db, bot, (tx, subscription, lost) => settleLost(tx, deps, subscription, lost));
  await channels.pool.query("update subscriptions set deleted_at = now() where id = $1", [bot]);
  const requests = sinceThen(channels.slack.requests);
  await channels.elapse(MINUTE, { isWorkerDead: true });
  channels.start();
  await waitFor(async () => (await channels.states(bot))["pending"] === 2);
  expect(requests()).toEqual([]);
});

test("however many channels are due, each is served in its turn, and none waits for the next look", async () => {
  const bots: string[] = [];
  for (let count = 0; count < 60; count += 1) bots.push(await channels.addBot());
  const posts = sinceThen(channels.slack.posts);
  await channels.publish(await channels.addItems(1, platypus), broken);
  channels.start({ pollMs: 60_000 });
  await waitFor(() => expect(posts()).toHaveLength(bots.length));
  for (const bot of bots) await isDelivered(bot, 1);
});

test("two workers tell each thing once", async () => {
  const bots = await Promise.all([1, 2, 3].map(() => channels.addBot()));
  const items = await channels.addItems(30, platypus);
  const posts = sinceThen(channels.slack.posts);
  channels.start();
  channels.start();
  for (const item of items) await channels.publish([item], broken);
  for (const bot of bots) await waitFor(async () => (await channels.states(bot))["delivered"]);
  await waitFor(async () => {
    const waiting = (await Promise.all(bots.map((bot) => channels.deliveries(bot)))).flat();
    return waiting.every(({ state, dueAt }) => state === "delivered" || dueAt > new Date());
  });
  await channels.elapse(MINUTE);
  for (const bot of bots) await isDelivered(bot, 30);
  expect(posts()).toHaveLength(3);
  expect(new Set(posts().map(({ text }) => text))).toEqual(
    new Set(["First Platypus Bank: 30 connections broke (ITEM_LOGIN_REQUIRED)"]),
  );
});

test("a paused channel is left alone, and hears the rest once it goes on", async () => {
  const bot = await channels.addBot({ status: "paused" });
  const items = await channels.addItems(2, platypus);
  const requests = sinceThen(channels.slack.requests);
  await channels.publish(items, broken);
  const other = await channels.addBot();
  channels.start();
  await channels.publish(items.slice(0, 1), "repaired");
  await isDelivered(other, 1);
  expect(await channels.states(bot)).toEqual({ pending: 3 });
  expect(requests()).toHaveLength(1);
  await channels.pool.query(
    `update subscriptions set status = 'active', health = jsonb_set(health, '{state}', '"active"') where id = $1`,
    [bot],
  );
  await isDelivered(bot, 3);
  expect(channels.slack.posts.at(-1)?.body).toContain("*Repaired by now:* 1 of 2");
});

test("no log, row or error holds what Slack is reached with", async () => {
  await channels.addBot();
  await channels.addSlackWebhook();
  const items = await channels.addItems(1, platypus);
  const requests = sinceThen(channels.slack.requests);
  channels.slack.failure = refusing("invalid_auth");
  channels.start();
  await channels.publish(items, broken);
  await waitFor(() => requests().length === 2);
  await waitFor(
    async () => (await channels.pool.query("select from deliveries where state = 'in_flight'")).rowCount === 0,
  );
  // The requests had them.
  expect(JSON.stringify(requests().map(({ headers }) => headers))).toContain("s3cr3tToken");
  const tables = ["deliveries", "delivery_attempts", "notifications", "notices", "events", "audit_log"];
  const rows = await Promise.all(
    tables.map(async (table) => (await channels.pool.query(`select ${table}::text as row from ${table}`)).rows),
  );
  const seen = [...channels.lines, JSON.stringify(rows)].join("\n");
  expect(seen).toContain("notification.");
  for (const secret of channels.secrets) expect(seen).not.toContain(secret);
});
