import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { freePort, waitFor } from "@relink/testkit";
import type { Variant } from "../ingress/variants/create-variant.ts";
import type { Stage } from "./set-stage.ts";

/** A program that Relink is compared with. */
export interface Rival {
  readonly pid: number;
  readonly port: number;
  readonly insideUrl: string;
  stop(): Promise<void>;
}

/** Starts an ingress of another make as a process of its own, as the ingress is one. */
export function spawnVariant(variant: Variant, stage: Stage): Promise<Rival> {
  return spawnRival("../ingress/variants/main.ts", {
    VARIANT: variant,
    WEBHOOK_KEY: JSON.stringify(stage.signer.jwk),
    REDIS_URL: stage.redis.url,
  });
}

/** Starts the worker that belongs to the variant `queue`. */
export function spawnPlainWorker(stage: Stage): Promise<Rival> {
  return spawnRival("../end-to-end/plain-worker/main.ts", {
    DATABASE_URL: stage.postgres.urlFor("relink_migrate"),
    REDIS_URL: stage.redis.url,
  });
}

async function spawnRival(main: string, settings: Record<string, string>): Promise<Rival> {
  const [port, insidePort] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, [fileURLToPath(new URL(main, import.meta.url))], {
    env: { PATH: process.env["PATH"], PORT: String(port), INSIDE_PORT: String(insidePort), ...settings },
    stdio: "inherit",
  });
  const endWithUs = (): void => void child.kill();
  process.once("exit", endWithUs);
  const insideUrl = `http://127.0.0.1:${insidePort}`;
  await waitFor(async () => (await fetch(`${insideUrl}/readyz`)).ok, { timeoutMs: 30_000 });
  return {
    pid: child.pid ?? 0,
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
