import { Redis } from "ioredis";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { useDatabase, useRedis } from "./vitest.ts";

const database = useDatabase();
const redis = useRedis();

async function itemsSeenBy(url: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  const { rows } = await client.query("select id from items");
  return rows;
}

test("a file's database is migrated, with the rights of each role", async () => {
  expect(await itemsSeenBy(database.url)).toEqual([]);
  expect(await itemsSeenBy(database.urlFor("relink_worker"))).toEqual([]);
  await expect(itemsSeenBy(database.urlFor("relink_ingress"))).rejects.toThrow(/permission denied/);
});

test("a file's Redis answers, and its prefix is a hash tag", async () => {
  const client = new Redis(redis.url);
  onTestFinished(() => client.disconnect());
  expect(await client.set(`${redis.prefix}:key`, "value")).toBe("OK");
  expect(redis.prefix).toMatch(/^\{t-[0-9a-f]{12}\}$/);
});
