import { randomUUIDv7 } from "node:crypto";
import { readId, showId } from "@relink/service";
import { describe, expect, test } from "vitest";
import { hashApiKey } from "./hash-api-key.ts";
import { SCOPES } from "./scopes.ts";
import { ADMIN_KEY, type CallOptions, setUpApi } from "./testing/api-for-test.ts";

interface Team {
  id: string;
  name: string;
}
interface Key {
  id: string;
  key: string;
  scopes: string[];
}
interface Entry {
  id: string;
  actor: string;
  action: string;
  resource: string;
  team_id: string | null;
  request_id: string;
}
interface Page<Row> {
  data: Row[];
  has_more: boolean;
  next_cursor: string | null;
}

const world = setUpApi();
const NO_TEAM = "team_01h455vb4pex5vsknk084sn02q";

let names = 0;
const newName = () => {
  names += 1;
  return `A team ${names}`;
};
const makeTeam = async (name = newName()) => {
  const { status, headers, body } = await world.api.call<Team>("post", "/v1/teams", { body: { name } });
  expect(status).toBe(201);
  return { ...body, etag: headers.get("etag") ?? "", location: headers.get("location") };
};
const makeKey = async (teamId: string, more: object = {}) => {
  const body = { name: "a program", scopes: ["users:read"], ...more };
  const answer = await world.api.call<Key>("post", `/v1/teams/${teamId}/api-keys`, { body });
  expect(answer.status).toBe(201);
  return answer.body;
};
const statusOf = async (path: string, key: string) => (await world.api.call("get", path, { key })).status;

describe("teams", () => {
  test("are made, read, listed and renamed", async () => {
    const team = await makeTeam();
    expect(team.location).toBe(`/v1/teams/${team.id}`);
    const read = await world.api.call<Team>("get", `/v1/teams/${team.id}`);
    expect(read.body).toEqual({ id: team.id, name: team.name, created_at: expect.any(String) });
    const { body } = await world.api.call<Page<Team>>("get", "/v1/teams", { query: "limit=1" });
    expect(body.data.map(({ id }) => id)).toEqual([team.id]);

    const other = await makeTeam();
    const next = await world.api.call<Page<Team>>("get", "/v1/teams", { query: "limit=1" });
    const cursor = next.body.next_cursor ?? "";
    const second = await world.api.call<Page<Team>>("get", "/v1/teams", { query: { limit: "1", cursor } });
    expect([next.body.data[0]?.id, second.body.data[0]?.id]).toEqual([other.id, team.id]);

    const name = newName();
    const renamed = await world.api.call<Team>("patch", `/v1/teams/${team.id}`, { body: { name: ` ${name} ` } });
    expect([renamed.status, renamed.body.name]).toEqual([200, name]);
  });

  test("have a name of their own, which is free again after them", async () => {
    const [team, other] = [await makeTeam(), await makeTeam()];
    await world.api.problem("post", "/v1/teams", "name-taken", { body: { name: team.name } });
    await world.api.problem("patch", `/v1/teams/${other.id}`, "name-taken", { body: { name: team.name } });
    expect((await world.api.call("patch", `/v1/teams/${team.id}`, { body: { name: team.name } })).status).toBe(200);
    await world.api.call("delete", `/v1/teams/${team.id}`);
    expect((await makeTeam(team.name)).id).not.toBe(team.id);
  });

  test.each([{}, { name: "" }, { name: "  " }, { name: 7 }, { name: "x".repeat(101) }, { name: "x", role: "admin" }])(
    "%j describes none",
    async (body) => {
      const team = await makeTeam();
      await world.api.problem("post", "/v1/teams", "validation-failed", { body });
      await world.api.problem("patch", `/v1/teams/${team.id}`, "validation-failed", { body });
    },
  );

  test("one that is deleted is gone, with its keys and subscriptions, and nothing more is sent to these", async () => {
    const team = await makeTeam();
    const teamId = readId("team", team.id);
    const { key } = await makeKey(team.id);
    const [subscription, recovery, secret] = [randomUUIDv7(), randomUUIDv7(), randomUUIDv7()];
    await world.query(
      `insert into subscriptions (id, team_id, kind, event_types, signature_schemes, api_version, status, health)
        values ($1, $2, 'webhook', '{item.*}', '{v1}', '2026-11-22', 'active', '{}')`,
      [subscription, teamId],
    );
    await world.query(
      "insert into subscription_secrets (id, subscription_id, kind, secret) values ($1, $2, 'v1', 'x')",
      [secret, subscription],
    );
    for (const state of ["pending", "held", "in_flight", "delivered"]) {
      const event = randomUUIDv7();
      await world.query(
        "insert into events (id, type, occurred_at, body, matched) values ($1, 'item.error', now(), '{}', 1)",
        [event],
      );
      await world.query(
        "insert into deliveries (id, event_id, subscription_id, event_type, state) values ($1, $2, $3, 'item.error', $4)",
        [randomUUIDv7(), event, subscription, state],
      );
    }
    await world.query(
      `insert into recoveries (id, subscription_id, team_id, since, until, states, state, total, actor)
        values ($1, $2, $3, now(), now(), '{held}', 'running', 1, 'admin')`,
      [recovery, subscription, teamId],
    );

    expect(await statusOf("/v1/users", key)).toBe(200);
    const deleted = await world.api.call("delete", `/v1/teams/${team.id}`);
    expect([deleted.status, deleted.body]).toEqual([204, ""]);
    expect(await statusOf("/v1/users", key)).toBe(401);
    const path = `/v1/teams/${team.id}`;
    await world.api.problem("get", path, "not-found");
    await world.api.problem("patch", path, "not-found", { body: { name: newName() } });
    await world.api.problem("delete", path, "not-found");
    await world.api.problem("get", `${path}/api-keys`, "not-found");
    await world.api.problem("post", `${path}/api-keys`, "not-found", { body: { name: "x", scopes: ["items:read"] } });

    const states = await world.query("select state from deliveries where subscription_id = $1", [subscription]);
    // Workers end them, a little at a time: there may be a million.
    expect(states.map(({ state }) => String(state)).toSorted()).toEqual(["delivered", "held", "in_flight", "pending"]);
    const [kept] = await world.query("select deleted_at from subscriptions where id = $1", [subscription]);
    expect(kept?.["deleted_at"]).toBeInstanceOf(Date);
    expect(await world.query("select state from recoveries where id = $1", [recovery])).toEqual([
      { state: "cancelled" },
    ]);
    expect(await world.query("select 1 from subscription_secrets where id = $1", [secret])).toEqual([]);
  });

  test.each(["get", "patch", "delete"] as const)("there is nothing to %s with the id of nothing", async (method) => {
    const options: CallOptions = method === "patch" ? { body: { name: "x" } } : {};
    await world.api.problem(method, `/v1/teams/${NO_TEAM}`, "not-found", options);
  });

  test("are for the admin key alone", async () => {
    const { key, teamId } = await world.newTeam();
    const body = { name: "x" };
    for (const [method, path, options] of [
      ["get", "/v1/teams", {}],
      ["post", "/v1/teams", { body }],
      ["get", `/v1/teams/${teamId}`, {}],
      ["patch", `/v1/teams/${teamId}`, { body }],
      ["delete", `/v1/teams/${teamId}`, {}],
      ["get", `/v1/teams/${teamId}/api-keys`, {}],
      ["post", `/v1/teams/${teamId}/api-keys`, { body }],
      ["delete", "/v1/api-keys/key_01h455vb4pex5vsknk084sn02q", {}],
    ] as const) {
      const { detail } = await world.api.problem(method, path, "forbidden", { key, ...options });
      expect(detail).toBe("only RELINK_ADMIN_API_KEY may do this");
    }
  });
});

describe("versions", () => {
  test("a change that did not see the last one is refused, and nothing is changed", async () => {
    const team = await makeTeam();
    const path = `/v1/teams/${team.id}`;
    const change = (ifMatch: string) => ({ body: { name: newName() }, headers: { "if-match": ifMatch } });
    const first = await world.api.call<Team>("patch", path, change(team.etag));
    expect(first.status).toBe(200);
    expect(first.headers.get("etag")).not.toBe(team.etag);
    for (const stale of [team.etag, `W/${first.headers.get("etag")}`, '"x"', "", `${team.etag}, "9"`]) {
      await world.api.problem("patch", path, "precondition-failed", change(stale));
    }
    const { body, headers } = await world.api.call<Team>("get", path);
    expect([body.name, headers.get("etag")]).toEqual([first.body.name, first.headers.get("etag")]);
    expect((await world.api.call("patch", path, change(`"0", ${headers.get("etag")}`))).status).toBe(200);
    expect((await world.api.call("patch", path, change("*"))).status).toBe(200);
  });

  test("of two changes of the same version at once, one is made", async () => {
    const team = await makeTeam();
    const changes = await Promise.all(
      ["a", "b", "c", "d"].map((letter) =>
        world.api.call("patch", `/v1/teams/${team.id}`, {
          body: { name: `${team.name} ${letter}` },
          headers: { "if-match": team.etag },
        }),
      ),
    );
    expect(changes.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412, 412, 412]);
  });

  test("what has not changed is not sent again", async () => {
    const team = await makeTeam();
    const path = `/v1/teams/${team.id}`;
    const known = await world.api.call("get", path, { headers: { "if-none-match": team.etag } });
    expect([known.status, known.body, known.headers.get("etag")]).toEqual([304, "", team.etag]);
    const weak = await world.api.call("get", path, { headers: { "if-none-match": `"x", W/${team.etag}` } });
    expect(weak.status).toBe(304);
    await world.api.call("patch", path, { body: { name: newName() } });
    expect((await world.api.call("get", path, { headers: { "if-none-match": team.etag } })).status).toBe(200);
  });
});

describe("keys", () => {
  test("one is shown once, works, and is stored as its hash", async () => {
    const team = await makeTeam();
    const made = await makeKey(team.id, { scopes: ["users:read", "items:read"] });
    expect(made.key).toMatch(/^rlk_[\w-]{43}$/);
    const [row] = await world.query("select hash, hint from api_keys where id = $1", [readId("key", made.id)]);
    expect(row).toEqual({ hash: hashApiKey(made.key), hint: made.key.slice(-4) });
    expect(await statusOf("/v1/users", made.key)).toBe(200);

    const { body } = await world.api.call<Page<object>>("get", `/v1/teams/${team.id}/api-keys`);
    expect(body.data).toEqual([
      {
        id: made.id,
        team_id: team.id,
        name: "a program",
        hint: made.key.slice(-4),
        scopes: ["users:read", "items:read"],
        created_at: expect.any(String),
        last_used_at: expect.stringMatching(/:00\.000Z$/),
        expires_at: null,
        revoked_at: null,
      },
    ]);
    expect(world.api.log).not.toContain(made.key);
  });

  test("one that is revoked is refused from the next request on, and stays listed", async () => {
    const team = await makeTeam();
    const made = await makeKey(team.id);
    expect(await statusOf("/v1/users", made.key)).toBe(200);
    expect((await world.api.call("delete", `/v1/api-keys/${made.id}`)).status).toBe(204);
    expect(await statusOf("/v1/users", made.key)).toBe(401);
    await world.api.problem("delete", `/v1/api-keys/${made.id}`, "not-found");
    const { body } = await world.api.call<Page<object>>("get", `/v1/teams/${team.id}/api-keys`);
    expect(body.data).toMatchObject([{ id: made.id, revoked_at: expect.any(String) }]);
  });

  test("are listed page by page, and only those of the team", async () => {
    const [team, other] = [await makeTeam(), await makeTeam()];
    const made = [await makeKey(team.id), await makeKey(team.id), await makeKey(team.id)];
    await makeKey(other.id);
    const path = `/v1/teams/${team.id}/api-keys`;
    const first = await world.api.call<Page<Key>>("get", path, { query: "limit=2" });
    const cursor = first.body.next_cursor ?? "";
    const second = await world.api.call<Page<Key>>("get", path, { query: { limit: "2", cursor } });
    const listed = [...first.body.data, ...second.body.data].map(({ id }) => id);
    expect(listed).toEqual(made.map(({ id }) => id).toReversed());
    expect(second.body.has_more).toBe(false);
  });

  test.each<[string, object, string]>([
    ["no scope", { scopes: [] }, "#/scopes"],
    ["one twice", { scopes: ["items:read", "items:read"] }, "#/scopes"],
    ["one that is none", { scopes: ["items:admin"] }, "#/scopes/0"],
    ["an end that is past", { expires_at: "2020-01-01T00:00:00Z" }, "#/expires_at"],
    ["an end that is none", { expires_at: "tomorrow" }, "#/expires_at"],
    ["no name", { name: "" }, "#/name"],
    ["a key of its own", { key: "rlk_x" }, "#/key"],
  ])("with %s is not made", async (_name, wrong, pointer) => {
    const team = await makeTeam();
    const body = { name: "a program", scopes: ["items:read"], ...wrong };
    const { errors } = await world.api.problem("post", `/v1/teams/${team.id}/api-keys`, "validation-failed", { body });
    expect(errors?.map((error) => error.pointer)).toEqual([pointer]);
  });

  test("tell whose they are", async () => {
    const team = await makeTeam();
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const made = await makeKey(team.id, { scopes: ["events:read"], expires_at: expiresAt });
    const { body } = await world.api.call("get", "/v1/me", { key: made.key });
    expect(body).toMatchObject({
      kind: "team",
      scopes: ["events:read"],
      team: { id: team.id, name: team.name },
      key: { id: made.id, expires_at: expiresAt },
    });
    expect((await world.api.call("get", "/v1/me")).body).toEqual({
      kind: "admin",
      scopes: [...SCOPES],
      team: null,
      key: null,
    });
  });
});

describe("the audit log", () => {
  const entriesOf = async (query: Record<string, string>, key = ADMIN_KEY) =>
    (await world.api.call<Page<Entry>>("get", "/v1/audit-log", { query, key })).body.data;

  test("names who changed what, and the request", async () => {
    const team = await makeTeam();
    const made = await makeKey(team.id);
    await world.api.call("patch", `/v1/teams/${team.id}`, { body: { name: newName() } });
    await world.api.call("delete", `/v1/api-keys/${made.id}`);
    const { headers } = await world.api.call("delete", `/v1/teams/${team.id}`);
    const entries = await entriesOf({ team_id: team.id });
    expect(entries.map(({ action, resource, actor }) => [action, resource, actor])).toEqual([
      ["team.deleted", team.id, "admin"],
      ["api_key.revoked", made.id, "admin"],
      ["team.renamed", team.id, "admin"],
      ["api_key.created", made.id, "admin"],
      ["team.created", team.id, "admin"],
    ]);
    expect(entries[0]?.request_id).toBe(headers.get("x-request-id"));
  });

  test("has the changes of Items, mutes, links and suppressions, by whom they were made", async () => {
    const { key, keyId, teamId } = await world.newTeam();
    const item = await world.register({ errorCode: "ITEM_LOGIN_REQUIRED" });
    for (const [method, path, options] of [
      ["post", `/v1/items/${item.id}/relink-links`, {}],
      ["post", `/v1/items/${item.id}/check`, {}],
      ["post", `/v1/items/${item.id}/mute`, {}],
      ["delete", `/v1/items/${item.id}/mute`, {}],
      ["post", "/v1/suppressions", { body: { address: "somebody@example.com" } }],
      ["delete", "/v1/suppressions", { body: { address: "somebody@example.com" } }],
    ] as const) {
      expect((await world.api.call(method, path, { key, ...options })).status).toBeLessThan(300);
    }
    const entries = await entriesOf({}, key);
    expect(entries.map(({ action, resource }) => [action, resource]).toReversed()).toEqual([
      ["item.link_made", item.id],
      ["item.checked", item.id],
      ["item.muted", item.id],
      ["item.unmuted", item.id],
      ["suppression.added", "somebody@example.com"],
      ["suppression.removed", "somebody@example.com"],
    ]);
    expect(new Set(entries.map((entry) => [entry.actor, entry.team_id].join()))).toEqual(
      new Set([`${keyId},${teamId}`]),
    );
    const ofItem = await entriesOf({ resource: item.id, action: "item.registered" });
    expect(ofItem).toMatchObject([{ actor: "admin", team_id: null }]);
  });

  test("shows a team its own entries and no other's", async () => {
    const [mine, other] = [await world.newTeam(), await world.newTeam()];
    await world.api.call("post", `/v1/teams/${mine.teamId}/api-keys`, { body: { name: "x", scopes: ["items:read"] } });
    expect(await entriesOf({}, mine.key)).toHaveLength(1);
    expect(await entriesOf({}, other.key)).toEqual([]);
    expect(await entriesOf({ team_id: mine.teamId }, other.key)).toEqual([]);
    expect(await entriesOf({ team_id: mine.teamId }, mine.key)).toHaveLength(1);
  });

  test("is filtered and paged", async () => {
    const team = await makeTeam();
    for (let key = 0; key < 3; key += 1) await makeKey(team.id);
    const query = { team_id: team.id, action: "api_key.created", limit: "2" };
    const first = await world.api.call<Page<Entry>>("get", "/v1/audit-log", { query });
    const cursor = first.body.next_cursor ?? "";
    const second = await world.api.call<Page<Entry>>("get", "/v1/audit-log", { query: { ...query, cursor } });
    expect([first.body.data.length, second.body.data.length, second.body.has_more]).toEqual([2, 1, false]);
    const soon = new Date(Date.now() + 60_000).toISOString();
    const ago = new Date(Date.now() - 60_000).toISOString();
    expect(await entriesOf({ ...query, created_after: soon })).toEqual([]);
    expect(await entriesOf({ ...query, created_before: ago })).toEqual([]);
    expect(await entriesOf({ ...query, created_after: ago, created_before: soon })).toHaveLength(2);
    expect(await entriesOf({ ...query, actor: showId("key", randomUUIDv7()) })).toEqual([]);
    expect(await entriesOf({ ...query, actor: "admin" })).toHaveLength(2);
  });

  test.each(["actor=me", "action=x", "resource=ada@example.com", "team_id=x", "created_after=now", "user=x"])(
    "does not take %s",
    async (query) => {
      const { errors } = await world.api.problem("get", "/v1/audit-log", "validation-failed", { query });
      expect(errors?.map(({ parameter }) => parameter)).toEqual([query.split("=")[0]]);
    },
  );

  test("has no entry of a change that was refused or failed", async () => {
    const team = await makeTeam();
    await world.api.problem("post", "/v1/teams", "name-taken", { body: { name: team.name } });
    await world.query("revoke insert on audit_log from relink_api");
    try {
      await world.api.problem("patch", `/v1/teams/${team.id}`, "internal-error", { body: { name: newName() } });
    } finally {
      await world.query("grant insert on audit_log to relink_api");
    }
    expect((await world.api.call<Team>("get", `/v1/teams/${team.id}`)).body.name).toBe(team.name);
    expect(await entriesOf({ team_id: team.id })).toHaveLength(1);
  });
});
