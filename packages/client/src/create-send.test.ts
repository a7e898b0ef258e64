import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { createRelinkClient } from "./create-relink-client.ts";
import { RelinkApiError } from "./relink-api-error.ts";

const KEY = "rlk_MARKER";

/** A client of an API that gives these answers, one after the other, and what it was asked. */
function clientOf(answers: readonly Response[], maxRetries?: number) {
  const requests: Request[] = [];
  const times: number[] = [];
  const client = createRelinkClient({
    baseUrl: "http://api.test",
    apiKey: KEY,
    ...(maxRetries !== undefined && { maxRetries }),
    fetch: async (request) => {
      if (!(request instanceof Request)) throw new TypeError("not a request");
      requests.push(request);
      times.push(performance.now());
      // A timer counts from the beginning of its turn of the loop, which may be long ago: a rest begins in a new one.
      await delay(1);
      return answers[requests.length - 1] ?? Response.error();
    },
  });
  return { client, requests, times };
}

const later = (retryAfter: string, status = 503) =>
  new Response("", { status, headers: { "retry-after": retryAfter } });
const me = () => Response.json({ kind: "admin" });

const caught = (call: Promise<unknown>) =>
  call.then(
    () => expect.unreachable("it should have been thrown"),
    (error: unknown) => error as RelinkApiError,
  );

test("what the API asks to send again is sent again, when it says so", async () => {
  const { client, requests, times } = clientOf([later("1", 429), later("0"), me()]);
  expect((await client.GET("/v1/me")).data).toEqual({ kind: "admin" });
  expect(requests).toHaveLength(3);
  expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(990);
});

test.each([
  [undefined, 4],
  [1, 2],
  [0, 1],
])("with %j retries at most, a request is made %i times, and then the answer is an error", async (retries, times) => {
  const { client, requests } = clientOf(
    Array.from({ length: 9 }, () => later("0")),
    retries,
  );
  expect(await caught(client.GET("/v1/me"))).toMatchObject({ status: 503, retryable: true, retryAfterSeconds: 0 });
  expect(requests).toHaveLength(times);
});

test.each([
  ["more than a minute", "61", 61],
  ["a date that is far", new Date(Date.now() + 3_600_000).toUTCString(), expect.closeTo(3_600, -2)],
  ["something that is no time", "soon", null],
  ["a negative number", "-1", null],
])("nobody waits for %s", async (_what, retryAfter, retryAfterSeconds) => {
  const { client, requests } = clientOf([later(retryAfter), me()]);
  expect(await caught(client.GET("/v1/me"))).toMatchObject({ status: 503, retryAfterSeconds });
  expect(requests).toHaveLength(1);
});

test("a date that has passed does not wait", async () => {
  const { client, requests } = clientOf([later(new Date(Date.now() - 1_000).toUTCString()), me()]);
  await client.GET("/v1/me");
  expect(requests).toHaveLength(2);
});

test("a call that is given up does not wait on", async () => {
  const { client, requests } = clientOf([later("60"), me()]);
  const error = await caught(client.GET("/v1/me", { signal: AbortSignal.timeout(50) }));
  expect(error.name).toBe("AbortError");
  expect(requests).toHaveLength(1);
});

test("a body is sent again whole, under the same Idempotency-Key; another call has another one", async () => {
  const { client, requests } = clientOf([later("0"), Response.json({}), Response.json({})]);
  await client.POST("/v1/teams", { body: { name: "Payments" } });
  await client.POST("/v1/teams", { body: { name: "Payments" } });
  const keys = requests.map((request) => request.headers.get("idempotency-key"));
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(keys[1]).toBe(keys[0]);
  expect(keys[2]).not.toBe(keys[0]);
  expect(await Promise.all(requests.map((request) => request.text()))).toEqual(
    Array.from({ length: 3 }, () => '{"name":"Payments"}'),
  );
});

test("only a POST has an Idempotency-Key, and one that is given stays", async () => {
  const { client, requests } = clientOf([me(), Response.json({}), Response.json({})]);
  await client.GET("/v1/me");
  await client.POST("/v1/teams", { params: { header: { "idempotency-key": "mine" } }, body: { name: "A" } });
  await client.DELETE("/v1/teams/{id}", { params: { path: { id: "team_1" } } });
  expect(requests.map((request) => request.headers.get("idempotency-key"))).toEqual([null, "mine", null]);
});

test("JSON is asked for, also where there is text", async () => {
  const { client, requests } = clientOf([Response.json({})]);
  await client.GET("/v1/items/{id}/support-bundle", { params: { path: { id: "itm_1" } } });
  expect(requests[0]?.headers.get("accept")).toBe("application/json");
});

test.each([
  ["a proxy's page", new Response("<h1>Bad gateway</h1>", { status: 502, headers: { "content-type": "text/html" } })],
  ["JSON of something else", Response.json({ code: "nope" }, { status: 502 })],
  [
    "half a problem",
    new Response('{"code":', { status: 502, headers: { "content-type": "application/problem+json" } }),
  ],
])("%s is an error of its own", async (_what, response) => {
  const { client } = clientOf([response]);
  const error = await caught(client.GET("/v1/me"));
  expect(error).toBeInstanceOf(RelinkApiError);
  expect(error).toMatchObject({
    code: "unexpected-answer",
    status: 502,
    requestId: null,
    errors: [],
    plaid: null,
    retryable: false,
    retryAfterSeconds: null,
  });
});

test("without an answer, the error is that of fetch", async () => {
  const client = createRelinkClient({
    baseUrl: "http://api.test",
    apiKey: KEY,
    fetch: async () => Promise.reject(new TypeError("fetch failed")),
  });
  await expect(client.GET("/v1/me")).rejects.toThrow(TypeError);
});

test("no error shows the key", async () => {
  const { client } = clientOf([later("61")]);
  const error = await caught(client.GET("/v1/me"));
  expect(inspect(error, { depth: 9 })).not.toContain("MARKER");
});

test.each([
  [{ baseUrl: "relink.example.com", apiKey: KEY }, "baseUrl"],
  [{ baseUrl: "http://api.test", apiKey: "" }, "apiKey"],
])("a client that could not work is not made: %j", (options, named) => {
  expect(() => createRelinkClient(options)).toThrow(named);
});
