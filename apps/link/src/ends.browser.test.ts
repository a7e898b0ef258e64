import type { Language } from "@relink/core";
import { launchChromium } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import axe from "axe-core";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AddressPage,
  type LinkPage,
  type NoticeName,
  renderAddressPage,
  renderLinkPage,
  renderNotice,
  renderTeamMailPage,
} from "#pages";
import { readAssetPaths } from "./assets.ts";
import type { PanelName } from "./panels.ts";
import { createLinkWorld, type LinkWorld } from "./testing/link-world.ts";

const database = useDatabase();
const brand = { product: "Acme Money", supportAddress: "help@acme.example" };

let world: LinkWorld;
let browser: Browser;
/** The headers of a page, so that its policy holds here too. */
let headers: Record<string, string>;
beforeAll(async () => {
  world = await createLinkWorld({ owner: database.url, link: database.urlFor("relink_link") });
  browser = await launchChromium();
  headers = Object.fromEntries((await fetch(new URL("/nowhere", world.url))).headers);
  for (const name of ["content-length", "content-encoding", "transfer-encoding"]) delete headers[name];
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

/** By day on a desk, by night on the smallest phone, and there in the languages with the longer words. */
const SCREENS: readonly [string, readonly Language[], BrowserContextOptions & { viewport: { width: number } }][] = [
  ["desktop", ["en"], { viewport: { width: 1280, height: 800 }, colorScheme: "light" }],
  [
    "phone",
    ["es", "fr"],
    { viewport: { width: 320, height: 568 }, colorScheme: "dark", isMobile: true, hasTouch: true },
  ],
];

const PANELS: readonly (readonly [PanelName, Partial<LinkPage>?])[] = [
  ["ready"],
  ["bank_action", { bankAction: "unlock" }],
  ["bank_action", { bankAction: "reset_password" }],
  ["bank_action", { bankAction: "finish_setup" }],
  ["expiring", { cause: "expiring", ends: { at: new Date("2026-12-04T18:00:00Z"), isByBank: false } }],
  ["expiring", { cause: "expiring", ends: { at: new Date("2026-12-04T18:00:00Z"), isByBank: true } }],
  ["new_accounts", { cause: "new_accounts" }],
  ["revoked"],
  ["finish"],
  ["continue"],
  ["restart"],
  ["returned", { session: "lks_0" }],
  ["checking"],
  ["done"],
  ["done", { cause: "expiring" }],
  ["done", { cause: "new_accounts" }],
  ["later"],
  ["closed"],
  ["closed", { cause: "expiring" }],
  ["closed", { cause: "new_accounts" }],
  ["failed"],
  ["unreachable"],
  ["plaid_down"],
  ["blocked"],
  ["busy"],
  ["expired", { bank: null }],
  ["mail_asked"],
  ["fixed"],
  ["older_mail"],
  ["displaced"],
  ["removed"],
  ["ready", { isMuted: true }],
  ["degraded"],
  ["needs_new_item"],
  ["cannot_renew"],
  ["needs_developer"],
];
const NOTICES: readonly NoticeName[] = ["not_found", "reopen", "almost", "elsewhere", "unavailable"];

const asked = {
  team: "Payments & Disputes of the Northern Provinces",
  address: "a.rather.long.name.of.a.list+payments-alerts@subdomain.example.com",
  subjects: ["Connections to banks: when they break", "How users are asked to reconnect, and whether they do"],
  subscriptionId: "sub_01kazv2z3we6n9p4q8r5s7t1vb",
};
const ADDRESSES: readonly AddressPage[] = [
  { kind: "open", ...asked },
  { kind: "confirmed", ...asked },
  { kind: "refused", ...asked },
  { kind: "expired" },
  { kind: "changed" },
];

const ENDS: readonly { name: string; html: (language: Language) => string }[] = [
  ...PANELS.map(([panel, more]) => ({
    name: [panel, ...Object.entries(more ?? {}).map(([key, value]) => `${key} ${JSON.stringify(value)}`)].join(", "),
    html: (language: Language) =>
      renderLinkPage({
        panel,
        language,
        cause: "broken",
        brand,
        bank: "First Platypus Bank",
        bankAction: null,
        ends: null,
        isMuted: false,
        token: "t.o.k.e.n",
        plaidScriptUrl: "https://cdn.plaid.com/link/v2/stable/link-initialize.js",
        assets: readAssetPaths(),
        ...more,
      }),
  })),
  ...NOTICES.map((name) => ({
    name,
    html: (language: Language) => renderNotice(name, { language, brand, assets: readAssetPaths() }),
  })),
  ...ADDRESSES.map((page) => ({
    name: `an address, ${page.kind}`,
    html: () => renderAddressPage(page, { brand, assets: readAssetPaths() }),
  })),
  ...[true, false].map((isOn) => ({
    name: isOn ? "a team's mails" : "a team's mails, paused",
    html: () =>
      renderTeamMailPage(
        { isOn, subscriptionId: "sub_01kazv2z3we6n9p4q8r5s7t1vb" },
        { brand, assets: readAssetPaths() },
      ),
  })),
];

/** Opens a page as it would be answered, and without its script, which would go on from there. */
async function open(page: Page, html: string): Promise<void> {
  await page.unrouteAll();
  await page.route("**/*.js", (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
  await page.route(`${world.url}/r/t.o.k.e.n`, (route) => route.fulfill({ status: 200, headers, body: html }));
  await page.goto(`${world.url}/r/t.o.k.e.n`);
}

interface Finding {
  id: string;
  impact: string | null;
  help: string;
  nodes: { html: string }[];
}

/** What axe finds wrong with the page. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { passes, violations } = await page.evaluate<Record<"passes" | "violations", Finding[]>>("axe.run(document)");
  expect(passes.length).toBeGreaterThan(10);
  return violations.map(({ id, impact, help, nodes }) => `${impact} ${id}: ${help}: ${nodes[0]?.html}`);
}

describe.each(SCREENS)("on a %s", (_screen, languages, options) => {
  let context: BrowserContext;
  let page: Page;
  const complaints: string[] = [];
  beforeAll(async () => {
    context = await browser.newContext({ ...options, reducedMotion: "reduce" });
    context.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page = await context.newPage();
  });
  afterAll(() => context?.close());

  test.each(ENDS)("“$name” can be used by everybody, and fits", async ({ html }) => {
    for (const language of languages) {
      await open(page, html(language));
      expect(await page.locator("h1").filter({ visible: true }).count()).toBe(1);
      expect({ language, findings: await findings(page) }).toEqual({ language, findings: [] });
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(options.viewport.width);
      for (const button of await page.locator("button").filter({ visible: true }).all()) {
        expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44);
        await page.keyboard.press("Tab");
        expect(await button.evaluate((element) => element.matches(":focus"))).toBe(true);
        expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
      }
    }
    expect(complaints).toEqual([]);
  });
});
