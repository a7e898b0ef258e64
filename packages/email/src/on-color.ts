import Color from "colorjs.io";

/**
 * Black or white, whichever is read more easily on a colour.
 *
 * One of the two always has a contrast of 4.5 or more: they meet at 4.58.
 *
 * @param color - `#rrggbb`.
 * @see https://www.w3.org/TR/WCAG22/#contrast-minimum (checked 2026-11-22)
 */
export function onColor(color: string): "#ffffff" | "#000000" {
  const contrast = (text: string): number => Color.contrast(text, color, "WCAG21");
  return contrast("#ffffff") >= contrast("#000000") ? "#ffffff" : "#000000";
}
