import { randomUUIDv7 } from "node:crypto";
import {
  type EventAttributes,
  type EventType,
  EVENT_TYPE_NAMES,
  type ItemStatus,
  STATUS_MEANING,
  supersedes,
  wantsEvent,
} from "@relink/core";
import {
  insertDeliveries,
  insertEvents,
  type ItemRow,
  type Listener,
  listListeners,
  type NewDelivery,
  type NewEvent,
  supersedeDeliveries,
  takeSequences,
  type Tx,
} from "@relink/db";
import { type EventData, renderEvent } from "@relink/delivery/events";
import { showId } from "@relink/service";
import { toItemStatus } from "./item-rows.ts";

/** What an event about an Item needs to know of it. */
export type EventItem = Pick<
  ItemRow,
  | "id"
  | "plaidItemId"
  | "userId"
  | "environment"
  | "institutionId"
  | "products"
  | "status"
  | "errorType"
  | "errorCode"
  | "errorReason"
  | "pendingAt"
  | "pendingReason"
>;

/** The fields that every event about an Item has: filled in when it is published. */
type Common = keyof EventData<"item.removed">;
/** What is particular to one type of event. */
export type OwnData<Type extends EventType> = Omit<EventData<Type>, Common>;

type ItemEventType = Extract<EventType, `item.${string}` | `reauth.${string}`>;
type OtherEventType = Exclude<EventType, ItemEventType>;

/** Something that happened to an Item, and is to be told. */
export interface ItemFact {
  kind: "item";
  type: ItemEventType;
  at: Date;
  item: EventItem;
  episodeId: string | null;
  /** The status that the event tells of; the Item's own if left out. */
  status?: ItemStatus;
  /** What a repair is the end of, so that it reaches whoever was told of the break; what `status` says if left out. */
  ended?: Pick<EventAttributes, "errorCode" | "whoActs">;
  data: object;
}

/** Something that happened to anything else. */
export interface OtherFact {
  kind: "other";
  type: OtherEventType;
  at: Date;
  environment: "sandbox" | "production";
  /** The only team that may hear of it. Default: all of them. */
  teamId?: string;
  /** The only subscription that is to get it, whatever it asked for. */
  only?: { subscriptionId: string };
  isTest?: boolean;
  data: object;
}

export type Fact = ItemFact | OtherFact;

/** A fact about an Item, with the data that its type has beyond what all have. */
export function itemFact<Type extends ItemEventType>(
  type: Type,
  fact: Omit<ItemFact, "kind" | "type" | "data"> & { data: OwnData<Type> },
): ItemFact {
  return { kind: "item", type, ...fact };
}

/** A fact about anything but an Item. */
export function otherFact<Type extends OtherEventType>(
  type: Type,
  fact: Omit<OtherFact, "kind" | "type" | "data"> & { data: EventData<Type> },
): OtherFact {
  return { kind: "other", type, ...fact };
}

/** What was published: to be handed off once the transaction has committed. */
export interface Published {
  eventIds: string[];
  /** The subscriptions for which something is due now. */
  subscriptionIds: string[];
}

/**
 * Writes events down, and one delivery for each subscription that wants them, in the transaction of the change that they
 * tell of: they are told if it commits, and not otherwise.
 *
 * Each event is rendered here once; what is sent later are these bytes. Where a subscription asked for it, alarms that a
 * newer event makes obsolete and that were not sent yet are taken back.
 *
 * @throws what the database throws.
 */
export async function publishEvents(tx: Tx, facts: readonly Fact[]): Promise<Published> {
  if (facts.length === 0) return { eventIds: [], subscriptionIds: [] };
  const listeners = await listListeners(tx);
  const told = facts.filter((fact) => isWorthKeeping(fact, listeners));
  const sequences = await takeSequences(tx, countByItem(told));
  const events: NewEvent[] = [];
  const deliveries: NewDelivery[] = [];
  for (const fact of told) {
    const id = randomUUIDv7();
    const about = attributesOf(fact);
    const wanting = listenersOf(fact, about, listeners);
    const sequence = fact.kind === "item" ? takeNext(sequences, fact.item.id) : null;
    events.push({
      id,
      type: fact.type,
      environment: fact.kind === "item" ? fact.item.environment : fact.environment,
      itemId: fact.kind === "item" ? fact.item.id : null,
      institutionId: about.institutionId,
      errorCode: about.errorCode,
      whoActs: about.whoActs,
      products: [...about.products],
      sequence,
      teamId: (fact.kind === "other" && fact.teamId) || null,
      isTest: fact.kind === "other" && fact.isTest === true,
      occurredAt: fact.at,
      body: bodyOf(fact, showId("evt", id), sequence),
      matched: wanting.length,
    });
    for (const listener of wanting) {
      deliveries.push({
        id: randomUUIDv7(),
        eventId: id,
        subscriptionId: listener.id,
        itemId: fact.kind === "item" ? fact.item.id : null,
        eventType: fact.type,
        state: listener.isOpen ? "pending" : "held",
      });
    }
    if (fact.kind === "item") await supersede(tx, fact, wanting);
  }
  await insertEvents(tx, events);
  await insertDeliveries(tx, deliveries);
  return {
    eventIds: events.map(({ id }) => id),
    subscriptionIds: [...new Set(deliveries.map(({ subscriptionId }) => subscriptionId))],
  };
}

/** A million webhooks a day are of interest to whoever asks for them; all else is kept for who asks later. */
function isWorthKeeping(fact: Fact, listeners: readonly Listener[]): boolean {
  return fact.type !== "webhook.received" || listenersOf(fact, attributesOf(fact), listeners).length > 0;
}

function listenersOf(fact: Fact, about: EventAttributes, listeners: readonly Listener[]): Listener[] {
  if (fact.kind === "other" && fact.only !== undefined) {
    const { subscriptionId } = fact.only;
    return listeners.filter(({ id }) => id === subscriptionId);
  }
  const teamId = fact.kind === "other" ? fact.teamId : undefined;
  return listeners.filter(
    (listener) => (teamId === undefined || listener.teamId === teamId) && wantsEvent(listener.filter, about),
  );
}

function attributesOf(fact: Fact): EventAttributes {
  if (fact.kind === "other") {
    const { type, environment, data } = fact;
    const errorCode = "error_code" in data && typeof data.error_code === "string" ? data.error_code : null;
    return { type, errorCode, whoActs: null, institutionId: null, products: [], environment };
  }
  const { type, item } = fact;
  const status = statusOf(fact);
  return {
    type,
    errorCode: "error" in status ? status.error.code : null,
    whoActs: STATUS_MEANING[status.kind].whoActs,
    ...fact.ended,
    institutionId: item.institutionId,
    products: item.products ?? [],
    environment: item.environment,
  };
}

function bodyOf(fact: Fact, id: string, sequence: number | null): string {
  const { type, at: occurredAt } = fact;
  if (fact.kind === "other") {
    const { environment, data } = fact;
    return renderEvent({ id, type: fact.type, occurredAt, environment, data: data as never });
  }
  const { item, episodeId, data } = fact;
  const { kind } = statusOf(fact);
  const common: EventData<"item.removed"> = {
    item_id: showId("itm", item.id),
    plaid_item_id: item.plaidItemId,
    user_id: showId("usr", item.userId),
    institution_id: item.institutionId,
    episode_id: episodeId === null ? null : showId("epi", episodeId),
    sequence: sequence ?? 0,
    state: kind,
    who_acts: STATUS_MEANING[kind].whoActs,
    timeline: `/v1/items/${showId("itm", item.id)}/timeline`,
  };
  const { environment } = item;
  return renderEvent({ id, type, occurredAt, environment, data: { ...common, ...data } as never });
}

function statusOf({ status, item }: ItemFact): ItemStatus {
  return status ?? toItemStatus(item);
}

function countByItem(facts: readonly Fact[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const fact of facts) {
    if (fact.kind === "item") counts.set(fact.item.id, (counts.get(fact.item.id) ?? 0) + 1);
  }
  return counts;
}

function takeNext(sequences: Map<string, number>, itemId: string): number {
  const next = sequences.get(itemId);
  if (next === undefined) throw new TypeError("every Item of an event has a number");
  sequences.set(itemId, next + 1);
  return next;
}

async function supersede(tx: Tx, { type, item }: ItemFact, wanting: readonly Listener[]): Promise<void> {
  const subscriptionIds = wanting.filter((listener) => listener.supersede).map(({ id }) => id);
  const eventTypes = EVENT_TYPE_NAMES.filter((older) => supersedes(type, older));
  if (subscriptionIds.length === 0 || eventTypes.length === 0) return;
  await supersedeDeliveries(tx, { itemId: item.id, subscriptionIds, eventTypes });
}
