import { randomUUIDv7 } from "node:crypto";
import type { ItemPolicy } from "@relink/core";
import {
  databaseNow,
  type Db,
  findItemByPlaidId,
  findItemByRegistration,
  lockItem,
  lockPlaidItemId,
  openSealed,
  seal,
  setItemFacts,
  unparkWebhookEvents,
  type Tx,
  upsertItem,
  upsertUser,
  type UserRow,
} from "@relink/db";
import type { PlaidClient, TokenHasher } from "@relink/plaid";
import type { KeyRing, Secret } from "@relink/service";
import { applyAnswer } from "./ask-about-item.ts";

export interface NewItem {
  /** One of the two, as the caller has it. A public token is exchanged and not kept. */
  token: { kind: "public" | "access"; token: Secret };
  user: Pick<UserRow, "externalId" | "email" | "name" | "locale" | "timeZone">;
}

export interface RegisterDeps {
  db: Db;
  plaid: Pick<PlaidClient, "getItem" | "exchangePublicToken" | "updateWebhook">;
  encryptionKeys: KeyRing;
  hashToken: TokenHasher;
  policy: ItemPolicy;
  environment: "sandbox" | "production";
  webhookUrl: string;
}

/**
 * Puts an Item under Relink's care: seals its token, brings back the webhooks that came before it, learns its state from
 * Plaid, and points its webhooks here. Registering an Item again updates its token and its user.
 *
 * A public token can be exchanged once, so the Item is stored as soon as that has happened. If Plaid or the database
 * fails after it, the same call made again goes on from there.
 *
 * @param note - writes down who did it, in the transaction that stores the Item.
 * @throws PlaidApiError (a token that is wrong, spent elsewhere or of another environment) or PlaidUnreachableError.
 */
export async function registerItem(
  deps: RegisterDeps,
  input: NewItem,
  note?: (tx: Tx, itemId: string) => Promise<void>,
): Promise<{ itemId: string; isNew: boolean }> {
  const stored = await exchangeAndStore(deps, input, note);
  const subject = { itemId: stored.itemId, userId: stored.userId };
  const askedAt = await databaseNow(deps.db);
  const plaidItem = await deps.plaid.getItem(stored.accessToken, subject);
  if (plaidItem.webhookUrl !== deps.webhookUrl) {
    await deps.plaid.updateWebhook(stored.accessToken, deps.webhookUrl, subject);
  }
  await deps.db.transaction(async (tx) => {
    const item = await lockItem(tx, stored.itemId);
    if (item === null) return;
    const { institutionId, institutionName } = plaidItem;
    await setItemFacts(tx, item.id, { institutionId, institutionName });
    const known = { ...item, institutionId, institutionName };
    await applyAnswer(tx, deps.policy, known, askedAt, { error: plaidItem.error, plaidItem });
  });
  return { itemId: stored.itemId, isNew: stored.isNew };
}

interface StoredItem {
  itemId: string;
  userId: string;
  accessToken: Secret;
  isNew: boolean;
}

async function exchangeAndStore(
  deps: RegisterDeps,
  input: NewItem,
  note: Parameters<typeof registerItem>[2],
): Promise<StoredItem> {
  const { kind, token } = input.token;
  const registrationHash = kind === "public" ? deps.hashToken(token.reveal()) : null;
  // Also makes sure, before the exchange, that the database is there to keep what comes of it.
  const begun = registrationHash && (await findItemByRegistration(deps.db, registrationHash));
  const newId = randomUUIDv7();
  const subject = { itemId: begun?.id ?? newId };
  const learn = async (): Promise<{ plaidItemId: string; accessToken: Secret }> => {
    if (begun) {
      const place = { column: "items.access_token", rowId: begun.id, environment: begun.environment } as const;
      return { plaidItemId: begun.plaidItemId, accessToken: openSealed(begun.accessToken, place, deps.encryptionKeys) };
    }
    if (kind === "public") return deps.plaid.exchangePublicToken(token, subject);
    const { plaidItemId } = await deps.plaid.getItem(token, subject);
    return { plaidItemId, accessToken: token };
  };
  const { plaidItemId, accessToken } = await learn();

  return deps.db.transaction(async (tx) => {
    await lockPlaidItemId(tx, plaidItemId);
    const known = await findItemByPlaidId(tx, plaidItemId);
    const id = known?.id ?? newId;
    const user = await upsertUser(tx, input.user);
    await upsertItem(tx, {
      id,
      environment: deps.environment,
      plaidItemId,
      userId: user.id,
      registrationHash,
      accessToken: seal(
        accessToken,
        { column: "items.access_token", rowId: id, environment: deps.environment },
        deps.encryptionKeys,
      ),
    });
    await unparkWebhookEvents(tx, { cameBefore: [plaidItemId] });
    await note?.(tx, id);
    return { itemId: id, userId: user.id, accessToken, isNew: known === null || known.id === begun?.id };
  });
}
