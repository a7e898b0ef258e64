import { randomInt } from "node:crypto";
import { connect } from "node:net";
import { checkBody, createKeyStore, deliveryKey, verifyToken } from "@relink/plaid";
import { createPlaidSigner, type PlaidSigner } from "@relink/testkit";
import { useDatabase, useRedis } from "@relink/testkit/vitest";
import fc from "fast-check";
import { expect, test } from "vitest";
import { query } from "../testing/ingress-for-test.ts";
import { spawnIngress } from "./spawn-ingress.ts";

const database = useDatabase();
const redis = useRedis();

/** More on demand: `RELINK_FUZZ_RUNS=100000`. A failing run is repeated with `RELINK_FUZZ_SEED`. */
const RUNS = Number(process.env["RELINK_FUZZ_RUNS"] ?? 3_000);
const SEED = Number(process.env["RELINK_FUZZ_SEED"] ?? randomInt(2 ** 31));
/** Requests that are under way at the same time, each on a connection of its own. */
const AT_ONCE = 16;

/** What genuine deliveries there are to start from. */
const BODIES = [
  '{\n  "item_id": "x",\n  "webhook_code": "ERROR",\n  "webhook_type": "ITEM"\n}',
  '{\n  "webhook_code": "\u00e4\\u0000\\ud800",\n  "webhook_type": "TEST"\n}',
].map((text) => Buffer.from(text));

/** Text with one character per byte, so that every byte can be reached. */
type Edit = (text: string) => string;
const none: Edit = (text) => text;
const byte = fc.nat({ max: 255 }).map((code) => String.fromCodePoint(code));
const piece = fc.oneof(
  fc.array(byte, { maxLength: 4 }).map((bytes) => bytes.join("")),
  fc.constantFrom("\r\n", "\n", "\0", ":", " ", "=", ".", "-", "_", ",", "{", '"', "\t", "%00", "\u00ff"),
);
const splice = fc.tuple(fc.nat(), fc.nat({ max: 6 }), piece).map(([at, removed, added]): Edit => (text) => {
  const start = at % (text.length + 1);
  return text.slice(0, start) + added + text.slice(start + removed);
});
const flip = fc.tuple(fc.nat(), fc.nat({ max: 7 })).map(([at, bit]): Edit => (text) => {
  const index = at % Math.max(text.length, 1);
  return (
    text.slice(0, index) + String.fromCodePoint((text.codePointAt(index) ?? 0) ^ (1 << bit)) + text.slice(index + 1)
  );
});
const respell = fc.nat({ max: 15 }).map((spare): Edit => (text) => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return text.slice(0, -1) + alphabet.charAt((alphabet.indexOf(text.slice(-1)) & ~15) | spare);
});
/** Changes one member of the token's JSON, and leaves the signature as it is. */
const rewrite = fc
  .tuple(fc.nat({ max: 1 }), fc.constantFrom("alg", "kid", "typ", "jwk", "crit", "iat", "__proto__"), fc.jsonValue())
  .map(([part, name, value]): Edit => (text) => {
    const parts = text.split(".");
    try {
      const object = JSON.parse(Buffer.from(parts[part] ?? "", "base64url").toString()) as object;
      const changed = JSON.stringify({ ...object, [name]: value });
      return parts.with(part, Buffer.from(changed).toString("base64url")).join(".");
    } catch {
      return text;
    }
  });
const sometimes = (edit: fc.Arbitrary<Edit>) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(none) }, { weight: 1, arbitrary: edit });
const onBytes = fc.oneof(splice, flip);

const header = fc.oneof(
  fc.constantFrom(
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked",
    "Content-Encoding: gzip",
    "Content-Encoding: identity",
    "Content-Length: 0",
    "Content-Length: 99999999999999999999",
    "Content-Length: -1",
    "Expect: 100-continue",
    "Expect: tea",
    "Connection: upgrade",
    "Upgrade: h2c",
    "Host: b",
    "Host:",
    "X-Forwarded-For: 52.21.26.131",
    "Plaid-Verification: x",
    "Plaid-Verification:",
    "plaid_verification: x",
    "Cookie: __proto__=1",
    "Content-Type: application/json; charset=utf-7",
    " folded",
    ":",
    `X: ${"a".repeat(17_000)}`,
  ),
  fc.tuple(fc.string({ maxLength: 10 }), fc.string({ unit: "binary", maxLength: 30 })).map((pair) => pair.join(": ")),
);

const request = fc.record({
  delivery: fc.nat({ max: BODIES.length - 1 }),
  bodyOf: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
  signedBy: fc.oneof({ weight: 6, arbitrary: fc.constant("plaid") }, { weight: 1, arbitrary: fc.constant("stranger") }),
  ageSeconds: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -400, max: 400 }) },
  ),
  first: fc.oneof(
    { weight: 8, arbitrary: fc.constant("POST /webhooks/plaid HTTP/1.1") },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom("POST", "GET", "PUT", "HEAD", "OPTIONS", "CONNECT", "BREW", "post"),
          fc.oneof(
            fc.webPath(),
            fc.constantFrom("*", "/webhooks/plaid/", "/webhooks/plaid?a[__proto__]=1", "//", "/%ff"),
          ),
          fc.constantFrom("HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", ""),
        )
        .map((parts) => parts.join(" ")),
    },
  ),
  token: sometimes(fc.oneof(splice, flip, respell, rewrite)),
  body: sometimes(onBytes),
  headers: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(header, { maxLength: 3 }) },
  ),
  chunkSize: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }) },
  ),
  whole: fc.oneof({ weight: 6, arbitrary: fc.constant(none) }, { weight: 1, arbitrary: onBytes }),
  /** Where the request is cut into two packets. */
  cut: fc.nat(),
});
type Request = typeof request extends fc.Arbitrary<infer Value> ? Value : never;

function toBytes(made: Request, signers: Record<string, PlaidSigner>, now: number): Buffer {
  const genuine = BODIES[made.delivery] ?? Buffer.alloc(0);
  const sent = made.body((BODIES[(made.delivery + made.bodyOf) % BODIES.length] ?? genuine).toString("latin1"));
  const token = made.token(signers[made.signedBy]?.signWebhook(genuine, now - made.ageSeconds) ?? "");
  const chunks = made.chunkSize === 0 ? [] : (sent.match(new RegExp(`[^]{1,${made.chunkSize}}`, "g")) ?? []);
  const isChunked = made.chunkSize > 0;
  const text = [
    made.first,
    "Host: relink.example.com",
    `Plaid-Verification: ${token}`,
    isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${sent.length}`,
    "Connection: close",
    ...made.headers,
    "",
    isChunked ? [...chunks, ""].map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("") : sent,
  ].join("\r\n");
  return Buffer.from(made.whole(text), "latin1");
}

/** Sends it in two packets; the statuses of all final answers. One that waits for more is told after a moment that no more comes. */
async function exchange(port: number, bytes: Buffer, cut: number): Promise<number[]> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let received = "";
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("data", (chunk: Buffer) => (received += chunk.toString("latin1")));
  socket.on("error", () => {
    // A reset is an answer, too: it comes when the other side has no use for the rest.
  });
  const at = cut % (bytes.length + 1);
  socket.write(bytes.subarray(0, at));
  socket.write(bytes.subarray(at));
  const end = setTimeout(() => socket.end(), 400);
  const giveUp = setTimeout(() => socket.destroy(new Error("no end")), 15_000);
  await closed;
  clearTimeout(end);
  clearTimeout(giveUp);
  return [...received.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map(([, status]) => Number(status));
}

const ANSWERS = new Set([200, 400, 401, 404, 405, 408, 413, 415, 417, 429, 431]);

test(
  `of ${RUNS} requests bent out of shape (RELINK_FUZZ_SEED=${SEED}) none harms the ingress, and what is accepted is a delivery that was signed`,
  {
    timeout: 60_000 + RUNS * 20,
  },
  async () => {
    const ingress = await spawnIngress({ database, redis });
    const signers = { plaid: ingress.signer, stranger: createPlaidSigner(ingress.signer.keyId) };
    const keys = createKeyStore({ fetchKey: async () => ingress.signer.jwk });
    /** All that may be stored: what Plaid has signed, and when. */
    const signed = new Map<string, Buffer>();
    const seen = new Map<number, number>();

    const check = async (requests: readonly Request[]): Promise<void> => {
      const now = Math.floor(Date.now() / 1_000);
      for (const { delivery, ageSeconds } of requests) {
        const body = BODIES[delivery] ?? Buffer.alloc(0);
        const arrivedAt = (now - ageSeconds) * 1_000;
        const token = ingress.signer.signWebhook(body, now - ageSeconds);
        const verdict = await verifyToken([token], { keys, arrivedAt, budget: "anybody" });
        if (verdict.kind !== "verified" || !checkBody(verdict.token, body))
          throw new TypeError("a test that signs badly");
        signed.set(deliveryKey("sandbox", verdict.token).toString("hex"), body);
      }
      const statuses = await Promise.all(
        requests.map((made) => exchange(ingress.port, toBytes(made, signers, now), made.cut)),
      );
      for (const status of statuses.flat()) {
        seen.set(status, (seen.get(status) ?? 0) + 1);
        expect(ANSWERS).toContain(status);
      }
      expect(ingress.isRunning()).toBe(true);
      const rows = await query<{ key: string; body: Buffer }>(
        database.url,
        "select encode(delivery_key, 'hex') as key, body from webhook_events",
      );
      for (const { key, body } of rows) expect(body).toEqual(signed.get(key));
    };
    await fc.assert(fc.asyncProperty(fc.array(request, { minLength: AT_ONCE, maxLength: AT_ONCE }), check), {
      seed: SEED,
      numRuns: Math.ceil(RUNS / AT_ONCE),
      endOnFailure: process.env["CI"] !== undefined,
    });

    // Otherwise the property would hold for a server that refuses everything, or that is never reached.
    for (const status of [200, 400, 401, 404, 405, 415]) expect(seen.get(status) ?? 0).toBeGreaterThan(0);
    expect(ingress.logText()).not.toMatch(/"level":"(error|fatal)"/);
    expect(await ingress.metric("relink_webhook_rejected_total", '"store"')).toBe(0);
    const body = '{"webhook_type":"TEST","webhook_code":"AFTER"}';
    const after = await fetch(`http://127.0.0.1:${ingress.port}/webhooks/plaid`, {
      method: "POST",
      body,
      headers: { "plaid-verification": ingress.signer.signWebhook(body) },
    });
    expect(after.status).toBe(200);
  },
);
