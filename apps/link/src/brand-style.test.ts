import Color from "colorjs.io";
import { expect, test } from "vitest";
import { createBrandStyle } from "./brand-style.ts";

const CARDS = ["#ffffff", "#14181f"];

test.each(["#1a56c4", "#ffd500", "#ffffff", "#000000", "#14181f", "#7f7f7f", "#e4002b", "#00c2a8"])(
  "with %s as the company's colour everything can be read, by day and by night",
  (color) => {
    const { css } = createBrandStyle(color);
    const schemes = css.split("@media");
    expect(schemes).toHaveLength(2);
    for (const [index, scheme] of schemes.entries()) {
      const value = (name: string) => new RegExp(`--${name}:(#[0-9a-f]{6}|transparent)[;}]`).exec(scheme)?.[1] ?? "";
      const contrast = (a: string, b: string) => Color.contrast(a, b, "WCAG21");
      expect(value("accent")).toBe(color);
      expect(contrast(value("on-accent"), color)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(value("on-accent"), value("accent-strong"))).toBeGreaterThanOrEqual(4.5);
      for (const ground of [CARDS[index] ?? "", value("tint")]) {
        expect(contrast(value("accent-text"), ground)).toBeGreaterThanOrEqual(4.5);
      }
      const edge = value("accent-edge") === "transparent" ? color : value("accent-edge");
      expect(contrast(edge, CARDS[index] ?? "")).toBeGreaterThanOrEqual(3);
    }
  },
);

test("the name of the style sheet changes with the colour", () => {
  const paths = ["#1a56c4", "#1a56c5"].map((color) => createBrandStyle(color).path);
  expect(paths[0]).toMatch(/^\/assets\/brand-[0-9A-F]{8}\.css$/);
  expect(paths[0]).not.toBe(paths[1]);
});
