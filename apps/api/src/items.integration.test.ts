import { expect, test } from "vitest";
import { useApi } from "./testing/api-for-test.ts";
const world = useApi();
const ada = { external_id: "u-1", email: "ada@example.com" };
test("smoke", async () => {
  const { api, plaid } = world;
  const made = await api.call("post", "/v1/items", { body: { public_token: await plaid.publicToken(), user: ada } });
  expect(made.status).toBe(201);
  console.log(JSON.stringify(made.body, null, 1));
  const id = made.body["id"]!;
  for (const path of [
    "/v1/items",
    `/v1/items/${id}`,
    `/v1/items/${id}/timeline`,
    "/v1/users",
    `/v1/users/${made.body["user_id"]}`,
  ]) {
    const got = await api.call("get", path);
    console.log(path, got.status, JSON.stringify(got.body));
  }
  const c = await api.call("post", `/v1/items/${id}/check`);
  console.log(c.status);
  const r = await api.problem("post", `/v1/items/${id}/relink-links`, "nothing-to-repair");
  console.log(r);
  console.log(api.log);
});
