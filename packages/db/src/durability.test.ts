import { expect, test } from "vitest";
import { durabilityProblems, type ServerState } from "./durability.ts";

const sound: ServerState = {
  version: 180_001,
  isInRecovery: false,
  fsync: "on",
  fullPageWrites: "on",
  synchronousCommit: "on",
  synchronousStandbyNames: "",
};

test.each<[string, Partial<ServerState>]>([
  ["Postgres as it comes", {}],
  ["the oldest version that is taken", { version: 150_000 }],
  ["one that waits until standbys have applied a commit", { synchronousCommit: "remote_apply" }],
  [
    "one that waits until standbys have received a commit",
    { synchronousCommit: "remote_write", synchronousStandbyNames: "ANY 1 (b, c)" },
  ],
  ["remote_write without a standby, which waits for the flush here, as on does", { synchronousCommit: "remote_write" }],
  ["local without a standby, likewise", { synchronousCommit: "local" }],
])("is used: %s", (_what, state) => {
  expect(durabilityProblems({ ...sound, ...state })).toEqual([]);
});

test.each<[string, Partial<ServerState>]>([
  ["it is version 14: upgrade to 15 or newer", { version: 140_019 }],
  ["it is a standby, or still in recovery: let DATABASE_URL name the primary", { isInRecovery: true }],
  [
    "fsync is off, a power failure corrupts it: ALTER SYSTEM SET fsync = on, then SELECT pg_reload_conf()",
    { fsync: "off" },
  ],
  [
    "full_page_writes is off, a power failure tears pages: ALTER SYSTEM SET full_page_writes = on, then SELECT pg_reload_conf()",
    { fullPageWrites: "off" },
  ],
  [
    "synchronous_commit is off, so a commit is not on disk: set it to on, also where ALTER ROLE or ALTER DATABASE changed it",
    { synchronousCommit: "off" },
  ],
  [
    "synchronous_commit is local, so a commit does not wait for the standbys of synchronous_standby_names: set it to on",
    { synchronousCommit: "local", synchronousStandbyNames: "standby" },
  ],
])("is refused: %s", (problem, state) => {
  expect(durabilityProblems({ ...sound, ...state })).toEqual([problem]);
});

test("every problem is named at once", () => {
  const worst = { fsync: "off", fullPageWrites: "off", synchronousCommit: "off", isInRecovery: true, version: 90_600 };
  expect(durabilityProblems({ ...sound, ...worst })).toHaveLength(5);
});
