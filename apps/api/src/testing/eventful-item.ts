import { randomUUID } from "node:crypto";
import { readId } from "@relink/service";
import type { Item, setUpApi } from "./api-for-test.ts";

/** What the identifiers of an {@link makeEventfulItem} are. */
export interface EventfulItem {
  /** As it was while it was broken. */
  item: Item;
  linkSessionId: string;
  linkRequestId: string;
  accountId: string;
}

/**
 * An Item to which everything has happened that can. Wherever a row has room for a secret or for something about a
 * person, it holds the word MARKER.
 */
export async function makeEventfulItem(world: ReturnType<typeof setUpApi>): Promise<EventfulItem> {
  const { plaid, query, newUser } = world;
  const user = { ...newUser(), name: "MARKER-name" };
  const item = await world.register({ user: { ...user, email: `MARKER-${user.email}` } });
  await plaid.breakItem(item.plaid_item_id, "ITEM_LOGIN_REQUIRED");
  const broken = (await world.api.call<Item>("post", `/v1/items/${item.id}/check`)).body;
  const id = readId("itm", item.id);
  const episodeId = readId("epi", broken.episode?.id ?? "");
  const [session, linkSessionId, linkRequestId, accountId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  await query(
    `insert into webhook_events (id, delivery_key, environment, body, body_sha256, signed_at, key_id, processed_at,
       webhook_type, webhook_code, plaid_item_id, error_code, item_id, outcome)
     values ($1, $2, 'sandbox', 'MARKER-body', '', now(), 'k', now(), 'ITEM', 'ERROR', $3, 'ITEM_LOGIN_REQUIRED', $4,
       'applied')`,
    [randomUUID(), Buffer.from(session), item.plaid_item_id, id],
  );
  await query(
    `insert into link_sessions (id, episode_id, item_id, link_token, link_token_hash, request_id, link_session_id,
       expires_at)
     values ($1, $2, $3, 'MARKER-sealed', 'MARKER-hash', 'req-1', $4, now())`,
    [session, episodeId, id, linkSessionId],
  );
  await query(
    `insert into link_events (id, session_id, item_id, source, callback_id, event_id, callback, event_name,
       link_session_id, request_id, error_code)
     values ($1, $3, $4, 'callback', $1, null, 'event', 'OPEN', $5, null, null),
       ($2, $3, $4, 'webhook', null, 'event-1', 'event', 'EXIT', $5, $6, 'INVALID_CREDENTIALS')`,
    [randomUUID(), randomUUID(), session, id, linkSessionId, linkRequestId],
  );
  await query(
    "insert into accounts (id, item_id, plaid_account_id, name, mask, revoked_at) values ($1, $2, $3, 'MARKER', '0', now())",
    [randomUUID(), id, accountId],
  );
  await query(
    `insert into reconciliations (id, item_id, status_before, status_after, missed_webhook_code)
     values ($1, $2, 'healthy', 'login_required', 'ERROR')`,
    [randomUUID(), id],
  );
  await query("update emails set problem = 'recipient 550', message_id = '<1@example.com>' where item_id = $1", [id]);
  await world.api.call("post", `/v1/items/${item.id}/mute`);
  await world.api.call("delete", `/v1/items/${item.id}/mute`);
  await plaid.repairItem(item.plaid_item_id);
  await world.api.call<Item>("post", `/v1/items/${item.id}/check`);
  return { item: broken, linkSessionId, linkRequestId, accountId };
}
