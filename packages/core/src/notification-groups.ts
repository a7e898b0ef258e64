import type { EventType } from "./event-types.ts";
import type { ItemStatusKind } from "./item-status.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A message changes, or a new one about the same follows, once in this time at most. */
export const MESSAGE_WINDOW_MS = MINUTE_MS;

/** A group that is older begins a new message with its next alarm, so that a trouble that goes on is seen again. */
export const GROUP_LIFE_MS = 24 * HOUR_MS;

/**
 * What cannot be changed once it is sent, a mail or a post through an incoming webhook, is sent again after these waits, the
 * last of them over and over: people fix their connections for days, and not each of them is worth a message.
 */
const WAITS_BETWEEN_NEW_MESSAGES_MS: readonly number[] = [
  MESSAGE_WINDOW_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  6 * HOUR_MS,
  24 * HOUR_MS,
];

/** The events that say what is the matter with an Item. Each of them is over with `item.repaired`. */
export const TROUBLE_TYPES = ["item.error", "item.degraded", "item.expiring", "item.revoked"] as const;
export type TroubleType = (typeof TROUBLE_TYPES)[number];

export function isTroubleType(type: EventType): type is TroubleType {
  return TROUBLE_TYPES.some((trouble) => trouble === type);
}

/** All other events: each is news by itself. */
export type NewsType = Exclude<EventType, TroubleType>;

/** What is known of the trouble that a message is about: that of the first Item in it. */
export interface Trouble {
  state: ItemStatusKind;
  errorType: string | null;
  errorCode: string | null;
  /** Why the connection ends, for `item.expiring`. */
  reason: string | null;
}

/** What a message to people is about. Plain JSON. */
export type NotificationTopic = {
  environment: string | null;
  institutionId: string | null;
  /** What somebody asked for, a test for instance: it is told by itself, and at once. Names what was asked for, and when. */
  requestedId: string | null;
  isTest: boolean;
} & ({ type: TroubleType; trouble: Trouble } | { type: NewsType; trouble: null });

/** An event that a team is to be told by a message to people. */
export interface NotifiedEvent {
  deliveryId: string;
  topic: NotificationTopic;
  /** `null` for an event that is about no Item; so is `sequence`. */
  itemId: string | null;
  sequence: number | null;
  at: Date;
  /** The announced end, for `item.expiring`. */
  endsAt: Date | null;
}

/**
 * Which events are one message: all Items of one bank with one error; anything else by its type.
 *
 * @returns a text that two topics share if, and only if, they are one message.
 */
export function groupKeyOf({ type, environment, institutionId, trouble, requestedId }: NotificationTopic): string {
  if (requestedId !== null) return JSON.stringify(["requested", requestedId]);
  return JSON.stringify(trouble === null ? [type, environment] : [type, environment, institutionId, trouble.errorCode]);
}

/** How an Item stands in a message: still troubled; repaired; or troubled by something else, which another message tells. */
export type NotifiedItemState = "open" | "recovered" | "changed";

/** One Item in one message. */
export interface NotifiedItem {
  notificationId: string;
  itemId: string;
  /** Of the alarm that it is in the message for. */
  sequence: number;
  state: NotifiedItemState;
  since: Date;
  /** `null` while it is `open`. */
  endedAt: Date | null;
  endsAt: Date | null;
}

/** The newest message of a group. */
export interface NotificationGroup {
  id: string;
  groupKey: string;
  /** When its first event was put into it. */
  firstAt: Date;
  /** Whether it tells of a trouble, and all Items in it are over, and everybody knows. */
  isOver: boolean;
}

/** What there is before events are placed. */
export interface KnownNotifications {
  /** The open ones of the groups that the events may belong to. */
  groups: readonly NotificationGroup[];
  /** The Items of the events: wherever they are open, and in their newest message. */
  items: readonly NotifiedItem[];
}

/** Where events go. */
export interface Placement {
  /** The message of each event, by its delivery. */
  notificationOf: ReadonlyMap<string, string>;
  created: readonly (Pick<NotificationGroup, "id" | "groupKey" | "firstAt"> & { topic: NotificationTopic })[];
  /** Messages that take no more alarms. */
  closed: readonly string[];
  /** Items as they stand now, those that have changed. */
  items: readonly NotifiedItem[];
  /** Messages in which something has changed by an event that another message tells. */
  disturbed: readonly string[];
}

/**
 * Puts events into messages.
 *
 * - An alarm goes to the message of its bank and error. The Item is `changed` in all others: it has one trouble at a time.
 * - `item.repaired` goes to the message of the alarm that it ends, however old that is; without one it is news.
 * - An alarm that comes after a newer event of its Item, sent again for instance, opens nothing.
 * - A message takes alarms until all its Items are over and that was told, and a day at most.
 *
 * Pure.
 *
 * @param events - in the order in which they happened to each Item.
 * @param context.newId - makes the id of a new message.
 */
export function placeEvents(
  events: readonly NotifiedEvent[],
  known: KnownNotifications,
  context: { now: Date; newId: () => string },
): Placement {
  const board = new Board(known, context);
  const notificationOf = new Map(events.map((event) => [event.deliveryId, board.place(event)]));
  return { notificationOf, ...board.changes() };
}

/** The messages of one team while events are put into them. */
class Board {
  readonly #context: { now: Date; newId: () => string };
  readonly #groups: Map<string, NotificationGroup>;
  readonly #items: Map<string, NotifiedItem[]>;
  readonly #created: (NotificationGroup & { topic: NotificationTopic })[] = [];
  readonly #closed: string[] = [];
  readonly #changed = new Map<string, NotifiedItem>();
  readonly #disturbed = new Set<string>();

  constructor(known: KnownNotifications, context: { now: Date; newId: () => string }) {
    this.#context = context;
    this.#groups = new Map(known.groups.map((group) => [group.groupKey, group]));
    this.#items = Map.groupBy(known.items, ({ itemId }) => itemId);
  }

  /** @returns the message of the event. */
  place(event: NotifiedEvent): string {
    const { topic, itemId, sequence } = event;
    if (topic.requestedId !== null || itemId === null || sequence === null) return this.#groupOf(event);
    if (topic.trouble !== null) return this.#alarm(event, itemId, sequence);
    if (topic.type === "item.repaired") {
      const [last, ...others] = this.#end(itemId, sequence, event.at, "recovered");
      this.#disturb(others);
      return last?.notificationId ?? this.#groupOf(event);
    }
    if (topic.type === "item.removed") this.#disturb(this.#end(itemId, sequence, event.at, "changed"));
    return this.#groupOf(event);
  }

  changes(): Omit<Placement, "notificationOf"> {
    return {
      created: this.#created,
      closed: this.#closed,
      items: [...this.#changed.values()],
      disturbed: [...this.#disturbed],
    };
  }

  #alarm(event: NotifiedEvent, itemId: string, sequence: number): string {
    const notificationId = this.#groupOf(event);
    const all = this.#items.get(itemId) ?? [];
    const here = all.find((item) => item.notificationId === notificationId);
    if (here !== undefined && here.sequence >= sequence) return notificationId;
    const isNews = all.every((item) => item.sequence < sequence);
    if (isNews) this.#disturb(this.#end(itemId, sequence, event.at, "changed", notificationId));
    const { at, endsAt } = event;
    this.#put({
      notificationId,
      itemId,
      sequence,
      state: isNews ? "open" : "changed",
      since: here?.state === "open" ? here.since : at,
      endedAt: isNews ? null : at,
      endsAt,
    });
    return notificationId;
  }

  /** Ends the alarms of an Item that are older, but that of one message. The newest comes first. */
  #end(
    itemId: string,
    sequence: number,
    endedAt: Date,
    state: "recovered" | "changed",
    exceptIn: string | null = null,
  ): NotifiedItem[] {
    const ended = (this.#items.get(itemId) ?? []).filter(
      (item) => item.state === "open" && item.sequence < sequence && item.notificationId !== exceptIn,
    );
    for (const item of ended) this.#put({ ...item, state, endedAt });
    return ended.toSorted((a, b) => b.sequence - a.sequence);
  }

  #disturb(items: readonly NotifiedItem[]): void {
    for (const { notificationId } of items) this.#disturbed.add(notificationId);
  }

  #put(item: NotifiedItem): void {
    const others = (this.#items.get(item.itemId) ?? []).filter((old) => old.notificationId !== item.notificationId);
    this.#items.set(item.itemId, [...others, item]);
    this.#changed.set(`${item.notificationId} ${item.itemId}`, item);
  }

  #groupOf({ topic }: NotifiedEvent): string {
    const groupKey = groupKeyOf(topic);
    const group = this.#groups.get(groupKey);
    if (group !== undefined && !this.#takesNoMore(group)) return group.id;
    if (group !== undefined) this.#closed.push(group.id);
    const created = { id: this.#context.newId(), groupKey, firstAt: this.#context.now, isOver: false, topic };
    this.#created.push(created);
    this.#groups.set(groupKey, created);
    return created.id;
  }

  #takesNoMore(group: NotificationGroup): boolean {
    return group.isOver || this.#context.now.getTime() - group.firstAt.getTime() >= GROUP_LIFE_MS;
  }
}

/** What decides when a message may go out. */
export interface MessagePace {
  /** The last try to send or change one of this group; `null` before the first. */
  attemptedAt: Date | null;
  /** How often this message was sent or changed. */
  messages: number;
  /** Whether what was sent can be changed. */
  canEdit: boolean;
  /** Whether it is to say that all Items in it are over. */
  isEnd: boolean;
}

/**
 * When a message goes out that has something new to tell: the first at once, then one in 60 seconds at most. What can only
 * be sent anew comes less and less often, but for the good news that it is over.
 */
export function messageDueAt({ attemptedAt, messages, canEdit, isEnd }: MessagePace, now: Date): Date {
  if (attemptedAt === null) return now;
  const waits = WAITS_BETWEEN_NEW_MESSAGES_MS;
  const longerMs = waits[Math.min(Math.max(messages, 1), waits.length) - 1] ?? MESSAGE_WINDOW_MS;
  const waitMs = canEdit || isEnd ? MESSAGE_WINDOW_MS : longerMs;
  return new Date(Math.max(now.getTime(), attemptedAt.getTime() + waitMs));
}
