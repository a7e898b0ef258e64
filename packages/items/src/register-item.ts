import { randomUUIDv7 } from "node:crypto";
import type { ItemPolicy } from "@relink/core";
import {
  databaseNow,
  type Db,
  findItemByPlaidId,
  lockItem,
  lockPlaidItemId,
  seal,
  unparkWebhookEventsOf,
  upsertItem,
  upsertUser,
  type UserRow,
} from "@relink/db";
import type { PlaidClient } from "@relink/plaid";
import type { KeyRing, Secret } from "@relink/service";
import { applyAnswer } from "./ask-about-item.ts";

export interface NewItem {
  /** One of the two, as the caller has it. A public token is exchanged and not kept. */
  token: { kind: "public"; token: Secret } | { kind: "access"; token: Secret };
  user: Pick<UserRow, "externalId" | "email" | "name" | "locale" | "timeZone">;
}

/**
 * Puts an Item under Relink's care: learns its state from Plaid, points its webhooks here, seals its token, and brings
 * back the webhooks that came before it. Registering an Item again updates its token and its user.
 *
 * @throws PlaidApiError (a token that is wrong, spent or of another environment) or PlaidUnreachableError, before
 * anything was stored.
 */
export async function registerItem(
  deps: {
    db: Db;
    plaid: Pick<PlaidClient, "getItem" | "exchangePublicToken" | "updateWebhook">;
    encryptionKeys: KeyRing;
    policy: ItemPolicy;
    environment: "sandbox" | "production";
    webhookUrl: string;
  },
  input: NewItem,
): Promise<{ itemId: string; isNew: boolean }> {
  // Before the exchange, which works once: a database that is away must not cost the caller the public token.
  const askedAt = await databaseNow(deps.db);
  const accessToken =
    input.token.kind === "access"
      ? input.token.token
      : (await deps.plaid.exchangePublicToken(input.token.token, {})).accessToken;
  const plaidItem = await deps.plaid.getItem(accessToken, {});
  if (plaidItem.webhookUrl !== deps.webhookUrl) await deps.plaid.updateWebhook(accessToken, deps.webhookUrl, {});

  return deps.db.transaction(async (tx) => {
    await lockPlaidItemId(tx, plaidItem.plaidItemId);
    const known = await findItemByPlaidId(tx, plaidItem.plaidItemId);
    const id = known?.id ?? randomUUIDv7();
    const user = await upsertUser(tx, input.user);
    await upsertItem(tx, {
      id,
      environment: deps.environment,
      plaidItemId: plaidItem.plaidItemId,
      userId: user.id,
      institutionId: plaidItem.institutionId,
      institutionName: plaidItem.institutionName,
      accessToken: seal(
        accessToken,
        { column: "items.access_token", rowId: id, environment: deps.environment },
        deps.encryptionKeys,
      ),
    });
    const item = await lockItem(tx, id);
    if (item !== null) await applyAnswer(tx, deps.policy, item, askedAt, plaidItem.error);
    await unparkWebhookEventsOf(tx, plaidItem.plaidItemId);
    return { itemId: id, isNew: known === null };
  });
}
