import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The folder of the whole project. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** How a task of `package.json` ended. */
export interface TaskResult {
  ok: boolean;
  /** Both streams, in order; empty if they were shown. */
  output: string;
  seconds: number;
}

/**
 * Runs one of the tasks that `package.json` names under `scripts`.
 *
 * @param show - true writes what it says to the terminal, false collects it.
 */
export async function runTask(name: string, show: boolean): Promise<TaskResult> {
  const started = performance.now();
  const child = spawn(process.execPath, ["--run", name], {
    cwd: ROOT,
    stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"],
  });
  const chunks: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(child, "close")) as unknown[];
  return { ok: code === 0, output: Buffer.concat(chunks).toString(), seconds: (performance.now() - started) / 1000 };
}
