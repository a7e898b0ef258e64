import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@relink/db";
import { Secret } from "@relink/service";
import { freePort, freePortRange, type PostgresServer, spawnApp, startPostgres, waitFor } from "@relink/testkit";
import { useDatabase, useRedis } from "@relink/testkit/vitest";
import { expect, onTestFinished, test } from "vitest";
import { countRows, query, startIngress } from "./testing/ingress-for-test.ts";

const database = useDatabase();
const redis = useRedis();

const BODY = '{"webhook_type":"TEST","webhook_code":"BOOT"}';

test("as a process it refuses a Postgres that would lose what is acknowledged, with the reason and what to do", async () => {
  await query(database.url, `alter database ${database.name} set synchronous_commit = off`);
  onTestFinished(async () => void (await query(database.url, `alter database ${database.name} reset all`)));
  const env = {
    DATABASE_URL: database.urlFor("relink_ingress"),
    REDIS_URL: redis.url,
    PLAID_CLIENT_ID: "client",
    PLAID_SECRET: "secret",
    PLAID_ENV: "sandbox",
  };
  const refusal = await spawnApp("ingress", env, { port: await freePortRange() }).catch(
    (error: Error) => error.message,
  );
  expect(refusal).toContain(`it ended with 1
Postgres does not keep what it acknowledges, so Relink does not use it
  - synchronous_commit is off, so a commit is not on disk: set it to on, also where ALTER ROLE or ALTER DATABASE changed it`);
  const insecure = { ...env, NODE_TLS_REJECT_UNAUTHORIZED: "0" };
  await expect(spawnApp("ingress", insecure, { port: await freePortRange() })).rejects.toThrow(
    /it ended with 1\n(?:.*\n)*NODE_TLS_REJECT_UNAUTHORIZED=0 turns off the check of every certificate/,
  );
}, 60_000);

// It makes a new Postgres, and starts it twice.
test("a Postgres that comes up later and would lose what is acknowledged gets nothing: 429, until it is put right", async () => {
  const folder = await mkdtemp(join(tmpdir(), "relink-boot-"));
  await chmod(folder, 0o711); // Postgres may run as another user
  const port = await freePort();
  let server: PostgresServer = await startPostgres({ dataDir: join(folder, "data"), port });
  onTestFinished(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });
  await migrate(server.urlFor("relink_migrate"));
  await query(server.url, "alter system set fsync = off");
  await server.stop();

  const ingress = await startIngress(
    { database, redis },
    { config: { databaseUrl: new Secret(server.urlFor("relink_ingress")) } },
  );
  expect((await ingress.post(BODY)).status).toBe(429);

  server = await startPostgres({ dataDir: join(folder, "data"), port });
  for (let times = 0; times < 3; times += 1) expect((await ingress.post(BODY)).status).toBe(429);
  expect(await countRows(server.urlFor("relink_migrate"))).toBe(0);
  const readiness = async () => (await fetch(`http://127.0.0.1:${ingress.insidePort}/readyz`)).json();
  expect(await readiness()).toMatchObject({ status: "unready", failed: expect.arrayContaining(["postgres"]) });
  // A kind of line is logged once a second, so this one may have to be caused again.
  await waitFor(async () => {
    await ingress.post(BODY);
    const { error } = ingress.lines("postgres.error").at(-1) as { error: { code: string; message: string } };
    return error.code === "ERR_DURABILITY" && error.message.includes("fsync is off");
  });

  await query(server.url, "alter system reset all");
  await query(server.url, "select pg_reload_conf()");
  await waitFor(async () => (await ingress.post(BODY)).status === 200);
  expect(await countRows(server.urlFor("relink_migrate"))).toBe(1);
  expect(await readiness()).toEqual({ status: "ok", failed: [] });
}, 120_000);
