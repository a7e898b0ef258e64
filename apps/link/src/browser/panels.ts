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
  setBusy(null);
  for (const other of document.querySelectorAll<HTMLElement>("[data-panel]")) other.hidden = other !== panel;
  const text = find("[data-lead]", panel);
  if (text !== null && lead !== undefined) text.textContent = lead;
  const heading = find("h1", panel);
  document.title = (heading?.textContent ?? "") + productSuffix;
  window.scrollTo(0, 0);
  heading?.focus({ preventScroll: true });
}

/** Turns the button into a sign of work under way, with a word on what that is; `null` turns it back. */
export function setBusy(label: string | null): void {
  const button = find("[data-panel]:not([hidden]) [data-action]");
  const text = button && find("[data-label]", button);
  if (button && text) {
    button.dataset["idle"] ??= text.textContent ?? "";
    text.textContent = label ?? button.dataset["idle"];
    // Not `disabled`, which would take the focus away from whoever pressed it.
    if (label === null) button.removeAttribute("aria-disabled");
    else button.setAttribute("aria-disabled", "true");
  }
  if (status !== null) status.textContent = label ?? "";
}
