import { launchChromium, waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BrokenItem, createLinkWorld, type LinkWorld } from "./testing/link-world.ts";

const database = useDatabase();

let world: LinkWorld;
let browser: Browser;
beforeAll(async () => {
  world = await createLinkWorld(
    { owner: database.url, link: database.urlFor("relink_link") },
    { config: { linkMode: "hosted" } },
  );
  browser = await launchChromium();
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

async function inBrowser(use: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  context.setDefaultTimeout(10_000);
  try {
    await use(await context.newPage());
  } finally {
    await context.close();
  }
}

const button = (page: Page) => page.locator("[data-panel]:not([hidden]) [data-action]");
const heading = (page: Page) => page.locator("[data-panel]:not([hidden]) h1");
const says = (page: Page, title: string) => waitFor(async () => (await heading(page).textContent()) === title);
const sessionsOf = async (broken: BrokenItem) =>
  (await world.rows("link_sessions")).filter((row) => row["item_id"] === broken.itemId);

/** Opens the link and goes to Plaid's page, the sandbox's here. */
async function leave(page: Page, broken: BrokenItem): Promise<void> {
  await page.goto(broken.url);
  await button(page).click();
  await page.waitForURL((url) => url.port === new URL(world.sandbox.url).port);
}

test("through Plaid's own page and back: the page knows from Plaid that the connection works", () =>
  inBrowser(async (page) => {
    const broken = await world.breakItem();
    await leave(page, broken);
    await page.getByLabel("Username").fill("user_good");
    await page.getByLabel("Password").fill("pass_good");
    await page.getByRole("button", { name: "Submit" }).click();
    await page.getByRole("button", { name: "Continue" }).click();
    await says(page, "You’re connected again");
    expect(new URL(page.url()).pathname).toBe("/r");
    expect(await sessionsOf(broken)).toMatchObject([
      { mode: "hosted", outcome: "success", link_session_id: expect.any(String) },
    ]);
  }));

test("left without trying: the page says that nothing has changed, and the button leads there again", () =>
  inBrowser(async (page) => {
    const broken = await world.breakItem();
    await leave(page, broken);
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Yes, exit" }).click();
    await says(page, "Not reconnected yet");
    await waitFor(async () => (await page.evaluate("document.activeElement.textContent")) === "Not reconnected yet");
    await button(page).click();
    await page.getByLabel("Username").waitFor();
    expect(await sessionsOf(broken)).toMatchObject([{ outcome: "closed_without_trying" }, { outcome: null }]);
  }));
