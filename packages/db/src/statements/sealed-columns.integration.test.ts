import { randomBytes, randomUUIDv7 } from "node:crypto";
import { Secret } from "@relink/service";
import { useDatabase } from "@relink/testkit/vitest";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { connect, type Database } from "../connect.ts";
import { openSealed, seal } from "../sealed.ts";
import { countSealedByKey, readSealedPage, replaceSealed } from "./sealed-columns.ts";

const testDatabase = useDatabase();
let owner: Database;
let operator: Database;
const keys = new Map([["new", randomBytes(32)]]);
const oldKeys = new Map([["old", randomBytes(32)]]);
const placeOf = (rowId: string) => ({ column: "items.access_token", rowId, environment: "sandbox" }) as const;

beforeAll(async () => {
  const onError = (): void => {};
  owner = connect({ url: new Secret(testDatabase.url), app: "test", onError });
  operator = connect({ url: new Secret(testDatabase.urlFor("relink_operator")), app: "test", onError });
  await owner.pool.query("insert into users (id, external_id, email) values ($1, 'u', 'u@example.com')", [userId]);
});
afterAll(async () => {
  await operator.close();
  await owner.close();
});
const userId = randomUUIDv7();
beforeEach(() => owner.pool.query("delete from items"));

async function addItem(sealedWith = oldKeys, id = randomUUIDv7()): Promise<{ id: string; sealed: Buffer }> {
  const sealed = seal(new Secret(`token of ${id}`), placeOf(id), sealedWith);
  await owner.pool.query(
    `insert into items (id, environment, plaid_item_id, user_id, access_token, status)
      values ($1::uuid, 'sandbox', $1::text, $2, $3, 'healthy')`,
    [id, userId, sealed],
  );
  return { id, sealed };
}

async function tokenOf(id: string, ring: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const { rows } = await owner.pool.query<{ token: Buffer }>("select access_token as token from items where id = $1", [
    id,
  ]);
  return openSealed(rows[0]?.token ?? Buffer.alloc(0), placeOf(id), ring).reveal();
}

const change = ({ id, sealed }: { id: string; sealed: Buffer }) => ({
  id,
  from: sealed,
  to: seal(openSealed(sealed, placeOf(id), oldKeys), placeOf(id), keys),
});

test("pages cover every row once, with the value of those that another key has sealed", async () => {
  // Ids of one millisecond have no order of their own.
  const ids = [randomUUIDv7(), randomUUIDv7(), randomUUIDv7()].toSorted();
  const [a, b, c] = [await addItem(oldKeys, ids[0]), await addItem(keys, ids[1]), await addItem(oldKeys, ids[2])];
  const first = await readSealedPage(operator.db, "items.access_token", "new", { after: null, limit: 2 });
  expect(first).toEqual([
    { id: a.id, environment: "sandbox", sealed: a.sealed },
    { id: b.id, environment: "sandbox", sealed: null },
  ]);
  expect(await readSealedPage(operator.db, "items.access_token", "new", { after: b.id, limit: 2 })).toEqual([
    { id: c.id, environment: "sandbox", sealed: c.sealed },
  ]);
  expect(await countSealedByKey(operator.db, "items.access_token")).toEqual([
    { keyId: "new", values: 1 },
    { keyId: "old", values: 2 },
  ]);
});

test("a token that was registered since the page was read stays, and the rest of the batch is replaced", async () => {
  const [a, b] = [await addItem(), await addItem()];
  const registered = seal(new Secret("registered meanwhile"), placeOf(a.id), oldKeys);
  await owner.pool.query("update items set access_token = $2 where id = $1", [a.id, registered]);

  expect(await replaceSealed(operator.db, "items.access_token", [change(a), change(b)])).toBe(1);
  expect(await tokenOf(a.id, oldKeys)).toBe("registered meanwhile");
  expect(await tokenOf(b.id, keys)).toBe(`token of ${b.id}`);
});

test("a row that somebody holds is left out without a wait, and is replaced by the next try", async () => {
  const [a, b] = [await addItem(), await addItem()];
  const holder = await owner.pool.connect();
  await holder.query("begin");
  await holder.query("select from items where id = $1 for no key update", [a.id]);

  expect(await replaceSealed(operator.db, "items.access_token", [change(a), change(b)])).toBe(1);
  await holder.query("commit");
  holder.release();
  expect(await replaceSealed(operator.db, "items.access_token", [change(a), change(b)])).toBe(1);
  expect(await tokenOf(a.id, keys)).toBe(`token of ${a.id}`);
});

test("two rotations at once and registrations in between end with every token whole", async () => {
  const seeded: { id: string; sealed: Buffer }[] = [];
  for (let row = 0; row < 100; row += 1) seeded.push(await addItem());
  const rotate = (): Promise<number> => replaceSealed(operator.db, "items.access_token", seeded.map(change));
  const register = async (): Promise<void> => {
    for (const { id } of seeded) {
      const sealed = seal(new Secret(`token of ${id}`), placeOf(id), keys);
      await owner.pool.query("update items set access_token = $2 where id = $1", [id, sealed]);
    }
  };
  await Promise.all([rotate(), register(), rotate(), rotate()]);
  for (const { id } of seeded) expect(await tokenOf(id, keys)).toBe(`token of ${id}`);
});
