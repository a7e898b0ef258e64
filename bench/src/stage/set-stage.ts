import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@relink/db";
import { type KeyRing, PORT_OFFSET, setting } from "@relink/service";
import {
  type AppName,
  createPlaidSigner,
  freePortRange,
  type PlaidSigner,
  type PostgresServer,
  type RedisServer,
  type ScriptedPlaid,
  spawnApp,
  startPostgres,
  startRedis,
  startScriptedPlaid,
} from "@relink/testkit";
import pg from "pg";
import { RECEIVERS_HERE } from "./subscribers.ts";

/** One app under measurement. */
export interface StagedApp {
  readonly name: AppName;
  readonly pid: number;
  /** Its public port. */
  readonly port: number;
  /** Health and metrics. */
  readonly insideUrl: string;
  /** Sends a signal. */
  kill(how: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** Relink's stores and a scripted Plaid; the apps come and go. */
export interface Stage {
  readonly signer: PlaidSigner;
  readonly plaid: ScriptedPlaid;
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  /** The database, as the owner of the tables. */
  readonly sql: pg.Pool;
  /** What access tokens are sealed with. */
  readonly encryptionKeys: KeyRing;
  /** Where `--cpu-prof` of an app's name goes. */
  profileFolder(app: AppName): string;
  startIngress(options?: { profile?: boolean }): Promise<StagedApp>;
  startWorker(options?: { profile?: boolean }): Promise<StagedApp>;
}

/** As the start script of each app sets them. */
const NODE_FLAGS = { ingress: ["--max-semi-space-size=8"], worker: [] } as const;

/**
 * Starts Postgres, Redis and a Plaid on this machine, with the settings that production has.
 *
 * Postgres notes the moment of every commit, so that latencies end where the data is safe, not a little before.
 *
 * @param options.plaidDelayMs - what Plaid takes for an answer. Default 0.
 * @param options.smtpUrl - default: an address where nobody listens.
 * @param options.holdSeconds - from a confirmed break to the mail. Default: as in production.
 */
export async function setStage(
  cleanUp: AsyncDisposableStack,
  options: { plaidDelayMs?: number; smtpUrl?: string; holdSeconds?: number } = {},
): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "relink-bench-"));
  cleanUp.defer(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o711); // Postgres may run as another user

  const signer = createPlaidSigner();
  const plaid = await startScriptedPlaid(signer.jwk);
  plaid.behave({ delayMs: options.plaidDelayMs ?? 0 });
  cleanUp.defer(() => plaid.close());
  const redis = await startRedis({ dir: join(folder, "redis") });
  cleanUp.defer(() => redis.stop());
  const postgres = await startTimedPostgres(join(folder, "postgres"));
  cleanUp.defer(() => postgres.stop());
  await migrate(postgres.urlFor("relink_migrate"));
  const sql = new pg.Pool({ connectionString: postgres.urlFor("relink_migrate"), max: 2 });
  sql.on("error", () => {
    // A connection that broke while nobody used it is replaced.
  });
  cleanUp.defer(() => sql.end());

  const keys = `k1:${randomBytes(32).toString("base64")}`;
  const profileFolder = (app: AppName): string => join(folder, `profile-${app}`);
  const shared = {
    REDIS_URL: redis.url,
    PLAID_CLIENT_ID: "client",
    PLAID_SECRET: "secret",
    PLAID_ENV: "sandbox",
    PLAID_BASE_URL: plaid.url,
  };

  async function start(name: "ingress" | "worker", env: Record<string, string>, profile = false): Promise<StagedApp> {
    if (profile) {
      await mkdir(profileFolder(name), { recursive: true });
      for (const file of await readdir(profileFolder(name))) await rm(join(profileFolder(name), file));
    }
    const port = await freePortRange();
    const nodeOptions = [
      ...NODE_FLAGS[name],
      ...(profile ? ["--cpu-prof", `--cpu-prof-dir=${profileFolder(name)}`] : []),
    ].join(" ");
    const app = await spawnApp(name, { ...shared, ...env, NODE_OPTIONS: nodeOptions }, { port });
    let stopped: Promise<void> | undefined;
    const stop = (): Promise<void> => {
      app.kill("SIGCONT"); // one that is halted would never close
      return (stopped ??= app.stop().then(() => undefined));
    };
    cleanUp.defer(stop);
    const offset = name === "ingress" ? PORT_OFFSET.ingressInside : PORT_OFFSET.workerInside;
    return {
      name,
      pid: app.pid,
      port,
      insideUrl: `http://127.0.0.1:${port + offset}`,
      kill: (how) => app.kill(how),
      stop,
    };
  }

  return {
    signer,
    plaid,
    postgres,
    redis,
    sql,
    encryptionKeys: setting.keyRing.parse(keys),
    profileFolder,
    startIngress: ({ profile } = {}) => start("ingress", { DATABASE_URL: postgres.urlFor("relink_ingress") }, profile),
    startWorker: ({ profile } = {}) =>
      start(
        "worker",
        {
          DATABASE_URL: postgres.urlFor("relink_worker"),
          SMTP_URL: options.smtpUrl ?? "smtp://127.0.0.1:9",
          EMAIL_FROM: "Relink <relink@example.com>",
          LINK_PUBLIC_URL: "http://localhost:4001",
          ENCRYPTION_KEYS: keys,
          LINK_TOKEN_KEYS: `k1:${randomBytes(32).toString("base64")}`,
          ...RECEIVERS_HERE,
          ...(options.holdSeconds !== undefined && { REAUTH_HOLD_SECONDS: String(options.holdSeconds) }),
        },
        profile,
      ),
  };
}

async function startTimedPostgres(dataDir: string): Promise<PostgresServer> {
  const fresh = await startPostgres({ dataDir });
  const client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
  await client.query("alter system set track_commit_timestamp = on");
  await client.end();
  await fresh.stop();
  return startPostgres({ dataDir, port: fresh.port });
}
