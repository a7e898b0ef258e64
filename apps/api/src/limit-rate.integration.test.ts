import { Secret } from "@relink/service";
import { expect, onTestFinished, test } from "vitest";
import { ADMIN_KEY_LIMIT, TEAM_KEY_LIMIT } from "./limit-rate.ts";
import { setUpApi, startApi } from "./testing/api-for-test.ts";

const world = setUpApi();

test("a key that asks too much is told when it may go on, and no other key feels it", async () => {
  const api = await startApi({ databaseUrl: new Secret(world.urlFor("relink_api")) });
  onTestFinished(() => api.close());
  const { key } = await world.newTeam();
  const first = await api.call("get", "/v1/me", { key });
  expect(first.headers.get("ratelimit-limit")).toBe(String(TEAM_KEY_LIMIT));
  expect(first.headers.get("ratelimit-remaining")).toBe(String(TEAM_KEY_LIMIT - 1));
  expect(Number(first.headers.get("ratelimit-reset"))).toBeLessThanOrEqual(60);

  for (let asked = 1; asked < TEAM_KEY_LIMIT; asked += 20) {
    const several = Array.from({ length: Math.min(20, TEAM_KEY_LIMIT - asked) }, () =>
      fetch(`${api.url}/v1/me`, { headers: { authorization: `Bearer ${key}` } }),
    );
    for (const { status } of await Promise.all(several)) expect(status).toBe(200);
  }
  const refused = await api.call("get", "/v1/me", { key });
  expect([refused.status, refused.body]).toEqual([
    429,
    expect.objectContaining({ code: "rate-limited", retryable: true }),
  ]);
  expect(refused.headers.get("ratelimit-remaining")).toBe("0");
  const seconds = Number(refused.headers.get("retry-after"));
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(60);

  expect((await api.call("get", "/v1/me", { key: (await world.newTeam()).key })).status).toBe(200);
  const admin = await api.call("get", "/v1/me");
  expect([admin.status, admin.headers.get("ratelimit-limit")]).toEqual([200, String(ADMIN_KEY_LIMIT)]);
  expect((await fetch(`${api.url}/readyz`)).status).toBe(200);
});
