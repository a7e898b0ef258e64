import type { BankAction, EpisodeCause, Language } from "@relink/core";
import type { PanelName } from "../panels.ts";
import type { LineKind } from "./marks.tsx";
import type { ActionKind, PanelContent } from "./panel.tsx";
import { type Names, type NoticeName, TEXTS, type Words } from "./texts/index.ts";

/** What a page is about, as far as its words depend on it. */
export interface About {
  language: Language;
  names: Names;
  cause: EpisodeCause;
  /** What is to be done at the bank first; for `bank_action`. */
  bankAction: BankAction | null;
  /** When the connection ends, and who says so: the user's own consent, or the bank. For `expiring`. */
  ends: { at: Date; isByBank: boolean } | null;
  /** True if nobody is written to about the Item. */
  isMuted: boolean;
}

/** How each panel is drawn, and what its button does. */
const LOOKS: Record<PanelName, { line: LineKind; does?: ActionKind }> = {
  ready: { line: "broken", does: "connect" },
  bank_action: { line: "broken", does: "connect" },
  expiring: { line: "pending", does: "connect" },
  new_accounts: { line: "connected", does: "connect" },
  revoked: { line: "resting", does: "connect" },
  finish: { line: "pending", does: "connect" },
  continue: { line: "working", does: "connect" },
  restart: { line: "broken", does: "connect" },
  returned: { line: "working" },
  checking: { line: "working" },
  done: { line: "connected" },
  later: { line: "pending" },
  closed: { line: "broken", does: "connect" },
  failed: { line: "broken", does: "connect" },
  unreachable: { line: "broken", does: "again" },
  plaid_down: { line: "resting", does: "again" },
  blocked: { line: "broken", does: "connect" },
  busy: { line: "broken", does: "again" },
  expired: { line: "resting", does: "new_mail" },
  mail_asked: { line: "pending" },
  fixed: { line: "connected" },
  older_mail: { line: "pending" },
  displaced: { line: "resting" },
  removed: { line: "resting" },
  degraded: { line: "resting" },
  needs_new_item: { line: "resting" },
  cannot_renew: { line: "resting" },
  needs_developer: { line: "resting" },
};

/** Panels that a person meets first, and that say what the button will lead to. */
const EXPLAINS_NEXT: readonly PanelName[] = ["ready", "expiring", "new_accounts"];
/** Panels on which a muted Item says that nobody is written to. */
const SAYS_MUTED: readonly PanelName[] = ["ready", "bank_action", "expiring", "new_accounts", "revoked"];

/** What a panel says and how it looks. */
export function contentOf(panel: PanelName, about: About): PanelContent {
  const texts = TEXTS[about.language];
  const { line, does } = LOOKS[panel];
  const words = wordsOf(panel, about);
  const note = about.isMuted && SAYS_MUTED.includes(panel) ? texts.muted : words.note;
  return {
    line: panel === "closed" && about.cause !== "broken" ? "pending" : line,
    title: words.title,
    lead: words.lead,
    date: about.ends?.at,
    todo: words.todo,
    action: does === undefined || words.action === undefined ? undefined : { does, label: words.action },
    next: EXPLAINS_NEXT.includes(panel) ? texts.next(about.names) : undefined,
    note,
    reasons: panel === "failed" ? texts.errors : undefined,
  };
}

function wordsOf(panel: PanelName, { language, names, cause, bankAction, ends }: About): Words {
  const texts = TEXTS[language];
  if (panel === "bank_action") {
    const { title, first, last, action } = texts.bankAction(names);
    const { why, step } = first[bankAction ?? "finish_setup"];
    return { title, lead: why, todo: [step, last], action };
  }
  const words = texts.panels(names);
  if (panel === "expiring" && ends?.isByBank) return words.expiring_at_bank;
  if ((panel === "done" || panel === "closed") && cause !== "broken") return words[`${panel}_${cause}`];
  return words[panel];
}

/** How each notice is drawn. */
const NOTICE_LINES: Record<NoticeName, LineKind> = {
  not_found: "resting",
  reopen: "pending",
  almost: "pending",
  elsewhere: "pending",
  unavailable: "resting",
};

/** What a notice says. None of them names a bank or a person. */
export function noticeOf(notice: NoticeName, language: Language, product: string): PanelContent {
  const { title, lead, todo } = TEXTS[language].notices(product)[notice];
  return { line: NOTICE_LINES[notice], title, lead, todo };
}
