import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

export interface CliRun {
  readonly pid: number;
  /** Ctrl-C. */
  interrupt(): void;
  ended: Promise<{ code: number | null; out: string; err: string }>;
}

/** Runs `relink` as a process of its own. */
export function spawnCli(args: readonly string[], env: Readonly<Record<string, string>>): CliRun {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  return {
    pid: child.pid ?? 0,
    interrupt: () => void child.kill("SIGINT"),
    ended: Promise.all([once(child, "exit"), text(child.stdout), text(child.stderr)]).then(([[code], out, err]) => ({
      code: code as number | null,
      out,
      err,
    })),
  };
}
