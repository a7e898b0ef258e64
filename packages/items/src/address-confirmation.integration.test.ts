import { randomBytes, randomUUIDv7 } from "node:crypto";
import { CONFIRMATION_LIFETIME_MS, NEW_ENDPOINT_HEALTH } from "@relink/core";
import { connect, type Database } from "@relink/db";
import { type KeyRing, Secret, showId } from "@relink/service";
import { useDatabase } from "@relink/testkit/vitest";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type AskedAddress,
  confirmAddress,
  findConfirmation,
  type FoundConfirmation,
  giveUpAddress,
  issueConfirmationToken,
  refuseAddress,
} from "./address-confirmation.ts";
import { issueTeamMailToken } from "./team-mail.ts";

const database = useDatabase();
const keys: KeyRing = new Map([["k1", randomBytes(32)]]);
const now = new Date("2026-11-22T12:00:00Z");
const ADDRESS = "Team@example.com";

let owner: Database;
/** With the rights of the Link app, which serves the page. */
let link: Database;
beforeAll(() => {
  owner = connect({ url: new Secret(database.url), app: "test", max: 2, onError: () => {} });
  link = connect({ url: new Secret(database.urlFor("relink_link")), app: "link", max: 2, onError: () => {} });
});
afterAll(async () => {
  await link.close();
  await owner.close();
});

async function addTeam(): Promise<string> {
  const id = randomUUIDv7();
  await owner.pool.query("insert into teams (id, name) values ($1, $2)", [id, id]);
  return id;
}

interface Made {
  id: string;
  teamId: string;
}

async function subscribe(
  columns: { teamId?: string; status?: string; address?: string; isVerified?: boolean; ownerContact?: string } = {},
): Promise<Made> {
  const { status = "pending_verification", address = ADDRESS, isVerified = false, ownerContact = null } = columns;
  const teamId = columns.teamId ?? (await addTeam());
  const id = randomUUIDv7();
  await owner.pool.query(
    `insert into subscriptions (id, team_id, kind, address, event_types, signature_schemes, api_version, status, health,
       verified_at, owner_contact)
     values ($1, $2, 'email', $3, '{item.*}', '{}', '2026-11-22', $4, $5, case when $6 then now() end, $7)`,
    [id, teamId, address, status, JSON.stringify({ ...NEW_ENDPOINT_HEALTH, state: status }), isVerified, ownerContact],
  );
  return { id, teamId };
}

const issue = async ({ id }: Made, address = ADDRESS) =>
  (await issueConfirmationToken({ id, address }, { keys, now })).token;
const find = async (made: Made, at = now) => findConfirmation(link.db, await issue(made), { keys, now: at });
const stored = async ({ id }: Made) =>
  (
    await owner.pool.query(
      "select status, disabled_reason as reason, verified_at is not null as verified, version from subscriptions where id = $1",
      [id],
    )
  ).rows[0] as object;
const auditOf = async ({ id }: Made) =>
  (await owner.pool.query("select actor, action from audit_log where resource = $1 order by id", [showId("sub", id)]))
    .rows;
const noticesOf = async ({ id }: Made) =>
  (await owner.pool.query("select kind from notices where subscription_id = $1", [id])).rows.map(({ kind }) => kind);

function asked(found: FoundConfirmation): AskedAddress {
  if (!("address" in found)) throw new TypeError(`it is ${found.kind}`);
  return found;
}

test("the token leads to the subscription, its team and the address, for a day", async () => {
  const made = await subscribe();
  expect(await find(made)).toMatchObject({ kind: "open", address: ADDRESS, team: { id: made.teamId } });
  const end = now.getTime() + CONFIRMATION_LIFETIME_MS;
  expect((await find(made, new Date(end - 1_000))).kind).toBe("open");
  expect(await find(made, new Date(end + 1_000))).toEqual({ kind: "expired" });
});

test.each<[string, (made: Made) => Promise<string>, string]>([
  ["for another address", (made) => issue(made, "before@example.com"), "changed"],
  ["of no subscription", async ({ teamId }) => issue({ id: randomUUIDv7(), teamId }), "changed"],
  [
    "of another key",
    async ({ id }) =>
      (await issueConfirmationToken({ id, address: ADDRESS }, { keys: new Map([["k1", randomBytes(32)]]), now })).token,
    "invalid",
  ],
  ["at the end of a team's mail", ({ id }) => issueTeamMailToken({ id, address: ADDRESS }, keys), "invalid"],
  ["that is none", async () => "e30.e30.e30.e30.e30", "invalid"],
])("a token %s confirms nothing", async (_, make, kind) => {
  const token = await make(await subscribe());
  expect(await findConfirmation(link.db, token, { keys, now })).toEqual({ kind });
});

test("a subscription that is deleted, or whose team is, is asked about no more", async () => {
  const [one, other] = [await subscribe(), await subscribe()];
  await owner.pool.query("update subscriptions set deleted_at = now() where id = $1", [one.id]);
  await owner.pool.query("update teams set deleted_at = now() where id = $1", [other.teamId]);
  expect(await find(one)).toEqual({ kind: "changed" });
  expect(await find(other)).toEqual({ kind: "changed" });
});

test.each([
  ["pending_verification", "active"],
  ["disabled", "disabled"],
  ["paused", "paused"],
])("one that is %s is %s once its address has confirmed, which is noted once", async (status, after) => {
  const made = await subscribe({ status });
  const found = asked(await find(made));
  await confirmAddress(link.db, found);
  await confirmAddress(link.db, found);
  expect(await stored(made)).toMatchObject({ status: after, verified: true, version: 2 });
  expect(await auditOf(made)).toEqual([{ actor: "mail_link", action: "subscription.verified" }]);
  expect((await find(made)).kind).toBe("confirmed");
});

test("what was answered for one address is no answer of the next", async () => {
  const made = await subscribe();
  const found = asked(await find(made));
  await owner.pool.query("update subscriptions set address = 'next@example.com' where id = $1", [made.id]);
  await confirmAddress(link.db, found);
  await giveUpAddress(owner.db, "sandbox", { id: made.id, address: ADDRESS });
  expect(await stored(made)).toMatchObject({ status: "pending_verification", verified: false });
});

test("who did not ask for it is mailed by that team no more, whichever subscription it is, and its owner is told", async () => {
  const made = await subscribe({ ownerContact: "owner@example.com" });
  const same = await subscribe({
    teamId: made.teamId,
    status: "active",
    isVerified: true,
    address: ADDRESS.toUpperCase(),
    ownerContact: ADDRESS,
  });
  const others = await subscribe({ teamId: made.teamId, status: "active", isVerified: true, address: "b@example.com" });
  const elsewhere = await subscribe({ status: "active", isVerified: true });
  const found = asked(await find(made));

  await refuseAddress(link.db, "sandbox", found);
  await confirmAddress(link.db, found);
  for (const each of [made, same]) {
    expect(await stored(each)).toMatchObject({ status: "disabled", reason: "receiver_request", verified: false });
    expect(await auditOf(each)).toEqual([{ actor: "mail_link", action: "subscription.refused" }]);
    expect((await find(each)).kind).toMatch(/refused|changed/);
  }
  expect(await noticesOf(made)).toEqual(["disabled"]);
  // Its owner is who has just said that they want no mails.
  expect(await noticesOf(same)).toEqual([]);
  for (const each of [others, elsewhere])
    expect(await stored(each)).toMatchObject({ status: "active", verified: true });
});

test("an address that does not exist disables what was to go there", async () => {
  const made = await subscribe({ ownerContact: "owner@example.com" });
  await giveUpAddress(owner.db, "sandbox", { id: made.id, address: ADDRESS });
  expect(await stored(made)).toMatchObject({ status: "disabled", reason: "gone", verified: false });
  expect(await noticesOf(made)).toEqual(["disabled"]);
});
