import { randomUUIDv7 } from "node:crypto";
import { NEW_ENDPOINT_HEALTH } from "@relink/core";
import { issueConfirmationToken, issueTeamMailToken } from "@relink/items";
import { showId } from "@relink/service";
import { launchChromium, waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createLinkWorld, type LinkWorld } from "./testing/link-world.ts";

const database = useDatabase();
const ADDRESS = "payments@example.com";
const DAY_MS = 24 * 60 * 60_000;
let world: LinkWorld;
let browser: Browser;
beforeAll(async () => {
  world = await createLinkWorld({ owner: database.url, link: database.urlFor("relink_link") });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

/** A subscription whose address has yet to confirm, and the link in the mail that asks it. */
async function ask(now = new Date()): Promise<{ id: string; team: string; url: string; token: string }> {
  const [teamId, id] = [randomUUIDv7(), randomUUIDv7()];
  const team = `Payments ${teamId}`;
  await world.database.pool.query("insert into teams (id, name) values ($1, $2)", [teamId, team]);
  await world.database.pool.query(
    `insert into subscriptions (id, team_id, kind, address, event_types, signature_schemes, api_version, status, health)
     values ($1, $2, 'email', $3, '{item.*,reauth.completed}', '{}', '2026-11-22', 'pending_verification', $4)`,
    [id, teamId, ADDRESS, JSON.stringify(NEW_ENDPOINT_HEALTH)],
  );
  const { token } = await issueConfirmationToken({ id, address: ADDRESS }, { keys: world.linkTokenKeys, now });
  return { id, team, token, url: `${world.url}/team-mail/confirm/${token}` };
}

const statusOf = async (id: string) =>
  (await world.database.pool.query("select status from subscriptions where id = $1", [id])).rows[0]?.status as string;

/** A page in a browser without scripts. */
async function open(url: string): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: false });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

const heading = (page: Page) => page.getByRole("heading", { level: 1 }).innerText();
/** The form leads to a page that says so. */
const says = (page: Page, title: string) => waitFor(async () => (await heading(page)) === title);

test("the page says who wants to mail what to whom, and changes nothing; its button confirms", async () => {
  const { id, team, url } = await ask();
  const page = await open(url);
  expect(await heading(page)).toBe("Do you want these mails?");
  const text = await page.getByRole("main").innerText();
  for (const part of [team, ADDRESS, "when they break", "How users are asked to reconnect", showId("sub", id)]) {
    expect(text).toContain(part);
  }
  // Programs that look at links have changed nothing.
  await fetch(url);
  await fetch(url, { method: "HEAD" });
  expect(await statusOf(id)).toBe("pending_verification");

  await page.getByRole("button", { name: "Confirm" }).click();
  await says(page, "You have confirmed it");
  expect(await statusOf(id)).toBe("active");
  await page.goto(url);
  expect(await heading(page)).toBe("You have confirmed it");
  expect(await page.getByRole("button").count()).toBe(0);
});

test("by the keyboard alone, who did not ask for it says so, and that stays", async () => {
  const { id, url } = await ask();
  const page = await open(url);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await says(page, "You get none of these mails");
  expect(await statusOf(id)).toBe("disabled");
  const before = world.lines.length;
  const late = await send(url, "answer=confirm");
  expect(await late.text()).toContain("You get none of these mails");
  expect(await statusOf(id)).toBe("disabled");
  expect(JSON.parse(world.lines.slice(before)[0] ?? "")).toMatchObject({
    route: "/team-mail/confirm/:token",
    outcome: "address_refused",
    subscription: showId("sub", id),
  });
});

/** As a page of ours sends its form. */
const send = (url: string, body: string, origin: string = world.url) =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", origin },
    body,
  });

test.each<[string, string, string | undefined, number]>([
  ["sent by a page of somebody else's", "answer=confirm", "https://evil.example", 403],
  ["that is no answer", "answer=maybe", undefined, 400],
  ["without an answer", "List-Unsubscribe=One-Click", undefined, 400],
])("a form %s changes nothing", async (_, body, origin, status) => {
  const { id, url } = await ask();
  expect((await send(url, body, origin)).status).toBe(status);
  expect(await statusOf(id)).toBe("pending_verification");
});

test("a link that is too old, or whose subscription goes elsewhere by now, says what to do", async () => {
  const old = await ask(new Date(Date.now() - DAY_MS - 1_000));
  const moved = await ask();
  await world.database.pool.query("update subscriptions set address = 'b@example.com' where id = $1", [moved.id]);
  for (const [{ id, url }, title] of [
    [old, "This link is too old"],
    [moved, "This link is no longer good"],
  ] as const) {
    const page = await open(url);
    expect(await heading(page)).toBe(title);
    expect(await page.getByRole("button").count()).toBe(0);
    expect((await send(url, "answer=confirm")).status).toBe(410);
    expect(await statusOf(id)).toBe("pending_verification");
  }
});

test("the token of another link is not ours here, nor this one there", async () => {
  const { id, token } = await ask();
  const pause = await issueTeamMailToken({ id, address: ADDRESS }, world.linkTokenKeys);
  for (const path of [`/team-mail/confirm/${pause}`, `/team-mail/${token}`, "/team-mail/confirm/nonsense"]) {
    expect((await fetch(`${world.url}${path}`)).status).toBe(404);
    expect((await send(`${world.url}${path}`, "answer=confirm")).status).toBe(404);
  }
  expect(await statusOf(id)).toBe("pending_verification");
  expect(world.lines.join()).not.toContain(token);
});
