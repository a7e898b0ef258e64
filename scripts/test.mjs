import { installPackages, runScript } from "./bootstrap.mjs";

await installPackages();
await runScript("verify.ts");
