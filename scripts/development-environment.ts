import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { ROOT } from "./run-task.ts";

/** Reads `.env`, if there is one, into the environment; what is set already stays. */
export function loadEnvFile(): void {
  const file = join(ROOT, ".env");
  if (existsSync(file)) process.loadEnvFile(file);
}

/** Where everything of this machine's Relink is kept: `RELINK_DATA_DIR`, default `.relink` in the project. */
export function dataDirOf(env: Readonly<Record<string, string | undefined>>): string {
  return resolve(ROOT, env["RELINK_DATA_DIR"] || ".relink");
}
