import { randomBytes, randomUUID } from "node:crypto";
import { connect } from "@relink/db";
import { Secret } from "@relink/service";
import { freePortRange, spawnApp, waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import { expect, onTestFinished, test } from "vitest";

const stores = useDatabase();
const keyRing = () => `k1:${randomBytes(32).toString("base64")}`;

test("a process that is killed between the change and its answer leaves a key that is good again after a minute", async () => {
  const adminKey = randomBytes(32).toString("hex");
  const env = {
    DATABASE_URL: stores.urlFor("relink_api"),
    PLAID_CLIENT_ID: "a-client",
    PLAID_SECRET: "a-secret",
    PLAID_ENV: "sandbox",
    PLAID_WEBHOOK_URL: "http://127.0.0.1:9/webhooks/plaid",
    LINK_PUBLIC_URL: "http://127.0.0.1:9",
    ENCRYPTION_KEYS: keyRing(),
    LINK_TOKEN_KEYS: keyRing(),
    RELINK_ADMIN_API_KEY: adminKey,
  };
  const port = await freePortRange();
  const database = connect({ url: new Secret(stores.url), app: "test", onError: () => {} });
  onTestFinished(() => database.close());
  const query = async (text: string, values: unknown[] = []) =>
    (await database.pool.query(text, values)).rows as object[];
  let app = await spawnApp("api", env, { port });
  onTestFinished(async () => void (await app.stop()));

  const [key, name] = [randomUUID(), "A team"];
  const post = () =>
    fetch(`${app.url}/v1/teams`, {
      method: "POST",
      headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify({ name }),
    });
  const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

  // The key is claimed and the team not made yet; then the team is made, and the answer cannot be stored.
  const teams = await database.pool.connect();
  await teams.query("begin");
  await teams.query("lock table teams in share row exclusive mode");
  const cutOff = post().then(
    () => "answered",
    () => "cut off",
  );
  await waitFor(async () => (await query("select 1 from idempotency_keys where key = $1", [key])).length === 1);
  const answers = await database.pool.connect();
  await answers.query("begin");
  await answers.query("select from idempotency_keys where key = $1 for update", [key]);
  await teams.query("rollback");
  teams.release();
  await waitFor(async () => (await query("select 1 from teams where name = $1", [name])).length === 1);
  app.kill();
  expect(await cutOff).toBe("cut off");
  await app.exited;
  // Postgres has not noticed yet, and would carry out what it was told last.
  const same = connect({ url: new Secret(stores.urlFor("relink_api")), app: "test", onError: () => {} });
  await same.pool.query(
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and usename = current_user and pid <> pg_backend_pid()",
  );
  await same.close();
  await answers.query("rollback");
  answers.release();

  app = await spawnApp("api", env, { port });
  expect(await codeOf(await post())).toBe("idempotency-in-flight");
  await query("update idempotency_keys set created_at = created_at - interval '1 minute' where key = $1", [key]);
  const anew = await post();
  expect([anew.status, await codeOf(anew)]).toEqual([409, "name-taken"]);
  expect(await query("select 1 from teams where name = $1", [name])).toHaveLength(1);
});
