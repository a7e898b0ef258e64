import { existsSync } from "node:fs";
import { fail, installPackages, runScript } from "./bootstrap.mjs";
import { ensureInstalled, REDIS } from "./install-programs.mjs";

await installPackages();
// Node before 20.12 cannot read the file; then a Redis is installed that a REDIS_URL in it would have made superfluous.
if (existsSync(".env")) process.loadEnvFile?.(".env");
if (!process.env.REDIS_URL) {
  const problem = ensureInstalled(REDIS);
  if (problem !== undefined) fail(`${problem}, or set REDIS_URL to one that runs elsewhere`);
}
await runScript("dev.ts");
