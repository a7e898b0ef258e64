import { createServer } from "node:http";
import { closeServer, listen, Secret } from "@relink/service";
import { freePort } from "@relink/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  ADMIN_KEY,
  type ApiForTest,
  type CallOptions,
  PLAID,
  PLAID_SECRET,
  setUpApi,
  startApi,
} from "./testing/api-for-test.ts";

const world = setUpApi();
const { plaid, newUser } = world;

const problem: ApiForTest["problem"] = (...request) => world.api.problem(...request);
const register = (body: unknown) => ({ body }) satisfies CallOptions;

describe("the key", () => {
  test.each<[string, Record<string, string>]>([
    ["none", { authorization: "" }],
    ["another one", { authorization: "Bearer another-key" }],
    ["one with more after it", { authorization: `Bearer ${ADMIN_KEY}x` }],
    ["one with less", { authorization: `Bearer ${ADMIN_KEY.slice(0, -1)}` }],
    ["two", { authorization: `Bearer ${ADMIN_KEY} ${ADMIN_KEY}` }],
    ["another scheme", { authorization: `Basic ${ADMIN_KEY}` }],
    ["no scheme", { authorization: ADMIN_KEY }],
    ["another header", { authorization: "", "x-api-key": ADMIN_KEY }],
  ])("%s: 401 in always the same words", async (_name, headers) => {
    const answer = await problem("get", "/v1/items", "unauthorized", { headers });
    expect(answer).toMatchObject({
      detail: "send Authorization: Bearer <key>, with a key that is valid now",
      instance: "/v1/items",
    });
    const { headers: answered } = await world.api.call("get", "/v1/items", { headers });
    expect(answered.get("www-authenticate")).toBe("Bearer");
  });

  test("is asked for before anything else is told, also about routes that do not exist", async () => {
    await problem("get", "/v1/no-such-route", "unauthorized", { headers: { authorization: "" } });
    const raw = { raw: "{", headers: { authorization: "" } };
    await problem("post", "/v1/items", "unauthorized", raw);
  });

  test("the scheme may be written in any case", async () => {
    const { status } = await world.api.call("get", "/v1/users", { headers: { authorization: `bearer ${ADMIN_KEY}` } });
    expect(status).toBe(200);
  });

  test.each([{ api_key: "x" }, { access_token: "x" }, { "Api-Key": "x" }, { token: "x" }, { anything: ADMIN_KEY }])(
    "in an address is refused, with and without the header: %j",
    async (query) => {
      await problem("get", "/v1/items", "key-in-query", { query });
      await problem("get", "/v1/items", "key-in-query", { query, headers: { authorization: "" } });
    },
  );

  test("the description is there without it", async () => {
    const response = await fetch(`${world.api.url}/v1/openapi.json`);
    expect([response.status, await response.json()]).toEqual([200, expect.objectContaining({ openapi: "3.1.1" })]);
  });
});

describe("routes", () => {
  test.each(["/v2", "/v1", "/v1/no-such-route", "/v1/items/itm_x/timeline/more"])("%s is not one", async (path) => {
    expect((await problem("get", path, "not-found")).detail).toContain("/v1/docs and /v1/openapi.json");
  });

  test.each([
    "not-an-id",
    "itm_",
    "itm_01h455vb4pex5vsknk084sn02q", // of nothing
    "usr_01h455vb4pex5vsknk084sn02q",
    "ITM_01H455VB4PEX5VSKNK084SN02Q",
    "itm_z1h455vb4pex5vsknk084sn02q",
    "01893d8e-a8f4-7ba4-bb92-3c2d3b3f3f3f",
    "itm_01h455vb4pex5vsknk084sn02q'--",
  ])("there is no Item %s", async (id) => {
    const path = `/v1/items/${encodeURIComponent(id)}`;
    await problem("get", path, "not-found");
    await problem("get", `${path}/timeline`, "not-found");
    await problem("post", `${path}/check`, "not-found");
    await problem("post", `${path}/relink-links`, "not-found");
    await problem("get", `${path}/support-bundle`, "not-found");
    await problem("post", `${path}/mute`, "not-found");
    await problem("delete", `${path}/mute`, "not-found");
  });

  test("there is no user with the id of nothing", async () => {
    await problem("get", "/v1/users/usr_01h455vb4pex5vsknk084sn02q", "not-found");
    await problem("get", "/v1/users/itm_01h455vb4pex5vsknk084sn02q", "not-found");
  });

  test.each([
    ["DELETE", "/v1/items", "GET, HEAD, POST"],
    ["PUT", "/v1/items/itm_01h455vb4pex5vsknk084sn02q", "GET, HEAD"],
    ["GET", "/v1/items/itm_01h455vb4pex5vsknk084sn02q/check", "POST"],
    ["GET", "/v1/items/itm_01h455vb4pex5vsknk084sn02q/mute", "POST, DELETE"],
    ["PUT", "/v1/suppressions", "GET, HEAD, POST, DELETE"],
    ["OPTIONS", "/v1/users", "GET, HEAD"],
  ])("%s %s is answered with what is allowed", async (method, path, allowed) => {
    const response = await fetch(`${world.api.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
    });
    expect(response.status).toBe(405);
    expect(new Set(response.headers.get("allow")?.split(", "))).toEqual(new Set(allowed.split(", ")));
    expect(await response.json()).toMatchObject({ code: "method-not-allowed", status: 405 });
  });

  test("an address that is badly encoded is malformed", async () => {
    await problem("get", "/v1/items/%E0%A4%A", "malformed-request");
  });

  test("HEAD is answered as GET, without the body", async () => {
    const headers = { authorization: `Bearer ${ADMIN_KEY}` };
    const response = await fetch(`${world.api.url}/v1/items`, { method: "HEAD", headers });
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });
});

describe("bodies", () => {
  const json = { "content-type": "application/json" };
  test.each<[string, CallOptions]>([
    ["half of one", { raw: '{"user":' }],
    ["text", { raw: "hello" }],
    ["not UTF-8", { raw: new Uint8Array([0x7b, 0x22, 0xff, 0xfe]) }],
  ])("%s is malformed", async (_name, options) => {
    await problem("post", "/v1/items", "malformed-request", options);
  });

  test("more than 64 KiB is too large, declared or not", async () => {
    await problem("post", "/v1/items", "payload-too-large", { raw: JSON.stringify("x".repeat(64 * 1024)) });
  });

  test.each<[string, CallOptions]>([
    ["a form", { raw: "a=b", headers: { "content-type": "application/x-www-form-urlencoded" } }],
    ["text", { raw: "{}", headers: { "content-type": "text/plain" } }],
    ["another charset", { raw: "{}", headers: { "content-type": "application/json; charset=latin1" } }],
    ["something encoded", { raw: "{}", headers: { ...json, "content-encoding": "gzip" } }],
  ])("%s is not JSON", async (_name, options) => {
    const { detail } = await problem("post", "/v1/items", "unsupported-media-type", options);
    expect(detail).toContain("content-type: application/json");
  });

  test.each<[string, unknown]>([
    ["#", null],
    ["#", []],
    ["#", "text"],
    ["#", 1],
  ])("at %s something is wrong with %j", async (pointer, body) => {
    const { errors } = await problem("post", "/v1/items", "validation-failed", { body });
    expect(errors?.map((error) => error.pointer)).toContain(pointer);
  });

  test("no body where one is needed is a missing one", async () => {
    const { errors } = await problem("post", "/v1/items", "validation-failed");
    expect(errors).toEqual([{ pointer: "#", code: "required", detail: "is missing" }]);
  });

  test("all mistakes are named at once, with their place and without their value", async () => {
    const body = {
      access_token: "MARKER with spaces",
      public_token: "p",
      "odd/name~": 1,
      user: { external_id: 7, name: "a\u0000b", time_zone: "+01:00", role: "admin", __proto__: null },
    };
    const answer = await problem("post", "/v1/items", "validation-failed", { body });
    expect(new Set(answer.errors?.map((error) => error.pointer))).toEqual(
      new Set([
        "#",
        "#/access_token",
        "#/odd~1name~0",
        "#/user/external_id",
        "#/user/email",
        "#/user/name",
        "#/user/time_zone",
        "#/user/role",
      ]),
    );
    expect(answer.errors).toContainEqual({ pointer: "#/user/email", code: "required", detail: "is missing" });
    expect(answer.errors).toContainEqual({ pointer: "#/user/role", code: "unknown", detail: "is not known here" });
    expect(JSON.stringify(answer)).not.toMatch(/MARKER|admin/);
  });

  test("a field called __proto__ is one that is not known", async () => {
    const raw = `{"access_token":"a","user":{"external_id":"u","email":"a@example.com"},"__proto__":{"x":1}}`;
    const { errors } = await problem("post", "/v1/items", "validation-failed", { raw });
    expect(errors).toEqual([{ pointer: "#/__proto__", code: "unknown", detail: "is not known here" }]);
  });

  test.each([
    ["neither token", {}],
    ["both tokens", { access_token: "a", public_token: "b" }],
  ])("%s is one mistake", async (_name, tokens) => {
    const { errors } = await problem(
      "post",
      "/v1/items",
      "validation-failed",
      register({ ...tokens, user: newUser() }),
    );
    expect(errors).toEqual([
      { pointer: "#", code: "invalid", detail: "must have exactly one of public_token and access_token" },
    ]);
  });

  test.each(["", '{"user":', '{"user":{"external_id":'])(
    "%j and 15,000 lists in one another is a mistake",
    async (start) => {
      const depth = 15_000;
      const raw = `${start}${"[".repeat(depth)}${"]".repeat(depth)}${"}".repeat(start.split("{").length - 1)}`;
      const { errors } = await problem("post", "/v1/items", "validation-failed", { raw });
      expect(errors?.length).toBeGreaterThan(0);
    },
  );

  test("where none is taken, an empty object is, and nothing else", async () => {
    const item = await world.register();
    const path = `/v1/items/${item.id}/check`;
    expect((await world.api.call("post", path, { body: {} })).status).toBe(200);
    const { errors } = await problem("post", path, "validation-failed", { body: { force: true } });
    expect(errors).toEqual([{ pointer: "#/force", code: "unknown", detail: "is not known here" }]);
  });
});

describe("queries", () => {
  test.each<[string, string, string]>([
    ["/v1/items", "limit=0", "limit"],
    ["/v1/items", "limit=251", "limit"],
    ["/v1/items", "limit=1e2", "limit"],
    ["/v1/items", "limit=", "limit"],
    ["/v1/items", "limit=1&limit=2", "limit"],
    ["/v1/items", "status=broken", "status"],
    ["/v1/items", "status[]=healthy", "status[]"],
    ["/v1/items", "a[__proto__]=x", "a[__proto__]"],
    ["/v1/items", "user_id=usr_x", "user_id"],
    ["/v1/items", "user_id=itm_01h455vb4pex5vsknk084sn02q", "user_id"],
    ["/v1/items", "sort=name", "sort"],
    ["/v1/users", "external_id=", "external_id"],
    ["/v1/users/usr_01h455vb4pex5vsknk084sn02q", "expand=items", "expand"],
  ])("%s?%s names the parameter", async (path, query, parameter) => {
    const { errors } = await problem("get", path, "validation-failed", { query });
    expect(errors?.map((error) => error.parameter)).toEqual([parameter]);
  });

  test("a POST takes none", async () => {
    const { errors } = await problem("post", "/v1/items", "validation-failed", { query: "a=b", body: {} });
    expect(errors).toEqual([{ parameter: "a", code: "unknown", detail: "is not known here" }]);
  });

  test("a cursor is taken only by its own list", async () => {
    const item = await world.register();
    await world.register();
    const { body } = await world.api.call<{ next_cursor: string }>("get", "/v1/items", { query: "limit=1" });
    const forge = (place: unknown) => Buffer.from(JSON.stringify(place)).toString("base64url");
    const cursors = ["x", "!!!", forge(["items", "1"]), forge(["items"]), forge({}), forge(null), forge(["items", 1])];
    for (const cursor of cursors) await problem("get", "/v1/items", "validation-failed", { query: { cursor } });
    await problem("get", "/v1/users", "validation-failed", { query: { cursor: body.next_cursor } });
    const timeline = `/v1/items/${item.id}/timeline`;
    const { errors } = await problem("get", timeline, "validation-failed", { query: { cursor: body.next_cursor } });
    expect(errors?.map((error) => error.parameter)).toEqual(["cursor"]);
  });
});

describe("Plaid", () => {
  test("a public token that was used is refused, with what to do and Plaid's request id", async () => {
    const token = await plaid.publicToken();
    await plaid.call("/item/public_token/exchange", { public_token: token });
    const answer = await problem(
      "post",
      "/v1/items",
      "plaid-refused",
      register({ public_token: token, user: newUser() }),
    );
    expect(answer).toMatchObject({
      status: 422,
      retryable: false,
      plaid: {
        error_type: "INVALID_INPUT",
        error_code: "INVALID_PUBLIC_TOKEN",
        request_id: expect.stringMatching(/./),
      },
      detail: expect.stringContaining("Link again"),
    });
  });

  test.each([
    "access-sandbox-00000000-0000-0000-0000-000000000000",
    "access-production-00000000-0000-0000-0000-000000000000",
    "nonsense",
  ])("an access token that is none is refused, and nothing is stored: %s", async (token) => {
    const user = newUser();
    const answer = await problem("post", "/v1/items", "plaid-refused", register({ access_token: token, user }));
    expect(answer.plaid?.error_code).toBe("INVALID_ACCESS_TOKEN");
    const { body } = await world.api.call("get", "/v1/users", { query: { external_id: user.external_id } });
    expect(body).toMatchObject({ data: [] });
  });

  test("the token of an Item that was removed is refused", async () => {
    const accessToken = await plaid.accessToken();
    await plaid.call("/item/remove", { access_token: accessToken });
    const body = { access_token: accessToken, user: newUser() };
    const answer = await problem("post", "/v1/items", "plaid-refused", register(body));
    expect(answer.plaid?.error_code).toBe("ITEM_NOT_FOUND");
  });

  test.each([
    ["does not answer", { api: { down: true } }],
    ["has trouble of its own", { api: { error_rate: 1 } }],
  ])("that %s is no fault of the caller's: try again later", async (_name, faults) => {
    const accessToken = await plaid.accessToken();
    await plaid.fail(faults);
    const options = register({ access_token: accessToken, user: newUser() });
    const answer = await problem("post", "/v1/items", "plaid-unavailable", options);
    expect(answer).toMatchObject({ status: 503, retryable: true });
    expect((await world.api.call("post", "/v1/items", options)).headers.get("retry-after")).toBe("30");
  });

  test("that refuses Relink's own keys is for the operator, at registration and at a check", async () => {
    const item = await world.register();
    const accessToken = await plaid.accessToken();
    const keys = createServer((_request, response) => {
      response.writeHead(400, { "content-type": "application/json" });
      const error = { error_type: "INVALID_INPUT", error_code: "INVALID_API_KEYS", request_id: "req-keys" };
      response.end(JSON.stringify({ ...error, error_message: "invalid client_id or secret provided" }));
    });
    const port = await listen(keys, 0, "127.0.0.1");
    onTestFinished(() => closeServer(keys, 0));
    const api = await startApi({
      databaseUrl: new Secret(world.urlFor("relink_api")),
      plaid: { ...PLAID, baseUrl: `http://127.0.0.1:${port}` },
    });
    onTestFinished(() => api.close());

    const body = { access_token: accessToken, user: newUser() };
    const refused = await api.problem("post", "/v1/items", "plaid-error", { body });
    expect(refused).toMatchObject({ status: 502, plaid: { error_code: "INVALID_API_KEYS", request_id: "req-keys" } });
    expect(refused.detail).toContain("PLAID_SECRET");
    await api.problem("post", `/v1/items/${item.id}/check`, "plaid-error");
    expect((await api.call("get", `/v1/items/${item.id}`)).body).toMatchObject({ status: { kind: "healthy" } });
  });
});

describe("trouble here", () => {
  test("a database that is away is no fault of the caller's, and no public token is spent on it", async () => {
    const api = await startApi({
      databaseUrl: new Secret(`postgres://relink_api:relink_api@127.0.0.1:${await freePort()}/none`),
      plaid: { ...PLAID, baseUrl: plaid.url },
    });
    onTestFinished(() => api.close());
    expect(await api.problem("get", "/v1/items", "unavailable")).toMatchObject({ status: 503, retryable: true });
    const { headers } = await api.call("get", "/v1/users");
    expect(headers.get("retry-after")).toBe("5");

    const body = { public_token: await plaid.publicToken(), user: newUser() };
    await api.problem("post", "/v1/items", "unavailable", { body });
    expect((await world.api.call("post", "/v1/items", { body })).status).toBe(201);

    const ready = await fetch(`${api.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([503, { status: "unready", failed: ["postgres"] }]);
    expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
  });

  test("of what nobody foresaw, the answer tells nothing and the log the reason", async () => {
    await world.query("revoke select on users from relink_api");
    onTestFinished(async () => void (await world.query("grant select on users to relink_api")));
    const answer = await problem("get", "/v1/users", "internal-error");
    expect(answer).toMatchObject({ status: 500, detail: "the log has the reason, under this request_id" });
    expect(answer).not.toHaveProperty("errors");
    const line = await world.api.lineOf(answer.request_id);
    expect(line).toMatchObject({
      level: "error",
      error: { code: "42501", message: expect.stringContaining("permission denied") },
    });
  });
});

describe("what stays inside", () => {
  test("neither log nor answer ever holds a token, a key or a person", async () => {
    const publicToken = await plaid.publicToken();
    const accessToken = await plaid.accessToken();
    const person = { external_id: "MARKER-external", email: "marker-mail@example.com", name: "MARKER-name" };
    const answers: unknown[] = [];
    const send = async (options: CallOptions, path = "/v1/items") => {
      answers.push((await world.api.call("post", path, options)).body);
    };
    await send({ body: { public_token: publicToken, user: person } });
    await send({ body: { public_token: publicToken, user: person } });
    await send({ body: { access_token: accessToken, user: { ...person, email: `${person.email} x` } } });
    await send({ body: { access_token: "MARKER-token", user: person } });
    await send({ raw: '{"access_token":"MARKER-token' });
    await send({ raw: "MARKER-token" });
    await send({ raw: "MARKER-token", headers: { "content-type": "text/MARKER-type" } });
    await send({ query: { key: "MARKER-query" } }, "/v1/MARKER-path");
    await send({ headers: { authorization: "Bearer MARKER-wrong" } });
    await world.query("revoke insert on users from relink_api");
    onTestFinished(async () => void (await world.query("grant insert on users to relink_api")));
    await send({ body: { access_token: accessToken, user: person } });
    await plaid.fail({ api: { down: true } });
    await send({ body: { access_token: accessToken, user: person } });

    await world.api.lineOf((answers.at(-1) as { request_id: string }).request_id);
    const secrets = [publicToken, accessToken, PLAID_SECRET, ADMIN_KEY];
    for (const secret of [...secrets, "MARKER", person.email]) expect(world.api.log).not.toContain(secret);
    // The caller's own path and id of the user come back to the caller.
    const told = JSON.stringify(answers).replaceAll(person.external_id, "").replaceAll("/v1/MARKER-path", "");
    for (const secret of [...secrets, "MARKER", person.email]) expect(told).not.toContain(secret);
  });

  test("every request leaves one line with its route, status and ids", async () => {
    const item = await world.register();
    const { headers } = await world.api.call("get", `/v1/items/${item.id}/timeline`, { query: "limit=3" });
    expect(await world.api.lineOf(headers.get("x-request-id"))).toEqual({
      level: "info",
      time: expect.any(String),
      app: "api",
      event: "api.request",
      requestId: headers.get("x-request-id"),
      method: "GET",
      route: "/v1/items/{id}/timeline",
      status: 200,
      durationMs: expect.any(Number),
      resource: item.id,
    });
  });

  test("answers are kept by nobody on the way, and tell nothing about what made them", async () => {
    const { headers } = await world.api.call("get", "/v1/users");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.has("x-powered-by")).toBe(false);
    expect(headers.has("etag")).toBe(false);
  });

  test("figures are counted by route, with no label from a request", async () => {
    await world.api.call("get", "/v1/MARKER-route");
    const metrics = await (await fetch(`${world.api.url}/metrics`)).text();
    expect(metrics).toContain(
      'relink_api_answer_seconds_count{app="api",route="/v1/items",method="POST",status="201"}',
    );
    expect(metrics).not.toContain("MARKER");
  });
});
