import type { Item } from "../store/items.ts";
import { institutions } from "./institutions.ts";
import type { PRODUCTS } from "./lists.ts";

/** Products that every Item could have on top of its own. */
const OFFERED: readonly (typeof PRODUCTS)[number][] = ["assets", "auth", "balance", "identity", "transactions"];

const iso = (time: number) => new Date(time).toISOString();

/** An Item as `/item/get` shows it. */
export function itemView(item: Item) {
  return {
    item_id: item.itemId,
    institution_id: item.institutionId,
    institution_name: institutions.get(item.institutionId)?.name ?? null,
    webhook: item.webhook,
    error: item.error,
    available_products: OFFERED.filter((product) => !item.products.includes(product)),
    billed_products: item.products,
    products: item.products,
    consented_products: item.products,
    consent_expiration_time: item.consentExpirationTime,
    update_type: "background",
    auth_method: item.products.includes("auth") ? "INSTANT_AUTH" : null,
    created_at: iso(item.createdAt),
  };
}

/**
 * The `status` beside it. A healthy Item's last good update is this day's midnight, or, if that was later, its login or
 * the end of its bank's outage.
 */
export function itemStatusView(item: Item, now: number) {
  const midnight = now - (now % 86_400_000);
  const lastGood = Math.max(item.loggedInAt, item.lastGoodAt ?? 0, item.error === null ? midnight : 0);
  const updates = {
    last_successful_update: iso(lastGood),
    last_failed_update: item.lastFailedAt === null ? null : iso(item.lastFailedAt),
  };
  return {
    ...(item.products.includes("transactions") && { transactions: updates }),
    ...(item.products.includes("investments") && { investments: updates }),
    last_webhook: item.lastWebhook && { sent_at: iso(item.lastWebhook.at), code_sent: item.lastWebhook.code },
  };
}
