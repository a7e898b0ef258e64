import type { ItemError, ItemStatusKind } from "@relink/core";
import type { Random } from "./random.ts";

/** What happens to one Item in a run. */
export interface ItemStory {
  readonly plaidItemId: string;
  /** Its user's. Each Item has a user of its own, so that every mail tells which Item it is about. */
  readonly email: string;
  /** What may be true of it. */
  readonly truths: readonly (ItemError | null)[];
  /** What is. */
  truth: ItemError | null;
}

export const loginRequired: ItemError = { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: null };
const locked: ItemError = { type: "ITEM_ERROR", code: "ITEM_LOCKED", reason: null };
const institutionDown: ItemError = { type: "INSTITUTION_ERROR", code: "INSTITUTION_DOWN", reason: null };

/** The status that each truth has to end in. */
export function statusOf(error: ItemError | null): ItemStatusKind {
  switch (error) {
    case null:
      return "healthy";
    case loginRequired:
      return "login_required";
    case locked:
      return "bank_action_required";
    case institutionDown:
      return "degraded";
    default:
      throw new TypeError(`no story tells of ${error.code}`);
  }
}

/** True if nothing that a user could do anything about ever happens to the Item: its user must not hear of it. */
export function neverNeedsItsUser(story: ItemStory): boolean {
  return !story.truths.some(isMailed);
}

/** True if the user can do something about it, and is told. */
export function isMailed(error: ItemError | null): boolean {
  return ["login_required", "bank_action_required"].includes(statusOf(error));
}

/** Sixty Items: some that always work, some whose bank fails, some that break and recover, some that do all of it. */
export function tellStories(): ItemStory[] {
  const plots: readonly (readonly [number, readonly (ItemError | null)[]])[] = [
    [12, [null]],
    [8, [null, institutionDown]],
    [30, [null, loginRequired]],
    [5, [null, loginRequired, locked]],
    [5, [null, loginRequired, locked, institutionDown]],
  ];
  return plots
    .flatMap(([count, truths]) => Array.from({ length: count }, () => truths))
    .map((truths, index) => ({
      plaidItemId: `item-${index}`,
      email: `user-${index}@example.com`,
      truths,
      truth: null,
    }));
}

/** Something else that may be true of an Item; what is true already if there is nothing else. */
export function anotherTruth(story: ItemStory, random: Random): ItemError | null {
  const others = story.truths.filter((truth) => truth !== story.truth);
  return others.length === 0 ? story.truth : random.one(others);
}
