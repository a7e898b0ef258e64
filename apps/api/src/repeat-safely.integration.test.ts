import { randomUUID } from "node:crypto";
import { sealedPrefix } from "@relink/db";
import { waitFor } from "@relink/testkit";
import { expect, onTestFinished, test } from "vitest";
import { ADMIN_KEY, setUpApi } from "./testing/api-for-test.ts";

const world = setUpApi();

let names = 0;
const newName = () => {
  names += 1;
  return `A team ${names}`;
};

/** As `call`, but tells the bytes of the answer. */
async function post(path: string, idempotencyKey: string, body: unknown, key = ADMIN_KEY) {
  const response = await fetch(`${world.api.url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", "idempotency-key": idempotencyKey },
    body: JSON.stringify(body),
  });
  const { status, headers } = response;
  return { status, text: await response.text(), isReplayed: headers.get("idempotency-replayed") === "true", headers };
}
const problemIn = ({ text }: { text: string }) => JSON.parse(text) as { code: string; request_id: string };
const teamsCalled = async (name: string) => (await world.query("select 1 from teams where name = $1", [name])).length;
const rowOf = async (key: string) => (await world.query("select * from idempotency_keys where key = $1", [key]))[0];

/** Lets nothing be inserted there until it is called. */
async function hold(table: "teams" | "api_keys"): Promise<() => Promise<void>> {
  const holder = await world.database.pool.connect();
  await holder.query("begin");
  await holder.query(`lock table ${table} in share row exclusive mode`);
  let isHeld = true;
  const release = async () => {
    if (!isHeld) return;
    isHeld = false;
    await holder.query("rollback");
    holder.release();
  };
  onTestFinished(release);
  return release;
}

test("a repeated request is done once, and answered in the same bytes", async () => {
  const [key, name] = [randomUUID(), newName()];
  const first = await post("/v1/teams", key, { name });
  const again = await post("/v1/teams", key, { name });
  expect([first.status, first.isReplayed]).toEqual([201, false]);
  expect([again.status, again.isReplayed, again.text]).toEqual([201, true, first.text]);
  for (const header of ["location", "etag", "content-type"]) {
    expect(again.headers.get(header)).toBe(first.headers.get(header));
  }
  expect(again.headers.get("x-request-id")).not.toBe(first.headers.get("x-request-id"));
  expect(await teamsCalled(name)).toBe(1);
});

test("an answer as described is one also when it is given again", async () => {
  const headers = { "idempotency-key": randomUUID() };
  const body = { name: newName() };
  for (const replayed of [null, "true"]) {
    const answer = await world.api.call("post", "/v1/teams", { body, headers });
    expect(answer.headers.get("idempotency-replayed")).toBe(replayed);
  }
});

test("a problem is not kept: what is corrected may be sent with the same key", async () => {
  const [key, name] = [randomUUID(), newName()];
  for (const _time of [1, 2]) {
    const refused = await post("/v1/teams", key, { name: "" });
    expect([refused.status, problemIn(refused).code, refused.isReplayed]).toEqual([422, "validation-failed", false]);
    expect(refused.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    expect(await rowOf(key)).toBeUndefined();
  }
  const corrected = await post("/v1/teams", key, { name });
  expect([corrected.status, corrected.isReplayed]).toEqual([201, false]);
  expect(await post("/v1/teams", key, { name })).toMatchObject({ text: corrected.text, isReplayed: true });
});

test("what stood in the way of a request is forgotten once it is gone", async () => {
  const [key, name] = [randomUUID(), newName()];
  const { id: inTheWay } = JSON.parse((await post("/v1/teams", randomUUID(), { name })).text) as { id: string };
  expect(problemIn(await post("/v1/teams", key, { name })).code).toBe("name-taken");
  await world.api.call("delete", `/v1/teams/${inTheWay}`);
  expect(await post("/v1/teams", key, { name })).toMatchObject({ status: 201, isReplayed: false });
});

test("another body or path with the same key is refused, and does nothing", async () => {
  const [key, name, other] = [randomUUID(), newName(), newName()];
  await post("/v1/teams", key, { name });
  for (const [path, body] of [
    ["/v1/teams", { name: other }],
    ["/v1/teams", { name, more: 1 }],
    ["/v1/suppressions", { name }],
    ["/v1/teams?a=b", { name }],
  ] as const) {
    const refused = await post(path, key, body);
    expect([refused.status, problemIn(refused).code]).toEqual([422, "idempotency-conflict"]);
  }
  expect(await teamsCalled(other)).toBe(0);
  expect((await post("/v1/teams", key, { name })).status).toBe(201);
});

test("nobody meets the keys of others", async () => {
  const key = randomUUID();
  const [one, two] = [await world.newTeam(), await world.newTeam()];
  const body = { address: "repeated@example.com" };
  for (const caller of [one.key, two.key, ADMIN_KEY]) {
    const answer = await post("/v1/suppressions", key, body, caller);
    expect([answer.status, answer.isReplayed]).toEqual([200, false]);
  }
});

test("an answer is kept only from who may have it", async () => {
  const { key, keyId } = await world.newTeam();
  const [idempotencyKey, body] = [randomUUID(), { address: "scoped@example.com" }];
  expect((await post("/v1/suppressions", idempotencyKey, body, key)).status).toBe(200);
  await world.query("update api_keys set scopes = '{items:read}' where hash = sha256($1)", [Buffer.from(key)]);
  expect((await post("/v1/suppressions", idempotencyKey, body, key)).status).toBe(403);
  expect(await rowOf(idempotencyKey)).toMatchObject({ actor: keyId, status: 200 });
});

test("while the first is under way, the second is told to wait, and then gets the first one's answer", async () => {
  const [key, name] = [randomUUID(), newName()];
  const release = await hold("teams");
  const first = post("/v1/teams", key, { name });
  await waitFor(() => rowOf(key));
  const second = await post("/v1/teams", key, { name });
  expect([second.status, problemIn(second).code]).toEqual([409, "idempotency-in-flight"]);
  expect(second.headers.get("retry-after")).toBe("1");
  await release();
  const { status, text } = await first;
  expect(status).toBe(201);
  expect(await post("/v1/teams", key, { name })).toMatchObject({ status: 201, text, isReplayed: true });
});

test("of many at once, one is done", async () => {
  const [key, name] = [randomUUID(), newName()];
  const answers = await Promise.all(Array.from({ length: 20 }, () => post("/v1/teams", key, { name })));
  const first = answers.filter(({ status, isReplayed }) => status === 201 && !isReplayed);
  expect(first).toHaveLength(1);
  const others = answers.filter((answer) => answer !== first[0]);
  const told = others.map((answer) => (answer.status === 409 ? problemIn(answer).code : answer.text));
  for (const text of told) expect([first[0]?.text, "idempotency-in-flight"]).toContain(text);
  expect(await teamsCalled(name)).toBe(1);
});

test("an error here is not kept: the same request may be made anew at once", async () => {
  const [key, name] = [randomUUID(), newName()];
  await world.query("revoke insert on audit_log from relink_api");
  const grant = () => world.query("grant insert on audit_log to relink_api");
  onTestFinished(async () => void (await grant()));
  expect((await post("/v1/teams", key, { name })).status).toBe(500);
  expect(await rowOf(key)).toBeUndefined();
  await grant();
  expect(await post("/v1/teams", key, { name })).toMatchObject({ status: 201, isReplayed: false });
});

test("a request that was cut off may be made anew after a minute, and only the same", async () => {
  const [key, name] = [randomUUID(), newName()];
  await post("/v1/teams", key, { name });
  const cutOff = (seconds: number) =>
    world.query(
      `update idempotency_keys set status = null, body = null, headers = null,
        created_at = now() - $2 * interval '1 second' where key = $1`,
      [key, seconds],
    );
  await cutOff(30);
  expect(problemIn(await post("/v1/teams", key, { name })).code).toBe("idempotency-in-flight");
  await cutOff(61);
  expect(problemIn(await post("/v1/teams", key, { name: newName() })).code).toBe("idempotency-conflict");
  const anew = await post("/v1/teams", key, { name });
  expect([problemIn(anew).code, anew.isReplayed]).toEqual(["name-taken", false]);
});

test("one that goes on after it was taken for cut off changes nothing about the other's answer", async () => {
  const { teamId } = await world.newTeam();
  const [key, path, body] = [randomUUID(), `/v1/teams/${teamId}/api-keys`, { name: "slow", scopes: ["items:read"] }];
  const release = await hold("api_keys");
  const slow = post(path, key, body);
  const { id: claimed } = await waitFor(() => rowOf(key));
  await world.query("update idempotency_keys set created_at = now() - interval '2 minutes' where key = $1", [key]);
  const second = post(path, key, body);
  await waitFor(async () => (await rowOf(key))?.["id"] !== claimed);
  await release();
  const answers = [await slow, await second];
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  expect(answers[0]?.text).not.toBe(answers[1]?.text);
  expect(await post(path, key, body)).toMatchObject({ text: answers[1]?.text, isReplayed: true });
});

test("after a day the key is a new one", async () => {
  const [key, name] = [randomUUID(), newName()];
  await post("/v1/teams", key, { name });
  const age = (interval: string) =>
    world.query("update idempotency_keys set created_at = now() - $2::interval where key = $1", [key, interval]);
  await age("23 hours 59 minutes");
  expect((await post("/v1/teams", key, { name })).isReplayed).toBe(true);
  await age("24 hours 1 second");
  expect(await post("/v1/teams", key, { name: newName() })).toMatchObject({ status: 201, isReplayed: false });
});

test("an answer that shows a secret is kept sealed", async () => {
  const team = await post("/v1/teams", randomUUID(), { name: newName() });
  const { id } = JSON.parse(team.text) as { id: string };
  const key = randomUUID();
  const body = { name: "a program", scopes: ["items:read"] };
  const first = await post(`/v1/teams/${id}/api-keys`, key, body);
  expect(first.text).toContain('"key":"rlk_');
  expect((await post(`/v1/teams/${id}/api-keys`, key, body)).text).toBe(first.text);
  const kept = (await rowOf(key))?.["body"] as Buffer;
  expect(kept.subarray(0, 4)).toEqual(sealedPrefix("k1"));
  expect(kept.includes("rlk_")).toBe(false);
  const { key: secret } = JSON.parse(first.text) as { key: string };
  expect(world.api.log).not.toContain(secret);
});

test.each(["", "x".repeat(256), "n\u00f6"])("a key like %j is refused", async (key) => {
  const headers = { "idempotency-key": key };
  await world.api.problem("post", "/v1/teams", "malformed-request", { body: { name: newName() }, headers });
});

test("the longest key is taken, and only by a POST", async () => {
  const headers = { "idempotency-key": "~".repeat(255) };
  const body = { name: newName() };
  const { body: team } = await world.api.call<{ id: string }>("post", "/v1/teams", { body, headers });
  const renamed = { body: { name: newName() }, headers };
  for (const method of ["patch", "patch"] as const) {
    const answer = await world.api.call(method, `/v1/teams/${team.id}`, renamed);
    expect([answer.status, answer.headers.has("idempotency-replayed")]).toEqual([200, false]);
  }
});
