import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Database, itemTimeline } from "@relink/db";
import { registerItem } from "@relink/items";
import { createPlaidClient, createTokenHasher, WEBHOOK_CATALOGUE } from "@relink/plaid";
import { toWebhookBody, WEBHOOK_FIXTURES } from "@relink/plaid/fixtures";
import { Secret, setting } from "@relink/service";
import {
  createPlaidSigner,
  freePortRange,
  type RunningApp,
  type ScriptedPlaid,
  spawnApp,
  startRedis,
  startScriptedPlaid,
  waitFor,
} from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import { DEFAULT_POLICY } from "@relink/core";
import { afterAll, beforeAll, expect, test } from "vitest";

const testDatabase = useDatabase();
const signer = createPlaidSigner();
const encryptionKeys = `k1:${randomBytes(32).toString("base64")}`;
const cleanUp = new AsyncDisposableStack();
let plaid: ScriptedPlaid;
let ingress: RunningApp;
let database: Database;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "relink-pairs-"));
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  plaid = await startScriptedPlaid(signer.jwk);
  cleanUp.defer(() => plaid.close());
  const redis = await startRedis({ dir: folder });
  cleanUp.defer(() => redis.stop());
  const shared = {
    REDIS_URL: redis.url,
    PLAID_CLIENT_ID: "client",
    PLAID_SECRET: "secret",
    PLAID_ENV: "sandbox",
    PLAID_BASE_URL: plaid.url,
  };
  ingress = await spawnApp(
    "ingress",
    { ...shared, DATABASE_URL: testDatabase.urlFor("relink_ingress") },
    { port: await freePortRange(), readyTimeoutMs: 60_000 },
  );
  cleanUp.defer(async () => void (await ingress.stop()));
  const worker = await spawnApp(
    "worker",
    {
      ...shared,
      DATABASE_URL: testDatabase.urlFor("relink_worker"),
      SMTP_URL: "smtp://127.0.0.1:9",
      EMAIL_FROM: "relink@example.com",
      LINK_PUBLIC_URL: "http://localhost:4001",
      ENCRYPTION_KEYS: encryptionKeys,
      LINK_TOKEN_KEYS: encryptionKeys,
    },
    { port: await freePortRange(), readyTimeoutMs: 60_000 },
  );
  cleanUp.defer(async () => void (await worker.stop()));
  database = connect({ url: new Secret(testDatabase.url), app: "test", onError() {} });
  cleanUp.defer(() => database.close());
}, 120_000);
afterAll(() => cleanUp.disposeAsync(), 120_000);

async function register(plaidItemId: string): Promise<string> {
  const deps = {
    db: database.db,
    plaid: createPlaidClient({
      clientId: "client",
      secret: new Secret("secret"),
      env: "sandbox",
      baseUrl: plaid.url,
      record: async () => {},
      onRecordFailed() {},
    }),
    encryptionKeys: setting.keyRing.parse(encryptionKeys),
    hashToken: createTokenHasher(new Secret("secret")),
    policy: DEFAULT_POLICY,
    environment: "sandbox",
    webhookUrl: "https://in.example/webhooks/plaid",
  } as const;
  const user = { externalId: plaidItemId, email: null, name: null, locale: null, timeZone: null };
  const token = { kind: "access", token: new Secret(plaid.addItem(plaidItemId)) } as const;
  return (await registerItem(deps, { token, user })).itemId;
}

async function deliver(body: Buffer): Promise<number> {
  const response = await fetch(`${ingress.url}/webhooks/plaid`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Plaid-Verification": signer.signWebhook(body) },
    body: new Uint8Array(body),
  });
  await response.arrayBuffer();
  return response.status;
}

/** What an Item is right after the webhook, before Plaid is asked; all others leave it healthy. */
const STATUSES: Readonly<Record<string, string>> = {
  "ITEM/ERROR": "login_required",
  "ITEM/PENDING_EXPIRATION": "expiring",
  "ITEM/PENDING_DISCONNECT": "expiring",
  "ITEM/USER_PERMISSION_REVOKED": "revoked",
};
/** Webhooks with effects; all others are stored and shown. */
const WITH_EFFECTS = new Set([
  ...Object.keys(STATUSES),
  "ITEM/LOGIN_REPAIRED",
  "ITEM/NEW_ACCOUNTS_AVAILABLE",
  "ITEM/USER_ACCOUNT_REVOKED",
  "ITEM/WEBHOOK_UPDATE_ACKNOWLEDGED",
  "DASHBOARD_CONFIGURED_ALERT/INSTITUTION_STATUS_ALERT_TRIGGERED",
  "ISSUES/ISSUE_RESOLVED",
]);
const IN_A_WEEK = new Date(Date.now() + 7 * 24 * 60 * 60_000).toISOString();

test("each of Plaid's webhooks goes its whole way: 200, processed once, its effects, its line in the timeline", async () => {
  const pairs = WEBHOOK_CATALOGUE.map(({ type, code }) => `${type}/${code}`);
  const fixtures = new Map(Object.entries<Record<string, unknown>>(WEBHOOK_FIXTURES));
  const items = new Map<string, { plaidItemId: string; itemId: string }>();
  for (const pair of pairs) {
    if (!("item_id" in (fixtures.get(pair) ?? {}))) continue;
    const plaidItemId = `item-${randomUUID()}`;
    items.set(pair, { plaidItemId, itemId: await register(plaidItemId) });
  }
  expect(await deliver(Buffer.from('{"webhook_type":"ITEM","webhook_code":"WARM_UP"}'))).toBe(200);
  // From here on Plaid is too slow to correct what the webhooks say.
  plaid.behave({ delayMs: 60_000 });

  for (const pair of pairs) {
    const fixture = fixtures.get(pair);
    if (fixture === undefined) throw new Error(`there is no fixture for ${pair}`);
    const plaidItemId = items.get(pair)?.plaidItemId;
    const body = {
      ...fixture,
      ...(plaidItemId !== undefined && { item_id: plaidItemId }),
      ...("consent_expiration_time" in fixture && { consent_expiration_time: IN_A_WEEK }),
      ...("disconnect_time" in fixture && { disconnect_time: IN_A_WEEK }),
    };
    expect({ pair, status: await deliver(toWebhookBody(body)) }).toEqual({ pair, status: 200 });
  }
  await waitFor(
    async () => {
      const { rows } = await database.pool.query("select id from webhook_events where processed_at is null");
      return rows.length === 0;
    },
    { timeoutMs: 60_000 },
  );

  const { rows } = await database.pool.query<{ pair: string; outcome: string | null; parked: string | null }>(
    `select webhook_type || '/' || webhook_code as pair, outcome, parked_reason as parked from webhook_events
      where webhook_code <> 'WARM_UP'`,
  );
  const outcomes = new Map(rows.map((row) => [row.pair, row.parked ?? row.outcome]));
  expect(outcomes).toEqual(new Map(pairs.map((pair) => [pair, WITH_EFFECTS.has(pair) ? "applied" : "stored"])));
  expect(rows).toHaveLength(87);

  for (const [pair, { itemId }] of items) {
    const found = await database.pool.query<{ status: string }>("select status from items where id = $1", [itemId]);
    expect({ pair, status: found.rows[0]?.status }).toEqual({ pair, status: STATUSES[pair] ?? "healthy" });
    const lines = await itemTimeline(database.db, itemId, { limit: 20 });
    const webhooks = lines.filter(({ kind }) => kind === "webhook_received").map(({ details }) => details);
    const [type, code] = pair.split("/");
    expect(webhooks).toMatchObject([{ webhook_type: type, webhook_code: code }]);
  }
  expect(items.size).toBeGreaterThan(30);
}, 120_000);
