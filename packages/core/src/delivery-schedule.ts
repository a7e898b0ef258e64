const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * The waits between the attempts of a delivery, in seconds: 10 attempts in 75 h 35 min 5 s, so a weekend is survived.
 *
 * The list is the example of Standard Webhooks 1.0.0.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (checked 2026-11-22)
 */
export const DEFAULT_RETRY_WAITS: readonly number[] = [
  5,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** What an endpoint may choose for itself: how many waits, how long each of them and all together are, in seconds. */
export const RETRY_WAITS_LIMITS = { count: 20, shortest: 1, longest: 48 * HOUR, total: 7 * DAY } as const;

/** What is wrong with a schedule; `index` is that of the wait, `null` if it is about all of them. */
export interface ScheduleProblem {
  index: number | null;
  detail: string;
}

/**
 * All that is wrong with the waits that somebody chose for an endpoint; empty if they can be used.
 *
 * @param waits - in seconds.
 */
export function checkSchedule(waits: readonly number[]): readonly ScheduleProblem[] {
  const { count, shortest, longest, total } = RETRY_WAITS_LIMITS;
  const problems: ScheduleProblem[] = [];
  if (waits.length < 1 || waits.length > count) {
    problems.push({ index: null, detail: `give 1 to ${count} waits` });
  }
  for (const [index, wait] of waits.entries()) {
    if (!Number.isInteger(wait) || wait < shortest || wait > longest) {
      problems.push({ index, detail: `a wait is ${shortest} to ${longest} whole seconds` });
    }
  }
  if (waits.reduce((sum, wait) => sum + wait, 0) > total) {
    problems.push({ index: null, detail: `all waits together are ${total} seconds at most` });
  }
  return problems;
}
