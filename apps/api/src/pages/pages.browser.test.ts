import { EVENT_TYPE_NAMES } from "@relink/core";
import { freePort, launchChromium } from "@relink/testkit";
import { Secret } from "@relink/service";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type ApiForTest, startApi } from "../testing/api-for-test.ts";

interface Finding {
  id: string;
  impact: string | null;
  nodes: { target: unknown[] }[];
}

let api: ApiForTest;
let browser: Browser;

beforeAll(async () => {
  api = await startApi({ databaseUrl: new Secret(`postgres://nobody@127.0.0.1:${await freePort()}/none`) });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await api.close();
});

/** A page, and everything that the browser did not like about it. */
async function open(path: string, options: { width: number; colorScheme?: "light" | "dark" }) {
  const { width, colorScheme = "light" } = options;
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  onTestFinished(() => page.close());
  const complaints: string[] = [];
  page.on("console", (message) => void complaints.push(message.text()));
  page.on("pageerror", (error) => void complaints.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(api.url) && !request.url().startsWith("data:")) complaints.push(request.url());
  });
  await page.goto(`${api.url}${path}`);
  return { page, complaints };
}

/** Operations and shapes are all alike, and there are too many to look at each: some of either stand for the others. */
const LOOKED_AT = {
  exclude: [
    ".event:not(#webhook\\.verification)",
    ".operation:not(#createSubscription, #changeTeam, #listAuditLog, #getItemSupportBundle, #deleteTeam)",
    ".shape:not(#shape-NewSubscription, #shape-Item, #shape-EventType, #shape-Problem, #shape-SupportBundle)",
  ],
};

async function findingsOf(page: Page) {
  await page.evaluate(axe.source);
  const { passes, violations } = await page.evaluate<Record<"passes" | "violations", Finding[]>>(
    `axe.run(${JSON.stringify(LOOKED_AT)})`,
  );
  expect(passes.length).toBeGreaterThan(5);
  return violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes[0]?.target }));
}

const widthOf = (page: Page) => page.evaluate<number>("document.documentElement.scrollWidth");

// Beside other work, to look at the long page has taken three quarters of a minute.
test.each([
  ["/v1/docs", "light"],
  ["/v1/docs", "dark"],
  ["/v1/problems", "light"],
  ["/v1/problems/validation-failed", "dark"],
] as const)(
  "%s can be read by everybody, on a phone and on a screen, in %s colours",
  async (path, colorScheme) => {
    for (const width of [390, 1280]) {
      const { page, complaints } = await open(path, { width, colorScheme });
      await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })");
      expect(await findingsOf(page)).toEqual([]);
      expect(await widthOf(page)).toBe(width);
      expect(complaints).toEqual([]);
    }
  },
  180_000,
);

test("every link within the page leads somewhere, and every operation and type of event is there", async () => {
  const { page } = await open("/v1/docs", { width: 1280 });
  const dead = await page.evaluate<string[]>(
    "[...document.querySelectorAll('a[href^=\"#\"]')].map((a) => a.hash.slice(1)).filter((id) => !document.getElementById(id))",
  );
  expect(dead).toEqual([]);
  const events = await page.evaluate<string[]>("[...document.querySelectorAll('.event')].map(({ id }) => id)");
  expect(events).toEqual(EVENT_TYPE_NAMES);
  const ids = await page.evaluate<string[]>("[...document.querySelectorAll('.operation')].map(({ id }) => id)");
  const description = (await (await fetch(`${api.url}/v1/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  const operations = Object.values(description.paths).flatMap((methods) => Object.values(methods));
  expect(ids.toSorted()).toEqual(operations.map(({ operationId }) => operationId).toSorted());
});

test("every operation shows a request, and an answer where there is one", async () => {
  const { page } = await open("/v1/docs", { width: 360 });
  const shown = await page.evaluate<{ id: string; request: string; answers: number }[]>(
    `[...document.querySelectorAll('.operation')].map((one) => ({
      id: one.id,
      request: one.querySelector('h4 + pre').textContent,
      answers: one.querySelectorAll('details').length,
      status: one.querySelector('p > strong').textContent,
    })).filter(({ request, answers, status }) => !request.startsWith('curl -s ') || (answers === 0 && status !== '204'))`,
  );
  expect(shown).toEqual([]);
  expect(await widthOf(page)).toBe(360);
});

test("by keyboard the first step leads past the contents", async () => {
  const { page } = await open("/v1/docs", { width: 1280 });
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.textContent")).toBe("To the text");
  await page.keyboard.press("Enter");
  await page.waitForURL(/#/);
  expect(new URL(page.url()).hash).toBe("#content");
});

test("what an event holds is explained on the page, with an example", async () => {
  const { page } = await open("/v1/docs#webhook.verification", { width: 1280 });
  const section = page.locator("[id='webhook.verification']");
  expect(await section.locator("dt").first().textContent()).toContain("subscription_id");
  expect(await section.locator("details").textContent()).toContain('"type": "webhook.verification"');
  expect(await section.textContent()).toContain("the receiver wants to be called");
  const answers = await page.locator("#sent-events > dl").last().locator("dt").allTextContents();
  expect(answers).toEqual(["2xx", "3xx", "410", "429", "Anything else"]);
  expect(await page.locator("[id='item.error']").textContent()).not.toContain("What your answer does");
});

test("the error code of a delivery is explained on the page", async () => {
  const { page } = await open("/v1/docs#DNS_NOT_FOUND", { width: 1280 });
  expect(await page.textContent("#DNS_NOT_FOUND")).toContain("the name has no address");
  expect(await page.textContent("#DNS_NOT_FOUND + dd")).toContain("A and AAAA");
});

test("no link leads to a page that is not there", async () => {
  const { page } = await open("/v1/docs", { width: 1280 });
  const links = await page.evaluate<string[]>("[...document.links].map(({ href }) => href.replace(/#.*/, ''))");
  const own = [...new Set(links)].filter((link) => link.startsWith(api.url));
  expect(own.length).toBeGreaterThan(20);
  const statuses = await Promise.all(own.map(async (link) => ({ link, status: (await fetch(link)).status })));
  expect(statuses.filter(({ status }) => status !== 200)).toEqual([]);
});

test("a problem's type leads to its page", async () => {
  const answer = (await (await fetch(`${api.url}/v1/items`)).json()) as { type: string; code: string };
  const { page } = await open(answer.type, { width: 390 });
  expect(await page.textContent("h1")).toBe("A valid API key is needed");
  expect(await page.textContent(".facts code")).toBe(answer.code);
});
