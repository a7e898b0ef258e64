import { errorBody, type PlaidErrorBody } from "./plaid/errors.ts";
import { consentEnd, institutions } from "./plaid/institutions.ts";
import type { Item, Items } from "./store/items.ts";
import { itemWebhooks } from "./webhooks/bodies.ts";
import type { WebhookSender } from "./webhooks/sender.ts";

const SWEEP_MS = 1000;
const SWEEP_BATCH = 200;

export type ItemLife = ReturnType<typeof createItemLife>;

/** What happens to Items: they break, are repaired, and get dates. Each change tells the Item's webhook, if asked to. */
export function createItemLife(deps: { items: Items; sender: WebhookSender; now: () => number }) {
  const { items, sender, now } = deps;
  let timer: NodeJS.Timeout | undefined;

  function breakItem(item: Item, error: PlaidErrorBody, webhook = true): Item {
    const broken = items.change(item, { error, lastFailedAt: now() });
    if (webhook) sender.sendForItem(broken, itemWebhooks.error(broken, error));
    return broken;
  }

  /** A new login: no error, no date of an end but the bank's usual one. */
  function renewLogin(item: Item): Item {
    const bank = institutions.get(item.institutionId);
    return items.change(item, {
      error: null,
      loggedInAt: now(),
      consentExpirationTime: bank === undefined ? null : consentEnd(bank, now()),
      disconnectTime: null,
    });
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
    renewLogin,

    /** As if the user had logged in somewhere else: Plaid tells it with LOGIN_REPAIRED. */
    repairElsewhere(item: Item, webhook: boolean): Item {
      const repaired = renewLogin(item);
      if (webhook) sender.sendForItem(repaired, itemWebhooks.loginRepaired(repaired));
      return repaired;
    },

    setConsentEnd(item: Item, time: string, webhook: boolean): Item {
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
  };
}
