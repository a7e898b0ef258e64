import { assertNever } from "./errors.ts";
import { statusAnsweredBy, statusHintedBy } from "./error-catalogue.ts";
import { type ItemError, type ItemStatus, STATUS_MEANING } from "./item-status.ts";
import { DEGRADED_RECHECK_MS, HINT_GATHER_MS } from "./schedule.ts";

/**
 * Where the first mail of an episode stands: not owed yet, owed, held back because the user can do nothing at the
 * moment, or done (given to SMTP, or never to be).
 */
export type FirstMail = "none" | "owed" | "held" | "done";

/** From the first sign of a break until it is repaired. Mails, clicks and Link sessions belong to it. */
export interface OpenEpisode {
  openedAt: Date;
  /** When `/item/get` first said that the Item is broken; `null` while that is only a suspicion. */
  confirmedAt: Date | null;
  firstMail: FirstMail;
}

/** All that the rules know about an Item. Times are the database's, so that they can be compared. */
export interface ItemState {
  status: ItemStatus;
  /** When the question was asked whose answer is applied; `null` before the first one. */
  askedAt: Date | null;
  /** When the newest hint was received; `null` if there was none. */
  hintAt: Date | null;
  episode: OpenEpisode | null;
}

/**
 * What can happen to an Item. Webhooks are hints: Plaid numbers them not, promises no order and repeats them. An answer
 * of `/item/get` is the truth at the moment of its question.
 */
export type ItemEvent =
  | { kind: "error_reported"; at: Date; error: ItemError | null }
  | { kind: "repair_reported"; at: Date }
  | { kind: "answered"; askedAt: Date; error: ItemError | null };

export type CloseReason = "repaired" | "false_alarm" | "removed";

/** What has to be done about a change, in the transaction that stores it. */
export type ItemEffect =
  | { kind: "ask"; dueAt: Date }
  | { kind: "open_episode"; at: Date; error: ItemError }
  | { kind: "confirm_episode"; at: Date }
  | { kind: "close_episode"; at: Date; reason: CloseReason }
  | { kind: "owe_mail"; dueAt: Date }
  | { kind: "hold_mail" };

export interface Transition {
  state: ItemState;
  effects: readonly ItemEffect[];
}

/** Settings of the rules. */
export interface ItemPolicy {
  /** From the first sign of a break to the first mail, in milliseconds: time for a late LOGIN_REPAIRED to win. */
  holdMs: number;
}

/** True if `/item/get` has answered a question asked after the newest hint. */
export function isConfirmed(state: Pick<ItemState, "askedAt" | "hintAt">): boolean {
  return state.askedAt !== null && (state.hintAt === null || state.hintAt < state.askedAt);
}

/**
 * The next state of an Item, and what has to be done about it.
 *
 * Pure: no clock, no I/O. What is older than something already known changes nothing and asks for nothing, so duplicates
 * and late deliveries are harmless. Whatever the hints were, the answer to a question asked after the last of them ends
 * in exactly what `/item/get` said.
 */
export function nextItemState(state: ItemState, event: ItemEvent, policy: ItemPolicy): Transition {
  if (state.status.kind === "removed") return { state, effects: [] };
  switch (event.kind) {
    case "error_reported":
      return applyHint(state, event.at, event.error === null ? null : statusHintedBy(event.error));
    case "repair_reported":
      return applyHint(state, event.at, isRepairableElsewhere(state.status) ? { kind: "healthy" } : null);
    case "answered":
      return applyAnswer(state, event.askedAt, statusAnsweredBy(event.error), policy);
    default:
      return assertNever(event);
  }
}

/** LOGIN_REPAIRED speaks of logins: it says nothing about a revoked Item or one that needs a developer. */
function isRepairableElsewhere(status: ItemStatus): boolean {
  return ["login_required", "bank_action_required", "degraded"].includes(status.kind);
}

function applyHint(state: ItemState, at: Date, hinted: ItemStatus | null): Transition {
  if (isBefore(at, state.askedAt) || !isAfter(at, state.hintAt)) return { state, effects: [] };
  const effects: ItemEffect[] = [{ kind: "ask", dueAt: new Date(at.getTime() + HINT_GATHER_MS) }];
  // Only an answer may say that an Item is gone: the status is final, and a hint may be wrong.
  const status = hinted === null || hinted.kind === "removed" ? state.status : hinted;
  const opened = openEpisode(state, status, at);
  return { state: { ...state, status, hintAt: at, episode: opened.episode }, effects: [...effects, ...opened.effects] };
}

function applyAnswer(state: ItemState, askedAt: Date, status: ItemStatus, policy: ItemPolicy): Transition {
  if (isBefore(askedAt, state.askedAt) || !isAfter(askedAt, state.hintAt)) return { state, effects: [] };
  const effects: ItemEffect[] = [];
  if (status.kind === "degraded")
    effects.push({ kind: "ask", dueAt: new Date(askedAt.getTime() + DEGRADED_RECHECK_MS) });

  const opened = openEpisode(state, status, askedAt);
  effects.push(...opened.effects);
  let episode = opened.episode;
  if (episode !== null && (status.kind === "healthy" || status.kind === "removed")) {
    const reason = status.kind === "removed" ? "removed" : episode.confirmedAt === null ? "false_alarm" : "repaired";
    effects.push({ kind: "close_episode", at: askedAt, reason });
    episode = null;
  }
  if (episode !== null && STATUS_MEANING[status.kind].isBreak && episode.confirmedAt === null) {
    effects.push({ kind: "confirm_episode", at: askedAt });
    episode = { ...episode, confirmedAt: askedAt };
  }
  if (episode !== null) {
    const { isMailed } = STATUS_MEANING[status.kind];
    if (isMailed && (episode.firstMail === "none" || episode.firstMail === "held")) {
      const holdEnds = episode.openedAt.getTime() + policy.holdMs;
      effects.push({ kind: "owe_mail", dueAt: new Date(Math.max(holdEnds, askedAt.getTime())) });
      episode = { ...episode, firstMail: "owed" };
    } else if (!isMailed && episode.firstMail === "owed") {
      effects.push({ kind: "hold_mail" });
      episode = { ...episode, firstMail: "held" };
    }
  }
  return { state: { ...state, status, askedAt, episode }, effects };
}

function openEpisode(
  state: ItemState,
  status: ItemStatus,
  at: Date,
): { episode: OpenEpisode | null; effects: ItemEffect[] } {
  if (state.episode !== null || !("error" in status) || !STATUS_MEANING[status.kind].isBreak) {
    return { episode: state.episode, effects: [] };
  }
  return {
    episode: { openedAt: at, confirmedAt: null, firstMail: "none" },
    effects: [{ kind: "open_episode", at, error: status.error }],
  };
}

// A hint and a question in the same millisecond: the hint counts as the newer one, so that it is asked about.

function isBefore(at: Date, known: Date | null): boolean {
  return known !== null && at.getTime() < known.getTime();
}

function isAfter(at: Date, known: Date | null): boolean {
  return known === null || at.getTime() > known.getTime();
}
