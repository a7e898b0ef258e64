import { createHash } from "node:crypto";
import { createPlaidSigner, waitFor } from "@relink/testkit";
import { useDatabase, useRedis } from "@relink/testkit/vitest";
import { expect, test } from "vitest";
import { createInstallation } from "./installation.ts";

const database = useDatabase();
const redis = useRedis();

const ITEMS = ["first", "second", "third", "fourth"];
const LINK_TOKEN = "link-sandbox-4bb9ebe4-4b2a-4a8d-9d3a-6f2a1a1cf23b";
const loginRequired = { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: null };

/** An ITEM ERROR about an Item, with something else in the place of its usual texts. */
const errorWith = (message: string, item = "first", more = "") =>
  `{"webhook_type":"ITEM","webhook_code":"ERROR","item_id":"${item}","environment":"sandbox",${more}
    "error":{"error_type":"ITEM_ERROR","error_code":"ITEM_LOGIN_REQUIRED","error_message":"${message}"}}`;
const other = (more: string) => `{"webhook_type":"TEST","webhook_code":"HAPPENED",${more}}`;

/** What the worker is to make of it: a reason to park it, or `processed`. */
const HOSTILE: [title: string, body: string | Buffer, expected: string][] = [
  ["B1 not UTF-8", Buffer.concat([Buffer.from('{"webhook_type":"MARKER'), Buffer.of(0xff, 0xfe)]), "not_utf8"],
  ["B1 not JSON", "webhook_type=MARKER", "not_json"],
  ["B1 a byte order mark", `\uFEFF${errorWith("MARKER")}`, "not_json"],
  ["B1 nothing but one byte", "\0", "not_json"],
  ["B2 null", "null", "not_object"],
  ["B2 a list", "[]", "not_object"],
  ["B2 text", '"MARKER"', "not_object"],
  ["B2 a number", "42", "not_object"],
  ["B3 NUL in an id", errorWith("MARKER", String.raw`first\u0000`), "bad_fields"],
  ["B3 NUL in a message", errorWith(String.raw`MARKER\u0000`), "processed"],
  ["B4 a lone surrogate in an id", errorWith("MARKER", String.raw`first\ud800`), "bad_fields"],
  ["B4 a lone surrogate in a message", errorWith(String.raw`MARKER\udfff`), "processed"],
  ["B5 an id of 8 kB", errorWith("MARKER", "x".repeat(8_192)), "bad_fields"],
  ["B6 100,000 levels of lists", other(`"x":${"[".repeat(100_000)}${"]".repeat(100_000)}`), "processed"],
  ["B6 30,000 levels of objects", other(`"x":${'{"a":'.repeat(30_000)}1${"}".repeat(30_000)}`), "processed"],
  ["B6 a list that never ends", `[${"[".repeat(100_000)}`, "not_json"],
  ["B7 numbers that do not fit", other('"x":1e400,"y":99999999999999999999,"z":-1e-999'), "processed"],
  ["B7 a number for an id", '{"webhook_type":"TEST","webhook_code":"X","item_id":1e400}', "bad_fields"],
  ["B8 __proto__ that names everything", '{"__proto__":{"webhook_type":"ITEM","webhook_code":"ERROR"}}', "bad_fields"],
  [
    "B8 __proto__ and constructor beside the names",
    errorWith("MARKER", "first", '"__proto__":{"item_id":"second"},"constructor":{"prototype":{"polluted":true}},'),
    "processed",
  ],
  ["B9 two ids, of which the last one counts", errorWith("MARKER", "nobody", '"item_id":"first",'), "processed"],
  ["B10 an unknown type", '{"webhook_type":"NEW","webhook_code":"THING","item_id":"first"}', "processed"],
  ["B10 an unknown code", '{"webhook_type":"ITEM","webhook_code":"NEW_CODE","item_id":"first"}', "processed"],
  ["B11 another environment", errorWith("MARKER").replace('"sandbox"', '"production"'), "environment"],
  ["B12 an unknown Item", errorWith("MARKER", "stranger"), "unknown_item"],
  [
    "B13 a live token",
    `{"webhook_type":"LINK","webhook_code":"SESSION_FINISHED","link_token":"${LINK_TOKEN}"}`,
    "processed",
  ],
  ["B14 colours and directions", errorWith(String.raw`MARKER\u001b[31m\u202e\r\n{\"level\":\"fatal\"}`), "processed"],
  ["B14 200 kB of text", errorWith(`MARKER${"x".repeat(200_000)}`), "processed"],
  ["B14 a line end in a code", String.raw`{"webhook_type":"TEST","webhook_code":"A\nB\u001b[2J"}`, "bad_fields"],
  ["B15 a link in a message", errorWith("MARKER https://evil.example/reset"), "processed"],
  ["Postgres' own: backslashes, quotes and a comment", errorWith(`MARKER'); drop table items; -- \\\\`), "processed"],
];

test("B1 to B15 among good neighbours: those are processed, the bad are parked with their reasons, and no process ends", async () => {
  const relink = await createInstallation({ database, redisUrl: `${redis.url}/12` });
  for (const item of ITEMS) {
    await relink.addItem(item);
    relink.plaid.setError(item, loginRequired);
  }
  await relink.start("ingress");

  // The worker comes when all is there, so that its batches hold good and bad ones side by side.
  const neighbours = HOSTILE.map((_, index) => errorWith(`neighbour ${index}`, ITEMS[index % ITEMS.length]));
  const mixed = HOSTILE.flatMap(([, body], index) => [body, neighbours[index] ?? ""]);
  expect(new Set(await Promise.all(mixed.map((body) => relink.deliver(body))))).toEqual(new Set([200]));
  await relink.start("worker");
  interface Row {
    hash: string;
    parked: string | null;
    processed: boolean;
    plaid_item_id: string | null;
  }
  const rows = await waitFor(
    async () => {
      const found = await relink.query<Row>(
        `select encode(body_sha256, 'hex') as hash, parked_reason as parked, processed_at is not null as processed,
           plaid_item_id from webhook_events`,
      );
      const isDone = found.every(({ parked, processed }) => processed || parked !== null);
      return found.length === mixed.length && isDone && found;
    },
    { timeoutMs: 20_000 },
  );

  const outcomeOf = (body: string | Buffer) => {
    const hash = createHash("sha256").update(body).digest("hex");
    const row = rows.find((one) => one.hash === hash);
    return row?.processed === true ? "processed" : row?.parked;
  };
  for (const [title, body, expected] of HOSTILE) {
    expect({ title, outcome: outcomeOf(body) }).toEqual({ title, outcome: expected });
  }
  for (const body of neighbours) expect(outcomeOf(body)).toBe("processed");
  const reasons = HOSTILE.map(([, , expected]) => expected).filter((expected) => expected !== "processed");
  await waitFor(() => relink.logOf("webhook.parked").length >= reasons.length); // the line comes after the commit
  expect(
    relink
      .logOf("webhook.parked")
      .map(({ reason }) => String(reason))
      .toSorted(),
  ).toEqual(reasons.toSorted());
  const batches = relink.logOf("webhooks.processed");
  expect(batches.some(({ rows: good, parked }) => Number(good) > 0 && Number(parked) > 0)).toBe(true);
  expect(rows.filter(({ plaid_item_id: id }) => id === "nobody")).toEqual([]);

  // Many webhooks about one break are one mail, whatever stands in them.
  await waitFor(() => relink.mails.length === ITEMS.length);
  // Strangers' words make nobody ask and nobody write.
  const calls = relink.plaid.asked.length;
  const stranger = createPlaidSigner(relink.signer.keyId);
  const body = errorWith("MARKER", "second");
  const forged = Array.from({ length: 50 }, () => relink.deliver(body, stranger.signWebhook(body)));
  expect(new Set(await Promise.all(forged))).toEqual(new Set([401]));

  const last = errorWith("the last one", "third");
  expect(await relink.deliver(last)).toBe(200);
  await waitFor(async () => {
    const [row] = await relink.query<{ open: number }>(
      "select count(*)::int as open from webhook_events where processed_at is null and parked_at is null",
    );
    return row?.open === 0;
  });
  await waitFor(() => relink.plaid.asked.length > calls); // about the last one
  expect(relink.mails.map(({ to }) => to.join()).toSorted()).toEqual(
    ITEMS.map((item) => `${item}@example.com`).toSorted(),
  );
  expect(relink.ended).toEqual([]);
  expect(relink.logOf("app.unexpected_error")).toEqual([]);

  const log = relink.lines.join("\n");
  expect(log).not.toMatch(/MARKER|evil\.example|link-sandbox-/);
  // One line each, without what a terminal would obey.
  // oxlint-disable-next-line no-control-regex
  expect(log.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/);
  const [kept] = await relink.query<{ count: number }>(
    "select count(*)::int as count from webhook_events where position($1::bytea in body) > 0",
    [Buffer.from(LINK_TOKEN)],
  );
  expect(kept).toEqual({ count: 0 });
}, 90_000);
