import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { freePort, waitFor } from "@relink/testkit";
import type { Variant } from "./variants/create-variant.ts";

const MAIN = fileURLToPath(new URL("variants/main.ts", import.meta.url));

/** Starts a variant as a process of its own, as the ingress is one. */
export async function spawnVariant(variant: Variant, jwk: unknown) {
  const [port, insidePort] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env["PATH"],
      VARIANT: variant,
      WEBHOOK_KEY: JSON.stringify(jwk),
      PORT: String(port),
      INSIDE_PORT: String(insidePort),
    },
    stdio: "inherit",
  });
  const endWithUs = (): void => void child.kill();
  process.once("exit", endWithUs);
  const insideUrl = `http://127.0.0.1:${insidePort}`;
  await waitFor(async () => (await fetch(`${insideUrl}/readyz`)).ok, { timeoutMs: 30_000 });
  return {
    port,
    insideUrl,
    async stop() {
      process.off("exit", endWithUs);
      const exited = once(child, "exit");
      child.kill();
      await exited;
    },
  };
}
