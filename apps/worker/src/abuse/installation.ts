import { randomBytes } from "node:crypto";
import { DEFAULT_POLICY } from "@relink/core";
import { connect } from "@relink/db";
import { registerItem } from "@relink/items";
import { createPlaidClient, createTokenHasher } from "@relink/plaid";
import { PORT_OFFSET, Secret, setting } from "@relink/service";
import {
  type AppName,
  createPlaidSigner,
  freePortRange,
  type RunningApp,
  spawnApp,
  startMailServer,
  startScriptedPlaid,
  type TestDatabase,
} from "@relink/testkit";
import { onTestFinished } from "vitest";

const PLAID_SECRET = "MARKER-plaid-secret";

const newKeyRing = (): string => `k1:${randomBytes(32).toString("base64")}`;

/**
 * The apps as processes on one database, with a Plaid that says what the test wants and a mail server that keeps what it
 * gets.
 *
 * @param redisUrl - with a database of Redis that nobody else has: processes share the names of their queues.
 */
export async function createInstallation({
  database,
  redisUrl,
}: {
  database: Omit<TestDatabase, "drop">;
  redisUrl: string;
}) {
  const signer = createPlaidSigner();
  const plaid = await startScriptedPlaid(signer.jwk);
  const mailServer = await startMailServer();
  const port = await freePortRange();
  const lines: string[] = [];
  const apps: RunningApp[] = [];
  const ended: AppName[] = [];
  const encryptionKeys = newKeyRing();
  const environment = {
    REDIS_URL: redisUrl,
    PLAID_CLIENT_ID: "the-client",
    PLAID_SECRET,
    PLAID_ENV: "sandbox",
    PLAID_BASE_URL: plaid.url,
    LINK_PUBLIC_URL: `http://localhost:${port + PORT_OFFSET.link}`,
    ENCRYPTION_KEYS: encryptionKeys,
    LINK_TOKEN_KEYS: newKeyRing(),
    SMTP_URL: mailServer.url,
    EMAIL_FROM: "Acme <no-reply@acme.example>",
    PRODUCT_NAME: "Acme",
    REAUTH_HOLD_SECONDS: "0",
  };
  const owner = connect({ url: new Secret(database.url), app: "test", max: 2, onError: () => {} });
  onTestFinished(async () => {
    await Promise.all(apps.map((app) => app.stop()));
    await owner.close();
    await mailServer.close();
    await plaid.close();
  });
  const client = createPlaidClient({
    clientId: "the-client",
    secret: new Secret(PLAID_SECRET),
    env: "sandbox",
    baseUrl: plaid.url,
    record: async () => {},
    onRecordFailed: () => {},
  });
  const webhookUrl = `http://127.0.0.1:${port + PORT_OFFSET.ingress}/webhooks/plaid`;

  return {
    plaid,
    signer,
    mails: mailServer.mails,
    /** Which of the apps have ended by themselves. */
    ended,
    lines,
    logOf: (event: string) =>
      lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line["event"] === event),
    query: async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
      (await owner.pool.query(text, values)).rows as Row[],
    async start(name: Exclude<AppName, "sandbox">): Promise<void> {
      const env = { ...environment, DATABASE_URL: database.urlFor(`relink_${name}`) };
      const app = await spawnApp(name, env, { port, onLine: (line) => void lines.push(line) });
      let isStopping = false;
      void app.exited.then(() => isStopping || ended.push(name));
      apps.push({
        ...app,
        stop: () => {
          isStopping = true;
          return app.stop();
        },
      });
    },
    /** Delivers a webhook; signed by Plaid and now, if no token is given. @returns the status of the answer. */
    async deliver(body: string | Buffer, token = signer.signWebhook(body)): Promise<number> {
      const bytes = typeof body === "string" ? body : new Uint8Array(body);
      const response = await fetch(webhookUrl, {
        method: "POST",
        body: bytes,
        headers: { "plaid-verification": token },
      });
      return response.status;
    },
    async addItem(plaidItemId: string, institutionName?: string): Promise<string> {
      const { itemId } = await registerItem(
        {
          db: owner.db,
          plaid: client,
          encryptionKeys: setting.keyRing.parse(encryptionKeys),
          hashToken: createTokenHasher(new Secret(PLAID_SECRET)),
          policy: { ...DEFAULT_POLICY, holdMs: 0 },
          environment: "sandbox",
          webhookUrl,
        },
        {
          token: { kind: "access", token: new Secret(plaid.addItem(plaidItemId, institutionName)) },
          user: {
            externalId: plaidItemId,
            email: `${plaidItemId}@example.com`,
            name: null,
            locale: null,
            timeZone: null,
          },
        },
      );
      return itemId;
    },
  };
}
