import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { PanelName } from "../panels.ts";
import { type LinkPage, type NoticeName, renderLinkPage, renderNotice } from "./index.tsx";

const assets = { script: "/assets/link-1.js", style: "/assets/page-1.css" };

function page(given: Partial<LinkPage> = {}): string {
  return renderLinkPage({
    panel: "ready",
    product: "Acme",
    bank: "First Platypus Bank",
    bankAction: null,
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

describe("the page of a link", () => {
  test.each([
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    '" autofocus onfocus="alert(1)',
    "{{7*7}}",
  ])("shows a name of %s as text", (name) => {
    for (const html of [
      page({ bank: name }),
      page({ product: name }),
      page({ token: name }),
      page({ panel: "fixed", bank: name }),
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
  });

  test.each<[PanelName, boolean]>([
    ["ready", true],
    ["bank_action", true],
    ["finish", true],
    ["continue", true],
    ["fixed", false],
    ["older_mail", false],
    ["removed", false],
    ["degraded", false],
    ["needs_new_item", false],
    ["revoked", false],
    ["needs_developer", false],
  ])("%s: a button %s, and what can follow only with one", (panel, hasButton) => {
    const html = page({ panel });
    expect(shown(html).includes("<button")).toBe(hasButton);
    expect(html.includes('data-panel="done"')).toBe(hasButton);
    expect(new Set(html.match(/ id="[^"]*"/g)).size).toBe(html.match(/ id="[^"]*"/g)?.length);
  });

  test("comes in the first packets of a connection", () => {
    expect(gzipSync(page()).length).toBeLessThan(5_000);
  });
});

test.each<NoticeName>(["not_found", "expired", "reopen", "almost", "unavailable"])(
  "the notice %s has no script, no button and no bank's name",
  (name) => {
    const html = renderNotice(name, { product: "Acme & Sons", assets });
    expect(html).not.toMatch(/<script|<button/);
    expect(html).toContain("Acme &amp; Sons");
    shown(html);
  },
);
