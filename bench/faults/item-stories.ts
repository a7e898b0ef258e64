import type { ItemError, ItemStatusKind } from "@relink/core";

/** What happens to one Item in a run, told in advance. */
export interface ItemStory {
  plaidItemId: string;
  /** Its user's. Each Item has a user of its own, so that every mail tells which Item it is about. */
  email: string;
  /** What Plaid says of it, one after the other; the first while it is registered, the last until the end. */
  chapters: readonly (ItemError | null)[];
  /** The one that holds now. */
  chapter: number;
}

const loginRequired: ItemError = { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: null };
const locked: ItemError = { type: "ITEM_ERROR", code: "ITEM_LOCKED", reason: null };
const institutionDown: ItemError = { type: "INSTITUTION_ERROR", code: "INSTITUTION_DOWN", reason: null };

/** The status that each truth of a story has to end in. */
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
  return story.chapters.every((error) => error === null || error === institutionDown);
}

/** Fifty Items: some that always work, some that break for good, some that recover, some that do both time and again. */
export function tellStories(): ItemStory[] {
  const plots: readonly (readonly [number, readonly (ItemError | null)[]])[] = [
    [14, [null]],
    [4, [null, institutionDown]],
    [2, [null, institutionDown, null]],
    [10, [null, loginRequired]],
    [6, [null, locked]],
    [8, [null, loginRequired, null]],
    [3, [null, loginRequired, null, locked, null]],
    [3, [null, loginRequired, null, locked, null, loginRequired]],
  ];
  return plots
    .flatMap(([count, chapters]) => Array.from({ length: count }, () => chapters))
    .map((chapters, index) => ({
      plaidItemId: `item-${index}`,
      email: `user-${index}@example.com`,
      chapters,
      chapter: 0,
    }));
}

/** True now. */
export function truthOf(story: ItemStory): ItemError | null {
  return story.chapters[story.chapter] ?? null;
}

export { loginRequired };
