import { Secret } from "@relink/service";
import { freePort } from "@relink/testkit";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { connect } from "./connect.ts";
import { isUnavailable } from "./is-unavailable.ts";

const withCode = (code: string) => Object.assign(new Error("a statement failed"), { code });

test.each([
  ["08006", true], // connection failure
  ["40P01", true], // deadlock
  ["53300", true], // too many connections
  ["55P03", true], // lock not available
  ["57014", true], // statement timeout
  ["57P01", true], // shut down by an administrator
  ["57P03", true], // starting up
  ["22001", false], // a text too long
  ["23505", false], // a key that is there already
  ["42501", false], // a right that is missing
  ["ECONNREFUSED", true],
  ["EPIPE", true],
  ["ENOENT", false],
])("%s means unavailable: %s, also when it is wrapped", (code, expected) => {
  expect(isUnavailable(withCode(code))).toBe(expected);
  expect(isUnavailable(new Error("Failed query", { cause: withCode(code) }))).toBe(expected);
});

test.each([
  "Connection terminated unexpectedly",
  "Connection terminated due to connection timeout",
  "timeout exceeded when trying to connect",
  "Client has encountered a connection error and is not queryable",
])("the driver's %j means unavailable", (message) => {
  expect(isUnavailable(new Error(message))).toBe(true);
});

test.each([new TypeError("x is not a function"), "text", null, undefined])("%s does not", (error) => {
  expect(isUnavailable(error)).toBe(false);
});

test("a server that is not there is unavailable, inside of a transaction and outside", async () => {
  const url = new Secret(`postgres://nobody:nothing@127.0.0.1:${await freePort()}/none`);
  const database = connect({ url, app: "test", onError: () => {} });
  const errors = await Promise.all([
    database.db.execute(sql`select 1`).catch((error: unknown) => error),
    database.db.transaction((tx) => tx.execute(sql`select 1`)).catch((error: unknown) => error),
  ]);
  expect(errors.map(isUnavailable)).toEqual([true, true]);
  await database.close();
});
