import { launchChromium, waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import type { Browser, BrowserContext, BrowserContextOptions, FrameLocator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrokenItem, createLinkWorld, type LinkWorld } from "./testing/link-world.ts";

const database = useDatabase();
const OAUTH_BANK = "ins_127287";
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

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

/** A browser of its own, with all that its pages complained about. */
async function inBrowser(
  use: (page: Page, complaints: string[], context: BrowserContext) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  context.on("console", (message) => {
    // Link's own frame may complain of its own answers; a policy that is broken is ours wherever it is said.
    const isOurs = message.location().url.startsWith(world.url) || message.text().includes("Content Security Policy");
    if (message.type() === "error" && isOurs) complaints.push(message.text());
  });
  context.on("weberror", (error) => complaints.push(String(error.error())));
  try {
    await use(await context.newPage(), complaints, context);
  } finally {
    await context.close();
  }
}

const button = (page: Page) => page.locator("[data-panel]:not([hidden]) [data-action]");
const heading = (page: Page) => page.locator("[data-panel]:not([hidden]) h1");
const link = (page: Page): FrameLocator => page.frameLocator("iframe[title=Link]");

async function says(page: Page, title: string): Promise<void> {
  await waitFor(async () => (await heading(page).textContent()) === title);
}

async function signIn(page: Page, password: string): Promise<void> {
  await link(page).getByLabel("Username").fill("user_good");
  await link(page).getByLabel("Password").fill(password);
  await link(page).getByRole("button", { name: "Submit" }).click();
}

async function closeLink(page: Page): Promise<void> {
  await link(page).getByRole("button", { name: "Close" }).click();
  await link(page).getByRole("button", { name: "Yes, exit" }).click();
}

const rowsOf = async (table: string, broken: BrokenItem) =>
  (await world.rows(table)).filter((row) => row["item_id"] === broken.itemId);
const endings = async (broken: BrokenItem) =>
  (await rowsOf("link_events", broken)).filter(({ callback }) => callback !== "event");
const closeReason = async (broken: BrokenItem) =>
  (await world.rows("episodes")).find(({ id }) => id === broken.episodeId)?.["close_reason"];

describe("through Link", () => {
  test("a wrong password and then the right one: the connection works, and the page knows it from Plaid", () =>
    inBrowser(async (page, complaints) => {
      const broken = await world.breakItem();
      await page.goto(broken.url);
      await says(page, "Reconnect First Platypus Bank");
      await button(page).tap();
      await signIn(page, "wrong");
      await link(page).getByRole("button", { name: "Try again" }).click();
      await signIn(page, "pass_good");
      await link(page).getByRole("button", { name: "Continue" }).click();
      await says(page, "You’re connected again");

      expect(await closeReason(broken)).toBe("repaired");
      // The page waits for the answer to the success alone.
      const events = await waitFor(async () => {
        const rows = await rowsOf("link_events", broken);
        expect(rows.map((event) => event["event_name"])).toEqual(
          expect.arrayContaining(["OPEN", "SUBMIT_CREDENTIALS", "ERROR", "HANDOFF"]),
        );
        return rows;
      });
      expect(events.find((event) => event["event_name"] === "ERROR")).toMatchObject({
        error_code: "INVALID_CREDENTIALS",
        request_id: expect.any(String),
        link_session_id: expect.any(String),
      });
      expect(await endings(broken)).toMatchObject([
        { callback: "success", link_session_id: expect.any(String), institution_id: "ins_109508" },
      ]);
      expect(complaints).toEqual([]);
    }, PHONE));

  test("closed without trying: the page stays calm, and the button works again with the same link token", () =>
    inBrowser(async (page, complaints) => {
      const broken = await world.breakItem();
      await page.goto(broken.url);
      await button(page).click();
      await link(page).getByLabel("Username").waitFor();
      await closeLink(page);
      await says(page, "Not reconnected yet");
      await waitFor(async () => expect(await endings(broken)).toHaveLength(1));
      expect(await endings(broken)).toMatchObject([{ callback: "exit", request_id: null, error_code: null }]);

      await button(page).click();
      await link(page).getByLabel("Username").waitFor();
      expect(await rowsOf("link_sessions", broken)).toHaveLength(1);
      expect(complaints).toEqual([]);
    }));

  test("tried and failed: the page says why, and the next try gets a new link token", () =>
    inBrowser(async (page) => {
      const broken = await world.breakItem();
      await page.goto(broken.url);
      await button(page).click();
      await signIn(page, "wrong");
      await link(page).getByRole("button", { name: "Exit" }).click();
      await says(page, "That didn’t work");
      await waitFor(async () => expect(await endings(broken)).toHaveLength(1));
      expect(await endings(broken)).toMatchObject([
        {
          callback: "exit",
          request_id: expect.any(String),
          error_type: "ITEM_ERROR",
          error_code: "INVALID_CREDENTIALS",
        },
      ]);
      await button(page).click();
      await signIn(page, "pass_good");
      await link(page).getByRole("button", { name: "Continue" }).click();
      await says(page, "You’re connected again");
      expect(await rowsOf("link_sessions", broken)).toMatchObject([
        { outcome: "tried_and_failed" },
        { outcome: "success" },
      ]);
    }));

  test("a bank with a page of its own sends the user back to the same browser, which goes on by itself", () =>
    inBrowser(async (page, complaints) => {
      const broken = await world.breakItem({ institutionId: OAUTH_BANK });
      await page.goto(broken.url);
      await button(page).tap();
      await link(page).getByRole("button", { name: "Continue to bank" }).click();
      await page.getByRole("button", { name: "Allow" }).click();
      await link(page).getByRole("button", { name: "Continue" }).click();
      await says(page, "You’re connected again");
      expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe("/r");
      expect(await closeReason(broken)).toBe("repaired");
      expect(await rowsOf("link_sessions", broken)).toHaveLength(1);
      expect(complaints).toEqual([]);
    }, PHONE));

  test("or to another browser, where the link in the mail goes on", async () => {
    const broken = await world.breakItem({ institutionId: OAUTH_BANK });
    let returnUrl = "";
    await inBrowser(async (page) => {
      await page.goto(broken.url);
      await button(page).click();
      await link(page).getByRole("button", { name: "Continue to bank" }).click();
      await page.getByRole("button", { name: "Allow" }).waitFor();
      const decision = await page.request.post(page.url(), { form: { decision: "allow" }, maxRedirects: 0 });
      returnUrl = decision.headers()["location"] ?? "";
    });
    await inBrowser(async (page, complaints) => {
      await page.goto(returnUrl);
      await says(page, "Almost done");
      await page.goto(broken.url);
      await says(page, "Finish reconnecting Platypus OAuth Bank");
      await button(page).click();
      await link(page).getByRole("button", { name: "Continue" }).click();
      await says(page, "You’re connected again");
      expect(await closeReason(broken)).toBe("repaired");
      expect(await rowsOf("link_sessions", broken)).toHaveLength(1);
      expect(complaints).toEqual([]);
    });
  });

  test("who says no at the bank is told that nothing came of it, and can try again", () =>
    inBrowser(async (page) => {
      const broken = await world.breakItem({ institutionId: OAUTH_BANK });
      await page.goto(broken.url);
      await button(page).click();
      await link(page).getByRole("button", { name: "Continue to bank" }).click();
      await page.getByRole("button", { name: "Deny" }).click();
      await link(page).getByRole("button", { name: "Exit" }).click();
      await says(page, "That didn’t work");
      expect(await closeReason(broken)).toBeNull();
    }));

  test("an Item that was repaired while the page lay open is said to be fixed, without Link", () =>
    inBrowser(async (page) => {
      const broken = await world.breakItem();
      await page.goto(broken.url);
      await world.repairElsewhere(broken.plaidItemId);
      await button(page).click();
      await says(page, "Already fixed");
      expect(await rowsOf("link_sessions", broken)).toEqual([]);
    }));

  test("a bank that confirms late is waited for", () =>
    inBrowser(async (page) => {
      const broken = await world.breakItem();
      await page.goto(broken.url);
      await button(page).click();
      await signIn(page, "pass_good");
      // Between Link's own success and the question, the Item looks broken for a moment.
      await link(page).getByRole("button", { name: "Continue" }).waitFor();
      await world.control("POST", `/control/items/${broken.plaidItemId}/error`, { webhook: false });
      await link(page).getByRole("button", { name: "Continue" }).click();
      await says(page, "Checking the connection");
      await world.repairElsewhere(broken.plaidItemId);
      await says(page, "You’re connected again");
      expect(await endings(broken)).toHaveLength(1);
    }));
});

describe("what is not broken", () => {
  test("a connection that is about to end is renewed, and the page says so, with the day where the person is", () =>
    inBrowser(
      async (page, complaints) => {
        const at = new Date();
        at.setUTCDate(at.getUTCDate() + 4);
        at.setUTCHours(2, 0, 0, 0);
        const expiring = await world.expireItem({ at });
        await page.goto(expiring.url);
        await says(page, "Renew your connection with First Platypus Bank");
        const day = new Intl.DateTimeFormat("en", { dateStyle: "long", timeZone: "America/New_York" }).format(at);
        await waitFor(async () => (await page.locator("time").first().textContent()) === day);
        await button(page).click();
        await signIn(page, "pass_good");
        await link(page).getByRole("button", { name: "Continue" }).click();
        await says(page, "Your connection is renewed");
        expect(await closeReason(expiring)).toBe("repaired");
        expect(complaints).toEqual([]);
      },
      { timezoneId: "America/New_York" },
    ));

  test("an account that could be shared is chosen in Link", () =>
    inBrowser(async (page, complaints) => {
      const offered = await world.mentionItem("new_accounts");
      await page.goto(offered.url);
      await says(page, "Choose your accounts at First Platypus Bank");
      await button(page).click();
      await signIn(page, "pass_good");
      await link(page).getByRole("checkbox").first().check();
      await link(page).getByRole("button", { name: "Continue" }).click();
      await link(page).getByRole("button", { name: "Continue" }).click();
      await says(page, "Your choice is saved");
      expect(await closeReason(offered)).toBe("completed");
      expect(complaints).toEqual([]);
    }));

  test("whoever closes Link then is told that the connection still works", () =>
    inBrowser(async (page) => {
      const expiring = await world.expireItem({ locale: "fr" });
      await page.goto(expiring.url);
      await says(page, "Renouvelez votre connexion avec First Platypus Bank");
      await button(page).click();
      await link(page).getByLabel("Username").waitFor();
      await closeLink(page);
      await says(page, "Connexion pas encore renouvelée");
    }));
});

describe("permission that was withdrawn", () => {
  test("is given again in Link", () =>
    inBrowser(async (page, complaints) => {
      const revoked = await world.breakItem({ errorCode: "USER_PERMISSION_REVOKED" });
      await page.goto(revoked.url);
      await says(page, "Access was switched off");
      await button(page).click();
      await signIn(page, "pass_good");
      await link(page).getByRole("button", { name: "Continue" }).click();
      await says(page, "You’re connected again");
      expect(await closeReason(revoked)).toBe("repaired");
      expect(complaints).toEqual([]);
    }));

  test("is gone where Plaid refuses, and the page says what to do instead", () =>
    inBrowser(async (page, complaints) => {
      const revoked = await world.breakItem({ errorCode: "USER_PERMISSION_REVOKED" });
      await world.control("PUT", "/control/faults", { revoked_items: "refused" });
      await page.goto(revoked.url);
      await button(page).click();
      await says(page, "Please connect First Platypus Bank anew");
      await world.control("DELETE", "/control/faults");
      expect(await page.getByRole("button").count()).toBe(0);
      expect(complaints).toEqual([]);
    }));
});

describe("a link that is too old", () => {
  test("brings a new mail by one press, with the keyboard too", () =>
    inBrowser(async (page, complaints) => {
      const broken = await world.breakItem();
      const token = await world.issue(broken, { expiresAt: new Date(Date.now() - 1_000) });
      await page.goto(`${world.url}/r/${token}`);
      await says(page, "This link has expired");
      expect(new URL(page.url()).pathname).toBe("/r");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await says(page, "Look into your inbox");
      await waitFor(async () => (await page.evaluate("document.activeElement.textContent")) === "Look into your inbox");
      expect((await rowsOf("emails", broken)).map((row) => row["step"])).toContain(200);
      // The page itself is the answer 410, which the browser notes as a failure.
      expect(complaints.filter((complaint) => !complaint.includes("410"))).toEqual([]);
    }));

  test("without a network says so, and the same press is tried again", () =>
    inBrowser(async (page, _complaints, context) => {
      const broken = await world.breakItem();
      const token = await world.issue(broken, { expiresAt: new Date(Date.now() - 1_000) });
      await page.goto(`${world.url}/r/${token}`);
      await context.setOffline(true);
      await button(page).click();
      await says(page, "We can’t connect right now");
      await context.setOffline(false);
      await button(page).click();
      await says(page, "Look into your inbox");
    }));
});

describe("what stands in the way", () => {
  test("Link's script blocked: the page says so, and a further try works", () =>
    inBrowser(async (page, _complaints, context) => {
      const broken = await world.breakItem();
      await context.route("**/link-initialize.js", (route) => route.abort("blockedbyclient"));
      await page.goto(broken.url);
      await button(page).click();
      await says(page, "The secure window did not open");
      await context.unroute("**/link-initialize.js");
      await button(page).click();
      await link(page).getByLabel("Username").waitFor();
    }));

  test("no network, Plaid down, too many tries: each has words of its own, and the button stays", () =>
    inBrowser(async (page, _complaints, context) => {
      const broken = await world.breakItem();
      await page.goto(broken.url);
      await context.setOffline(true);
      await button(page).click();
      await says(page, "We can’t connect right now");
      await context.setOffline(false);

      await world.control("PUT", "/control/faults", { api: { down: true } });
      await button(page).click();
      await says(page, "Please try again in a few minutes");
      await world.control("DELETE", "/control/faults");

      await page.route("**/link-token", (route) => route.fulfill({ status: 429, json: {} }));
      await button(page).click();
      await says(page, "One moment, please");
      await page.unroute("**/link-token");
      await button(page).click();
      await link(page).getByLabel("Username").waitFor();
    }));

  test("without JavaScript the page says what it needs, and shows no button that does nothing", () =>
    inBrowser(
      async (page) => {
        const broken = await world.breakItem();
        await page.goto(broken.url);
        await page.getByRole("note").waitFor();
        expect(await button(page).isVisible()).toBe(false);
      },
      { javaScriptEnabled: false },
    ));
});

describe("the page", () => {
  test("takes the token out of the address, and survives a reload once the button was pressed", () =>
    inBrowser(async (page) => {
      const broken = await world.breakItem();
      await page.goto(broken.url);
      await waitFor(() => new URL(page.url()).pathname === "/r");
      await page.reload();
      await says(page, "Open the link in your email again");

      await page.goto(broken.url);
      await button(page).click();
      await link(page).getByLabel("Username").waitFor();
      await page.reload();
      await says(page, "Reconnect First Platypus Bank");
      await button(page).click();
      await link(page).getByLabel("Username").waitFor();
      expect(await rowsOf("link_sessions", broken)).toHaveLength(1);
    }));

  test("can be used with the keyboard alone, and the focus follows what is shown", () =>
    inBrowser(async (page) => {
      const broken = await world.breakItem();
      await page.goto(broken.url);
      await page.keyboard.press("Tab");
      expect(await page.evaluate("document.activeElement.matches('[data-action]')")).toBe(true);
      await page.keyboard.press("Enter");
      await link(page).getByLabel("Username").waitFor();
      await closeLink(page);
      await says(page, "Not reconnected yet");
      await waitFor(async () => (await page.evaluate("document.activeElement.textContent")) === "Not reconnected yet");
      expect(await page.title()).toBe("Not reconnected yet · Acme Money");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await link(page).getByLabel("Username").waitFor();
    }));

  test("pressed twice in a row opens Link once", () =>
    inBrowser(async (page) => {
      const broken = await world.breakItem();
      await page.goto(broken.url);
      await button(page).dblclick();
      await link(page).getByLabel("Username").waitFor();
      expect(await page.locator("iframe").count()).toBe(1);
      expect(await rowsOf("link_sessions", broken)).toHaveLength(1);
    }));

  test("is there before its script, and fits a small phone without scrolling sideways", () =>
    inBrowser(
      async (page) => {
        const broken = await world.breakItem();
        await page.route("**/*.js", () => {}); // it never comes
        await page.goto(broken.url, { waitUntil: "commit" });
        await waitFor(() =>
          page.evaluate<number>("performance.getEntriesByName('first-contentful-paint').length || null"),
        );
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(320);
        const box = await button(page).boundingBox();
        expect(box?.height).toBeGreaterThanOrEqual(44);
        expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThan(568);
      },
      { viewport: { width: 320, height: 568 }, isMobile: true, hasTouch: true },
    ));
});
