import { findConfirmation } from "@relink/items";
import { useDatabase } from "@relink/testkit/vitest";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createSubscribers, type Subscribers } from "../testing/subscribers.ts";
import { sendNotices } from "./send-notices.ts";

const database = useDatabase();
const ADDRESS = "payments@example.com";
let world: Subscribers;
beforeAll(() => {
  world = createSubscribers({ owner: database.url, worker: database.urlFor("relink_worker") });
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.pool.query("truncate teams cascade; truncate events cascade; truncate suppressions");
  world.mails.length = 0;
  world.outside.smtp = { kind: "accepted", response: "250 ok" };
});

/** A subscription whose address is owed the mail that asks it. */
async function ask(): Promise<{ id: string; teamId: string }> {
  const teamId = await world.addTeam();
  await world.pool.query("update teams set name = 'Payments' where id = $1", [teamId]);
  const { id } = await world.subscribe(teamId, "", {
    kind: "email",
    address: ADDRESS,
    status: "pending_verification",
    ownerContact: "owner@example.com",
    eventTypes: ["item.*", "reauth.completed"],
  });
  await world.pool.query(
    `insert into notices (id, subscription_id, kind, address, details, state)
     values (uuidv7(), $1, 'confirm_address', $2, '{"disableAt":null,"disabledReason":null}', 'owed')`,
    [id, ADDRESS],
  );
  return { id, teamId };
}

test("an address gets one mail that asks it, with a link that works", async () => {
  const { id } = await ask();
  await Promise.all([sendNotices(world.deps), sendNotices(world.deps)]);
  expect(world.mails).toHaveLength(1);
  const [mail] = world.mails;
  expect(mail).toMatchObject({ to: ADDRESS, subject: "[Acme] Please confirm: mails for the team “Payments”" });
  expect(mail?.text).toContain("when they break");
  expect(mail?.text).toContain("How users are asked to reconnect");
  const token = /https:\/\/link\.acme\.example\/team-mail\/confirm\/(\S+)/.exec(mail?.text ?? "")?.[1] ?? "";
  const found = await findConfirmation(world.db, token, { keys: world.deps.linkTokenKeys, now: new Date() });
  expect(found).toMatchObject({ kind: "open", address: ADDRESS, subscription: { id } });
});

test.each<[string, string, string]>([
  ["has confirmed meanwhile", "update subscriptions set verified_at = now()", "the address is confirmed already"],
  [
    "is no more the one",
    "update subscriptions set address = 'b@example.com'",
    "the subscription goes elsewhere by now",
  ],
  [
    "does not want the team's mails",
    `insert into team_suppressions (team_id, address) select team_id, '${ADDRESS}' from subscriptions`,
    "its reader does not want the team's mails",
  ],
])("one that %s is not asked", async (_, change, problem) => {
  await ask();
  await world.pool.query(change);
  expect(await sendNotices(world.deps)).toMatchObject([{ kind: "dropped", problem }]);
  expect(world.mails).toEqual([]);
});

test("one that does not exist is written to no more, and its subscription says so", async () => {
  const { id } = await ask();
  world.outside.smtp = { kind: "refused", permanent: true, stage: "rcpt_to", reason: "550 5.1.1 no such user" };
  expect(await sendNotices(world.deps)).toMatchObject([{ kind: "failed" }]);
  expect(await world.subscription(id)).toMatchObject({ status: "disabled", disabledReason: "gone" });
  expect((await world.pool.query("select address, reason from suppressions")).rows).toEqual([
    { address: ADDRESS, reason: "bounced" },
  ]);
  expect(await world.events("endpoint.disabled")).toMatchObject([{ data: { reason: "gone" } }]);
});

test("a mail server that refuses for now gets it later", async () => {
  await ask();
  world.outside.smtp = { kind: "refused", permanent: false, stage: "rcpt_to", reason: "451 try later" };
  expect(await sendNotices(world.deps)).toMatchObject([{ kind: "postponed" }]);
  world.outside.smtp = { kind: "accepted", response: "250 ok" };
  await world.pool.query("update notices set due_at = now()");
  expect(await sendNotices(world.deps)).toMatchObject([{ kind: "sent" }]);
});
