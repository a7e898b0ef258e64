import { randomBytes, randomUUIDv7 } from "node:crypto";
import { NEW_ENDPOINT_HEALTH } from "@relink/core";
import { connect, type Database } from "@relink/db";
import { type KeyRing, Secret, showId } from "@relink/service";
import { useDatabase } from "@relink/testkit/vitest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { issueDeepLink } from "./deep-links.ts";
import { findTeamMail, isTeamMailOn, issueTeamMailToken, pauseTeamMail, type TeamMail } from "./team-mail.ts";

const database = useDatabase();
const keys: KeyRing = new Map([["k1", randomBytes(32)]]);
const now = new Date("2026-11-22T12:00:00Z");

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

async function subscribe(status = "active", address = "Team@example.com"): Promise<TeamMail> {
  const [team, id] = [randomUUIDv7(), randomUUIDv7()];
  await owner.pool.query("insert into teams (id, name) values ($1, $2)", [team, team]);
  await owner.pool.query(
    `insert into subscriptions (id, team_id, kind, address, event_types, signature_schemes, api_version, status, health)
     values ($1, $2, 'email', $3, '{item.*}', '{}', '2026-11-22', $4, $5)`,
    [id, team, address, status, JSON.stringify({ ...NEW_ENDPOINT_HEALTH, state: status })],
  );
  return { id, address };
}

const find = async (token: string, ring = keys) => findTeamMail(link.db, token, { keys: ring, now });
const auditOf = async ({ id }: TeamMail) =>
  (await owner.pool.query("select actor, action from audit_log where resource = $1", [showId("sub", id)])).rows;

test("the token of a mail leads to its subscription, and says nothing to who cannot open it", async () => {
  const mail = await subscribe();
  const token = await issueTeamMailToken(mail, keys);
  expect(await find(token)).toMatchObject({ id: mail.id, status: "active" });
  expect(Buffer.from(token, "base64url").toString("latin1")).not.toContain(mail.id);
  expect(await find(await issueTeamMailToken({ ...mail, address: "team@EXAMPLE.com" }, keys))).not.toBeNull();
});

test.each<[string, (mail: TeamMail) => Promise<string>]>([
  ["of another key", (mail) => issueTeamMailToken(mail, new Map([["k1", randomBytes(32)]]))],
  ["of an unknown key", (mail) => issueTeamMailToken(mail, new Map([["k2", randomBytes(32)]]))],
  ["for another address", ({ id }) => issueTeamMailToken({ id, address: "before@example.com" }, keys)],
  ["of no subscription", ({ address }) => issueTeamMailToken({ id: randomUUIDv7(), address }, keys)],
  [
    "of a user's link",
    ({ id }) =>
      issueDeepLink(
        { itemId: id, episodeId: id },
        { keys, audience: "team-mail", expiresAt: new Date("2026-12-22T12:00:00Z") },
      ),
  ],
  ["that is none", async () => "e30.e30.e30.e30.e30"],
])("a token %s leads nowhere", async (_, issue) => {
  expect(await find(await issue(await subscribe()))).toBeNull();
});

test("a subscription is paused once, and that is noted with its team", async () => {
  const mail = await subscribe();
  expect(await pauseTeamMail(link.db, mail.id)).toBe(true);
  expect(await pauseTeamMail(link.db, mail.id)).toBe(false);
  const row = await find(await issueTeamMailToken(mail, keys));
  expect(row).toMatchObject({ status: "paused", version: 2, health: { state: "paused" } });
  expect(row && isTeamMailOn(row)).toBe(false);
  expect(await auditOf(mail)).toEqual([{ actor: "mail_link", action: "subscription.paused" }]);
});

test.each(["disabled", "paused", "pending_verification"])("one that is %s stays as it is", async (status) => {
  const mail = await subscribe(status);
  expect(await pauseTeamMail(link.db, mail.id)).toBe(false);
  expect(await find(await issueTeamMailToken(mail, keys))).toMatchObject({ status, version: 1 });
  expect(await auditOf(mail)).toEqual([]);
});
