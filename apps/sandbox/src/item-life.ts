import { openAccount, renewGrants, revokeAccount } from "./plaid/accounts.ts";
import { errorBody, type PlaidErrorBody } from "./plaid/errors.ts";
import { consentEnd, institutions, YEAR_MS } from "./plaid/institutions.ts";
import type { InstitutionHealths } from "./store/institution-health.ts";
import type { Item, Items } from "./store/items.ts";
import { inTransaction, type Store } from "./store/open-store.ts";
import { itemWebhooks } from "./webhooks/bodies.ts";
import type { WebhookSender } from "./webhooks/sender.ts";

const SWEEP_MS = 1000;
const SWEEP_BATCH = 200;

export type ItemLife = ReturnType<typeof createItemLife>;

/** What happens to Items: they break, are repaired, and get dates. Each change tells the Item's webhook, if asked to. */
export function createItemLife(deps: {
  store: Store;
  items: Items;
  healths: InstitutionHealths;
  sender: WebhookSender;
  now: () => number;
}) {
  const { store, items, healths, sender, now } = deps;
  let timer: NodeJS.Timeout | undefined;

  function breakItem(item: Item, error: PlaidErrorBody, webhook = true): Item {
    const broken = items.change(item, { error, lastFailedAt: now() });
    if (webhook) sender.sendForItem(broken, itemWebhooks.error(broken, error));
    return broken;
  }

  /**
   * What a new login changes: no error, and no date of an end but the usual one of the bank. Where the bank has none, a
   * consent that had an end gets another year.
   */
  function newLogin(item: Item) {
    const bank = institutions.get(item.institutionId);
    const usual = bank === undefined ? null : consentEnd(bank, now());
    const inAYear = item.consentExpirationTime === null ? null : new Date(now() + YEAR_MS).toISOString();
    return { error: null, loggedInAt: now(), consentExpirationTime: usual ?? inAYear, disconnectTime: null };
  }

  function sweep(): void {
    for (const item of items.breaking(now(), SWEEP_BATCH)) {
      const consentOver = item.consentExpirationTime !== null && Date.parse(item.consentExpirationTime) <= now();
      breakItem(
        item,
        errorBody("ITEM_LOGIN_REQUIRED", consentOver ? { error_code_reason: "OAUTH_CONSENT_EXPIRED" } : {}),
      );
    }
  }

  return {
    /** Watches for Items whose login or consent ends. */
    start(): void {
      timer = setInterval(sweep, SWEEP_MS);
    },

    close(): void {
      clearInterval(timer);
    },

    breakItem,

    /**
     * Update mode went well.
     *
     * @param chosen - the ids of the accounts that the user chose; nothing if Link did not ask.
     */
    renew(item: Item, chosen: readonly string[] | undefined): Item {
      const accounts = item.accounts === null && chosen === undefined ? null : renewGrants(item, chosen);
      return items.change(item, { ...newLogin(item), accounts });
    },

    /** As if the user had logged in somewhere else: Plaid tells it with LOGIN_REPAIRED. */
    repairElsewhere(item: Item, webhook: boolean): Item {
      const repaired = items.change(item, newLogin(item));
      if (webhook) sender.sendForItem(repaired, itemWebhooks.loginRepaired(repaired));
      return repaired;
    },

    /** In silence; null for a consent without an end. */
    setConsentEnd(item: Item, time: string | null): Item {
      return items.change(item, { consentExpirationTime: time });
    },

    announceConsentEnd(item: Item, time: string, webhook: boolean): Item {
      const changed = items.change(item, { consentExpirationTime: time });
      if (webhook) sender.sendForItem(changed, itemWebhooks.pendingExpiration(changed, time));
      return changed;
    },

    setDisconnect(item: Item, reason: string, time: string, webhook: boolean): Item {
      const changed = items.change(item, { disconnectTime: time });
      if (webhook) sender.sendForItem(changed, itemWebhooks.pendingDisconnect(changed, reason, time));
      return changed;
    },

    /** The user takes the permission back, at Plaid's portal or at the bank. */
    revoke(item: Item, webhook: boolean): Item {
      const error = errorBody("USER_PERMISSION_REVOKED", { error_type: "ITEM_ERROR" });
      const revoked = items.change(item, { error, lastFailedAt: now() });
      if (webhook) sender.sendForItem(revoked, itemWebhooks.permissionRevoked(revoked));
      return revoked;
    },

    /** The user takes one account back at the bank. The Item goes on without it. */
    revokeAccount(item: Item, accountId: string, webhook: boolean): Item {
      const changed = items.change(item, { accounts: revokeAccount(item, accountId) });
      if (webhook) sender.sendForItem(changed, itemWebhooks.accountRevoked(changed, accountId));
      return changed;
    },

    /** The user opens another account at the bank. It is shared once they choose it in Link. */
    openAccount(item: Item, webhook: boolean): Item {
      const changed = items.change(item, { accounts: openAccount(item) });
      if (webhook) sender.sendForItem(changed, itemWebhooks.newAccountsAvailable(changed));
      return changed;
    },

    /** A bank goes down: every healthy Item of it fails. Gives their number. */
    beginOutage(institutionId: string, error: PlaidErrorBody, webhook: boolean): number {
      return inTransaction(store, () => {
        healths.set(institutionId, "DOWN", now());
        const failed = items.failInstitution(institutionId, error, now());
        if (webhook) for (const item of failed) sender.sendForItem(item, itemWebhooks.error(item, error));
        return failed.length;
      });
    },

    /** A bank is back. Its Items work again, and as with Plaid no webhook says so. Gives their number. */
    endOutage(institutionId: string): number {
      return inTransaction(store, () => {
        healths.set(institutionId, "HEALTHY", now());
        return items.recoverInstitution(institutionId, now());
      });
    },
  };
}
