import type { ItemStatusKind } from "./item-status.ts";
import type { MailTemplate } from "./mail-templates.ts";
import { STATUS_MEANING } from "./status-meaning.ts";
import { knownTimeZone } from "./time-zone.ts";

/** Why the user of an Item is, or may be, asked to do something. */
export type EpisodeCause = "broken" | "expiring" | "new_accounts";

/** The step of the mail that says that all is well again, after the mails of an episode. */
export const GOOD_NEWS_STEP = 100;

/** From this step on are the mails that the user asked for, with a link that still works. */
export const REQUESTED_STEP = 200;

/** The text for an Item of this status in an episode of this cause; `null` where no mail can help. */
export function mailTemplateFor(status: ItemStatusKind, cause: EpisodeCause): MailTemplate | null {
  if (cause === "new_accounts") return status === "healthy" ? "new_accounts" : null;
  return STATUS_MEANING[status].mail;
}

const DAY_MS = 24 * 60 * 60_000;

/** When users are written to. */
export interface ReminderPolicy {
  /** Days after the first mail about a break, the shortest first. */
  reminderDays: readonly number[];
  /** Days before an announced end, the longest first; the first of them is the first mail. */
  expiringDays: readonly number[];
}

/**
 * When the next mail of an episode is due; `null` if that was the last one.
 *
 * About an announced end nobody is written to for a day that has passed already: who hears of it two days before is
 * reminded on the last day, and not three times at once.
 *
 * @param sent.step - of the mail that went out at `sent.at`; 0 is the first.
 * @param sent.firstAt - when the first one went out.
 * @param sent.endsAt - the announced end.
 */
export function nextReminder(
  cause: EpisodeCause,
  template: MailTemplate,
  sent: { step: number; at: Date; firstAt: Date; endsAt: Date | null },
  policy: ReminderPolicy,
): { step: number; dueAt: Date } | null {
  if (sent.step >= GOOD_NEWS_STEP) return null;
  // Who withdrew permission, or is offered something, is told once.
  if (cause === "new_accounts" || template === "revoked" || template === "connected_again") return null;
  if (cause === "expiring") {
    const { endsAt } = sent;
    if (endsAt === null) return null;
    const dates = policy.expiringDays.map((days) => endsAt.getTime() - days * DAY_MS).toSorted((a, b) => a - b);
    // Half a day apart at least, or the mail that was late and the next one come together.
    const dueAt = dates.find((date) => date - sent.at.getTime() > DAY_MS / 2);
    return dueAt === undefined ? null : { step: sent.step + 1, dueAt: new Date(dueAt) };
  }
  const days = policy.reminderDays[sent.step];
  return days === undefined ? null : { step: sent.step + 1, dueAt: new Date(sent.firstAt.getTime() + days * DAY_MS) };
}

/** When users may be reminded, by the clock where they are. */
export const DAYTIME = { from: 9, to: 18 } as const;

/**
 * The moment itself if it is day where the user is, else the next morning there.
 *
 * @param timeZone - IANA. One that nobody knows counts as `fallback`.
 * @throws RangeError if `fallback` is no time zone.
 */
export function nextDaytime(at: Date, timeZone: string | null, fallback: string): Date {
  const there = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(
    knownTimeZone(timeZone, fallback),
  );
  if (there.hour >= DAYTIME.from && there.hour < DAYTIME.to) return at;
  const day = there.hour >= DAYTIME.to ? there.toPlainDate().add({ days: 1 }) : there.toPlainDate();
  const morning = day.toZonedDateTime({ timeZone: there.timeZoneId, plainTime: { hour: DAYTIME.from } });
  return new Date(morning.epochMilliseconds);
}
