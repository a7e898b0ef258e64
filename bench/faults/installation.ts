import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { migrate } from "@relink/db";
import { PORT_OFFSET } from "@relink/service";
import {
  freePortRange,
  type PostgresServer,
  type RedisServer,
  type RunningApp,
  spawnApp,
  startPostgres,
  startRedis,
} from "@relink/testkit";
import { RECEIVERS_HERE } from "../src/stage/subscribers.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";

/** What an app is started with beyond its settings: a false clock, for instance. */
export type ExtraEnv = Readonly<Record<string, string>>;

/**
 * Relink as it runs in production: stores, an ingress and two workers, each a process (or several) of its own. Between
 * the apps and their stores stand proxies that can be a bad network.
 */
export interface Installation {
  /** Of the ingress that was started last. */
  readonly webhookUrl: string;
  readonly encryptionKeys: string;
  readonly linkTokenKeys: string;
  readonly folder: string;
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  readonly postgresProxy: FaultProxy;
  readonly redisProxy: FaultProxy;
  readonly ingress: RunningApp;
  readonly workers: readonly [RunningApp, RunningApp];
  startPostgres(): Promise<void>;
  startRedis(options?: { appendonly?: boolean }): Promise<void>;
  /** Starts an ingress, in place of one that has ended or, on other ports, beside one that runs. */
  startIngress(options?: { isSecond?: boolean; env?: ExtraEnv; readyTimeoutMs?: number }): Promise<void>;
  startWorker(which: 0 | 1, env?: ExtraEnv): Promise<void>;
  /** Webhook jobs that the workers which run now have taken from the queue. */
  queuedJobs(): Promise<number>;
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
  const openRedis = (options: { port?: number; appendonly?: boolean } = {}): Promise<RedisServer> =>
    startRedis({ dir: join(folder, "redis"), logFile: logFile("redis"), ...options });
  let [postgres, redis] = await Promise.all([openPostgres(), openRedis()]);
  await migrate(postgres.urlFor("relink_migrate"));
  const postgresProxy = await startFaultProxy(() => postgres.port);
  const redisProxy = await startFaultProxy(() => redis.port);

  const databaseUrl = (role: "relink_ingress" | "relink_worker"): string => {
    const url = new URL(postgres.urlFor(role));
    url.port = String(postgresProxy.port);
    return url.href;
  };
  const shared = {
    REDIS_URL: `redis://127.0.0.1:${redisProxy.port}`,
    PLAID_CLIENT_ID: "client",
    PLAID_SECRET: "secret",
    PLAID_ENV: "sandbox",
    PLAID_BASE_URL: outside.plaidUrl,
  };
  const ports = [await freePortRange(), await freePortRange()] as const;
  let ingressPort: number = ports[0];
  const openIngress = (env: ExtraEnv = {}, readyTimeoutMs = 60_000): Promise<RunningApp> =>
    spawnApp(
      "ingress",
      { ...shared, ...env, DATABASE_URL: databaseUrl("relink_ingress") },
      {
        port: ingressPort,
        readyTimeoutMs,
        onLine: (line) => appendFileSync(logFile("ingress"), `${line}\n`),
      },
    );
  const openWorker = (which: 0 | 1, env: ExtraEnv = {}): Promise<RunningApp> =>
    spawnApp(
      "worker",
      {
        ...shared,
        ...env,
        DATABASE_URL: databaseUrl("relink_worker"),
        SMTP_URL: outside.smtpUrl,
        EMAIL_FROM: "Relink <relink@example.com>",
        LINK_PUBLIC_URL: "http://localhost:4001",
        ENCRYPTION_KEYS: encryptionKeys,
        LINK_TOKEN_KEYS: linkTokenKeys,
        ...RECEIVERS_HERE,
        REAUTH_HOLD_SECONDS: String(outside.holdSeconds),
      },
      {
        port: ports[which],
        readyTimeoutMs: 60_000,
        onLine: (line) => appendFileSync(logFile(`worker-${which}`), `${line}\n`),
      },
    );
  let ingress = await openIngress();
  const workers: [RunningApp, RunningApp] = [await openWorker(0), await openWorker(1)];

  return {
    get webhookUrl() {
      return `http://127.0.0.1:${ingressPort}/webhooks/plaid`;
    },
    encryptionKeys,
    linkTokenKeys,
    folder,
    get postgres() {
      return postgres;
    },
    get redis() {
      return redis;
    },
    postgresProxy,
    redisProxy,
    get ingress() {
      return ingress;
    },
    workers,
    async startPostgres() {
      postgres = await openPostgres(postgres.port);
    },
    async startRedis(options = {}) {
      redis = await openRedis({ ...options, port: redis.port });
    },
    async startIngress({ isSecond = false, env, readyTimeoutMs } = {}) {
      if (isSecond) ingressPort = ingressPort === ports[0] ? ports[1] : ports[0];
      ingress = await openIngress(env, readyTimeoutMs);
    },
    async startWorker(which, env) {
      workers[which] = await openWorker(which, env);
    },
    async queuedJobs() {
      const isCount = (line: string): boolean => /^relink_job_seconds_count\{.*queue="webhooks"/.test(line);
      const [one, other] = await Promise.all(ports.map((port) => metric(port + PORT_OFFSET.workerInside, isCount)));
      return (one ?? 0) + (other ?? 0);
    },
    async stop() {
      await Promise.all([ingress, ...workers].map((app) => app.stop()));
      await Promise.all([postgresProxy.close(), redisProxy.close()]);
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}

/** The figure in the first line of an app's metrics that is the right one; 0 if there is none yet. */
async function metric(insidePort: number, isRight: (line: string) => boolean): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${insidePort}/metrics`);
  const line = (await response.text()).split("\n").find(isRight);
  return Number(line?.split(" ").at(-1) ?? 0);
}
