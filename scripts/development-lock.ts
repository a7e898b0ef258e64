import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DevelopmentError } from "./development-error.ts";

/** Of https://www.sqlite.org/rescode.html (checked 2026-11-21): somebody else holds the lock. */
const SQLITE_BUSY = 5;

/**
 * Claims the data folder for this process. The claim is a lock of the operating system on a file (SQLite's), so it ends
 * with the process however that ends, and nothing stale can stay behind.
 *
 * @returns what gives the claim back. Keep it: the lock goes with it.
 * @throws {@link DevelopmentError} if a Relink runs on the folder.
 */
export function lockDataDir(dataDir: string): () => void {
  const pidFile = join(dataDir, "pid");
  const lock = new DatabaseSync(join(dataDir, "lock"), { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if ((error as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw error;
    const owner = readFileSync(pidFile, "utf8");
    throw new DevelopmentError(
      `Relink runs already on ${dataDir}: stop it first, with Ctrl-C where it was started or with \`kill ${owner}\``,
    );
  }
  writeFileSync(pidFile, String(process.pid));
  return () => lock.close();
}
