import { createHash } from "node:crypto";
import Color from "colorjs.io";

/** A style sheet made at the start, and where it is served: its name changes with its content. */
export interface BrandStyle {
  path: string;
  css: string;
}

/** What the pages' own style sheet draws on, by day and by night. */
const CARDS = { light: "#ffffff", dark: "#14181f" } as const;

/** What text needs against its ground, and what the edge of a control needs, by WCAG 2.2. */
const READABLE = 4.5;
const VISIBLE = 3;

/**
 * The company's colour in the places of the pages' own. A style sheet and not a `style` attribute, which the pages'
 * policy forbids.
 *
 * The button is filled with the colour as it was given. What is written on it, or in it on the page, is brought to a
 * contrast that can be read, however pale or dark the colour is.
 *
 * @param color - `#rrggbb`.
 * @see https://www.w3.org/TR/WCAG22/#contrast-minimum (checked 2026-11-22)
 */
export function createBrandStyle(color: string): BrandStyle {
  const css = `:root{${variables(color, "light")}}@media (prefers-color-scheme:dark){:root{${variables(color, "dark")}}}`;
  const hash = createHash("sha256").update(css).digest("hex").slice(0, 8).toUpperCase();
  return { path: `/assets/brand-${hash}.css`, css };
}

function variables(color: string, scheme: "light" | "dark"): string {
  const card = CARDS[scheme];
  const onAccent = contrast(color, "#ffffff") >= READABLE ? "#ffffff" : "#000000";
  const tint = mix(card, color, scheme === "light" ? 0.09 : 0.16);
  const accentText = readableOn(color, [card, tint], scheme === "light" ? "#000000" : "#ffffff");
  return Object.entries({
    accent: color,
    "accent-strong": mix(color, onAccent === "#ffffff" ? "#000000" : "#ffffff", 0.16),
    "on-accent": onAccent,
    "accent-text": accentText,
    "accent-edge": contrast(color, card) < VISIBLE ? accentText : "transparent",
    tint,
  })
    .map(([name, value]) => `--${name}:${value}`)
    .join(";");
}

/** The colour itself, or the nearest one on the way to `towards` that can be read on all of these. */
function readableOn(color: string, grounds: readonly string[], towards: string): string {
  for (let share = 0; share < 1; share += 0.04) {
    const candidate = mix(color, towards, share);
    if (grounds.every((ground) => contrast(candidate, ground) >= READABLE)) return candidate;
  }
  return towards;
}

function contrast(a: string, b: string): number {
  return Color.contrast(a, b, "WCAG21");
}

/** @param share - how much of `b`, from 0 to 1. */
function mix(a: string, b: string, share: number): string {
  return Color.mix(a, b, share, { space: "srgb", outputSpace: "srgb" }).toString({ format: "hex", collapse: false });
}
