import { createHash, randomBytes, randomUUIDv7 } from "node:crypto";
import { DEFAULT_POLICY } from "@relink/core";
import { connect, type Database, insertWebhookEvents } from "@relink/db";
import { createTokenHasher, type PlaidClient, PlaidUnreachableError } from "@relink/plaid";
import { Secret } from "@relink/service";
import { useDatabase } from "@relink/testkit/vitest";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyWebhooks } from "./apply-webhooks.ts";
import { registerItem } from "./register-item.ts";

const testDatabase = useDatabase();
let database: Database;
beforeAll(() => {
  database = connect({ url: new Secret(testDatabase.url), app: "test", onError: () => {} });
});
afterAll(() => database.close());

const policy = { ...DEFAULT_POLICY, holdMs: 0 };
const user = { externalId: "u", email: "u@example.com", name: null, locale: null, timeZone: null };

/** Plaid, with public tokens that can be exchanged once. */
function createPlaid(plaidItemId: string) {
  const spent = new Set<string>();
  const state = { isDownAfterExchange: false };
  const plaid: Pick<PlaidClient, "getItem" | "exchangePublicToken" | "updateWebhook"> = {
    async exchangePublicToken(token) {
      if (spent.has(token.reveal())) throw new Error("INVALID_PUBLIC_TOKEN");
      spent.add(token.reveal());
      return { plaidItemId, accessToken: new Secret(`access-of-${plaidItemId}`) };
    },
    async getItem(accessToken) {
      if (state.isDownAfterExchange) throw new PlaidUnreachableError("/item/get", "ECONNRESET");
      expect(accessToken.reveal()).toBe(`access-of-${plaidItemId}`);
      return {
        plaidItemId,
        institutionId: "ins_1",
        institutionName: "Bank",
        webhookUrl: null,
        error: null,
        products: ["transactions"],
        consentExpiresAt: null,
        lastWebhook: null,
      };
    },
    async updateWebhook() {},
  };
  const deps = {
    db: database.db,
    plaid,
    encryptionKeys: new Map([["k", encryptionKey]]),
    hashToken: createTokenHasher(new Secret("s")),
    policy,
    environment: "sandbox" as const,
    webhookUrl: "https://in.example",
  };
  return { deps, state };
}
const encryptionKey = randomBytes(32);

test("a registration that Plaid cuts short after the exchange is finished by the same call made again", async () => {
  const { deps, state } = createPlaid("cut-short");
  const input = { token: { kind: "public" as const, token: new Secret("public-sandbox-1") }, user };
  state.isDownAfterExchange = true;
  await expect(registerItem(deps, input)).rejects.toThrow(PlaidUnreachableError);

  state.isDownAfterExchange = false;
  const { itemId } = await registerItem(deps, input);
  const { rows } = await database.db.execute(
    sql`select id, institution_name, status, confirm_due_at from items where plaid_item_id = 'cut-short'`,
  );
  expect(rows).toEqual([{ id: itemId, institution_name: "Bank", status: "healthy", confirm_due_at: null }]);
});

test("a webhook that is processed while its Item is being registered is never left behind", async () => {
  for (let round = 0; round < 30; round += 1) {
    const plaidItemId = `race-${round}`;
    const { deps } = createPlaid(plaidItemId);
    const id = randomUUIDv7();
    const body = Buffer.from(
      JSON.stringify({ webhook_type: "TRANSACTIONS", webhook_code: "INITIAL_UPDATE", item_id: plaidItemId }),
    );
    const bodySha256 = createHash("sha256").update(body).digest();
    const event = { id, deliveryKey: bodySha256, environment: "sandbox" as const, body, bodySha256, keyId: "k" };
    await insertWebhookEvents(database.pool, [{ ...event, signedAt: new Date() }]);
    await Promise.all([
      registerItem(deps, { token: { kind: "access", token: new Secret(`access-of-${plaidItemId}`) }, user }),
      applyWebhooks({ db: database.db, policy, environment: "sandbox" }, [id]),
    ]);
  }
  const { rows } = await database.db.execute(
    sql`select count(*)::int as left from webhook_events where parked_at is not null`,
  );
  expect(rows).toEqual([{ left: 0 }]);
});
