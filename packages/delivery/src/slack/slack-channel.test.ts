import { inspect } from "node:util";
import { Secret } from "@relink/service";
import { afterEach, describe, expect, test } from "vitest";
import { closeAfterwards, createTestClient } from "../testing/harness.ts";
import { type Sink, startSink } from "../testing/sinks.ts";
import type { SlackMessage } from "./render-slack-message.ts";
import { createSlackChannel, isSlackWebhookUrl, type SlackTarget } from "./slack-channel.ts";

const PATH = "/services/T000/B000/s3cr3tPartOfTheUrl";
const TOKEN = "xoxb-s3cr3t-token";
const webhook: SlackTarget = { kind: "incoming_webhook", url: new Secret(`https://hooks.slack.com${PATH}`) };
const bot: SlackTarget = { kind: "bot", token: new Secret(TOKEN), channel: "#alarms" };
const message: SlackMessage = { text: "1 connection broke", blocks: [] };

const { open, closeAll } = closeAfterwards();
afterEach(closeAll);

/** A stand-in for Slack that gives these answers, the last one again and again. */
async function startSlack(...answers: { status?: number; headers?: Record<string, string>; body: string | object }[]) {
  let count = 0;
  const sink = open(
    await startSink((response) => {
      const { status = 200, headers = {}, body } = answers[Math.min(count, answers.length - 1)]!;
      count += 1;
      response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
    }),
  );
  const client = open(createTestClient([sink]));
  return { sink, slack: createSlackChannel({ client, origin: `http://127.0.0.1:${sink.port}` }) };
}

const requestsOf = ({ requests }: Sink) =>
  requests.map(({ url, headers, body }) => ({
    url,
    authorization: headers.authorization,
    body: JSON.parse(body) as unknown,
  }));

describe("an incoming webhook", () => {
  test("is posted to, and cannot say which message it was", async () => {
    const { sink, slack } = await startSlack({ body: "ok" });
    const result = await slack.send(webhook, message, null);
    expect(result).toMatchObject({
      errorCode: null,
      status: 200,
      message: null,
      url: "https://hooks.slack.com/services/…",
    });
    expect(requestsOf(sink)).toEqual([
      {
        url: PATH,
        authorization: undefined,
        body: { text: "1 connection broke", blocks: [], unfurl_links: false, unfurl_media: false },
      },
    ]);
  });

  test.each([
    [403, "action_prohibited", "GONE", "Slack says action_prohibited"],
    [404, "no_service", "GONE", "Slack says no_service"],
    [410, "channel_is_archived", "GONE", "Slack says channel_is_archived"],
    [400, "invalid_payload", "HTTP_STATUS", "127.0.0.1 answered 400"],
    [500, "rollup_error", "HTTP_STATUS", "127.0.0.1 answered 500"],
    [302, "", "REDIRECT", "127.0.0.1 answered 302"],
    [404, "<html>Sorry</html>", "GONE", "the receiver said that it is gone for good"],
  ])("%i %s: %s", async (status, body, errorCode, errorDetail) => {
    const { slack } = await startSlack({ status, body });
    expect(await slack.send(webhook, message, null)).toMatchObject({ status, errorCode, errorDetail });
  });

  test("that asks for a rest says for how long", async () => {
    const { slack } = await startSlack({ status: 429, headers: { "retry-after": "30" }, body: "" });
    expect(await slack.send(webhook, message, null)).toMatchObject({ errorCode: "RATE_LIMITED", retryAfter: "30" });
  });

  test.each([
    "http://hooks.slack.com/services/T000/B000/x",
    "https://hooks.slack.com.evil.example/services/T000/B000/x",
    "https://hooks.slack.com/services/T000/B000/x?next=1",
    "https://user@hooks.slack.com/services/T000/B000/x",
    "https://hooks.slack.com:8443/services/T000/B000/x",
    "https://hooks.slack.com/services/../admin",
    "https://hooks.slack.com/",
    "https://example.com/services/T000/B000/x",
  ])("is called at Slack's address and nowhere else: not %s", async (url) => {
    const { sink, slack } = await startSlack({ body: "ok" });
    expect(isSlackWebhookUrl(url)).toBe(false);
    const target: SlackTarget = { kind: "incoming_webhook", url: new Secret(url) };
    expect(await slack.send(target, message, null)).toMatchObject({ errorCode: "TARGET_FORBIDDEN", status: null });
    expect(sink.requests).toEqual([]);
  });
});

describe("a bot", () => {
  const posted = { ok: true, channel: "C024BE91L", ts: "1795339800.000100" };
  const previous = { channel: "C024BE91L", ts: "1795339800.000100" };

  test("posts, and learns by which id to change it", async () => {
    const { sink, slack } = await startSlack({ body: posted });
    expect(await slack.send(bot, message, null)).toMatchObject({ errorCode: null, message: previous });
    expect(requestsOf(sink)).toEqual([
      {
        url: "/api/chat.postMessage",
        authorization: `Bearer ${TOKEN}`,
        body: { ...message, channel: "#alarms", unfurl_links: false, unfurl_media: false },
      },
    ]);
  });

  test("changes what it has posted", async () => {
    const { sink, slack } = await startSlack({ body: posted });
    const result = await slack.send(bot, message, previous);
    expect(result).toMatchObject({ errorCode: null, message: previous, url: "https://slack.com/api/chat.update" });
    expect(requestsOf(sink)).toMatchObject([{ url: "/api/chat.update", body: { ...message, ...previous } }]);
  });

  test.each(["message_not_found", "edit_window_closed", "cant_update_message", "channel_not_found"])(
    "posts anew what cannot be changed: %s",
    async (error) => {
      const again = { ok: true, channel: "C777", ts: "1795339999.000100" };
      const { sink, slack } = await startSlack({ body: { ok: false, error } }, { body: again });
      expect(await slack.send(bot, message, previous)).toMatchObject({
        errorCode: null,
        message: { channel: "C777", ts: "1795339999.000100" },
      });
      expect(sink.requests.map(({ url }) => url)).toEqual(["/api/chat.update", "/api/chat.postMessage"]);
    },
  );

  test.each([
    ["invalid_auth", "GONE"],
    ["token_revoked", "GONE"],
    ["account_inactive", "GONE"],
    ["missing_scope", "GONE"],
    ["channel_not_found", "GONE"],
    ["is_archived", "GONE"],
    ["ratelimited", "RATE_LIMITED"],
    ["internal_error", "MESSAGE_REFUSED"],
    ["invalid_blocks", "MESSAGE_REFUSED"],
    ["something new", "MESSAGE_REFUSED"],
  ])("that is told %s: %s", async (error, errorCode) => {
    const { slack } = await startSlack({ body: { ok: false, error } });
    expect(await slack.send(bot, message, null)).toMatchObject({ errorCode, status: 200, message: null });
  });

  test("whose answer cannot be read has posted, and does not know where", async () => {
    const { slack } = await startSlack({ body: "<html>" });
    expect(await slack.send(bot, message, null)).toMatchObject({ errorCode: null, message: null });
  });

  test("that Slack does not answer has failed as any other request", async () => {
    const { slack } = await startSlack({ status: 503, headers: { "retry-after": "7" }, body: "" });
    expect(await slack.send(bot, message, null)).toMatchObject({
      errorCode: "HTTP_STATUS",
      status: 503,
      retryAfter: "7",
    });
  });
});

test("no result holds the token or the secret part of the URL", async () => {
  const { sink, slack } = await startSlack(
    { body: { ok: false, error: "invalid_auth" } },
    { status: 404, body: "no_service" },
  );
  const results = [await slack.send(bot, message, null), await slack.send(webhook, message, null)];
  await sink.close();
  results.push(await slack.send(bot, message, null), await slack.send(webhook, message, null));
  expect(results.map(({ errorCode }) => errorCode)).toEqual([
    "GONE",
    "GONE",
    "CONNECTION_REFUSED",
    "CONNECTION_REFUSED",
  ]);
  expect(inspect(results, { depth: 9 })).not.toMatch(/s3cr3t/);
});
