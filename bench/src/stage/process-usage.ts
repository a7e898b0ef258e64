import { readFile } from "node:fs/promises";
import { setInterval } from "node:timers/promises";

/** A process under measurement. Its children count with it (Postgres has one per connection), but for this process. */
export interface Watched {
  name: string;
  pid: number;
}

/** Of `/proc/<pid>/stat`, in ticks; Linux has shown a hundredth of a second to programs for decades. */
const TICKS_PER_SECOND = 100;

/** CPU that a process and its children have used since their start, in seconds. Linux only. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  // The name may hold spaces and brackets; what follows the last bracket does not.
  const fields = (await readProc(`${pid}/stat`)).replace(/^.*\) /s, "").split(" ");
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15).map(Number);
  let seconds = (user + system + endedUser + endedSystem) / TICKS_PER_SECOND;
  for (const child of await childrenOf(pid)) seconds += await cpuSecondsOf(child);
  return seconds;
}

/** What several processes have used, by name. */
export async function cpuSecondsBy(watched: readonly Watched[]): Promise<Map<string, number>> {
  return new Map(await Promise.all(watched.map(async ({ name, pid }) => [name, await cpuSecondsOf(pid)] as const)));
}

/**
 * What a process holds in memory, in bytes. Of one with children, what they share is counted once. Linux only.
 */
export async function residentBytesOf(pid: number): Promise<number> {
  const children = await childrenOf(pid);
  if (children.length === 0) return memoryField(pid, "Rss");
  const parts = await Promise.all([pid, ...children].map((one) => memoryField(one, "Pss")));
  return parts.reduce((sum, part) => sum + part, 0);
}

/** The most that each process held in memory, in bytes, while it was watched. */
export interface MemoryWatch {
  end(): Promise<ReadonlyMap<string, number>>;
}

/** Looks at the memory of processes every second. */
export function watchMemory(watched: readonly Watched[]): MemoryWatch {
  const peaks = new Map<string, number>();
  const abort = new AbortController();
  const look = async (): Promise<void> => {
    for (const { name, pid } of watched) peaks.set(name, Math.max(peaks.get(name) ?? 0, await residentBytesOf(pid)));
  };
  const running = (async () => {
    try {
      for await (const _tick of setInterval(1_000, undefined, { signal: abort.signal })) await look();
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    }
  })();
  return {
    async end() {
      abort.abort();
      await running;
      await look();
      return peaks;
    },
  };
}

/** `ingress 132 MiB, postgres 210 MiB`. */
export function showMemory(peaks: ReadonlyMap<string, number>): string {
  return [...peaks].map(([name, bytes]) => `${name} ${Math.round(bytes / 2 ** 20)} MiB`).join(", ");
}

async function childrenOf(pid: number): Promise<number[]> {
  if (pid === process.pid) return [];
  const list = await readProc(`${pid}/task/${pid}/children`);
  return list.split(" ").filter(Boolean).map(Number);
}

async function memoryField(pid: number, field: "Rss" | "Pss"): Promise<number> {
  const text = await readProc(`${pid}/smaps_rollup`);
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1_024;
}

/** @returns nothing if the process has ended meanwhile. */
async function readProc(path: string): Promise<string> {
  return readFile(`/proc/${path}`, "utf8").catch(() => "");
}
