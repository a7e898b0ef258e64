import type { EventType } from "./event-types.ts";
import type { ItemStatus, ItemStatusKind } from "./item-status.ts";
import { STATUS_MEANING } from "./status-meaning.ts";

/** What product teams were last told of an Item. */
export interface Told {
  kind: ItemStatusKind;
  /** `error_code`; `null` for a status without an error. */
  errorCode: string | null;
  /** The announced end; `null` unless `kind` is `expiring`. */
  endsAt: Date | null;
}

/** The event that tells of each status. */
const STATUS_EVENTS = {
  healthy: "item.repaired",
  expiring: "item.expiring",
  login_required: "item.error",
  bank_action_required: "item.error",
  needs_new_item: "item.error",
  needs_developer: "item.error",
  degraded: "item.degraded",
  revoked: "item.revoked",
  removed: "item.removed",
} as const satisfies Record<ItemStatusKind, EventType>;

/** The events that say how an Item stands. The newest one is the truth. */
export type ItemStateEvent = (typeof STATUS_EVENTS)[ItemStatusKind];

/** One event, and what product teams have been told once it is stored. */
export interface Announcement {
  type: ItemStateEvent;
  told: Told;
}

/**
 * What product teams have to be told now that an Item's status is known for sure: mostly nothing, or one event.
 *
 * - A break is told once, and again if its status or code becomes another one. It goes on through an outage, as its
 *   episode does: nothing is told of the outage, and nothing when the same error is back.
 * - `item.repaired` ends all that was told before. So an Item that works again before an announced end gives two events:
 *   `item.repaired`, then `item.expiring`. The order is that of their sequence.
 * - A first `healthy` is no news.
 *
 * Pure. Told the same again, it gives nothing.
 *
 * @param told - as stored with the Item; `null` if nothing was ever told.
 * @param status - confirmed by an answer of `/item/get` (`isConfirmed`). A hint is not enough.
 * @returns The events to store, in order. `told` of the last one is to be stored with the Item.
 */
export function announceItem(told: Told | null, status: ItemStatus): readonly Announcement[] {
  const now = toTold(status);
  if (told === null || told.kind === "healthy") return now.kind === "healthy" ? [] : [announcement(now)];
  if (isKnown(told, now)) return [];
  const isRepaired = now.kind === "healthy" || (now.kind === "expiring" && told.kind !== "expiring");
  const news = isRepaired ? [announcement({ kind: "healthy", errorCode: null, endsAt: null })] : [];
  return now.kind === "healthy" ? news : [...news, announcement(now)];
}

function toTold(status: ItemStatus): Told {
  return {
    kind: status.kind,
    errorCode: "error" in status ? status.error.code : null,
    endsAt: status.kind === "expiring" ? status.at : null,
  };
}

function announcement(told: Told): Announcement {
  return { type: STATUS_EVENTS[told.kind], told };
}

/** True if `now` says nothing that teams, who were told of something other than `healthy`, do not know. */
function isKnown(told: Told, now: Told): boolean {
  if (now.kind === "degraded" && STATUS_MEANING[told.kind].isBreak) return true;
  if (told.kind !== now.kind) return false;
  switch (STATUS_EVENTS[now.kind]) {
    case "item.error":
      return told.errorCode === now.errorCode;
    case "item.expiring":
      return told.endsAt?.getTime() === now.endsAt?.getTime();
    case "item.repaired":
    case "item.degraded":
    case "item.revoked":
    case "item.removed":
      return true;
  }
}

const STATE_EVENTS: ReadonlySet<EventType> = new Set(Object.values(STATUS_EVENTS));

/** True for the events that say how an Item stands. */
export function isItemStateEvent(type: EventType): type is ItemStateEvent {
  return STATE_EVENTS.has(type);
}

/**
 * True if an event makes an older, undelivered one about the same Item obsolete, for a subscription that wants only the
 * newest and gets both of them.
 *
 * The newest state of an Item is the truth, so it takes the place of those before. But `item.expiring` leaves
 * `item.repaired` alone: it does not say to whoever heard of a break that the break is over.
 */
export function supersedes(newer: EventType, older: EventType): boolean {
  if (newer === "item.expiring" && older === "item.repaired") return false;
  return isItemStateEvent(newer) && isItemStateEvent(older);
}
