import type { PanelName } from "../panels.ts";

function find<E extends Element = HTMLElement>(selector: string, within: ParentNode = document): E | null {
  return within.querySelector<E>(selector);
}

const productSuffix = document.title.slice(document.title.lastIndexOf(" · "));
const status = find("[data-status]");

/** The panel that is shown. */
export function currentPanel(): PanelName | undefined {
  return find("[data-panel]:not([hidden])")?.dataset["panel"] as PanelName | undefined;
}

/**
 * Shows a panel instead of the one before, and puts the focus on its heading, so that it is read out and the next Tab
 * leads to its button.
 *
 * @param lead - instead of the sentence that stands in it.
 */
export function showPanel(name: PanelName, lead?: string): void {
  const panel = find(`[data-panel="${name}"]`);
  if (panel === null) return;
  setBusy(false);
  for (const other of document.querySelectorAll<HTMLElement>("[data-panel]")) other.hidden = other !== panel;
  const text = find("[data-lead]", panel);
  if (text !== null && lead !== undefined) text.textContent = lead;
  const heading = find("h1", panel);
  document.title = (heading?.textContent ?? "") + productSuffix;
  window.scrollTo(0, 0);
  heading?.focus({ preventScroll: true });
}

/** Turns the button into a sign of work under way, or back. */
export function setBusy(isBusy: boolean): void {
  const button = find("[data-panel]:not([hidden]) [data-action]");
  const text = button && find("[data-label]", button);
  const label = isBusy ? (button?.dataset["busy"] ?? "") : "";
  if (button && text) {
    button.dataset["idle"] ??= text.textContent ?? "";
    text.textContent = isBusy ? label : button.dataset["idle"];
    // Not `disabled`, which would take the focus away from whoever pressed it.
    if (isBusy) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
  if (status !== null) status.textContent = label;
}

/**
 * A sentence about an error that ended Link; `undefined` if there is nothing good to say about it. The page's own words
 * come first, because they are in the page's language.
 *
 * @param plaidSays - Plaid's words that are meant for people, if it has some.
 */
export function explainError(code: string | undefined, plaidSays?: string | null): string | undefined {
  const reason = code && find(`[data-reason="${CSS.escape(code)}"]`)?.textContent;
  return reason || plaidSays || undefined;
}

/** Says every day as it is where the person is. */
export function showDays(): void {
  const days = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long" });
  for (const time of document.querySelectorAll("time")) time.textContent = days.format(new Date(time.dateTime));
}
