import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { exampleRequest, type Requestable } from "./example-request.ts";

/** What a shell makes of it: the arguments of curl, one on each line. */
function argumentsOf(request: Requestable): string[] {
  const script = `curl() { printf '%s\\n' "$@"; }; ${exampleRequest(request)}`;
  const env = { RELINK_URL: "http://relink.test", RELINK_API_KEY: "team-key", RELINK_ADMIN_API_KEY: "admin-key" };
  return execFileSync("sh", ["-c", script], { env, encoding: "utf8" }).trim().split("\n");
}

const id = { name: "id", in: "path", required: true, schema: { pattern: "^itm_[0-7][0-9a-z]{25}$" } };

test("an id stands in its place, and what has to be in the query", () => {
  const q = { name: "q", in: "query", required: true, schema: { example: "a b&c" } };
  const limit = { name: "limit", in: "query", schema: { default: 50 } };
  const request = { method: "get", path: "/v1/items/{id}/x", description: "Reads.", parameters: [id, q, limit] };
  expect(argumentsOf(request)).toEqual([
    "-s",
    "http://relink.test/v1/items/itm_01h455vb4pex5vsknk084sn02q/x?q=a%20b%26c",
    "-H",
    "authorization: Bearer team-key",
  ]);
});

test("a body reaches curl as it is, whatever is in it", () => {
  const value = { name: "O'Hara's $HOME `x` \\" };
  const requestBody = { content: { "application/json": { examples: { first: { value }, second: { value: {} } } } } };
  const request = { method: "patch", path: "/v1/teams", description: "Makes.\n\nOnly for the admin key.", requestBody };
  const sent = argumentsOf(request);
  expect(sent).toEqual([
    "-s",
    "-X",
    "PATCH",
    "http://relink.test/v1/teams",
    "-H",
    "authorization: Bearer admin-key",
    "-H",
    "content-type: application/json",
    "-d",
    JSON.stringify(value),
  ]);
});
