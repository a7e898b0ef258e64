import { newId } from "../ids.ts";
import type { AccountGrant } from "../plaid/accounts.ts";
import type { PlaidErrorBody } from "../plaid/errors.ts";
import { all, one, type Store } from "./open-store.ts";

/** An Item as the sandbox knows it: the truth that `/item/get` and the webhooks speak of. Times are epoch milliseconds. */
export interface Item {
  itemId: string;
  accessToken: string;
  institutionId: string;
  products: readonly string[];
  webhook: string | null;
  error: PlaidErrorBody | null;
  consentExpirationTime: string | null;
  disconnectTime: string | null;
  loggedInAt: number;
  createdAt: number;
  lastFailedAt: number | null;
  /** The bank answered again, without a login; null if it never had to. */
  lastGoodAt: number | null;
  /** What is shared and what is not; null as long as all of the first ones are. */
  accounts: readonly AccountGrant[] | null;
  lastWebhook: { code: string; at: number } | null;
  removedAt: number | null;
}

interface ItemRow {
  item_id: string;
  access_token: string;
  institution_id: string;
  products: string;
  webhook: string | null;
  error: string | null;
  consent_expiration_time: string | null;
  disconnect_time: string | null;
  logged_in_at: number;
  created_at: number;
  last_failed_at: number | null;
  last_webhook_code: string | null;
  last_webhook_at: number | null;
  removed_at: number | null;
  last_good_at: number | null;
  accounts: string | null;
}

function toItem(row: ItemRow): Item {
  return {
    itemId: row.item_id,
    accessToken: row.access_token,
    institutionId: row.institution_id,
    products: JSON.parse(row.products),
    webhook: row.webhook,
    error: row.error === null ? null : JSON.parse(row.error),
    consentExpirationTime: row.consent_expiration_time,
    disconnectTime: row.disconnect_time,
    loggedInAt: row.logged_in_at,
    createdAt: row.created_at,
    lastFailedAt: row.last_failed_at,
    lastGoodAt: row.last_good_at,
    accounts: row.accounts === null ? null : JSON.parse(row.accounts),
    lastWebhook:
      row.last_webhook_code === null
        ? null
        : { code: row.last_webhook_code, at: row.last_webhook_at ?? row.created_at },
    removedAt: row.removed_at,
  };
}

/** A Sandbox Item asks for a new login after this time. @see https://plaid.com/docs/sandbox/ (checked 2026-11-21) */
const LOGIN_LIFETIME_MS = 30 * 86_400_000;

/** When an Item breaks without anybody's doing: its login is 30 days old, its consent ends, or the bank disconnects it. */
function breaksAt(item: Pick<Item, "loggedInAt" | "consentExpirationTime" | "disconnectTime">): number {
  const dates = [item.consentExpirationTime, item.disconnectTime].flatMap((date) =>
    date === null ? [] : [Date.parse(date)],
  );
  return Math.min(item.loggedInAt + LOGIN_LIFETIME_MS, ...dates);
}

export type Items = ReturnType<typeof createItems>;

/** The statements on Items. */
export function createItems(store: Store) {
  const insert = store.prepare(
    `insert into items (item_id, access_token, institution_id, products, webhook, consent_expiration_time, logged_in_at, breaks_at, created_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const byId = store.prepare("select * from items where item_id = ?");
  const byToken = store.prepare("select * from items where access_token = ?");
  const newest = store.prepare("select * from items order by created_at desc limit ? offset ?");
  const count = store.prepare("select count(*) as n from items");
  const breaking = store.prepare(
    "select * from items where error is null and removed_at is null and breaks_at <= ? order by breaks_at limit ?",
  );
  const update = store.prepare(
    `update items set webhook = ?, error = ?, consent_expiration_time = ?, disconnect_time = ?, logged_in_at = ?,
       breaks_at = ?, last_failed_at = ?, removed_at = ?, accounts = ? where item_id = ?`,
  );
  const updateToken = store.prepare("update items set access_token = ? where item_id = ?");
  const failInstitution = store.prepare(
    `update items set error = ?, last_failed_at = ?
     where institution_id = ? and error is null and removed_at is null returning *`,
  );
  const recoverInstitution = store.prepare(
    `update items set error = null, last_good_at = ?
     where institution_id = ? and removed_at is null
       and error ->> 'error_code' in ('INSTITUTION_DOWN', 'INSTITUTION_NOT_RESPONDING', 'INSTITUTION_NOT_AVAILABLE')
     returning item_id`,
  );
  const updateLastWebhook = store.prepare(
    "update items set last_webhook_code = ?, last_webhook_at = ? where item_id = ?",
  );

  const find = (itemId: string): Item | undefined => {
    const row = one<ItemRow>(byId, itemId);
    return row && toItem(row);
  };

  return {
    find,

    findByAccessToken(accessToken: string): Item | undefined {
      const row = one<ItemRow>(byToken, accessToken);
      return row && toItem(row);
    },

    /** The newest first. */
    list(limit: number, offset: number): { items: Item[]; total: number } {
      return { items: all<ItemRow>(newest, limit, offset).map(toItem), total: one<{ n: number }>(count)?.n ?? 0 };
    },

    /** Healthy Items whose time has come; see {@link breaksAt}. */
    breaking(now: number, limit: number): Item[] {
      return all<ItemRow>(breaking, now, limit).map(toItem);
    },

    create(
      item: Pick<Item, "institutionId" | "products" | "webhook" | "consentExpirationTime">,
      now: number,
    ): { itemId: string; accessToken: string } {
      const itemId = newId.item();
      const accessToken = newId.accessToken();
      insert.run(
        itemId,
        accessToken,
        item.institutionId,
        JSON.stringify(item.products),
        item.webhook,
        item.consentExpirationTime,
        now,
        breaksAt({ ...item, loggedInAt: now, disconnectTime: null }),
        now,
      );
      return { itemId, accessToken };
    },

    /** Stores what changed, and gives the Item as it is now. */
    change(
      item: Item,
      changes: Partial<
        Pick<
          Item,
          | "webhook"
          | "error"
          | "consentExpirationTime"
          | "disconnectTime"
          | "loggedInAt"
          | "lastFailedAt"
          | "accounts"
          | "removedAt"
        >
      >,
    ): Item {
      const next = { ...item, ...changes };
      update.run(
        next.webhook,
        next.error === null ? null : JSON.stringify(next.error),
        next.consentExpirationTime,
        next.disconnectTime,
        next.loggedInAt,
        breaksAt(next),
        next.lastFailedAt,
        next.removedAt,
        next.accounts === null ? null : JSON.stringify(next.accounts),
        item.itemId,
      );
      return next;
    },

    /** Gives the Item another access token; the old one is unknown from now on. */
    replaceAccessToken(itemId: string): string {
      const accessToken = newId.accessToken();
      updateToken.run(accessToken, itemId);
      return accessToken;
    },

    /** Every healthy Item of a bank gets this error. Gives them as they are now. */
    failInstitution(institutionId: string, error: PlaidErrorBody, now: number): Item[] {
      return all<ItemRow>(failInstitution, JSON.stringify(error), now, institutionId).map(toItem);
    },

    /** Every Item that failed because of its bank works again. Gives their number. */
    recoverInstitution(institutionId: string, now: number): number {
      return recoverInstitution.all(now, institutionId).length;
    },

    noteWebhook(itemId: string, code: string, now: number): void {
      updateLastWebhook.run(code, now, itemId);
    },
  };
}
