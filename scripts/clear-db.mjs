import { installPackages, runScript } from "./bootstrap.mjs";

await installPackages();
await runScript("clear-db.ts", process.argv.slice(2));
