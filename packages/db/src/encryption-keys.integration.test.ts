import { randomBytes } from "node:crypto";
import { type KeyRing, Secret } from "@relink/service";
import { useDatabase } from "@relink/testkit/vitest";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connect, type Database } from "./connect.ts";
import { checkEncryptionKeys } from "./encryption-keys.ts";
import { listEncryptionKeys } from "./statements/encryption-keys.ts";

const testDatabase = useDatabase();
let database: Database;
beforeEach(() => {
  database = connect({ url: new Secret(testDatabase.url), app: "test", onError: () => {} });
});
afterEach(async () => {
  await database.pool.query("delete from encryption_keys");
  await database.close();
});

const [old, young] = [randomBytes(32), randomBytes(32)];
const ring = (...keys: [string, Uint8Array][]): KeyRing => new Map(keys);
const announced = async () => (await listEncryptionKeys(database.db)).map(({ id }) => id);

test("a key is announced when it becomes the first of a ring, and not before", async () => {
  await checkEncryptionKeys(database.db, ring(["old", old], ["young", young]));
  expect(await announced()).toEqual(["old"]);
  await checkEncryptionKeys(database.db, ring(["old", old]));
  await checkEncryptionKeys(database.db, ring(["young", young], ["old", old]));
  await checkEncryptionKeys(database.db, ring(["young", young], ["old", old]));
  expect(await announced()).toEqual(["old", "young"]);
});

test("a ring that lacks a key that the database needs is refused, naming the key, and announces nothing", async () => {
  await checkEncryptionKeys(database.db, ring(["old", old]));
  await expect(checkEncryptionKeys(database.db, ring(["young", young]))).rejects.toThrow(
    `ENCRYPTION_KEYS does not fit the database
  - the database holds values that are sealed with key "old", and it is not in the ring: put it back, after the first one; \`relink keys status\` shows what needs it`,
  );
  expect(await announced()).toEqual(["old"]);
});

test("other bytes under a known id are refused, wherever in the ring they stand", async () => {
  await checkEncryptionKeys(database.db, ring(["old", old]));
  const refusal = `ENCRYPTION_KEYS does not fit the database
  - key "old" is not the one that the database knows by this id: put the right one back; a new key needs a new id`;
  await expect(checkEncryptionKeys(database.db, ring(["old", young]))).rejects.toThrow(refusal);
  await expect(checkEncryptionKeys(database.db, ring(["young", young], ["old", young]))).rejects.toThrow(refusal);
});

test("of two processes that announce different keys by one id at once, one is refused", async () => {
  for (let round = 0; round < 20; round += 1) {
    const outcomes = await Promise.allSettled([
      checkEncryptionKeys(database.db, ring([`k${round}`, old])),
      checkEncryptionKeys(database.db, ring([`k${round}`, young])),
    ]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    await database.pool.query("delete from encryption_keys");
  }
});

test.each(["relink_worker", "relink_link", "relink_api"] as const)(
  "%s may announce a key, and not change or withdraw one",
  async (role) => {
    const app = connect({
      url: new Secret(testDatabase.urlFor(role)),
      app: "test",
      encryptionKeys: ring(["old", old]),
      onError: () => {},
    });
    await app.checkAtStart();
    expect(await announced()).toEqual(["old"]);
    await expect(app.pool.query("update encryption_keys set canary = ''")).rejects.toThrow("permission denied");
    await expect(app.pool.query("delete from encryption_keys")).rejects.toThrow("permission denied");
    await app.close();
  },
);

test("nothing is written through a connection whose keys do not fit, and it is closed", async () => {
  await checkEncryptionKeys(database.db, ring(["old", old]));
  const heard: Error[] = [];
  const app = connect({
    url: new Secret(testDatabase.urlFor("relink_api")),
    app: "unfit",
    encryptionKeys: ring(["young", young]),
    onError: (error) => void heard.push(error),
  });
  await expect(app.pool.query("select 1")).rejects.toMatchObject({ code: "ERR_ENCRYPTION_KEY" });
  expect(heard).toHaveLength(1);
  // The right key, announced by whoever has it, makes no difference to this process; the old one withdrawn does.
  await database.pool.query("delete from encryption_keys");
  await expect(app.pool.query("select 1")).resolves.toMatchObject({ rowCount: 1 });
  expect(await announced()).toEqual(["young"]);
  await app.close();
});
