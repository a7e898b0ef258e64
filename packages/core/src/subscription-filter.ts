import { type EventType, matchesPattern } from "./event-types.ts";
import type { Actor } from "./status-meaning.ts";

/**
 * Which events a subscription wants. An event has to pass every list that is given; in a list one match is enough. A list
 * that is missing or empty lets everything pass, but for `eventTypes`.
 */
export interface SubscriptionFilter {
  /** Types, families or `*`: see `isEventPattern`. Nothing is wanted if there are none. */
  eventTypes: readonly string[];
  /** Plaid's `error_code`s. */
  errorCodes?: readonly string[] | null;
  whoActs?: readonly Actor[] | null;
  /** The provider's ids. */
  institutionIds?: readonly string[] | null;
  /** Plaid's names of products, such as `auth`. */
  products?: readonly string[] | null;
  environments?: readonly string[] | null;
}

/**
 * What of an event can be filtered by.
 *
 * An event that lacks what a filter asks about does not pass: who asks for one error code does not mean events without
 * any. So give an event what belongs to it also where its body does not show it: an `item.repaired` has the code and
 * actor of what it ends, or who heard of a break would never hear of its end; a `reauth.*` has those of its episode, if
 * it has any.
 */
export interface EventAttributes {
  type: EventType;
  errorCode: string | null;
  whoActs: Actor | null;
  institutionId: string | null;
  /** Of the Item; none where they are not known. */
  products: readonly string[];
  environment: string | null;
}

/** True if an event is to be delivered to a subscription. */
export function wantsEvent(filter: SubscriptionFilter, event: EventAttributes): boolean {
  return (
    filter.eventTypes.some((pattern) => matchesPattern(pattern, event.type)) &&
    passes(filter.errorCodes, [event.errorCode]) &&
    passes(filter.whoActs, [event.whoActs]) &&
    passes(filter.institutionIds, [event.institutionId]) &&
    passes(filter.products, event.products) &&
    passes(filter.environments, [event.environment])
  );
}

function passes(wanted: readonly string[] | null | undefined, values: readonly (string | null)[]): boolean {
  return !wanted?.length || values.some((value) => value !== null && wanted.includes(value));
}
