import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";
import { RelinkError } from "@relink/core";
import { PORT_OFFSET } from "@relink/service";
import { isPortFree } from "./free-port.ts";
import { closeOf, type Exit, pidOf, signal } from "./processes.ts";
import { waitFor } from "./wait-for.ts";

/** An app ended before it was ready, or was not ready in time. */
export class AppStartError extends RelinkError {
  override readonly name = "AppStartError";
  readonly code = "ERR_APP_START";
  readonly retryable = false;
}

export type AppName = "ingress" | "worker" | "link" | "api" | "sandbox";

export interface RunningApp {
  readonly name: AppName;
  readonly pid: number;
  /** Where it is used. The worker is used by nobody: its address has health and metrics only. */
  readonly url: string;
  /** The last 10,000 lines that it wrote. */
  readonly lines: readonly string[];
  /** It has ended, and `lines` holds the last that it wrote. */
  readonly exited: Promise<Exit>;
  /** What it holds in its heap once all garbage is collected, in bytes. */
  heapBytes(): Promise<number>;
  /** Sends a signal; SIGKILL if none is named. */
  kill(how?: NodeJS.Signals): void;
  /** Lets it close in good order. */
  stop(): Promise<Exit>;
}

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const PRELOAD = new URL("preload.ts", import.meta.url).href;
const MAX_LINES = 10_000;

/** Compiled code, kept from one start to the next: saves a quarter of the time until an app is ready. */
const COMPILE_CACHE = fileURLToPath(new URL("../../../node_modules/.cache/node-compile", import.meta.url));

/** What an app takes over from the environment of whoever starts it: nothing that is a secret or a setting of ours. */
const INHERITED = ["PATH", "HOME", "TMPDIR", "NODE_EXTRA_CA_CERTS"];

/** Where each app says whether it is ready, added to `RELINK_PORT`. */
const READY_OFFSET = {
  ingress: PORT_OFFSET.ingressInside,
  worker: PORT_OFFSET.workerInside,
  link: PORT_OFFSET.linkInside,
  api: PORT_OFFSET.api,
  sandbox: PORT_OFFSET.sandbox,
} satisfies Record<AppName, number>;

const PUBLIC_OFFSET = { ...READY_OFFSET, ingress: PORT_OFFSET.ingress, link: PORT_OFFSET.link };

/**
 * Starts an app as a process of its own, as it runs in production, and waits until it says that it is ready. It ends when
 * this process does.
 *
 * @param env - all the settings it gets, apart from `RELINK_PORT`.
 * @param options.port - the first port, as in `RELINK_PORT`.
 * @param options.readyTimeoutMs - default 30,000.
 * @param options.onLine - is given each line that it writes, too.
 * @throws {@link AppStartError} with the last lines that it wrote.
 */
export async function spawnApp(
  name: AppName,
  env: Readonly<Record<string, string>>,
  options: { port: number; readyTimeoutMs?: number; onLine?: (line: string) => void },
): Promise<RunningApp> {
  const inherited = INHERITED.flatMap((key) => {
    const value = process.env[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  const readyPort = options.port + READY_OFFSET[name];
  // Whoever listens there already would say that it is ready, and this app cannot become it.
  const isTaken = !(await isPortFree(readyPort));
  const child = spawn(process.execPath, ["--import", PRELOAD, `apps/${name}/src/main.ts`], {
    cwd: ROOT,
    env: {
      ...Object.fromEntries(inherited),
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...env,
      RELINK_PORT: String(options.port),
    },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const exited = closeOf(child);
  const pid = await pidOf(child);

  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (lines.length > MAX_LINES) lines.shift();
      options.onLine?.(line);
    });
  }

  let ended: Exit | undefined;
  void exited.then((exit) => (ended = exit));
  try {
    await waitFor(
      async () => {
        if (ended !== undefined) return "ended" as const;
        if (isTaken) throw new AppStartError(`port ${readyPort} is taken`);
        const response = await fetch(`http://127.0.0.1:${readyPort}/readyz`, { signal: AbortSignal.timeout(5_000) });
        if (!response.ok) throw new AppStartError(`/readyz: ${response.status} ${await response.text()}`);
        return "ready" as const;
      },
      { timeoutMs: options.readyTimeoutMs ?? 30_000 },
    );
    if (ended !== undefined) throw new AppStartError(`it ended with ${ended.code ?? ended.signal}`);
  } catch (cause) {
    signal(pid, "SIGKILL");
    await exited;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppStartError(`${name} does not start: ${reason}\n${lines.slice(-20).join("\n")}`, { cause });
  }

  return {
    name,
    pid,
    url: `http://localhost:${options.port + PUBLIC_OFFSET[name]}`,
    lines,
    exited,
    async heapBytes() {
      const answer = once(child, "message");
      child.send("heap");
      const [message] = await Promise.race([answer, exited.then(() => Promise.reject(new AppStartError("it ended")))]);
      return (message as { heapBytes: number }).heapBytes;
    },
    kill: (how = "SIGKILL") => void signal(pid, how),
    stop() {
      signal(pid, "SIGTERM");
      return exited;
    },
  };
}
