// `npm start`: everything that Relink needs, on this machine, until Ctrl-C.
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { RelinkError } from "@relink/core";
import { migrate } from "@relink/db";
import {
  type AppName,
  type DatabaseRole,
  isPortFree,
  type RunningApp,
  spawnApp,
  startPostgres,
  startRedis,
} from "@relink/testkit";
import { checkRedis, checkRoles } from "./check-stores.ts";
import { DevelopmentError } from "./development-error.ts";
import { dataDirOf, loadEnvFile } from "./development-environment.ts";
import { lockDataDir } from "./development-lock.ts";
import { developmentSecrets } from "./development-secrets.ts";
import { appSettings, type DevelopmentPlan, planDevelopment, withRole } from "./development-settings.ts";
import { runTask } from "./run-task.ts";
import { seed } from "./seed.ts";
import { whatToTry } from "./what-to-try.ts";

/** Closed in the reverse of this order: what others write to goes last. */
const running: { name: string; close: () => Promise<unknown> }[] = [];
let isStopping = false;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(0));
process.once("disconnect", () => void stop(0)); // scripts/start.mjs is gone
// The terminal may be gone before we are.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

try {
  await start();
} catch (error) {
  // Stopped on purpose, what was on its way up fails for that reason alone.
  if (!isStopping) {
    console.error(`\nrelink: ${error instanceof RelinkError ? error.message : String((error as Error).stack)}`);
    await stop(1);
  }
}

async function start(): Promise<void> {
  loadEnvFile();
  const { env } = process;
  const plan = planDevelopment(env);
  const dataDir = dataDirOf(env);
  const logDir = join(dataDir, "logs");
  await mkdir(logDir, { recursive: true });
  const release = lockDataDir(dataDir);
  running.push({ name: "lock", close: async () => release() });
  await checkPorts(plan);
  const secrets = await developmentSecrets(dataDir);

  const [, postgres, redisUrl] = await allOrFirstError([
    step("pages and mails", build),
    step("Postgres", () => providePostgres(plan, env, dataDir)),
    step("Redis", () => provideRedis(plan, env, dataDir)),
  ]);

  const settings = appSettings(plan, env, secrets, { databaseUrlFor: postgres, redisUrl, dataDir });
  const launch = (name: AppName) => step(name, () => provideApp(name, settings[name], plan.firstPort, logDir));
  if (plan.usesSandbox) await launch("sandbox");
  await allOrFirstError(plan.apps.filter((name) => name !== "sandbox").map(launch));

  const apiKey = env["RELINK_ADMIN_API_KEY"] || secrets.RELINK_ADMIN_API_KEY;
  if (!plan.usesPlaid) {
    await seed({
      apiKey,
      firstPort: plan.firstPort,
      clientId: settings.api["PLAID_CLIENT_ID"] ?? "",
      secret: settings.api["PLAID_SECRET"] ?? "",
      onProgress: (line) => console.log(`  ${line}`),
    });
  }
  console.log(await whatToTry(plan, apiKey, relative(process.cwd(), dataDir)));
  console.log("relink is ready");
}

async function checkPorts(plan: DevelopmentPlan): Promise<void> {
  const taken: string[] = [];
  for (const [port, who] of plan.ports) if (!(await isPortFree(port))) taken.push(`${port} (for ${who})`);
  if (taken.length === 0) return;
  throw new DevelopmentError(
    `port ${taken.join(", ")} in use: stop what listens there, or use other ports: RELINK_PORT=${plan.firstPort + 1000} npm start`,
  );
}

/** What a step gives to the next ones, and what is said about it. */
interface Done<T> {
  value: T;
  said: string;
}

async function build(): Promise<Done<undefined>> {
  const { ok, output } = await runTask("build", false);
  if (!ok) throw new DevelopmentError(`cannot build:\n${output}`);
  return { value: undefined, said: "built" };
}

type DatabaseUrlFor = (role: DatabaseRole) => string;

async function providePostgres(
  plan: DevelopmentPlan,
  env: NodeJS.ProcessEnv,
  dataDir: string,
): Promise<Done<DatabaseUrlFor>> {
  const port = plan.postgresPort;
  if (port === undefined) {
    const given = env["DATABASE_URL"] ?? "";
    const urlFor = (role: DatabaseRole) => withRole(given, role);
    await migrate(given);
    await checkRoles(urlFor);
    return { value: urlFor, said: "the one of DATABASE_URL, migrated" };
  }
  const server = await startPostgres({
    dataDir: join(dataDir, "postgres"),
    port,
    logFile: join(dataDir, "logs/postgres.log"),
  });
  keep("Postgres", server);
  await migrate(server.urlFor("relink_migrate"));
  return { value: (role) => server.urlFor(role), said: `127.0.0.1:${port}, migrated` };
}

async function provideRedis(plan: DevelopmentPlan, env: NodeJS.ProcessEnv, dataDir: string): Promise<Done<string>> {
  const port = plan.redisPort;
  if (port === undefined) {
    const given = env["REDIS_URL"] ?? "";
    await checkRedis(given);
    return { value: given, said: "the one of REDIS_URL" };
  }
  const server = await startRedis({ dir: join(dataDir, "redis"), port, logFile: join(dataDir, "logs/redis.log") });
  keep("Redis", server);
  return { value: server.url, said: `127.0.0.1:${port}` };
}

async function provideApp(
  name: AppName,
  settings: Readonly<Record<string, string>>,
  firstPort: number,
  logDir: string,
): Promise<Done<undefined>> {
  const logFile = join(logDir, `${name}.log`);
  const log = createWriteStream(logFile, { flags: "a" });
  const app = await spawnApp(name, settings, {
    port: firstPort,
    readyTimeoutMs: 60_000, // all of them start at once
    onLine: (line) => void log.write(`${line}\n`),
  });
  keepApp(app, logFile);
  return { value: undefined, said: name === "worker" ? "runs the queues" : app.url };
}

/** Does one thing and says in a line that it is done. */
async function step<T>(name: string, act: () => Promise<Done<T>>): Promise<T> {
  const started = performance.now();
  const { value, said } = await act();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (!isStopping) console.log(`  ${name.padEnd(16)} ${said.padEnd(36)} ${seconds} s`);
  return value;
}

/** What all of them give, or the first error, but after all have ended: what is still on its way up cannot be stopped. */
async function allOrFirstError<const T extends readonly Promise<unknown>[]>(
  steps: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(steps);
  return Promise.all(steps);
}

function keep(name: string, server: { exited: Promise<unknown>; stop: () => Promise<unknown> }): void {
  running.push({ name, close: () => server.stop() });
  void server.exited.then(() => died(name, "its log is in the folder logs"));
}

function keepApp(app: RunningApp, logFile: string): void {
  const close = async () => {
    const timer = setTimeout(() => app.kill("SIGKILL"), 25_000); // an app gives up by itself after 20 s
    await app.stop();
    clearTimeout(timer);
  };
  running.push({ name: app.name, close });
  void app.exited.then(({ code, signal }) =>
    died(
      `${app.name} (${signal ?? `exit code ${code}`})`,
      `the end of ${logFile}:\n${app.lines.slice(-15).join("\n")}`,
    ),
  );
}

async function died(what: string, details: string): Promise<void> {
  if (isStopping) return;
  console.error(`\nrelink: ${what} has ended, so everything stops; ${details}`);
  await stop(1);
}

async function stop(exitCode: number): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  const apps = ["worker", "ingress", "link", "api"];
  await Promise.all(running.filter(({ name }) => apps.includes(name)).map(({ close }) => close()));
  for (const { name, close } of running.reverse()) if (!apps.includes(name)) await close();
  if (exitCode === 0) console.log("relink has stopped");
  process.exit(exitCode);
}
