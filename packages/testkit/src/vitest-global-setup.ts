import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startPostgres } from "./postgres.ts";
import { startRedis } from "./redis.ts";
import { createTemplate } from "./test-database.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** Of a superuser. */
    postgresUrl: string;
    /** The migrated database to clone. */
    postgresTemplate: string;
    redisUrl: string;
  }
}

interface Stores {
  postgresUrl: string;
  postgresTemplate: string;
  redisUrl: string;
  stop(): Promise<void>;
}

interface SharedStores {
  users: number;
  stores: Promise<Stores>;
}

/** Each project of vitest loads this file anew; what they share can only be kept on the global object. */
const shared = globalThis as { relinkTestStores?: SharedStores | undefined };

/**
 * Gives a vitest project one Postgres and one Redis, the same for all projects of a run: the first to ask starts them, and
 * they stop with the last.
 *
 * @param migrate - brings the template's database up to date.
 * @returns what vitest calls at the end of the run, also when tests failed.
 */
export async function provideStores(
  project: TestProject,
  migrate: (databaseUrl: string) => Promise<void>,
): Promise<() => Promise<void>> {
  const mine = (shared.relinkTestStores ??= { users: 0, stores: startStores(migrate) });
  mine.users += 1;
  const stores = await mine.stores;
  project.provide("postgresUrl", stores.postgresUrl);
  project.provide("postgresTemplate", stores.postgresTemplate);
  project.provide("redisUrl", stores.redisUrl);
  return async () => {
    mine.users -= 1;
    if (mine.users > 0) return;
    shared.relinkTestStores = undefined;
    await stores.stop();
  };
}

async function startStores(migrate: (databaseUrl: string) => Promise<void>): Promise<Stores> {
  const folder = await mkdtemp(join(tmpdir(), "relink-test-"));
  await chmod(folder, 0o711); // Postgres may run as another user
  const started: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    await Promise.all(started.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const redis = await startRedis({ dir: join(folder, "redis") });
    started.push(redis);
    const postgres = await startPostgres({ dataDir: join(folder, "postgres") });
    started.push(postgres);
    const postgresTemplate = await createTemplate(postgres.url, migrate);
    return { postgresUrl: postgres.url, postgresTemplate, redisUrl: redis.url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
