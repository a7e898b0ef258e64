import { createPlaidSigner } from "@relink/testkit";
import { useDatabase, useRedis } from "@relink/testkit/vitest";
import { afterEach, expect, test, vi } from "vitest";
import { countRows, PLAID, startIngress } from "../testing/ingress-for-test.ts";

const database = useDatabase();
const elsewhere = useDatabase();
const redis = useRedis();
const stores = { database, redis };
const BODY = '{\n  "webhook_type": "ITEM",\n  "webhook_code": "ERROR"\n}';

afterEach(() => void vi.useRealTimers());

test("C11 a captured delivery is known for five minutes, and is refused after that", async () => {
  const ingress = await startIngress(stores);
  const signedAt = Math.floor(Date.now() / 1_000) * 1_000;
  const token = ingress.signer.signWebhook(BODY, signedAt / 1_000);
  expect((await ingress.post(BODY, token)).status).toBe(200);
  const rows = await countRows(database.url);

  vi.setSystemTime(signedAt + 300_000);
  expect((await ingress.post(BODY, token)).status).toBe(200);
  vi.setSystemTime(signedAt + 301_000);
  expect((await ingress.post(BODY, token)).status).toBe(401);
  expect(ingress.lines("webhook.rejected")).toMatchObject([{ reason: "too_old" }]);
  expect(await countRows(database.url)).toBe(rows);
  expect(await ingress.metric("relink_webhook_duplicate_total")).toBe(1);
});

test("C12 another Relink of the same client takes it too: Plaid's tokens name no audience, which is an accepted risk", async () => {
  const signer = createPlaidSigner();
  const token = signer.signWebhook(BODY);
  const one = await startIngress(stores, { signers: [signer] });
  const other = await startIngress({ database: elsewhere, redis }, { signers: [signer] });
  expect((await one.post(BODY, token)).status).toBe(200);
  expect((await other.post(BODY, token)).status).toBe(200);
  expect(await countRows(elsewhere.url)).toBe(1);
});

test("C12 a Relink of the other environment refuses it, for its credentials do not know the key", async () => {
  const sandbox = createPlaidSigner();
  const production = await startIngress(
    { database: elsewhere, redis },
    { config: { plaid: { ...PLAID, env: "production" } } },
  );
  const before = await countRows(elsewhere.url);
  expect((await production.post(BODY, sandbox.signWebhook(BODY))).status).toBe(401);
  expect(production.lines("webhook.rejected")).toMatchObject([{ reason: "key_unknown" }]);
  expect(await countRows(elsewhere.url)).toBe(before);
});
