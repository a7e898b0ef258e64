import { assertNever } from "./errors.ts";
import { statusAnsweredBy, statusHintedBy } from "./error-catalogue.ts";
import type { ItemError, ItemStatus } from "./item-status.ts";
import { type EpisodeCause, mailTemplateFor, type ReminderPolicy } from "./mails.ts";
import { type Consent, isRenewedSince, type Pending, stillPending } from "./pending.ts";
import { DEGRADED_RECHECK_MS, HINT_GATHER_MS, LINK_LIFETIME_MS } from "./schedule.ts";
import { STATUS_MEANING } from "./status-meaning.ts";

/**
 * How the mails of an episode stand: none yet; one is owed; one is held back because the user can do nothing at the
 * moment; or all so far are done (given to SMTP, or never to be).
 */
export type EpisodeMail = "none" | "owed" | "held" | "done";

/**
 * From the first sign that somebody should act until it is done. Mails, clicks and Link sessions belong to it; an Item
 * has one at most.
 */
export interface OpenEpisode {
  cause: EpisodeCause;
  openedAt: Date;
  /** When `/item/get` first bore it out; `null` while it is only a suspicion. */
  confirmedAt: Date | null;
  mail: EpisodeMail;
  /** Whether a mail has gone out, or may have. */
  isTold: boolean;
}

/** All that the rules know about an Item. Times are the database's, so that they can be compared. */
export interface ItemState {
  status: ItemStatus;
  /** When the question was asked whose answer is applied; `null` before the first one. */
  askedAt: Date | null;
  /** When the newest hint was received; `null` if there was none. */
  hintAt: Date | null;
  /** The end that was announced, also while an error hides it. */
  pending: { pending: Pending; since: Date } | null;
  /** The date of the last announced end that was averted, so that a late repetition of the webhook announces nothing. */
  avertedAt: Date | null;
  consent: Consent;
  episode: OpenEpisode | null;
}

/**
 * What can happen to an Item. Webhooks are hints: Plaid numbers them not, promises no order and repeats them. So is a
 * browser's word that Link succeeded. An answer of `/item/get` is the truth at the moment of its question.
 */
export type ItemEvent =
  | { kind: "error_reported"; at: Date; error: ItemError | null }
  | { kind: "repair_reported"; at: Date }
  | { kind: "pending_reported"; at: Date; pending: Pending }
  | { kind: "new_accounts_reported"; at: Date }
  | { kind: "link_succeeded"; at: Date }
  | ItemAnswer;

export interface ItemAnswer {
  kind: "answered";
  askedAt: Date;
  error: ItemError | null;
  /** `consent_expiration_time`. */
  consentExpiresAt: Date | null;
  /**
   * True if the same user has a newer, working Item at a bank where a second Item puts the first one out. Then the remedy
   * is to remove one of the two, and not to sign in again.
   *
   * @see https://plaid.com/docs/link/duplicate-items/ (checked 2026-11-22)
   */
  isDisplaced: boolean;
}

export type CloseReason = "repaired" | "false_alarm" | "removed" | "superseded" | "completed" | "lapsed";

/** What has to be done about a change, in the transaction that stores it. They are in the order of their doing. */
export type ItemEffect =
  | { kind: "ask"; dueAt: Date }
  | { kind: "open_episode"; at: Date; cause: EpisodeCause; error: ItemError | null }
  | { kind: "confirm_episode"; at: Date }
  | { kind: "close_episode"; at: Date; reason: CloseReason }
  /** The first mail of the open episode. */
  | { kind: "owe_mail"; dueAt: Date }
  | { kind: "hold_mail" }
  | { kind: "release_mail"; dueAt: Date }
  /** "You are connected again", to somebody who was written to in the episode that was just closed. */
  | { kind: "owe_good_news"; dueAt: Date };

export interface Transition {
  state: ItemState;
  effects: readonly ItemEffect[];
}

/** Settings of the rules. */
export interface ItemPolicy extends ReminderPolicy {
  /** From the first sign of a break to the first mail, in milliseconds: time for a late LOGIN_REPAIRED to win. */
  holdMs: number;
  /** Whether users are told of accounts that they could share. Their connection works, so it is off by default. */
  tellsOfNewAccounts: boolean;
}

export const DEFAULT_POLICY: ItemPolicy = {
  holdMs: 90_000,
  reminderDays: [1, 3, 7],
  expiringDays: [7, 3, 1],
  tellsOfNewAccounts: false,
};

const DAY_MS = 24 * 60 * 60_000;

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
      return applyHint(state, event.at, { status: event.error === null ? null : statusHintedBy(event.error) });
    case "repair_reported":
      return applyHint(state, event.at, {
        status: isRepairableElsewhere(state.status) ? working(state.pending) : null,
      });
    case "pending_reported":
      return applyAnnouncement(state, event);
    case "new_accounts_reported":
      return applyHint(state, event.at, { cause: policy.tellsOfNewAccounts ? "new_accounts" : null });
    case "link_succeeded":
      return applyHint(state, event.at, { consent: { ...state.consent, renewedAt: event.at } });
    case "answered":
      return applyAnswer(state, event, policy);
    default:
      return assertNever(event);
  }
}

/** LOGIN_REPAIRED speaks of logins: it says nothing about a revoked Item or one that needs a developer. */
function isRepairableElsewhere(status: ItemStatus): boolean {
  return ["login_required", "bank_action_required", "degraded"].includes(status.kind);
}

/** The status of an Item without an error. */
function working(announced: ItemState["pending"]): ItemStatus {
  if (announced === null) return { kind: "healthy" };
  const { at, reason } = announced.pending;
  return { kind: "expiring", at, reason };
}

function isWorking(status: ItemStatus): boolean {
  return status.kind === "healthy" || status.kind === "expiring";
}

/** What a hint suggests. Only an answer closes an episode, or puts one in the place of another. */
interface Suggestion {
  status?: ItemStatus | null;
  consent?: Consent;
  cause?: EpisodeCause | null;
}

/**
 * An announcement counts even if Plaid was asked after it came: of a disconnection an answer says nothing. One that is
 * known, over or averted is a hint like others.
 */
function applyAnnouncement(state: ItemState, { at, pending }: { at: Date; pending: Pending }): Transition {
  const announced = { pending, since: at };
  const isKnown = state.pending?.pending.kind === pending.kind && +state.pending.pending.at === +pending.at;
  const isOver =
    pending.at <= at || +pending.at === Number(state.avertedAt) || isRenewedSince(announced, state.consent);
  if (isKnown || isOver) return applyHint(state, at, {});
  const next: ItemState = { ...state, pending: announced, hintAt: isAfter(at, state.hintAt) ? at : state.hintAt };
  if (isWorking(state.status)) next.status = working(announced);
  const effects: ItemEffect[] = [{ kind: "ask", dueAt: new Date(at.getTime() + HINT_GATHER_MS) }];
  if (next.status.kind === "expiring" && state.episode === null) effects.push(...open(next, "expiring", at));
  return { state: next, effects };
}

function applyHint(state: ItemState, at: Date, suggested: Suggestion): Transition {
  if (isBefore(at, state.askedAt) || !isAfter(at, state.hintAt)) return { state, effects: [] };
  const { status: hinted = null, consent = state.consent } = suggested;
  // Only an answer may say that an Item is gone: the status is final, and a hint may be wrong.
  const status = hinted === null || hinted.kind === "removed" ? state.status : hinted;
  const next: ItemState = { ...state, status, consent, hintAt: at };
  const effects: ItemEffect[] = [{ kind: "ask", dueAt: new Date(at.getTime() + HINT_GATHER_MS) }];
  const cause = causeOf(status) ?? suggested.cause ?? null;
  if (state.episode === null && cause !== null) effects.push(...open(next, cause, at));
  return { state: next, effects };
}

function applyAnswer(state: ItemState, answer: ItemAnswer, policy: ItemPolicy): Transition {
  const { askedAt, consentExpiresAt } = answer;
  if (isBefore(askedAt, state.askedAt) || !isAfter(askedAt, state.hintAt)) return { state, effects: [] };

  const still = stillPending(state.pending, { ...state.consent, askedAt: state.askedAt }, answer);
  const averted = still === null && answer.error === null ? (state.pending?.pending.at ?? null) : null;
  const next: ItemState = {
    ...state,
    askedAt,
    pending: still === null ? null : { pending: still, since: state.pending?.since ?? askedAt },
    avertedAt: averted ?? state.avertedAt,
    consent: { ...state.consent, expiresAt: consentExpiresAt },
  };
  next.status = answeredStatus(answer, next.pending);

  const effects: ItemEffect[] = [];
  if (next.status.kind === "degraded") {
    effects.push({ kind: "ask", dueAt: new Date(askedAt.getTime() + DEGRADED_RECHECK_MS) });
  }
  // Nothing tells us that the date has passed either.
  if (next.status.kind === "expiring") effects.push({ kind: "ask", dueAt: next.status.at });
  effects.push(...moveEpisode(next, state.status, askedAt), ...planMail(next, askedAt, policy));
  return { state: next, effects };
}

function answeredStatus({ error, isDisplaced }: ItemAnswer, announced: ItemState["pending"]): ItemStatus {
  if (error === null) return working(announced);
  const status = statusAnsweredBy(error);
  return status.kind === "login_required" && isDisplaced ? { kind: "needs_developer", error } : status;
}

function causeOf(status: ItemStatus): EpisodeCause | null {
  if (STATUS_MEANING[status.kind].isBreak) return "broken";
  return status.kind === "expiring" ? "expiring" : null;
}

function open(next: ItemState, cause: EpisodeCause, at: Date): ItemEffect[] {
  next.episode = { cause, openedAt: at, confirmedAt: null, mail: "none", isTold: false };
  const error = "error" in next.status ? next.status.error : null;
  return [{ kind: "open_episode", at, cause, error }];
}

/** Closes and opens what an answer says is over and has begun, and confirms what it bears out. Changes `next`. */
function moveEpisode(next: ItemState, before: ItemStatus, askedAt: Date): ItemEffect[] {
  const effects: ItemEffect[] = [];
  const cause = causeOf(next.status);
  const { episode } = next;
  if (episode !== null) {
    const reason = closeReason(next, episode, cause, askedAt);
    if (reason !== null) {
      effects.push({ kind: "close_episode", at: askedAt, reason });
      if (reason === "repaired" && episode.cause === "broken" && episode.isTold && isWorking(next.status)) {
        effects.push({ kind: "owe_good_news", dueAt: askedAt });
      }
      next.episode = null;
    }
  }
  if (next.episode === null && cause !== null) {
    // A hint said it first: then the break began with the hint.
    const isHinted = next.hintAt !== null && causeOf(before) === cause;
    effects.push(...open(next, cause, isHinted && next.hintAt !== null ? next.hintAt : askedAt));
  }
  const isBorneOut =
    next.episode?.cause === cause || (next.episode?.cause === "new_accounts" && isWorking(next.status));
  if (next.episode !== null && next.episode.confirmedAt === null && isBorneOut) {
    effects.push({ kind: "confirm_episode", at: askedAt });
    next.episode = { ...next.episode, confirmedAt: askedAt };
  }
  return effects;
}

/** Why an answer ends an episode; `null` if it goes on. */
function closeReason(
  next: ItemState,
  episode: OpenEpisode,
  cause: EpisodeCause | null,
  askedAt: Date,
): CloseReason | null {
  if (next.status.kind === "removed") return "removed";
  if (next.status.kind === "degraded" || cause === episode.cause) return null;
  if (cause === "broken") return "superseded";
  if (episode.cause === "new_accounts") {
    if (cause !== null) return "superseded";
    if (next.consent.renewedAt !== null && next.consent.renewedAt > episode.openedAt) return "completed";
    return askedAt.getTime() - episode.openedAt.getTime() > LINK_LIFETIME_MS ? "lapsed" : null;
  }
  return episode.confirmedAt === null ? "false_alarm" : "repaired";
}

/** Owes, holds back or releases mails of the open episode. Changes `next`. */
function planMail(next: ItemState, askedAt: Date, policy: ItemPolicy): ItemEffect[] {
  const { episode } = next;
  if (episode === null || episode.confirmedAt === null) return [];
  const isMailed = mailTemplateFor(next.status.kind, episode.cause) !== null;
  const become = (mail: EpisodeMail, effect: ItemEffect): ItemEffect[] => {
    next.episode = { ...episode, mail };
    return [effect];
  };
  if (!isMailed) return episode.mail === "owed" ? become("held", { kind: "hold_mail" }) : [];
  if (episode.mail === "held") return become("owed", { kind: "release_mail", dueAt: askedAt });
  if (episode.mail !== "none") return [];
  const dueAt = new Date(Math.max(firstMailAt(next.status, episode, policy), askedAt.getTime()));
  return become("owed", { kind: "owe_mail", dueAt });
}

function firstMailAt(status: ItemStatus, episode: OpenEpisode, policy: ItemPolicy): number {
  if (status.kind !== "expiring") return episode.openedAt.getTime() + policy.holdMs;
  return status.at.getTime() - Math.max(...policy.expiringDays, 0) * DAY_MS;
}

// A hint and a question in the same millisecond: the hint counts as the newer one, so that it is asked about.

function isBefore(at: Date, known: Date | null): boolean {
  return known !== null && at.getTime() < known.getTime();
}

function isAfter(at: Date, known: Date | null): boolean {
  return known === null || at.getTime() > known.getTime();
}
