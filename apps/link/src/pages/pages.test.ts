import { gzipSync } from "node:zlib";
import { LANGUAGES } from "@relink/core";
import { describe, expect, test } from "vitest";
import type { PanelName } from "../panels.ts";
import { type LinkPage, type NoticeName, renderLinkPage, renderNotice } from "./index.tsx";
import { TEXTS } from "./texts/index.ts";

const assets = { script: "/assets/link-1.js", style: "/assets/page-1.css" };
const ends = { at: new Date("2026-12-04T18:00:00Z"), isByBank: false };

function page(given: Partial<LinkPage> = {}): string {
  return renderLinkPage({
    panel: "ready",
    language: "en",
    cause: "broken",
    brand: { product: "Acme" },
    bank: "First Platypus Bank",
    bankAction: null,
    ends: null,
    isMuted: false,
    token: "t.o.k.e.n",
    plaidScriptUrl: "https://cdn.plaid.com/link/v2/stable/link-initialize.js",
    assets,
    ...given,
  });
}

/** What a person sees: the one panel that is not hidden. */
function shown(html: string): string {
  const panels = html.match(/<section.*?<\/section>/gs) ?? [];
  const visible = panels.filter((panel) => !/^<section[^>]* hidden=""/.test(panel));
  expect(visible).toHaveLength(1);
  return visible[0] ?? "";
}

/** The panel of a page, hidden or not. */
const panelOf = (html: string, name: PanelName): string =>
  (html.match(/<section.*?<\/section>/gs) ?? []).find((panel) => panel.includes(`data-panel="${name}"`)) ?? "";

const EVERY_PANEL: readonly [PanelName, boolean][] = [
  ["ready", true],
  ["bank_action", true],
  ["expiring", true],
  ["new_accounts", true],
  ["revoked", true],
  ["finish", true],
  ["continue", true],
  ["expired", true],
  ["returned", false],
  ["done", false],
  ["fixed", false],
  ["older_mail", false],
  ["displaced", false],
  ["removed", false],
  ["degraded", false],
  ["needs_new_item", false],
  ["needs_developer", false],
];

describe("the page of a link", () => {
  test.each([
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    '" autofocus onfocus="alert(1)',
    "{{7*7}}",
    "{date}{address}$&",
  ])("shows a name of %s as text", (name) => {
    for (const html of [
      page({ bank: name }),
      page({ brand: { product: name, supportAddress: "help@acme.example" } }),
      page({ token: name }),
      page({ session: name }),
      page({ panel: "fixed", bank: name }),
      page({ panel: "expiring", bank: name, ends }),
    ]) {
      expect(html).not.toContain("<img");
      expect(html.match(/<script/g)).toHaveLength(1);
      expect(html).not.toContain('onfocus="');
    }
  });

  test("holds nothing that its policy forbids: no inline script, style or handler, and nothing from elsewhere", () => {
    const html = page();
    expect(html).not.toMatch(/<style|<script(?![^>]* src=)|<[^>]*\s(?:style|on[a-z]+)=/);
    const sources = [...html.matchAll(/(?:src|href)="([^#"][^"]*)"/g)].map(([, source]) => source);
    expect(sources).toEqual(["data:,", assets.style, assets.script]);
  });

  test("says “your bank” where the bank has no name, and begins sentences with a capital", () => {
    const html = shown(page({ bank: null }));
    expect(html).toContain("Reconnect your bank");
    expect(html).toContain(">Your bank asks you to sign in again.");
    expect(shown(page({ bank: null, language: "es" }))).toContain(">Su banco le pide");
    expect(shown(page({ bank: null, language: "fr" }))).toContain(">Votre banque vous demande");
  });

  test.each(EVERY_PANEL)("%s: a button %s, and what can follow only with one", (panel, hasButton) => {
    for (const language of LANGUAGES) {
      const html = page({ panel, language, ends });
      expect(html).toContain(`<html lang="${language}">`);
      expect(shown(html).includes("<button")).toBe(hasButton);
      const canBeDone = (hasButton && panel !== "expired") || panel === "returned" || panel === "done";
      expect(html.includes('data-panel="done"')).toBe(canBeDone);
      expect(new Set(html.match(/ id="[^"]*"/g)).size).toBe(html.match(/ id="[^"]*"/g)?.length);
      expect(html).not.toMatch(/\{(?:date|address)\}|undefined|null/);
    }
  });

  test("says until when a connection works, in its language, and who ends it", () => {
    expect(shown(page({ panel: "expiring", ends }))).toMatch(
      /Your permission .* ends on <time dateTime="2026-12-04T18:00:00.000Z">December 4, 2026<\/time>/,
    );
    const atBank = shown(page({ panel: "expiring", ends: { ...ends, isByBank: true } }));
    expect(atBank).toContain("First Platypus Bank is changing how it connects");
    expect(shown(page({ panel: "expiring", ends, language: "es" }))).toContain(">4 de diciembre de 2026</time>");
    expect(shown(page({ panel: "expiring", ends, language: "fr" }))).toContain(">4 décembre 2026</time>");
  });

  test("says after a renewal or a choice what came of it, and not that something was broken", () => {
    const renewed = page({ panel: "expiring", cause: "expiring", ends });
    expect(panelOf(renewed, "done")).toContain("Your connection is renewed");
    expect(panelOf(renewed, "closed")).toContain("Your connection still works");
    const chosen = page({ panel: "new_accounts", cause: "new_accounts" });
    expect(panelOf(chosen, "done")).toContain("Your choice is saved");
    expect(panelOf(chosen, "closed")).toContain("Your connection works as before");
  });

  test("of a muted Item still has its button, and says that no mail will come", () => {
    const html = shown(page({ isMuted: true }));
    expect(html).toContain("<button");
    expect(html).toContain("We have stopped writing to you");
  });

  test("that is too old has the one button that asks for a new mail, and knows no bank", () => {
    const html = page({ panel: "expired", bank: null });
    expect(shown(html)).toContain('data-action="new_mail"');
    expect(html).not.toContain('data-panel="ready"');
  });

  test("shows the logo with the product's name as its text, and where help is", () => {
    const brand = {
      product: "Acme",
      logoUrl: "https://acme.example/logo.svg",
      supportAddress: "help@acme.example",
    };
    const html = page({ brand });
    expect(html).toContain('<img class="logo" src="https://acme.example/logo.svg" alt="Acme"');
    expect(html).toContain('<a href="mailto:help@acme.example">help@acme.example</a>');
  });

  test("comes in the first packets of a connection", () => {
    for (const language of LANGUAGES) expect(gzipSync(page({ language })).length).toBeLessThan(9_000);
  });
});

test.each<NoticeName>(["not_found", "reopen", "almost", "elsewhere", "unavailable"])(
  "the notice %s has no script, no button and no bank's name",
  (name) => {
    for (const language of LANGUAGES) {
      const html = renderNotice(name, { language, brand: { product: "Acme & Sons" }, assets });
      expect(html).not.toMatch(/<script|<button/);
      expect(html).toContain("Acme &amp; Sons");
      shown(html);
    }
  },
);

describe("the texts", () => {
  const names = { product: "Acme", bank: "First Platypus Bank", Bank: "First Platypus Bank" };

  test("offer a button in one language exactly where they do in the others, and a date where one belongs", () => {
    const english = TEXTS.en.panels(names);
    for (const language of LANGUAGES) {
      for (const [name, words] of Object.entries(TEXTS[language].panels(names))) {
        const like = english[name as keyof typeof english];
        expect([language, name, words.action !== undefined]).toEqual([language, name, like.action !== undefined]);
        expect([language, name, words.note !== undefined]).toEqual([language, name, like.note !== undefined]);
        expect([language, name, words.lead.split("{date}").length]).toEqual([
          language,
          name,
          like.lead.split("{date}").length,
        ]);
        expect(words.title.length).toBeGreaterThan(0);
      }
      expect(TEXTS[language].support).toContain("{address}");
    }
  });

  test("are not left in English by mistake", () => {
    const english = Object.values(TEXTS.en.panels(names)).map(({ lead }) => lead);
    for (const language of ["es", "fr"] as const) {
      for (const { lead } of Object.values(TEXTS[language].panels(names))) expect(english).not.toContain(lead);
    }
  });
});
