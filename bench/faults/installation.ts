import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { migrate } from "@relink/db";
import {
  freePortRange,
  type PostgresServer,
  type RedisServer,
  type RunningApp,
  spawnApp,
  startPostgres,
  startRedis,
} from "@relink/testkit";

/** Relink as it runs in production: stores, an ingress and two workers, each a process (or several) of its own. */
export interface Installation {
  readonly webhookUrl: string;
  readonly encryptionKeys: string;
  readonly linkTokenKeys: string;
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  readonly ingress: RunningApp;
  readonly workers: readonly [RunningApp, RunningApp];
  startPostgres(): Promise<void>;
  startRedis(): Promise<void>;
  startIngress(): Promise<void>;
  startWorker(which: 0 | 1): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param folder - takes the data, and in `logs/` what every process writes.
 * @param outside - where Plaid and the mail server are.
 */
export async function startInstallation(
  folder: string,
  outside: { plaidUrl: string; smtpUrl: string; holdSeconds: number },
): Promise<Installation> {
  mkdirSync(join(folder, "logs"), { recursive: true });
  const logFile = (name: string): string => join(folder, "logs", `${name}.log`);
  const newKey = (): string => `k1:${randomBytes(32).toString("base64")}`;
  const [encryptionKeys, linkTokenKeys] = [newKey(), newKey()];

  const openPostgres = (port?: number): Promise<PostgresServer> =>
    startPostgres({
      dataDir: join(folder, "postgres"),
      logFile: logFile("postgres"),
      ...(port !== undefined && { port }),
    });
  const openRedis = (port?: number): Promise<RedisServer> =>
    startRedis({ dir: join(folder, "redis"), logFile: logFile("redis"), ...(port !== undefined && { port }) });
  let [postgres, redis] = await Promise.all([openPostgres(), openRedis()]);
  await migrate(postgres.urlFor("relink_migrate"));

  const shared = {
    REDIS_URL: redis.url,
    PLAID_CLIENT_ID: "client",
    PLAID_SECRET: "secret",
    PLAID_ENV: "sandbox",
    PLAID_BASE_URL: outside.plaidUrl,
  };
  const ports = [await freePortRange(), await freePortRange()] as const;
  const openIngress = (): Promise<RunningApp> =>
    spawnApp(
      "ingress",
      { ...shared, DATABASE_URL: postgres.urlFor("relink_ingress") },
      { port: ports[0], onLine: (line) => appendFileSync(logFile("ingress"), `${line}\n`) },
    );
  const openWorker = (which: 0 | 1): Promise<RunningApp> =>
    spawnApp(
      "worker",
      {
        ...shared,
        DATABASE_URL: postgres.urlFor("relink_worker"),
        SMTP_URL: outside.smtpUrl,
        EMAIL_FROM: "Relink <relink@example.com>",
        LINK_PUBLIC_URL: "http://localhost:4001",
        ENCRYPTION_KEYS: encryptionKeys,
        LINK_TOKEN_KEYS: linkTokenKeys,
        REAUTH_HOLD_SECONDS: String(outside.holdSeconds),
      },
      { port: ports[which], onLine: (line) => appendFileSync(logFile(`worker-${which}`), `${line}\n`) },
    );
  let ingress = await openIngress();
  const workers: [RunningApp, RunningApp] = [await openWorker(0), await openWorker(1)];

  return {
    webhookUrl: `http://127.0.0.1:${ports[0]}/webhooks/plaid`,
    encryptionKeys,
    linkTokenKeys,
    get postgres() {
      return postgres;
    },
    get redis() {
      return redis;
    },
    get ingress() {
      return ingress;
    },
    workers,
    async startPostgres() {
      postgres = await openPostgres(postgres.port);
    },
    async startRedis() {
      redis = await openRedis(redis.port);
    },
    async startIngress() {
      ingress = await openIngress();
    },
    async startWorker(which) {
      workers[which] = await openWorker(which);
    },
    async stop() {
      await Promise.all([ingress, ...workers].map((app) => app.stop()));
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}
