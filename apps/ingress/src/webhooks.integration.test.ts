import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { createTokenHasher, PlaidUnreachableError } from "@relink/plaid";
import { closeServer, listen, Secret } from "@relink/service";
import { createPlaidSigner, waitFor } from "@relink/testkit";
import { useDatabase, useRedis } from "@relink/testkit/vitest";
import { Queue } from "bullmq";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { countRows, PLAID, PLAID_SECRET, query, startIngress } from "./testing/ingress-for-test.ts";

const database = useDatabase();
const redis = useRedis();
const stores = { database, redis };

let queue: Queue;
beforeAll(() => {
  queue = new Queue("webhooks", { connection: { url: redis.url }, prefix: redis.prefix });
});
afterAll(() => queue.close());

interface Row {
  id: string;
  delivery_key: Buffer;
  environment: string;
  body: Buffer;
  body_sha256: Buffer;
  signed_at: Date;
  key_id: string;
  received_at: Date;
  processed_at: Date | null;
}
const rowsOf = (body: string) =>
  query<Row>(database.url, "select * from webhook_events where body_sha256 = $1", [sha256(body)]);
const sha256 = (body: string) => createHash("sha256").update(body).digest();

let bodies = 0;
const newBody = () => `{\n  "webhook_type": "TEST",\n  "webhook_code": "W${(bodies += 1)}"\n}`;

test("a webhook answered with 200 is in a row, byte for byte, with what its token says", async () => {
  const ingress = await startIngress(stores);
  const body = `${newBody()} \u00E4\r\n\t`;
  const signedAt = Math.floor(Date.now() / 1_000) - 30;
  const response = await ingress.post(body, ingress.signer.signWebhook(body, signedAt));
  expect(response.status).toBe(200);
  expect(await response.text()).toBe("");
  expect(await rowsOf(body)).toMatchObject([
    {
      environment: "sandbox",
      body: Buffer.from(body),
      signed_at: new Date(signedAt * 1_000),
      key_id: ingress.signer.keyId,
      processed_at: null,
    },
  ]);
});

test("the queue hears of it by a job that holds ids and nothing else", async () => {
  const ingress = await startIngress(stores);
  const body = newBody();
  await ingress.post(body);
  const [row] = await rowsOf(body);
  const job = await waitFor(async () =>
    (await queue.getJobs(["waiting"])).find(({ data }) => (data as { eventIds: string[] }).eventIds.includes(row!.id)),
  );
  expect(job.data).toEqual({ eventIds: [row!.id] });
  expect(job.id).toBe(`wh-${row!.id}`);
});

test("a captured delivery sent a thousand times is answered 200 each time and is one row and one job", async () => {
  const ingress = await startIngress(stores);
  await queue.drain();
  const body = newBody();
  const token = ingress.signer.signWebhook(body);
  const statuses: number[] = [];
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      for (let repetition = 0; repetition < 20; repetition += 1)
        statuses.push((await ingress.post(body, token)).status);
    }),
  );
  expect(statuses).toHaveLength(1_000);
  expect(new Set(statuses)).toEqual(new Set([200]));
  const rows = await rowsOf(body);
  expect(rows).toHaveLength(1);
  expect(await ingress.metric("relink_webhook_duplicate_total")).toBe(999);
  const jobs = await waitFor(async () => {
    const waiting = await queue.getJobs(["waiting"]);
    return waiting.length > 0 && waiting;
  });
  expect(jobs.map(({ data }) => data as unknown)).toEqual([
    { eventIds: expect.arrayContaining([rows[0]?.id]) as string[] },
  ]);
});

test("a body that comes again with a new signature at another second is another delivery", async () => {
  const ingress = await startIngress(stores);
  const body = newBody();
  const now = Math.floor(Date.now() / 1_000);
  for (const signedAt of [now, now - 1, now]) {
    // The third has another signature than the first, and is the same delivery for all that.
    expect((await ingress.post(body, ingress.signer.signWebhook(body, signedAt))).status).toBe(200);
  }
  expect(await rowsOf(body)).toHaveLength(2);
});

test("many at a time share their statements, and every one of them is stored", async () => {
  const ingress = await startIngress(stores);
  const before = await countRows(database.url);
  const responses = await Promise.all(Array.from({ length: 300 }, () => ingress.post(newBody())));
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await countRows(database.url)).toBe(before + 300);
  expect(await ingress.metric("relink_webhook_batch_rows_count")).toBeLessThan(300);
  expect(await ingress.metric("relink_webhook_acknowledged_total")).toBe(300);
});

test.each([
  ["of an unknown type", '{"webhook_type":"SOMETHING","webhook_code":"NEW"}'],
  ["of another environment", '{"webhook_type":"ITEM","webhook_code":"ERROR","environment":"production"}'],
  ["that is no JSON", "webhook_type=ITEM"],
  ["that is no UTF-8", Buffer.from([0xff, 0xfe, 0x00])],
  ["with NUL in a string", String.raw`{"webhook_type":"A","webhook_code":"\u0000"}`],
  ["that is null", "null"],
  ["of deep nesting", "[".repeat(50_000)],
])("a signed body %s is taken as it is, since refusing it would only bring it back", async (_what, body) => {
  const ingress = await startIngress(stores);
  expect((await ingress.post(body)).status).toBe(200);
  const rows = await query<Row>(database.url, "select body from webhook_events where body = $1", [Buffer.from(body)]);
  expect(rows).toHaveLength(1);
});

test("a LINK webhook is stored with keyed hashes in place of its tokens, which are found nowhere else", async () => {
  const ingress = await startIngress(stores);
  const linkToken = "link-sandbox-4bb9ebe4-4b2a-4a8d-9d3a-6f2a1a1cf23b";
  const publicToken = "public-sandbox-98a7bc1a-0001-4ac1-9a3e-c3a9e5a3d7d5";
  const bodyWith = (link: string, first: string) =>
    JSON.stringify(
      { webhook_type: "LINK", webhook_code: "SESSION_FINISHED", link_token: link, public_tokens: [first] },
      null,
      2,
    );
  const body = bodyWith(linkToken, publicToken);
  expect((await ingress.post(body)).status).toBe(200);

  const hash = createTokenHasher(new Secret(PLAID_SECRET));
  const shown = (token: string) => `hmac-sha256:${hash(token).toString("hex")}`;
  const [row] = await rowsOf(body);
  expect(row?.body.toString()).toBe(bodyWith(shown(linkToken), shown(publicToken)));
  expect(row?.body_sha256).toEqual(sha256(body));
  expect(ingress.logText()).not.toMatch(/link-sandbox|public-sandbox/);
});

test("after a rotation the new key is taken at once, and the old one is refused as soon as it is known to be retired", async () => {
  const next = createPlaidSigner();
  const ingress = await startIngress(stores, { signers: [next] });
  expect((await ingress.post(newBody())).status).toBe(200);
  ingress.signer.jwk.expired_at = Math.floor(Date.now() / 1_000);

  const body = newBody();
  expect((await ingress.post(body, next.signWebhook(body))).status).toBe(200);
  await waitFor(async () => (await ingress.post(newBody())).status === 401);
  expect(ingress.fetchKey.mock.calls.flat()).toEqual([ingress.signer.keyId, next.keyId, ingress.signer.keyId]);
  expect(ingress.lines("webhook.rejected")).toMatchObject([{ reason: "key_retired", status: 401 }]);
});

test("while Plaid's key service is away, known keys go on and unknown ones are asked to come again", async () => {
  const ingress = await startIngress(stores);
  expect((await ingress.post(newBody())).status).toBe(200);
  ingress.fetchKey.mockRejectedValue(new PlaidUnreachableError("/webhook_verification_key/get", "ECONNREFUSED"));
  const body = newBody();
  const later = await ingress.post(body, createPlaidSigner().signWebhook(body));
  expect(later.status).toBe(429);
  expectRetryAfter(later);
  expect(await rowsOf(body)).toEqual([]);
  expect((await ingress.post(newBody())).status).toBe(200);
});

test("a flood of made-up key ids asks Plaid five times, is put off after that, and hinders no genuine webhook", async () => {
  // A fetch more is allowed every twelve seconds; the clock stands still.
  vi.setSystemTime(Date.now());
  onTestFinished(() => void vi.useRealTimers());
  const ingress = await startIngress(stores);
  await ingress.post(newBody());
  ingress.fetchKey.mockClear();
  const statuses: number[] = [];
  for (let index = 0; index < 100; index += 1) {
    statuses.push((await ingress.post("{}", createPlaidSigner(`flood-${index}`).signWebhook("{}"))).status);
  }
  expect(statuses.slice(0, 4)).toEqual([401, 401, 401, 401]);
  expect(new Set(statuses.slice(5))).toEqual(new Set([429]));
  expect(ingress.fetchKey.mock.calls.length).toBeLessThanOrEqual(5);
  expect((await ingress.post(newBody())).status).toBe(200);
});

test("keys come from Plaid's API, asked with our credentials; nothing else is asked, and no secret is logged", async () => {
  const signer = createPlaidSigner();
  const asked = vi.fn();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      asked(request.url, request.headers["plaid-secret"], JSON.parse(body));
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ key: signer.jwk, request_id: "req1" }));
    });
  });
  const port = await listen(server, 0, "127.0.0.1");
  onTestFinished(() => closeServer(server, 0));
  const ingress = await startIngress(stores, {
    config: { plaid: { ...PLAID, baseUrl: `http://127.0.0.1:${port}` } },
    overrides: { fetchKey: undefined as never },
  });
  const body = newBody();
  const token = signer.signWebhook(body);
  expect((await ingress.post(body, token)).status).toBe(200);
  await ingress.post(`${body} `, token);
  expect(asked).toHaveBeenCalledExactlyOnceWith("/webhook_verification_key/get", PLAID_SECRET, {
    key_id: signer.keyId,
  });
  expect(ingress.lines("plaid.call")).toMatchObject([{ method: "/webhook_verification_key/get", httpStatus: 200 }]);
  expect(ingress.lines("webhook.rejected")).toMatchObject([
    { reason: "body_hash", bodyLength: body.length + 1, bodySha256: expect.stringMatching(/^[0-9a-f]{8}$/) as string },
  ]);
  expect(ingress.logText()).not.toContain("MARKER");
  expect(ingress.logText()).not.toContain(token);
  expect(ingress.logText()).not.toContain(token.split(".")[2]);
  expect(ingress.logText()).not.toContain("webhook_type");
});

test("its role in the database can add webhooks and can do nothing else", async () => {
  const ask = (text: string) => query(database.urlFor("relink_ingress"), text);
  for (const statement of [
    "select id from webhook_events",
    "select body from webhook_events",
    "update webhook_events set processed_at = now()",
    "delete from webhook_events",
    "truncate webhook_events",
    "insert into webhook_events default values returning id",
    "select * from items",
    "select * from users",
    "insert into users default values",
    "insert into plaid_api_events default values",
    "create table mine (n int)",
  ]) {
    expect({ statement, error: await ask(statement).catch((error: { code: string }) => error.code) }).toEqual({
      statement,
      error: "42501",
    });
  }
});

test("health and metrics are inside only", async () => {
  const ingress = await startIngress(stores);
  for (const path of ["/healthz", "/readyz", "/metrics"]) {
    expect((await fetch(`http://127.0.0.1:${ingress.port}${path}`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${ingress.insidePort}${path}`)).status).toBe(200);
  }
});

function expectRetryAfter(response: Response): void {
  const seconds = Number(response.headers.get("retry-after"));
  expect(Number.isInteger(seconds)).toBe(true);
  expect(seconds).toBeGreaterThanOrEqual(20);
  expect(seconds).toBeLessThanOrEqual(60);
}
