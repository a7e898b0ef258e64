import { EVENT_TYPE_NAMES, type EventType, matchesPattern } from "./event-types.ts";

type Family = EventType extends `${infer Name}.${string}` ? Name : never;

/** What the events of a family tell, to people who know no names of events. */
const FAMILIES: readonly (readonly [Family, string])[] = [
  ["item", "Connections to banks: when they break, when they are about to end, and when they work again"],
  ["reauth", "How users are asked to reconnect, and whether they do"],
  ["webhook", "Everything that Plaid tells about connections, as it comes in"],
  ["endpoint", "Whether messages to your team’s own systems arrive"],
  ["delivery", "Whether messages to your team’s own systems arrive"],
  ["recovery", "Whether messages to your team’s own systems arrive"],
];

/**
 * What a subscription tells, in words for people who are asked whether they want it.
 *
 * @param patterns - event types, families such as `item.*`, or `*`.
 * @returns one line for each subject, in English. A single type counts as its whole family: nobody is told less than comes.
 */
export function describePatterns(patterns: readonly string[]): string[] {
  const wanted = EVENT_TYPE_NAMES.filter((type) => patterns.some((pattern) => matchesPattern(pattern, type)));
  const lines = FAMILIES.filter(([family]) => wanted.some((type) => type.startsWith(`${family}.`)));
  return [...new Set(lines.map(([, words]) => words))];
}
