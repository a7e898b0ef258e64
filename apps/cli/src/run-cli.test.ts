import { expect, test } from "vitest";
import { runRelink } from "./testing/run-relink.ts";

const KEY = Buffer.from("8Tq0o1xV0Zx6sPp2GmYw1aHcVq3mJ5kL9dR7uE4tFbM=", "base64").toString("base64");

async function relink(args: string, env: Record<string, string> = {}) {
  const { code, out, err } = await runRelink(args === "" ? [] : args.split(" "), env);
  return { code, out, err };
}

test.each([
  ["keys rotate --batch 0", "It must be a whole number from 1 to 10000."],
  ["keys rotate --rate fast", "It must look like 1000/s."],
  ["keys rotate now", "too many arguments"],
  ["keys retire", "missing required argument 'id'"],
  ["keys nothing", "unknown command 'nothing'"],
  ["items import", "missing required argument 'file'"],
  ["items import a.csv --rate 5001", "It must not be more than 5000/min."],
  ["items check --item abc", "It must be the id of an Item"],
  ["items check --status broken", "Allowed choices are healthy, "],
  ["webhooks repoint relink.example.com", "It must be a URL that starts with https:// or http://."],
  ["webhooks replay", "required option '--since <time>' not specified"],
  ["webhooks replay --since yesterday", "It must look like 2026-11-22T09:30:00Z"],
  ["forecast --weeks 0", "It must be a whole number from 1 to 520."],
  ["nothing", "unknown command 'nothing'"],
  ["--nothing", "unknown option '--nothing'"],
])("`relink %s` is not understood: exit code 2 and the reason", async (args, reason) => {
  const { code, out, err } = await relink(args);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(reason);
});

test.each([
  "",
  "items",
  "items import",
  "items check",
  "webhooks",
  "webhooks repoint",
  "webhooks replay",
  "forecast",
  "doctor",
  "keys",
  "keys rotate",
  "keys status",
  "keys retire",
])("`relink %s --help` explains itself", async (args) => {
  const { code, out, err } = await relink(`${args} --help`.trim());
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("Usage: relink");
  expect(out).toContain("--json");
});

test.each([
  ["nothing is set", {}, "DATABASE_URL: missing\n  - ENCRYPTION_KEYS: missing"],
  [
    "the key is weak",
    { DATABASE_URL: "postgres://a/b", ENCRYPTION_KEYS: "old:AAAA" },
    "ENCRYPTION_KEYS: key 1 must be 32 bytes in base64",
  ],
  ["certificates are not checked", { NODE_TLS_REJECT_UNAUTHORIZED: "0" }, "NODE_TLS_REJECT_UNAUTHORIZED=0 turns off"],
])("where %s, it is refused in one message with exit code 1", async (_where, env, message) => {
  const { code, out, err } = await relink("keys rotate", env);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain(message);
  expect(err).not.toContain("    at ");
});

test("a Postgres that is away is said to be, with no stack and no address", async () => {
  const url = "postgres://relink_operator:MARKER@127.0.0.1:9/relink";
  expect(await relink("keys status", { DATABASE_URL: url, ENCRYPTION_KEYS: `a:${KEY}` })).toEqual({
    code: 1,
    out: "",
    err: "relink: Postgres does not answer, or not any more: check DATABASE_URL; the same command goes on from where it stopped\n",
  });
});
