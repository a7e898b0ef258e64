import { randomUUID } from "node:crypto";
import { readId } from "@relink/service";
import { beforeEach, describe, expect, test } from "vitest";
import type { ProblemBody } from "./problem.ts";
import type { SubscriptionView } from "./subscriptions/subscription.ts";
import { setUpApi } from "./testing/api-for-test.ts";
import { makeTeam, type TeamForTest } from "./testing/team-for-test.ts";

const world = setUpApi();
const { query } = world;

let team: TeamForTest;
let key: string;
let address: string;
beforeEach(async () => {
  team = await makeTeam(world);
  key = await team.key();
  address = `ops-${randomUUID()}@Example.com`;
});

const path = ({ id }: { id: string }, rest = "") => `/v1/subscriptions/${id}${rest}`;
const uuidOf = ({ id }: { id: string }) => readId("sub", id);
const wish = (more: object = {}) => ({ kind: "email", address, event_types: ["item.error"], ...more });

async function create(more: object = {}, options: object = { key }): Promise<SubscriptionView> {
  const { status, body } = await world.api.call<SubscriptionView>("post", "/v1/subscriptions", {
    ...options,
    body: wish(more),
  });
  expect(status).toBe(201);
  return body;
}

const patch = async (made: { id: string }, body: object) =>
  (await world.api.call<SubscriptionView>("patch", path(made), { key, body })).body;

/** The addresses that are owed a mail, or were, because of a subscription. */
const asked = async (made: { id: string }) =>
  (
    await query(
      "select address from notices where subscription_id = $1 and kind = 'confirm_address' and state = 'owed' order by id",
      [uuidOf(made)],
    )
  ).map((row) => row["address"]);

const audited = async (made: { id: string }) =>
  (await query("select action from audit_log where resource = $1 order by id", [made.id])).map((row) => row["action"]);

/** Lets time pass since an address was asked. */
const elapse = (interval: string) =>
  query("update notices set created_at = created_at - $2::interval where lower(address) = lower($1)", [
    address,
    interval,
  ]);

const refuse = () =>
  query("insert into team_suppressions (team_id, address) values ($1, $2)", [team.uuid, address.toLowerCase()]);

describe("an address that a team names", () => {
  test("is owed a mail that asks it, and is sent nothing else before it has confirmed", async () => {
    const made = await create();
    expect(made).toMatchObject({ status: "pending_verification", address, verified_at: null, verification: null });
    expect(await asked(made)).toEqual([address]);
    await world.api.problem("post", path(made, "/enable"), "verification-required", { key });
    await world.api.problem("post", path(made, "/test"), "verification-required", { key });
  });

  test("is asked anew when it is changed, and not when something else is", async () => {
    const made = await create();
    const other = `b${address}`;
    expect(await patch(made, { address: other })).toMatchObject({ status: "pending_verification", address: other });
    await patch(made, { description: "Payments", address: other });
    expect(await asked(made)).toEqual([address, other]);
  });

  test("that is not wanted yet is asked once somebody says so", async () => {
    const made = await create({ enabled: false });
    expect(made.status).toBe("disabled");
    expect(await asked(made)).toEqual([]);
    await world.api.problem("post", path(made, "/enable"), "verification-required", { key });
    await world.api.call("post", path(made, "/verify"), { key });
    expect(await asked(made)).toEqual([address]);
    expect(await audited(made)).toEqual(["subscription.created", "subscription.asked"]);
  });

  test("that has confirmed is not asked again", async () => {
    const made = await create();
    await query("update subscriptions set verified_at = now() where id = $1", [uuidOf(made)]);
    await elapse("2 hours");
    expect((await world.api.call("post", path(made, "/verify"), { key })).status).toBe(200);
    expect(await asked(made)).toHaveLength(1);
    expect(await audited(made)).toEqual(["subscription.created"]);
  });
});

describe("an address is left alone", () => {
  test("for an hour, whichever team asks and however it is written, and the answer says until when", async () => {
    await create();
    const other = await (await makeTeam(world)).key();
    const body = wish({ address: address.toUpperCase() });
    const answer = await world.api.call<ProblemBody>("post", "/v1/subscriptions", { key: other, body });
    expect(answer.body).toMatchObject({ code: "asked-recently", status: 429, retryable: true });
    const until = /after (\S+)$/.exec(answer.body.detail)?.[1] ?? "";
    expect(Date.parse(until) - Date.now()).toBeGreaterThan(55 * 60_000);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(55 * 60);
    const { body: list } = await world.api.call<{ data: unknown[] }>("get", "/v1/subscriptions", { key: other });
    expect(list.data).toEqual([]);
    await elapse("1 hour");
    expect((await world.api.call("post", "/v1/subscriptions", { key: other, body })).status).toBe(201);
  });

  test("after five mails in a day", async () => {
    const made = await create();
    for (let mails = 1; mails < 5; mails++) {
      await elapse("1 hour");
      await world.api.call("post", path(made, "/verify"), { key });
    }
    await elapse("1 hour");
    await world.api.problem("post", path(made, "/verify"), "asked-recently", { key });
    expect(await asked(made)).toHaveLength(5);
    await elapse("20 hours");
    expect((await world.api.call("post", path(made, "/verify"), { key })).status).toBe(200);
  });

  test("by a team that has asked twenty others today", async () => {
    for (let mails = 0; mails < 20; mails++) await create({ address: `reader-${mails}@example.com` });
    await world.api.problem("post", "/v1/subscriptions", "asked-recently", { key, body: wish() });
    const other = await (await makeTeam(world)).key();
    expect((await world.api.call("post", "/v1/subscriptions", { key: other, body: wish() })).status).toBe(201);
  });

  test("by requests that come at the same moment, but for one", async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => world.api.call("post", "/v1/subscriptions", { key, body: wish() })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 429, 429, 429, 429]);
  });

  test("by a team that its reader does not want mails of, and by no other", async () => {
    await refuse();
    await world.api.problem("post", "/v1/subscriptions", "address-refused", { key, body: wish() });
    const other = await (await makeTeam(world)).key();
    expect(await asked(await create({}, { key: other }))).toEqual([address]);
  });

  test("if mails to it come back", async () => {
    await query("insert into suppressions (address, reason) values ($1, 'bounced')", [address.toLowerCase()]);
    await world.api.problem("post", "/v1/subscriptions", "address-refused", { key, body: wish() });
  });
});

describe("the admin key", () => {
  test("vouches for an address by naming it, or by enabling what a team has made", async () => {
    const made = await create();
    const { body } = await world.api.call<SubscriptionView>("post", path(made, "/enable"));
    expect(body).toMatchObject({ status: "active", verified_at: expect.any(String) });
    const own = await create({ team_id: team.id }, {});
    expect(own.status).toBe("active");
    expect(await asked(own)).toEqual([]);
  });

  test("lets a team mail an address again whose reader had refused", async () => {
    const made = await create();
    await refuse();
    await world.api.problem("post", path(made, "/verify"), "address-refused", { key });
    await world.api.call("post", path(made, "/enable"));
    expect(await query("select from team_suppressions where team_id = $1", [team.uuid])).toEqual([]);
  });
});
