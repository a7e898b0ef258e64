import { chmod, mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "@relink/service";
import { freePort, signal, startPostgres, waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "./connect.ts";
import { isUnavailable } from "./is-unavailable.ts";

const testDatabase = useDatabase();

function open(url: string) {
  const heard: Error[] = [];
  const database = connect({ url: new Secret(url), app: "test", onError: (error) => void heard.push(error) });
  onTestFinished(() => database.close());
  return { ...database, heard };
}

async function asOwner(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: testDatabase.url });
  await client.connect();
  await client.query(text);
  await client.end();
}

test.each(["relink_ingress", "relink_worker", "relink_link", "relink_api", "relink_operator"] as const)(
  "every role can see whether commits are kept: %s",
  async (role) => {
    const database = open(testDatabase.urlFor(role));
    await database.checkAtStart();
    await database.ping();
    expect(database.heard).toEqual([]);
  },
);

test("a database where a commit is not flushed is refused at the start, and every statement fails until it is put right", async () => {
  await asOwner(`alter database ${testDatabase.name} set synchronous_commit = off`);
  const database = open(testDatabase.urlFor("relink_ingress"));
  await expect(database.checkAtStart()).rejects.toThrow(
    `Postgres does not keep what it acknowledges, so Relink does not use it
  - synchronous_commit is off, so a commit is not on disk: set it to on, also where ALTER ROLE or ALTER DATABASE changed it`,
  );
  const error: unknown = await database.pool.query("select 1").catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "ERR_DURABILITY" });
  expect(isUnavailable(error)).toBe(true);
  await expect(database.ping()).rejects.toMatchObject({ code: "ERR_DURABILITY" });
  expect(database.heard).toHaveLength(2);

  await asOwner(`alter database ${testDatabase.name} reset synchronous_commit`);
  await database.checkAtStart();
  await expect(database.pool.query("select 1")).resolves.toMatchObject({ rowCount: 1 });
});

test("a database that is away is no reason not to start", async () => {
  const database = open(`postgres://relink_ingress:x@127.0.0.1:${await freePort()}/relink`);
  await database.checkAtStart();
  expect(database.heard).toHaveLength(1);
});

// It makes a new Postgres, which takes five seconds, or five times that on a machine with other work on it.
test("a server whose fsync or full_page_writes is turned off while connections are open is no longer ready, and its next connection is refused", async () => {
  const folder = await mkdtemp(join(tmpdir(), "relink-durability-"));
  await chmod(folder, 0o711); // Postgres may run as another user
  const server = await startPostgres({ dataDir: join(folder, "data") });
  onTestFinished(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });
  const superuser = new pg.Client({ connectionString: server.url });
  await superuser.connect();
  const change = async (text: string) => {
    await superuser.query(text);
    await superuser.query("select pg_reload_conf()");
  };
  const database = open(server.urlFor("relink_ingress"));
  await database.ping();

  await change("alter system set fsync = off");
  await waitFor(async () => (await database.ping().catch((error: Error) => error.message))?.includes("fsync is off"));
  await expect(open(server.urlFor("relink_ingress")).checkAtStart()).rejects.toThrow("fsync is off");
  await change("alter system set full_page_writes = off");
  await waitFor(async () =>
    (await database.ping().catch((error: Error) => error.message))?.includes("full_page_writes is off"),
  );
  await change("alter system reset all");
  await waitFor(async () => (await database.ping().catch(() => "not yet")) === undefined);

  // Silent from now on: a start waits for its answer two seconds, and not for ever.
  signal(server.pid, "SIGSTOP");
  onTestFinished(() => void signal(server.pid, "SIGCONT"));
  const silent = open(server.urlFor("relink_ingress"));
  const startedAt = performance.now();
  await silent.checkAtStart();
  expect(performance.now() - startedAt).toBeLessThan(15_000);
  expect(isUnavailable(silent.heard[0])).toBe(true);
  signal(server.pid, "SIGCONT");
  await superuser.end();
}, 60_000);

test("a connection that has gone silent is given up and replaced", async () => {
  const { port } = new URL(testDatabase.url);
  const clients = new Set<Socket>();
  let isSilent = false;
  const proxy = createServer((client) => {
    const server = createConnection({ port: Number(port), host: "127.0.0.1" });
    for (const socket of [client, server]) socket.on("error", () => {});
    clients.add(client);
    client.on("data", (chunk) => server.write(chunk));
    server.on("data", (chunk) => void (isSilent || client.write(chunk)));
    client.on("close", () => server.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const client of clients) client.destroy();
    proxy.close();
  });
  const url = new URL(testDatabase.url);
  url.port = String((proxy.address() as AddressInfo).port);

  const database = connect({ url: new Secret(url.href), app: "test", max: 1, statementTimeoutMs: 100, onError() {} });
  onTestFinished(() => database.close());
  await waitFor(() => database.ping().then(() => true));
  isSilent = true;
  const error: unknown = await database.db
    .transaction((tx) => tx.execute("select 1"))
    .catch((thrown: unknown) => thrown);
  expect(isUnavailable(error)).toBe(true);
  isSilent = false;
  // The pool has one place only: whoever held the dead connection has given it back.
  await waitFor(() => database.ping().then(() => true));
});

test("whoever waits for a connection that others use for longer than the pool lets him gets an error", async () => {
  const url = new Secret(testDatabase.url);
  const database = connect({ url, app: "test", max: 1, connectTimeoutMs: 100, onError() {} });
  onTestFinished(() => database.close());
  const held = await waitFor(() => database.pool.connect());
  const error: unknown = await database.ping().catch((thrown: unknown) => thrown);
  expect(isUnavailable(error)).toBe(true);
  held.release();
  await waitFor(() => database.ping().then(() => true));
});
