import { Validator } from "@seriousme/openapi-schema-validator";
import { EVENT_TYPE_NAMES } from "@relink/core";
import { EVENT_EXAMPLES } from "@relink/delivery";
import { Secret } from "@relink/service";
import { freePort } from "@relink/testkit";
import { beforeAll, describe, expect, test } from "vitest";
import { PROBLEM_KINDS } from "./problem.ts";
import { SCOPES } from "./scopes.ts";
import { startApi } from "./testing/api-for-test.ts";
import { type Contract, createContract, type DescribedOperation, type Description } from "./testing/contract.ts";

let description: Description;
let contract: Contract;
let operations: { path: string; method: string; operation: DescribedOperation }[];

beforeAll(async () => {
  const api = await startApi({ databaseUrl: new Secret(`postgres://nobody@127.0.0.1:${await freePort()}/none`) });
  description = (await (await fetch(`${api.url}/v1/openapi.json`)).json()) as Description;
  await api.close();
  contract = createContract(description);
  operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
});

test("it is OpenAPI 3.1", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone<object>(description) as Record<string, unknown>);
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  expect(validator.version).toBe("3.1");
});

test("it describes what there is", () => {
  expect(operations.map(({ method, path }) => `${method} ${path}`).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    "delete /v1/api-keys/{id}",
    "delete /v1/items/{id}/mute",
    "delete /v1/subscriptions/{id}",
    "delete /v1/suppressions",
    "delete /v1/teams/{id}",
    "get /v1/audit-log",
    "get /v1/deliveries",
    "get /v1/deliveries/{id}",
    "get /v1/egress-addresses",
    "get /v1/event-types",
    "get /v1/events",
    "get /v1/events/{id}",
    "get /v1/events/{id}/deliveries",
    "get /v1/items",
    "get /v1/items/{id}",
    "get /v1/items/{id}/support-bundle",
    "get /v1/items/{id}/timeline",
    "get /v1/me",
    "get /v1/recoveries/{id}",
    "get /v1/search",
    "get /v1/signing-keys",
    "get /v1/subscriptions",
    "get /v1/subscriptions/{id}",
    "get /v1/subscriptions/{id}/attempts",
    "get /v1/subscriptions/{id}/deliveries",
    "get /v1/subscriptions/{id}/recoveries",
    "get /v1/subscriptions/{id}/stats",
    "get /v1/suppressions",
    "get /v1/teams",
    "get /v1/teams/{id}",
    "get /v1/teams/{id}/api-keys",
    "get /v1/users",
    "get /v1/users/{id}",
    "get /v1/webhook-events",
    "patch /v1/subscriptions/{id}",
    "patch /v1/teams/{id}",
    "post /v1/deliveries/{id}/cancel",
    "post /v1/deliveries/{id}/resend",
    "post /v1/items",
    "post /v1/items/{id}/check",
    "post /v1/items/{id}/mute",
    "post /v1/items/{id}/relink-links",
    "post /v1/recoveries/{id}/cancel",
    "post /v1/subscriptions",
    "post /v1/subscriptions/{id}/disable",
    "post /v1/subscriptions/{id}/enable",
    "post /v1/subscriptions/{id}/pause",
    "post /v1/subscriptions/{id}/recoveries",
    "post /v1/subscriptions/{id}/resume",
    "post /v1/subscriptions/{id}/secret/rotate",
    "post /v1/subscriptions/{id}/test",
    "post /v1/subscriptions/{id}/verify",
    "post /v1/suppressions",
    "post /v1/teams",
    "post /v1/teams/{id}/api-keys",
  ]);
});

test("every operation has a name of its own, a summary and a description", () => {
  for (const { operation } of operations) {
    expect(operation.summary).toMatch(/^[A-Z].+/);
    expect(operation.description).toMatch(/\.$/);
  }
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
});

test("every example is what its schema says", () => {
  const wrong = operations.flatMap(({ path, method, operation }) => {
    const place = ["paths", path, method];
    const ofRequest = Object.values(operation.requestBody?.content["application/json"]?.examples ?? {}).flatMap(
      ({ value }) => contract.problemsAt([...place, "requestBody", "content", "application/json", "schema"], value),
    );
    const ofAnswers = Object.entries(operation.responses).flatMap(([status, { content }]) =>
      Object.entries(content ?? {}).flatMap(([type, { examples }]) =>
        Object.entries(examples).flatMap(([name, example]) => {
          const { value } = example.$ref === undefined ? example : (description.components.examples[name] ?? {});
          return contract.problemsAt([...place, "responses", status, "content", type, "schema"], value);
        }),
      ),
    );
    return [...ofRequest, ...ofAnswers];
  });
  expect(wrong).toEqual([]);
});

test("what only counts has an example of its own", () => {
  const { responses } = description.paths["/v1/subscriptions/{id}/recoveries"]!["post"]!;
  const exampleOf = (status: string) => responses[status]?.content?.["application/json"]?.examples["example"]?.value;
  expect([exampleOf("200"), exampleOf("202")]).toEqual([
    expect.objectContaining({ dry_run: true, total: expect.any(Number), estimated_seconds: expect.any(Number) }),
    expect.objectContaining({ id: expect.stringMatching(/^rcv_/), status: "queued" }),
  ]);
});

test("every answer has an example, and those of a problem have its status and its name", () => {
  const answers = operations.flatMap(({ operation }) =>
    Object.entries(operation.responses).flatMap(([status, { content }]) =>
      Object.entries(content ?? {}).map(([type, { examples }]) => ({ status, type, names: Object.keys(examples) })),
    ),
  );
  expect(answers.filter(({ names }) => names.length === 0)).toEqual([]);
  for (const { status, names } of answers.filter(({ type }) => type === "application/problem+json")) {
    const shown = names.map((name) => description.components.examples[name]?.value);
    expect(shown).toEqual(names.map((name) => expect.objectContaining({ code: name, status: Number(status) })));
  }
});

test.each([
  ["get", ["400", "401", "403", "422", "429", "500", "503"]],
  ["post", ["400", "401", "403", "413", "415", "422", "429", "500", "503"]],
  ["delete", ["400", "401", "403", "413", "415", "422", "429", "500", "503"]],
])("every %s tells how it can fail for reasons that are not its own", (wanted, statuses) => {
  for (const { operation } of operations.filter(({ method }) => method === wanted)) {
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(statuses));
  }
});

test("every scope opens something", () => {
  const named = operations.map(({ operation }) => /Needs the scope `([\w:]+)`\.$/.exec(operation.description)?.[1]);
  expect(new Set(named.filter((scope) => scope !== undefined))).toEqual(new Set(SCOPES));
});

describe.each(EVENT_TYPE_NAMES)("the webhook %s", (type) => {
  const webhook = () => description.webhooks[type]!.post;
  const place = ["webhooks", type, "post", "requestBody", "content", "application/json", "schema"];

  test("has an example of its schema, and needs no key", () => {
    const { schema, examples } = webhook().requestBody.content["application/json"];
    expect(contract.problemsAt(place, examples.example.value)).toEqual([]);
    expect(examples.example.value).toMatchObject({ type, data: EVENT_EXAMPLES[type] });
    expect(schema.$ref).toMatch(/^#\/components\/schemas\/[A-Z]\w+Event$/);
    expect(webhook().security).toEqual([]);
  });

  test("is told from the others by its type, and may get more fields", () => {
    const { value } = webhook().requestBody.content["application/json"].examples.example;
    const event = value as Record<string, object>;
    expect(contract.problemsAt(place, { ...event, type: "item.none" })).not.toEqual([]);
    expect(contract.problemsAt(place, { ...event, data: {} })).not.toEqual([]);
    expect(contract.problemsAt(place, { ...event, data: { ...event["data"], new: 1 }, new: 1 })).toEqual([]);
  });

  test("names its headers, and what answers do", () => {
    const needed = webhook().parameters.filter(({ required }) => required === true);
    expect(needed.map(({ name }) => name)).toEqual([
      "webhook-id",
      "webhook-timestamp",
      "webhook-signature",
      "relink-attempt",
    ]);
    expect(webhook().parameters.at(-1)).toMatchObject({ in: "header", name: "relink-delivery" });
    expect(Object.keys(webhook().responses)).toEqual(expect.arrayContaining(["2XX", "default"]));
  });
});

test("the webhooks are all that can be sent", () => {
  expect(Object.keys(description.webhooks)).toEqual(EVENT_TYPE_NAMES);
  expect(Object.keys(description.webhooks["item.error"]!.post.responses)).toEqual(
    expect.arrayContaining(["2XX", "3XX", "410", "429", "default"]),
  );
});

test("every problem is explained", () => {
  for (const kind of PROBLEM_KINDS) {
    expect(description.components.examples[kind]?.description).toMatch(/./);
  }
});

test("a request that says too much is against the description too", () => {
  const { value } = Object.values(
    description.paths["/v1/items"]?.["post"]?.requestBody?.content["application/json"]?.examples ?? {},
  )[0] as { value: Record<string, unknown> };
  const problems = (body: unknown) =>
    contract.problemsAt(["paths", "/v1/items", "post", "requestBody", "content", "application/json", "schema"], body);
  expect(problems(value)).toEqual([]);
  expect(problems({ ...value, role: "admin" })).not.toEqual([]);
  expect(problems({ ...value, access_token: "a", public_token: "b" })).not.toEqual([]);
  expect(problems({ user: value["user"] })).not.toEqual([]);
});
