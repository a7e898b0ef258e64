import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, inject } from "vitest";
import { createTestDatabase, type TestDatabase } from "./test-database.ts";
import "./vitest-global-setup.ts";

/**
 * A database of this test file's own, migrated, there from the first `beforeAll` on and dropped after the last test.
 *
 * Call it at the top of the file; read its properties inside of hooks and tests.
 */
export function useDatabase(): Omit<TestDatabase, "drop"> {
  let database: TestDatabase | undefined;
  const created = (): TestDatabase => {
    if (database === undefined) throw new TypeError("the database is there only inside of hooks and tests");
    return database;
  };
  beforeAll(async () => {
    database = await createTestDatabase(inject("postgresUrl"), inject("postgresTemplate"));
  });
  afterAll(() => database?.drop());
  return {
    get name() {
      return created().name;
    },
    get url() {
      return created().url;
    },
    urlFor: (role) => created().urlFor(role),
  };
}

/**
 * The Redis of the run, and a prefix for this test file's keys. It is a hash tag, as BullMQ wants it for a cluster.
 */
export function useRedis(): { url: string; prefix: string } {
  return { url: inject("redisUrl"), prefix: `{t-${randomBytes(6).toString("hex")}}` };
}
