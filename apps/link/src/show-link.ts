import type { ItemStatus } from "@relink/core";
import { toItemStatus } from "@relink/items";
import { type AssetPaths, renderLinkPage } from "#pages";
import { bankActionOf, isRepairable, panelForClosed, panelForStatus } from "./choose-panel.ts";
import type { FoundLink } from "./find-link.ts";
import type { PanelName } from "./panels.ts";
import type { RecentAnswers } from "./recent-answers.ts";
import type { Reply } from "./reply.ts";

export interface ShowDeps {
  answers: RecentAnswers;
  productName: string;
  plaidScriptUrl: string;
  assets: AssetPaths;
}

/**
 * The page of a link. Changes nothing, however often and by whomever it is asked for: mail scanners open links too.
 *
 * @param arrival - `returned`: from the bank, to the browser that left for it. `returned_elsewhere`: this browser holds
 * the bank's answer, but the page was left in another one.
 */
export async function showLink(
  deps: ShowDeps,
  link: FoundLink,
  arrival: "opened" | "returned" | "returned_elsewhere",
): Promise<Reply> {
  const { item, episode, token, subject } = link;
  if (episode.closedAt !== null) return page(panelForClosed(episode.closeReason, item.status), null);
  // Back from the bank: the page asks at once by itself, and the person has waited enough.
  if (arrival === "returned") return page("continue", null);

  const answered = await deps.answers.statusOf(item);
  const status: ItemStatus = answered ?? toItemStatus(item);
  // Only an answer may send somebody away as fixed. Without one, the button asks again.
  if (answered === null && status.kind === "healthy") return page("ready", null);
  if (arrival === "returned_elsewhere" && isRepairable(status.kind)) return page("finish", null);
  return page(panelForStatus(status.kind), status);

  function page(panel: PanelName, shown: ItemStatus | null): Reply {
    const html = renderLinkPage({
      panel,
      product: deps.productName,
      bank: item.institutionName,
      bankAction: shown && bankActionOf(shown),
      token,
      plaidScriptUrl: deps.plaidScriptUrl,
      assets: deps.assets,
    });
    return { status: 200, body: { html }, outcome: panel, subject };
  }
}
