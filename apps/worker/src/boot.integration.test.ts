import { randomBytes } from "node:crypto";
import { connect, type Database } from "@relink/db";
import { Secret } from "@relink/service";
import { freePortRange, spawnApp } from "@relink/testkit";
import { useDatabase, useRedis } from "@relink/testkit/vitest";
import { afterAll, beforeAll, expect, test } from "vitest";

const database = useDatabase();
const redis = useRedis();
let owner: Database;
beforeAll(() => {
  owner = connect({ url: new Secret(database.url), app: "test", onError: () => {} });
});
afterAll(() => owner.close());

const newKey = (id: string): string => `${id}:${randomBytes(32).toString("base64")}`;
const OLD = newKey("2025");

/** How a worker ends that does not start, and what it says; null if it starts. */
async function refusal(encryptionKeys: string): Promise<string | null> {
  const env = {
    DATABASE_URL: database.urlFor("relink_worker"),
    // Nobody else's: processes share the names of their queues, and these know of none of the others' rows.
    REDIS_URL: `${redis.url}/10`,
    PLAID_CLIENT_ID: "client",
    PLAID_SECRET: "secret",
    PLAID_ENV: "sandbox",
    SMTP_URL: "smtp://127.0.0.1:9",
    EMAIL_FROM: "relink@example.com",
    LINK_PUBLIC_URL: "http://127.0.0.1:9",
    ENCRYPTION_KEYS: encryptionKeys,
    LINK_TOKEN_KEYS: newKey("l1"),
  };
  try {
    const worker = await spawnApp("worker", env, { port: await freePortRange() });
    await worker.stop();
    return null;
  } catch (error) {
    const lines = (error as Error).message.split("\n");
    return lines.filter((line) => !line.includes('"event":"app.stopped"')).join("\n");
  }
}

test("a worker starts with the keys that the database knows, and with no others", async () => {
  expect(await refusal(OLD)).toBeNull();
  expect(await refusal(newKey("2026"))).toBe(`worker does not start: it ended with 1
ENCRYPTION_KEYS does not fit the database
  - the database holds values that are sealed with key "2025", and it is not in the ring: put it back, after the first one; \`relink keys status\` shows what needs it`);
  expect(await refusal(newKey("2025"))).toBe(`worker does not start: it ended with 1
ENCRYPTION_KEYS does not fit the database
  - key "2025" is not the one that the database knows by this id: put the right one back; a new key needs a new id`);
  expect(await refusal(`${newKey("2026")},${OLD}`)).toBeNull();
  const { rows } = await owner.pool.query("select id from encryption_keys order by id");
  expect(rows).toEqual([{ id: "2025" }, { id: "2026" }]);
}, 120_000);
