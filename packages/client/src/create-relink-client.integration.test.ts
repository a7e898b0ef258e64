import { createHash } from "node:crypto";
import { createApi } from "@relink/api";
import { createTargetPolicy } from "@relink/delivery";
import { Secret } from "@relink/service";
import { useDatabase } from "@relink/testkit/vitest";
import { afterAll, beforeAll, expect, expectTypeOf, test } from "vitest";
import { createRelinkClient, type RelinkClient, type RelinkClientOptions } from "./create-relink-client.ts";
import type { components } from "./generated/api.ts";
import { RelinkApiError } from "./relink-api-error.ts";

const ADMIN_KEY = "MARKER-admin-key-0123456789abcdefgh";
const keys = new Map([["k1", new Uint8Array(32).fill(1)]]);

const database = useDatabase();
let api: ReturnType<typeof createApi>;
let admin: RelinkClient;

beforeAll(async () => {
  api = createApi({
    databaseUrl: new Secret(database.urlFor("relink_api")),
    plaid: { clientId: "a-client", secret: new Secret("a-secret"), env: "sandbox" },
    plaidWebhookUrl: "http://127.0.0.1:9/webhooks/plaid",
    linkPublicUrl: "http://link.test",
    encryptionKeys: keys,
    linkTokenKeys: keys,
    adminApiKeyHash: createHash("sha256").update(ADMIN_KEY).digest(),
    reauthHoldSeconds: 90,
    targetPolicy: createTargetPolicy({}),
    egressAddresses: [],
    port: 0,
    logLevel: "silent",
  });
  await api.start();
  admin = clientFor();
});
afterAll(() => api.close());

const clientFor = (options: Partial<RelinkClientOptions> = {}) =>
  createRelinkClient({ baseUrl: `http://127.0.0.1:${api.port}`, apiKey: ADMIN_KEY, ...options });

async function makeTeam(name: string): Promise<components["schemas"]["Team"]> {
  return (await admin.POST("/v1/teams", { body: { name } })).data;
}

async function caught(call: Promise<unknown>): Promise<RelinkApiError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof RelinkApiError) return error;
  throw new TypeError("it should have ended with a RelinkApiError", { cause: error });
}

test("a team makes a subscription with its own key, reads it, changes it by its version, and deletes it", async () => {
  const team = await makeTeam("Payments");
  const made = await admin.POST("/v1/teams/{id}/api-keys", {
    params: { path: { id: team.id } },
    body: { name: "test", scopes: ["subscriptions:read", "subscriptions:write"] },
  });
  const relink = clientFor({ apiKey: made.data.key });

  const { data: subscription, response } = await relink.POST("/v1/subscriptions", {
    body: { kind: "email", address: "payments@example.com", event_types: ["item.*"] },
  });
  expect(response.status).toBe(201);
  expect(subscription).toMatchObject({ team_id: team.id, kind: "email", event_types: ["item.*"] });

  const path = { id: subscription.id };
  const read = await relink.GET("/v1/subscriptions/{id}", { params: { path } });
  expect(read.data.id).toBe(subscription.id);
  const etag = read.response.headers.get("etag") ?? "";
  const change = { params: { path, header: { "if-match": etag } }, body: { description: "Ours" } };
  expect((await relink.PATCH("/v1/subscriptions/{id}", change)).data.description).toBe("Ours");
  expect(await caught(relink.PATCH("/v1/subscriptions/{id}", change))).toMatchObject({ code: "precondition-failed" });

  expect((await relink.DELETE("/v1/subscriptions/{id}", { params: { path } })).data).toBeUndefined();
  expect(await caught(relink.GET("/v1/subscriptions/{id}", { params: { path } }))).toMatchObject({ status: 404 });
});

test("a list is gone through to its end, and no page is asked for before it is needed", async () => {
  const made = [await makeTeam("One"), await makeTeam("Two"), await makeTeam("Three"), await makeTeam("Four")];
  let pages = 0;
  const client = clientFor({
    fetch: (request) => {
      pages += 1;
      return fetch(request);
    },
  });
  const seen: string[] = [];
  for await (const team of client.paginate("/v1/teams", { params: { query: { limit: 2 } } })) {
    expect(pages).toBe(Math.floor(seen.length / 2) + 1);
    seen.push(team.id);
  }
  // Newest first. Those of one millisecond have no order but that of their ids.
  expect(seen.slice(0, 4)).toEqual(
    made
      .map(({ id }) => id)
      .toSorted()
      .toReversed(),
  );
  expect(new Set(seen).size).toBe(seen.length);

  pages = 0;
  for await (const team of client.paginate("/v1/teams", { params: { query: { limit: 1 } } })) {
    expect(team.id).toBe(seen[0]);
    break;
  }
  expect(pages).toBe(1);
});

test("a refusal says which field is wrong, and by what it is found in the log", async () => {
  const error = await caught(admin.POST("/v1/teams", { body: { name: "" } }));
  expect(error).toMatchObject({
    name: "RelinkApiError",
    code: "validation-failed",
    status: 422,
    retryable: false,
    retryAfterSeconds: null,
    plaid: null,
    errors: [{ pointer: "#/name", code: "too_short", detail: expect.any(String) as string }],
  });
  expect(error.requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(error.message).toBe(`422 validation-failed: ${error.detail}`);
});

test("if the answer to a POST is lost and it is sent again, it is done once", async () => {
  let tries = 0;
  const client = clientFor({
    fetch: async (request) => {
      const response = await fetch(request);
      tries += 1;
      return tries === 1 ? new Response("", { status: 503, headers: { "retry-after": "0" } }) : response;
    },
  });
  const { data, response } = await client.POST("/v1/teams", { body: { name: "Lending" } });
  expect(data.name).toBe("Lending");
  expect(response.headers.get("idempotency-replayed")).toBe("true");
  expect(tries).toBe(2);
});

test("a caller's own Idempotency-Key makes two calls one", async () => {
  const call = () =>
    admin.POST("/v1/teams", {
      params: { header: { "idempotency-key": "team-of-the-morning" } },
      body: { name: "Cards" },
    });
  expect((await call()).data.id).toBe((await call()).data.id);
});

test("what is not changed is not sent again to who knows it", async () => {
  const { id } = await makeTeam("Savings");
  const first = await admin.GET("/v1/teams/{id}", { params: { path: { id } } });
  const header = { "if-none-match": first.response.headers.get("etag") ?? "" };
  const second = await admin.GET("/v1/teams/{id}", { params: { path: { id }, header } });
  expect([second.response.status, second.data]).toEqual([304, undefined]);
});

test("calls that the API does not have are refused before they are made", () => {
  const calls = (relink: RelinkClient) => [
    // @ts-expect-error -- there is no such path
    relink.GET("/v1/nothing"),
    // @ts-expect-error -- it has no such method
    relink.DELETE("/v1/teams"),
    // @ts-expect-error -- it needs an id
    relink.GET("/v1/teams/{id}"),
    // @ts-expect-error -- it needs a body
    relink.POST("/v1/teams"),
    // @ts-expect-error -- it takes no such field
    relink.POST("/v1/teams", { body: { name: "A", colour: "red" } }),
    // @ts-expect-error -- it is no list
    relink.paginate("/v1/me"),
  ];
  expectTypeOf(calls).returns.toBeArray();
  expectTypeOf(admin.paginate("/v1/items")).toExtend<AsyncGenerator<components["schemas"]["Item"]>>();
});
