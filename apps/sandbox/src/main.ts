import { run } from "@relink/service";
import { parseSandboxConfig } from "./config.ts";
import { createSandbox } from "./sandbox.ts";

await run("sandbox", () => createSandbox(parseSandboxConfig(process.env)));
