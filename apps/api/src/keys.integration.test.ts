import { describe, expect, test } from "vitest";
import { SCOPES } from "./scopes.ts";
import { setUpApi } from "./testing/api-for-test.ts";

const world = setUpApi();

const statusOf = async (path: string, key: string) => (await world.api.call("get", path, { key })).status;

describe("a team's key", () => {
  test("opens what its scopes name, and nothing else", async () => {
    const { key } = await world.newTeam(["users:read"]);
    expect(await statusOf("/v1/users", key)).toBe(200);
    const refused = await world.api.problem("get", "/v1/items", "forbidden", { key });
    expect(refused.detail).toBe("this key lacks the scope items:read");
    const search = await world.api.problem("get", "/v1/search", "forbidden", { key, query: "q=x" });
    expect(search.detail).toContain("support:read");
  });

  test("its scope is looked at before the body", async () => {
    const { key } = await world.newTeam(SCOPES.filter((scope) => scope !== "items:write"));
    await world.api.problem("post", "/v1/items", "forbidden", { key, raw: "{" });
  });

  test.each([
    ["revoked", "update api_keys set revoked_at = now() where hash = sha256($1)"],
    // A moment is stored in whole milliseconds, and may be rounded into the future.
    ["expired", "update api_keys set expires_at = now() - interval '1 ms' where hash = sha256($1)"],
    [
      "of a deleted team",
      "update teams set deleted_at = now() where id = (select team_id from api_keys where hash = sha256($1))",
    ],
  ])("opens nothing from the moment on that it is %s", async (_name, statement) => {
    const { key } = await world.newTeam();
    expect(await statusOf("/v1/users", key)).toBe(200);
    await world.query(statement, [Buffer.from(key)]);
    expect(await statusOf("/v1/users", key)).toBe(401);
  });

  test("is good until it expires", async () => {
    const { key } = await world.newTeam();
    await world.query("update api_keys set expires_at = now() + interval '1 hour' where hash = sha256($1)", [
      Buffer.from(key),
    ]);
    expect(await statusOf("/v1/users", key)).toBe(200);
  });

  test("is refused in an address, also one that does not exist", async () => {
    const key = `rlk_${"A".repeat(43)}`;
    await world.api.problem("get", "/v1/users", "key-in-query", { query: { external_id: key } });
    await world.api.problem("get", "/v1/users", "unauthorized", { key });
  });

  test("its use is noted to the minute", async () => {
    const { key } = await world.newTeam();
    const used = async () => {
      const [row] = await world.query("select last_used_at from api_keys where hash = sha256($1)", [Buffer.from(key)]);
      return row?.["last_used_at"] as Date | null;
    };
    expect(await used()).toBeNull();
    await statusOf("/v1/users", key);
    const first = await used();
    expect([first?.getUTCSeconds(), first?.getUTCMilliseconds()]).toEqual([0, 0]);
    await world.query(
      "update api_keys set last_used_at = last_used_at - interval '2 minutes' where hash = sha256($1)",
      [Buffer.from(key)],
    );
    await statusOf("/v1/users", key);
    expect((await used())?.getTime()).toBeGreaterThanOrEqual(first?.getTime() ?? Number.NaN);
  });
});
