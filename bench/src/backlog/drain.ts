import { setTimeout as delay } from "node:timers/promises";
import type { StagedApp } from "../stage/set-stage.ts";

/** How many webhooks these workers have processed since their start. Not to be asked of one that is halted. */
export async function processedBy(workers: readonly StagedApp[]): Promise<number> {
  const texts = await Promise.all(workers.map(async ({ insideUrl }) => (await fetch(`${insideUrl}/metrics`)).text()));
  return texts
    .flatMap((text) => [...text.matchAll(/^relink_webhook_processed_total\{[^}]*\} (\d+)/gm)])
    .reduce((sum, [, value]) => sum + Number(value), 0);
}

/**
 * Waits from now until the workers have processed so many in all.
 *
 * @returns the seconds that it took.
 */
export async function drained(workers: readonly StagedApp[], total: number): Promise<number> {
  const startedAt = performance.now();
  while ((await processedBy(workers)) < total) await delay(100);
  return (performance.now() - startedAt) / 1_000;
}
