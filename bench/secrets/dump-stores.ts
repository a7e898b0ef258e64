import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import pg from "pg";
import type { Haystack } from "./markers.ts";

/**
 * Every row of every table as text, one haystack per table. The one column where personal data belongs is left out.
 *
 * @param url - of a superuser.
 */
export async function dumpPostgres(url: string): Promise<Haystack[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ schema: string; name: string }>(
      `select schemaname as schema, tablename as name from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const haystacks: Haystack[] = [];
    for (const { schema, name } of tables) {
      const { rows } = await client.query<{ line: string }>(
        `select (to_jsonb(t) ${name === "users" ? "- 'email' - 'name'" : ""})::text as line
          from ${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)} t`,
      );
      haystacks.push({ name: `table ${name}`, text: rows.map(({ line }) => line).join("\n") });
    }
    return haystacks;
  } finally {
    await client.end();
  }
}

/** Every key and value that Redis holds, and everything it was ever told: its append-only files. */
export async function dumpRedis(url: string, dataDir: string): Promise<Haystack[]> {
  const redis = new Redis(url);
  try {
    const entries: string[] = [];
    for (const key of await redis.keys("*")) {
      const value = await readKey(redis, key, await redis.type(key));
      entries.push(`${key} ${JSON.stringify(value)}`);
    }
    const folder = join(dataDir, "appendonlydir");
    const files = await Promise.all(
      (await readdir(folder)).map(async (file) => ({
        name: `Redis ${file}`,
        text: await readFile(join(folder, file), "latin1"),
      })),
    );
    return [{ name: "Redis keys", text: entries.join("\n") }, ...files];
  } finally {
    redis.disconnect();
  }
}

async function readKey(redis: Redis, key: string, type: string): Promise<unknown> {
  switch (type) {
    case "string":
      return redis.get(key);
    case "hash":
      return redis.hgetall(key);
    case "list":
      return redis.lrange(key, 0, -1);
    case "set":
      return redis.smembers(key);
    case "zset":
      return redis.zrange(key, "0", "-1");
    case "stream":
      return redis.xrange(key, "-", "+");
    case "none": // its time is over since the keys were listed
      return null;
    default:
      throw new TypeError(`no way to read a Redis ${type}`);
  }
}
