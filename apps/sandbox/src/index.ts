export { parseSandboxConfig, type SandboxConfig } from "./config.ts";
export { createSandbox, type Sandbox, type SandboxOverrides } from "./sandbox.ts";
