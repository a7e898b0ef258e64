import { type NamedItems, type NotificationText, writeNotification } from "@relink/core";
import { EXAMPLE_INSTITUTION } from "@relink/delivery/events";
import { cleanName } from "@relink/email";
import { showId } from "@relink/service";
import type { ClaimedMessage } from "./claim-message.ts";

/** A message in words, for any channel. */
export interface WrittenMessage {
  text: NotificationText;
  named: NamedItems | null;
}

/**
 * Says what a message is to tell.
 *
 * @param apiPublicUrl - the API as teams reach it, for the links to timelines; without it there are none.
 */
export function writeMessage(message: ClaimedMessage, apiPublicUrl: string | undefined): WrittenMessage {
  const { notification, deliveries, counts, named } = message;
  const { topic, alarms, firstAt } = notification;
  const isAboutItems = topic.trouble !== null && topic.requestedId === null;
  const open = counts.count - counts.recovered - counts.changed;
  const text = writeNotification({
    topic,
    institutionName: institutionOf(message),
    ...(isAboutItems ? counts : { count: alarms + deliveries, recovered: 0, changed: 0, endsAt: null }),
    since: counts.since ?? firstAt,
    until: open === 0 ? counts.lastEndedAt : null,
  });
  if (named.length === 0) return { text, named: nameSubscriptions(message.subscriptions) };
  const items = named.map(({ id }) => {
    const item = showId("itm", id);
    return { id: item, url: apiPublicUrl === undefined ? null : `${apiPublicUrl}/v1/items/${item}/timeline` };
  });
  const more = isAboutItems ? (open === 0 ? counts.count : open) - items.length : 0;
  const label = isAboutItems || items.length === 1 ? "Items" : "Newest Items";
  return { text, named: { label: items.length === 1 && more === 0 ? "Item" : label, items, more } };
}

function nameSubscriptions(ids: readonly string[]): NamedItems | null {
  if (ids.length === 0) return null;
  const label = ids.length === 1 ? "Subscription" : "Newest subscriptions";
  return { label, items: ids.map((id) => ({ id, url: null })), more: 0 };
}

/** A test is about no Item that there is: its bank is that of the examples. */
function institutionOf({ named, notification }: ClaimedMessage): string | null {
  const { isTest, institutionId } = notification.topic;
  if (isTest && institutionId === EXAMPLE_INSTITUTION.id) return EXAMPLE_INSTITUTION.name;
  const name = named.find(({ institutionName }) => institutionName !== null)?.institutionName ?? "";
  return cleanName(name) || null;
}
