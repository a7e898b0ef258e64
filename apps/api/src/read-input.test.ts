import { expect, test } from "vitest";
import { z } from "zod";
import { pageQuery, sentId } from "./fields.ts";
import { newSubscriptionSchema } from "./subscriptions/new-subscription.ts";
import { newApiKeySchema } from "./teams/team.ts";
import { Problem } from "./problem.ts";
import { readInput } from "./read-input.ts";

function mistakes(schema: z.ZodType, input: unknown, part: "body" | "query" = "body") {
  try {
    readInput(schema, input, part);
  } catch (error) {
    if (error instanceof Problem)
      return (error.more.errors ?? []).map((one) => [one.pointer ?? one.parameter, one.code]);
    throw error;
  }
  return [];
}

const webhook = { kind: "webhook", url: "https://hooks.example.com/", event_types: ["*"] };
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "v"]));

test.each<[object, string, string]>([
  [{ kind: undefined }, "#/kind", "required"],
  [{ kind: "fax" }, "#/kind", "not_allowed"],
  [{ url: undefined }, "#/url", "required"],
  [{ url: 7 }, "#/url", "type"],
  [{ url: null }, "#/url", "type"],
  [{ url: "" }, "#/url", "too_short"],
  [{ url: "x".repeat(2_049) }, "#/url", "too_long"],
  [{ role: "admin" }, "#/role", "unknown"],
  [{ description: "a\u0000" }, "#/description", "format"],
  [{ event_types: [] }, "#/event_types", "too_few"],
  [{ event_types: Array.from({ length: 51 }, () => "*") }, "#/event_types", "too_many"],
  [{ event_types: ["no.such"] }, "#/event_types/0", "not_allowed"],
  [{ filter: { who_acts: ["me"] } }, "#/filter/who_acts/0", "not_allowed"],
  [{ max_concurrency: 0 }, "#/max_concurrency", "too_small"],
  [{ max_concurrency: 51 }, "#/max_concurrency", "too_large"],
  [{ max_concurrency: 1.5 }, "#/max_concurrency", "type"],
  [{ retry_schedule: [0] }, "#/retry_schedule/0", "invalid"],
  [{ metadata: many(21) }, "#/metadata", "too_many"],
  [{ metadata: { "a b": "v" } }, "#/metadata/a%20b", "format"],
  [{ metadata: { a: "v".repeat(501) } }, "#/metadata/a", "too_long"],
  [{ headers: many(11) }, "#/headers", "too_many"],
  [{ headers: { A: "1", a: "2" } }, "#/headers", "repeated"],
  [{ headers: { host: "x" } }, "#/headers/host", "invalid"],
  [{ signature_schemes: ["v1", "v1"] }, "#/signature_schemes", "repeated"],
  [{ signature_schemes: ["v2"] }, "#/signature_schemes/0", "not_allowed"],
  [{ team_id: "sub_x" }, "#/team_id", "format"],
  [{ owner_contact: "nobody" }, "#/owner_contact", "format"],
])("a subscription with %j is wrong at %s: %s", (change, pointer, code) => {
  expect(mistakes(newSubscriptionSchema, { ...webhook, ...change })).toEqual([[pointer, code]]);
});

test.each<[object, string, string]>([
  [{ limit: "0" }, "limit", "format"],
  [{ limit: "251" }, "limit", "too_large"],
  [{ limit: "NaN" }, "limit", "format"],
  [{ limit: ["1", "2"] }, "limit", "repeated"],
  [{ cursor: "" }, "cursor", "too_short"],
  [{ cursor: "x".repeat(513) }, "cursor", "too_long"],
  [{ id: "sub_zzzzzzzzzzzzzzzzzzzzzzzzzz" }, "id", "format"],
  [{ sort: "name" }, "sort", "unknown"],
])("a query with %j is wrong at %s: %s", (query, parameter, code) => {
  const schema = z.strictObject({ ...pageQuery, id: sentId("sub").optional() });
  expect(mistakes(schema, query, "query")).toEqual([[parameter, code]]);
});

test.each<[object, string, string]>([
  [{ scopes: ["items:read", "items:read"] }, "#/scopes", "repeated"],
  [{ scopes: ["everything"] }, "#/scopes/0", "not_allowed"],
  [{ scopes: [] }, "#/scopes", "too_few"],
  [{ expires_at: "soon" }, "#/expires_at", "format"],
  [{ expires_at: "2020-01-01T00:00:00Z" }, "#/expires_at", "invalid"],
])("a key with %j is wrong at %s: %s", (change, pointer, code) => {
  expect(mistakes(newApiKeySchema, { name: "a key", scopes: ["items:read"], ...change })).toEqual([[pointer, code]]);
});

test.each<[object, string]>([
  [{ description: "a\ud800" }, "#/description"],
  [{ metadata: { a: "\u0000" } }, "#/metadata/a"],
  [{ filter: { products: ["auth"], who_acts: [] }, metadata: { a: "\udc00b" } }, "#/metadata/a"],
])("%j holds what cannot be stored, at %s", (change, pointer) => {
  expect(mistakes(newSubscriptionSchema, { ...webhook, ...change })).toEqual([[pointer, "format"]]);
});
