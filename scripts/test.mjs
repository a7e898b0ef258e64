import { installPackages, runScript } from "./bootstrap.mjs";
import { CHROMIUM, ensureInstalled, REDIS } from "./install-programs.mjs";

await installPackages();
for (const program of [REDIS, CHROMIUM]) {
  // Without one of them the tests that need it fail, and say so; the others still tell something.
  const problem = ensureInstalled(program);
  if (problem !== undefined) process.stderr.write(`relink: ${problem}\n`);
}
await runScript("verify.ts");
