import { randomUUIDv7 } from "node:crypto";
import { Secret } from "@relink/service";
import { useDatabase } from "@relink/testkit/vitest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, type Database } from "../connect.ts";
import { beginTransmission, claimEmail, postponeEmail } from "./emails.ts";

const testDatabase = useDatabase();
let database: Database;
const id = randomUUIDv7();

beforeAll(async () => {
  database = connect({ url: new Secret(testDatabase.url), app: "test", onError() {} });
  await database.pool.query(
    `with u as (insert into users (id, external_id, email) values ($1, 'u', 'u@example.com') returning id),
      i as (insert into items (id, environment, plaid_item_id, user_id, access_token, status)
        select $1, 'sandbox', 'i', id, '', 'healthy' from u returning id),
      e as (insert into episodes (id, item_id, opened_at, error_type, error_code)
        select $1, id, now(), 'ITEM_ERROR', 'ITEM_LOGIN_REQUIRED' from i returning id)
      insert into emails (id, episode_id, item_id, user_id, step, state, due_at)
        select $1, e.id, i.id, u.id, 0, 'owed', now() from u, i, e`,
    [id],
  );
});
afterAll(() => database.close());

async function state(): Promise<string | undefined> {
  const { rows } = await database.pool.query<{ state: string }>("select state from emails");
  return rows[0]?.state;
}

test("a mail that somebody transmits is not made owed again by who only prepared it", async () => {
  const { db } = database;
  expect(await claimEmail(db, id, 0)).not.toBeNull();
  expect(await claimEmail(db, id, 60_000), "the first lease has ended").not.toBeNull();
  expect(await claimEmail(db, id, 60_000), "the second has not").toBeNull();
  expect(await db.transaction((tx) => beginTransmission(tx, id, "login_required", "<one@example.com>"))).toBeInstanceOf(
    Date,
  );
  expect(await db.transaction((tx) => beginTransmission(tx, id, "login_required", "<two@example.com>"))).toBeNull();

  await postponeEmail(db, id, "owed", 0, "Plaid did not answer");
  expect(await state()).toBe("transmitting");
  await postponeEmail(db, id, "transmitting", 0, "the mail server refused it for now");
  expect(await state()).toBe("owed");
});
