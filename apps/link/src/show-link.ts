import type { ItemStatus, Language } from "@relink/core";
import { toItemStatus } from "@relink/items";
import { type AssetPaths, type Brand, renderLinkPage } from "#pages";
import { bankActionOf, isRepairable, panelFor, panelForClosed } from "./choose-panel.ts";
import type { FoundLink } from "./find-link.ts";
import type { PanelName } from "./panels.ts";
import type { RecentAnswers } from "./recent-answers.ts";
import type { Reply } from "./reply.ts";

export interface ShowDeps {
  answers: RecentAnswers;
  brand: Brand;
  plaidScriptUrl: string;
  assets: AssetPaths;
}

/** How somebody comes to the page of a link. */
export type Arrival =
  | { kind: "opened" }
  /** From the bank, to the browser that left for it. */
  | { kind: "returned" }
  /** This browser holds the bank's answer, but the page was left in another one. */
  | { kind: "returned_elsewhere" }
  /** From Plaid's own page, where this session was. */
  | { kind: "hosted_return"; session: string };

/** The page of a link. Changes nothing, however often and by whomever it is asked for: mail scanners open links too. */
export async function showLink(deps: ShowDeps, link: FoundLink, arrival: Arrival, language: Language): Promise<Reply> {
  const { item, episode, token, hasNewer, subject } = link;
  if (episode.closedAt !== null) {
    const panel = panelForClosed(episode.closeReason, toItemStatus(item), hasNewer);
    // Whoever comes from there has just repaired it, and Plaid was quicker to tell than the browser.
    return page(panel === "fixed" && arrival.kind === "hosted_return" ? "done" : panel, null);
  }
  // The page asks at once by itself, and the person has waited enough.
  if (arrival.kind === "returned") return page("continue", null);
  if (arrival.kind === "hosted_return") return page("returned", null, arrival.session);

  const answered = await deps.answers.statusOf(link);
  const status: ItemStatus = answered ?? toItemStatus(item);
  const panel = panelFor(status, episode.cause, hasNewer);
  // Only an answer may send somebody away as fixed. Without one, the button asks again.
  if (answered === null && panel === "fixed") return page("ready", null);
  if (arrival.kind === "returned_elsewhere" && isRepairable(panel)) return page("finish", null);
  return page(panel, status);

  function page(panel: PanelName, shown: ItemStatus | null, session?: string): Reply {
    const html = renderLinkPage({
      panel,
      language,
      cause: episode.cause,
      brand: deps.brand,
      bank: item.institutionName,
      bankAction: shown && bankActionOf(shown),
      ends: shown?.kind === "expiring" ? { at: shown.at, isByBank: shown.reason.startsWith("INSTITUTION_") } : null,
      isMuted: item.mutedAt !== null,
      token,
      session,
      plaidScriptUrl: deps.plaidScriptUrl,
      assets: deps.assets,
    });
    return { status: 200, body: { html }, outcome: panel, subject };
  }
}

/**
 * The page of a link of ours that is too old. Tells nothing about it, not even whether it is still needed: old links lie
 * about.
 */
export function showExpired(deps: ShowDeps, token: string, language: Language): Reply {
  const html = renderLinkPage({
    panel: "expired",
    language,
    cause: "broken",
    brand: deps.brand,
    bank: null,
    bankAction: null,
    ends: null,
    isMuted: false,
    token,
    plaidScriptUrl: deps.plaidScriptUrl,
    assets: deps.assets,
  });
  return { status: 410, body: { html }, outcome: "expired" };
}
