import { randomBytes, randomUUIDv7 } from "node:crypto";
import { NEW_ENDPOINT_HEALTH } from "@relink/core";
import { issueTeamMailToken } from "@relink/items";
import { showId } from "@relink/service";
import { launchChromium, waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLinkWorld, type LinkWorld } from "./testing/link-world.ts";

const database = useDatabase();
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

/** A team's subscription, and the address at the end of its mails. */
async function subscribe(status = "active"): Promise<{ id: string; token: string; url: string }> {
  const [team, id] = [randomUUIDv7(), randomUUIDv7()];
  await world.database.pool.query("insert into teams (id, name) values ($1, $2)", [team, team]);
  await world.database.pool.query(
    `insert into subscriptions (id, team_id, kind, address, event_types, signature_schemes, api_version, status, health)
     values ($1, $2, 'email', 'team@example.com', '{item.*}', '{}', '2026-11-22', $3, $4)`,
    [id, team, status, JSON.stringify({ ...NEW_ENDPOINT_HEALTH, state: status })],
  );
  const token = await issueTeamMailToken({ id, address: "team@example.com" }, world.linkTokenKeys);
  return { id, token, url: `${world.url}/team-mail/${token}` };
}

const statusOf = async (id: string) =>
  (await world.database.pool.query("select status from subscriptions where id = $1", [id])).rows[0]?.status as string;

/** As a mail program does it by itself. https://www.rfc-editor.org/rfc/rfc8058#section-3.2 (checked 2026-11-22) */
const press = (url: string) =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "List-Unsubscribe=One-Click",
    redirect: "manual",
  });

test("a reader sees a page first, and pauses the mails with its button, also without a script", async () => {
  const { id, url } = await subscribe();
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(url);
  expect(await page.getByRole("heading").innerText()).toBe("Pause these mails?");
  // Programs that look at links have changed nothing.
  expect(await statusOf(id)).toBe("active");
  await page.getByRole("button", { name: "Pause these mails" }).click();
  await waitFor(async () => (await page.getByRole("heading").innerText()) === "These mails are paused");
  expect(await page.getByText(showId("sub", id)).count()).toBe(1);
  expect(await statusOf(id)).toBe("paused");
  await page.goto(url);
  expect(await page.getByRole("button").count()).toBe(0);
  await context.close();
});

test("a mail program pauses them with one request, as often as it likes", async () => {
  const { id, url } = await subscribe();
  for (const outcome of ["team_mail_pause", "team_mail_paused"]) {
    const before = world.lines.length;
    const response = await press(url);
    expect(response.status).toBe(200);
    expect(JSON.parse(world.lines.slice(before)[0] ?? "")).toMatchObject({
      event: "link.request",
      method: "POST",
      route: "/team-mail/:token",
      outcome,
      subscription: showId("sub", id),
    });
  }
  expect(await statusOf(id)).toBe("paused");
});

test("one that is disabled is shown as one to which nothing is sent, and stays disabled", async () => {
  const { id, url } = await subscribe("disabled");
  expect(await (await fetch(url)).text()).toContain("These mails are paused");
  await press(url);
  expect(await statusOf(id)).toBe("disabled");
});

test("a token that is not ours shows a page that says so, changes nothing, and stands in no log", async () => {
  const { id } = await subscribe();
  const foreign = await issueTeamMailToken({ id, address: "team@example.com" }, new Map([["l1", randomBytes(32)]]));
  for (const token of [foreign, "nonsense", "%E0%A4%A"]) {
    const url = `${world.url}/team-mail/${token}`;
    for (const response of [await fetch(url), await press(url)]) expect(response.status).toBe(404);
  }
  expect(await statusOf(id)).toBe("active");
  expect(world.lines.join()).not.toContain(foreign);
});
