import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startPostgres, type PostgresServer } from "./postgres.ts";
import { processName } from "./processes.ts";
import { createTemplate, createTestDatabase } from "./test-database.ts";

/** To make a new Postgres takes five seconds, and a machine with other work on it may be five times slower. */
const NEW_POSTGRES = { timeout: 60_000 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "relink-postgres-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {
    // The tests kill the server under it.
  });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function start(dataDir: string): Promise<PostgresServer> {
  const server = await startPostgres({ dataDir });
  onTestFinished(() => server.stop());
  return server;
}

// The folder is mkdtemp's, which no other user may enter: as root this proves the way around it.
test("a committed row outlives SIGKILL of every process, and the same folder starts again", NEW_POSTGRES, async () => {
  const dataDir = join(folder, "killed");
  const first = await start(dataDir);
  await query(first.url, "create table kept (n int)");
  await query(first.url, "insert into kept values (7)");
  await first.kill();
  expect(await processName(first.pid)).toBeUndefined();

  const second = await start(dataDir);
  expect(await query(second.url, "select n from kept")).toEqual([{ n: 7 }]);
});

test("durability is as Postgres ships it", async () => {
  const server = await start(join(folder, "killed"));
  const names = ["fsync", "full_page_writes", "synchronous_commit", "server_encoding"];
  const rows = await query(server.url, `select ${names.map((name) => `current_setting('${name}') as ${name}`).join()}`);
  expect(rows).toEqual([{ fsync: "on", full_page_writes: "on", synchronous_commit: "on", server_encoding: "UTF8" }]);
});

test("a server that a killed run left behind on the folder is stopped first", async () => {
  const dataDir = join(folder, "killed");
  const leftBehind = await start(dataDir);
  const server = await start(dataDir);
  expect(await processName(leftBehind.pid)).toBeUndefined();
  expect(await query(server.url, "select 1 as one")).toEqual([{ one: 1 }]);
});

test("a first start that was interrupted is begun anew", NEW_POSTGRES, async () => {
  const dataDir = join(folder, "killed");
  await writeFile(`${dataDir}.unfinished`, "");
  const server = await start(dataDir);
  expect(await query(server.url, "select to_regclass('kept') as kept")).toEqual([{ kept: null }]);
});

test("a folder with something else in it is left alone", async () => {
  const dataDir = join(folder, "other");
  await mkdir(dataDir);
  await writeFile(join(dataDir, "precious"), "");
  await expect(startPostgres({ dataDir })).rejects.toMatchObject({ code: "ERR_POSTGRES_START" });
});

test("why it does not start is told from its log", async () => {
  const dataDir = join(folder, "killed");
  await (await startPostgres({ dataDir })).stop();
  await writeFile(join(dataDir, "PG_VERSION"), "12\n");
  await expect(startPostgres({ dataDir })).rejects.toThrow(/initialized by PostgreSQL version 12/);
  await rm(dataDir, { recursive: true });
});

describe("databases for tests", () => {
  let server: PostgresServer;
  let template: string;
  beforeAll(async () => {
    await chmod(folder, 0o711); // here as most folders are
    server = await startPostgres({ dataDir: join(folder, "templates") });
    template = await createTemplate(server.url, async (url) => {
      await query(url, "create table items (id int); grant insert on items to relink_ingress");
    });
    return () => server.stop();
  }, NEW_POSTGRES.timeout);

  test("each is a clone of the template that the others do not see", async () => {
    const one = await createTestDatabase(server.url, template);
    const other = await createTestDatabase(server.url, template);
    await query(one.url, "insert into items values (1)");
    expect(await query(one.url, "select id from items")).toEqual([{ id: 1 }]);
    expect(await query(other.url, "select id from items")).toEqual([]);
  });

  test("a role has the rights that the migrations gave it, and no others", async () => {
    const database = await createTestDatabase(server.url, template);
    await query(database.urlFor("relink_ingress"), "insert into items values (1)");
    await expect(query(database.urlFor("relink_ingress"), "select id from items")).rejects.toThrow(/permission denied/);
    await expect(query(database.urlFor("relink_api"), "create table mine (n int)")).rejects.toThrow(
      /permission denied/,
    );
  });

  test("dropping one does not wait for who is still connected", async () => {
    const database = await createTestDatabase(server.url, template);
    const idle = new pg.Client({ connectionString: database.url });
    const broken = new Promise((resolve) => {
      idle.on("error", resolve); // a second one follows when the socket closes
    });
    await idle.connect();
    await database.drop();
    expect(await broken).toMatchObject({ code: "57P01" });
    await expect(query(database.url, "select 1")).rejects.toThrow(/does not exist/);
  });
});
