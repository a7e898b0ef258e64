import { execFile, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** How a process ended: one of the two is set. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One line of the process table. */
interface ProcessRow {
  pid: number;
  parent: number;
  /** The executable's name, not its path. */
  name: string;
}

/** Resolves when a process that was started has ended. Its last lines may still be unread: see {@link closeOf}. */
export function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
}

/** Resolves when a process that was started has ended, whoever shares its output with it too, and all of that was read. */
export function closeOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}

/**
 * Waits until the process exists.
 *
 * @returns its number.
 * @throws the system's error if there is no such program, or it may not be run.
 */
export async function pidOf(child: ChildProcess): Promise<number> {
  await once(child, "spawn");
  return Number(child.pid);
}

/** Every process of the machine, without those that have ended and wait for their parent to notice. */
async function processTable(): Promise<ProcessRow[]> {
  if (process.platform !== "linux") {
    const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid=,stat=,comm="]);
    return stdout.split("\n").flatMap((line) => {
      const [pid, parent, state, ...command] = line.trim().split(/\s+/);
      const name = command.join(" ").split("/").at(-1);
      return name === undefined || state?.startsWith("Z") ? [] : [{ pid: Number(pid), parent: Number(parent), name }];
    });
  }
  // `ps` is not on every Linux: a small image has only /proc.
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const rows = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      const match = /^\d+ \((.*)\) (\S) (\d+)/s.exec(stat);
      if (match === null || match[2] === "Z") return [];
      return [{ pid: Number(pid), parent: Number(match[3]), name: match[1] ?? "" }];
    }),
  );
  return rows.flat();
}

/** The processes that `pid` has started and that still run. */
export async function childrenOf(pid: number): Promise<number[]> {
  return (await processTable()).filter((row) => row.parent === pid).map((row) => row.pid);
}

/** The name of a running process, or `undefined` if there is none of that number. */
export async function processName(pid: number): Promise<string | undefined> {
  return (await processTable()).find((row) => row.pid === pid)?.name;
}

/** Waits until none of them runs. @returns those that still do at the deadline. */
export async function waitUntilGone(pids: readonly number[], timeoutMs: number): Promise<number[]> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const running = new Set((await processTable()).map((row) => row.pid));
    const left = pids.filter((pid) => running.has(pid));
    if (left.length === 0 || performance.now() > deadline) return left;
    await delay(25);
  }
}

/** Sends a signal. @returns false if there is no such process any more. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

/**
 * Stops a server that an earlier, killed run has left behind on the same data.
 *
 * @param pidFile - its first line is the number of the process. Numbers are given out again, so a process of another
 * name is not the one that wrote the file.
 * @param name - what the server's executable is called.
 * @param how - the signal that makes it close in good order.
 * @returns whether the file names a server that still runs after all.
 */
export async function stopLeftover(pidFile: string, name: RegExp, how: NodeJS.Signals): Promise<boolean> {
  const pid = Number.parseInt(await readFile(pidFile, "utf8").catch(() => ""), 10);
  if (!(pid > 1) || !name.test((await processName(pid)) ?? "")) return false;
  signal(pid, how);
  return (await waitUntilGone([pid], 10_000)).length > 0;
}
