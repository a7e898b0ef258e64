import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { RelinkError } from "@relink/core";
import { Redis } from "ioredis";
import { findProgram } from "./find-program.ts";
import { freePort } from "./free-port.ts";
import { exitOf, pidOf, signal, stopLeftover } from "./processes.ts";
import { waitFor } from "./wait-for.ts";

/** Neither Redis nor Valkey is installed. */
export class RedisNotFoundError extends RelinkError {
  override readonly name = "RedisNotFoundError";
  readonly code = "ERR_REDIS_NOT_FOUND";
  readonly retryable = false;

  constructor() {
    super("no Redis on this machine: install redis-server or valkey-server (on Debian: apt-get install redis-server)");
  }
}

/** Redis is installed and does not come up. */
export class RedisStartError extends RelinkError {
  override readonly name = "RedisStartError";
  readonly code = "ERR_REDIS_START";
  readonly retryable = false;
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly exited: Promise<unknown>;
  /** Writes everything down and stops. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** The path of `redis-server` or `valkey-server`, whichever is installed. */
export function findRedisServer(): string | undefined {
  return findProgram(["redis-server", "valkey-server"]);
}

/**
 * Starts the machine's Redis or Valkey on 127.0.0.1, set up as Relink wants it: nothing is evicted, and what it is told
 * is appended to a file that reaches the disk every second.
 *
 * @param options.dir - its folder; made if missing. May be used again after any kind of end.
 * @param options.port - default: any free one.
 * @param options.appendonly - false keeps everything in memory only. Default true.
 * @param options.logFile - what Redis has to say is appended to it. Default: `dir` with `.log` after it.
 * @throws {@link RedisNotFoundError}; {@link RedisStartError} with the last lines of its log.
 */
export async function startRedis(options: {
  dir: string;
  port?: number;
  appendonly?: boolean;
  logFile?: string;
}): Promise<RedisServer> {
  const program = findRedisServer();
  if (program === undefined) throw new RedisNotFoundError();
  const dir = resolve(options.dir);
  const logFile = resolve(options.logFile ?? `${dir}.log`);
  const port = options.port ?? (await freePort());
  await mkdir(dir, { recursive: true });
  await stopLeftoverRedis(dir);

  const settings = {
    port: String(port),
    bind: "127.0.0.1",
    dir,
    pidfile: join(dir, PID_FILE),
    appendonly: options.appendonly === false ? "no" : "yes",
    appendfsync: "everysec",
    save: "",
    "maxmemory-policy": "noeviction",
  };
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(
    program,
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    { cwd: "/", env: { PATH: process.env["PATH"] ?? "", TZ: "UTC" }, stdio: ["ignore", log, log] },
  );
  closeSync(log);
  const exited = exitOf(child);
  const pid = await pidOf(child);
  const endWithUs = () => void signal(pid, "SIGTERM");
  process.once("exit", endWithUs);
  void exited.finally(() => process.off("exit", endWithUs));
  const stop = async (how: NodeJS.Signals) => {
    signal(pid, how);
    await exited;
  };

  const url = `redis://127.0.0.1:${port}`;
  let ended = false;
  void exited.then(() => (ended = true));
  try {
    await waitFor(() => ended || answers(url), { timeoutMs: 30_000 });
    if (ended) throw new RedisStartError("it ended at once");
  } catch (cause) {
    await stop("SIGKILL");
    const said = (await readFile(logFile, "utf8")).trimEnd().split("\n").slice(-5).join("\n  ");
    throw new RedisStartError(`Redis does not start; the end of ${logFile}:\n  ${said}`, { cause });
  }
  return { url, port, pid, exited, stop: () => stop("SIGTERM"), kill: () => stop("SIGKILL") };
}

const PID_FILE = "redis.pid";

/**
 * Stops a Redis that a killed run has left behind on this folder. Redis itself locks nothing: two servers that append to
 * the same file would spoil it.
 *
 * @throws {@link RedisStartError} if it does not stop.
 */
export async function stopLeftoverRedis(dir: string): Promise<void> {
  if (await stopLeftover(join(dir, PID_FILE), /^(redis|valkey)/, "SIGTERM")) {
    throw new RedisStartError(`another Redis runs on ${dir} and does not stop: end it, then start again`);
  }
}

/** True once its data is loaded. */
async function answers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on("error", () => {
    // Not there yet.
  });
  try {
    await client.connect();
    await client.ping();
    return true;
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
