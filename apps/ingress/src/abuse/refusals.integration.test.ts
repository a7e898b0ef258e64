import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hostileTokens, waitFor } from "@relink/testkit";
import { useDatabase, useRedis } from "@relink/testkit/vitest";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { REFUSAL_STATUS } from "../refusals.ts";
import { countRows, openSocket, query, startIngress, statusOf } from "../testing/ingress-for-test.ts";
import { rawRequest } from "./raw-request.ts";

const database = useDatabase();
const redis = useRedis();

const BODY = '{\n  "webhook_type": "ITEM",\n  "webhook_code": "MARKER-of-the-body"\n}';
/** What the log must not hold of a token: every part of it that is long enough to be told. */
const traces = (token: string) => token.split(/[.\s,]+/).filter((part) => part.length >= 16);

let elapsedMs = 0;
beforeEach(() => {
  // Whole seconds that stand still: "301 s in the future" is not "300 s" by the time that it arrives.
  vi.setSystemTime(new Date(Math.floor(Date.now() / 1_000) * 1_000));
  const realNow = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => realNow() + elapsedMs);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});
/** As if a second had passed: the next line of any kind is due again. */
const letASecondPass = () => (elapsedMs += 1_000);

const newIngress = async () => {
  const ingress = await startIngress({ database, redis });
  expect((await ingress.post("{}")).status).toBe(200); // its key is in the cache now, as it nearly always is
  ingress.fetchKey.mockClear();
  return ingress;
};

test("every refusal has its answer, adds one to its metric, and writes one line with its reason and nothing of the request", async () => {
  const ingress = await newIngress();
  const { signer } = ingress;
  const before = await countRows(database.url);
  const { malformed, forged, badClaims } = hostileTokens(signer, BODY, Date.now() / 1_000);
  const good = [signer.signWebhook(BODY)];

  type Refused = readonly [title: string, request: Buffer, reason: keyof typeof REFUSAL_STATUS];
  const byToken = [...malformed, ...forged, ...badClaims]
    // HTTP itself has no line ends in a value, and white space around one is no part of it.
    .filter(([, values]) => values.every((value) => value === value.trim()))
    .map(([title, values, reason]): Refused => [title, rawRequest(values, BODY), reason as Refused[2]]);
  const byRequest: Refused[] = [
    ["H1 another method", rawRequest(good, BODY, { first: "PUT /webhooks/plaid HTTP/1.1" }), "method"],
    [
      "H3 a length over the limit",
      rawRequest(good, BODY, { headers: ["Content-Length: 300000"] }),
      "length_over_limit",
    ],
    [
      "H5 an encoded body",
      rawRequest(good, BODY, { headers: ["Content-Length: 9", "Content-Encoding: br"] }),
      "encoding",
    ],
    ["H8 no length", rawRequest(good, "", { headers: [] }), "length_missing"],
    ["H13 101 headers", rawRequest(good, "", { headers: Array.from({ length: 99 }, () => "a: b") }), "headers"],
    ["C7 one bit of the body changed", rawRequest(good, BODY.replace("ITEM", "ITEL")), "body_hash"],
    ["C7 a byte order mark", rawRequest(good, `\uFEFF${BODY}`), "body_hash"],
    ["C7 another indentation", rawRequest(good, JSON.stringify(JSON.parse(BODY))), "body_hash"],
    ["C7 other line ends", rawRequest(good, BODY.replaceAll("\n", "\r\n")), "body_hash"],
  ];

  const bytesOf401 = new Set<string>();
  for (const [title, request, reason] of [...byToken, ...byRequest]) {
    letASecondPass();
    const counted = await ingress.metric("relink_webhook_rejected_total", `"${reason}"`);
    const logged = ingress.lines("webhook.rejected").length;
    const answer = await ingress.raw(request);
    const status = REFUSAL_STATUS[reason];
    const lines = ingress.lines("webhook.rejected").slice(logged);
    expect({ title, status: statusOf(answer) }).toEqual({ title, status });
    expect({ title, lines }).toMatchObject({ title, lines: [{ reason, status, remoteIp: "127.0.0.1" }] });
    expect({ title, counted: await ingress.metric("relink_webhook_rejected_total", `"${reason}"`) }).toEqual({
      title,
      counted: counted + 1,
    });
    if (status === 401) bytesOf401.add(answer.replace(/Date: .*\r\n/, ""));
  }

  // A sender that goes away in the middle has no answer to get.
  letASecondPass();
  const { socket, closed } = openSocket(ingress.port);
  socket.write(rawRequest(good, BODY.slice(1), { headers: [`Content-Length: ${BODY.length}`] }));
  socket.end();
  await closed;
  const last = await waitFor(() =>
    ingress.lines("webhook.rejected").find(({ reason }) => reason === "body_incomplete"),
  );
  expect(last).toMatchObject({ status: 408 });

  expect([...bytesOf401]).toHaveLength(1);
  expect(ingress.fetchKey).not.toHaveBeenCalled();
  expect(await countRows(database.url)).toBe(before);
  expect(ingress.logText()).not.toContain("MARKER");
  expect(ingress.logText()).not.toContain("webhook_type");
  for (const [, values] of [...malformed, ...forged, ...badClaims])
    for (const trace of values.flatMap(traces)) expect(ingress.logText()).not.toContain(trace);
  expect(ingress.logText()).not.toMatch(/"level":"(error|fatal)"/);

  // What only an outage or a key can be refused for has tests of its own.
  const seen = new Set(ingress.lines("webhook.rejected").map(({ reason }) => reason));
  const elsewhere = /^(key_|store|overload|shutting_down)/;
  expect(Object.keys(REFUSAL_STATUS).filter((reason) => !seen.has(reason) && !elsewhere.test(reason))).toEqual([]);
});

test("J13 every spelling of a token that HTTP lets through is one delivery", async () => {
  const ingress = await newIngress();
  const before = await countRows(database.url);
  const good = ingress.signer.signWebhook(BODY);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(good.slice(-1)) & ~15;
  const spare = Array.from({ length: 16 }, (_, bits) => `${good.slice(0, -1)}${alphabet.charAt(last | bits)}`);
  for (const token of [...spare, ` ${good}\t`, twin(good)]) {
    expect(statusOf(await ingress.raw(rawRequest([token], BODY)))).toBe(200);
  }
  expect(await countRows(database.url)).toBe(before + 1);
});

test("C5 C6 odd but genuine tokens are taken", async () => {
  const ingress = await newIngress();
  for (const [title, token] of hostileTokens(ingress.signer, BODY, Date.now() / 1_000).odd) {
    expect({ title, status: (await ingress.post(BODY, token)).status }).toEqual({ title, status: 200 });
  }
});

const VECTORS = join(import.meta.dirname, "../../../../../shared/wycheproof");
const isMissing = !existsSync(VECTORS);

interface Group {
  public?: object;
  private?: object;
  tests: { tcId: number; jws?: string; sig?: string }[];
}
const read = (file: string) =>
  (JSON.parse(readFileSync(join(VECTORS, file), "utf8")) as { testGroups: Group[] }).testGroups;

test.skipIf(isMissing)(
  `J4 to J12 none of Wycheproof's 427 JWS, nor any of its 746 P-256 signatures under a genuine token, comes through${isMissing ? " (skipped: no ../shared/wycheproof beside the project)" : ""}`,
  { timeout: 60_000 },
  async () => {
    const ingress = await newIngress();
    const before = await countRows(database.url);
    const jws = ["json_web_signature_test.json", "json_web_key_test.json"].flatMap((file) =>
      read(file).flatMap(({ tests }) => tests.map((one) => one.jws ?? "")),
    );
    expect(jws).toHaveLength(427);
    const good = ingress.signer.signWebhook(BODY);
    const signed = good.slice(0, good.lastIndexOf("."));
    const signatures = ["ecdsa_secp256r1_sha256_p1363_test.json", "ecdsa_secp256r1_sha256_test.json"].flatMap((file) =>
      read(file).flatMap(({ tests }) =>
        tests.map(({ sig = "" }) => `${signed}.${Buffer.from(sig, "hex").toString("base64url")}`),
      ),
    );
    expect(signatures).toHaveLength(746);

    const statuses = new Map<number, number>();
    const waiting = [...jws, ...signatures];
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) {
          const status = statusOf(await ingress.raw(rawRequest([token], BODY)));
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      }),
    );
    // Some are too long for any HTTP header.
    const tooLong = jws.filter((token) => token.length > 16_000).length;
    expect(Object.fromEntries(statuses)).toEqual({ 401: 427 + 746 - tooLong, ...(tooLong > 0 && { 431: tooLong }) });
    expect(ingress.fetchKey).not.toHaveBeenCalled();
    expect(await countRows(database.url)).toBe(before);
  },
);

test("H2 H10 H12 H18 H19 what never reaches the route is counted and logged too, with nothing of what was sent", async () => {
  const ingress = await newIngress();
  const token = [ingress.signer.signWebhook(BODY)];
  const cases: [reason: string, request: Buffer | string, status: number][] = [
    ["no_route", rawRequest(token, BODY, { first: "POST /MARKER HTTP/1.1" }), 404],
    ["not_http", rawRequest(token, BODY, { headers: ["Content-Length: 1", "Content-Length: 2"] }), 400],
    ["not_http", rawRequest(token, BODY, { headers: ["Content-Length: 1", "Transfer-Encoding: chunked"] }), 400],
    ["headers_too_large", rawRequest(token, BODY, { headers: [`X: MARKER${"x".repeat(17_000)}`] }), 431],
    ["expectation", rawRequest(token, "x", { headers: ["Content-Length: 1", "Expect: MARKER"] }), 417],
    ["tunnel", "CONNECT marker.example:443 HTTP/1.1\r\nHost: MARKER\r\n\r\n", 0],
  ];
  for (const [reason, request, status] of cases) {
    letASecondPass();
    const counted = await ingress.metric("relink_http_refused_total", `"${reason}"`);
    const logged = ingress.lines("http.refused").length;
    expect(statusOf(await ingress.raw(request))).toBe(status);
    expect(await ingress.metric("relink_http_refused_total", `"${reason}"`)).toBe(counted + 1);
    expect(ingress.lines("http.refused").slice(logged)).toMatchObject([{ reason, status: status || null }]);
  }
  expect(ingress.logText()).not.toContain("MARKER");
  for (const trace of token.flatMap(traces)) expect(ingress.logText()).not.toContain(trace);
});

test("five hundred forgeries of a kind within a second are one line, and the next one tells how many there were", async () => {
  const ingress = await newIngress();
  const clock = vi.spyOn(performance, "now").mockReturnValue(1_000_000_000);
  for (let batch = 0; batch < 10; batch += 1) {
    await Promise.all(Array.from({ length: 50 }, () => ingress.raw(rawRequest(["x"], BODY))));
  }
  await ingress.raw(rawRequest([], BODY)); // another kind has a line of its own
  clock.mockReturnValue(1_000_001_000);
  await ingress.raw(rawRequest(["x"], BODY));
  expect(ingress.lines("webhook.rejected").map(({ reason, alsoNotLogged }) => [reason, alsoNotLogged ?? 0])).toEqual([
    ["header_malformed", 0],
    ["header_missing", 0],
    ["header_malformed", 499],
  ]);
  expect(await ingress.metric("relink_webhook_rejected_total", '"header_malformed"')).toBe(501);
});

test("L5 a row that the database refuses is 429 with a line that says why and repeats no byte of the body", async () => {
  const ingress = await newIngress();
  // Of its own: what another test has sent in the same second is known already.
  const body = `${BODY}\n`;
  const before = await countRows(database.url);
  await query(
    database.url,
    "alter table webhook_events add constraint no_more check (octet_length(body) < 60) not valid",
  );
  const response = await ingress.post(body);
  await query(database.url, "alter table webhook_events drop constraint no_more");
  expect(response.status).toBe(429);
  expect(response.headers.get("retry-after")).toMatch(/^(?:[2-5]\d|60)$/);
  expect(ingress.lines("webhook.rejected")).toMatchObject([{ reason: "store", error: { code: "23514" } }]);
  expect(ingress.logText()).not.toMatch(/MARKER|Failing row|4d41524b4552/);
  expect(await ingress.metric("relink_webhook_rejected_total", '"store"')).toBe(1);
  expect((await ingress.post(body)).status).toBe(200);
  expect(await countRows(database.url)).toBe(before + 1);
});

/** The other signature (r, n - s) that a valid one implies. */
function twin(token: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const cut = token.lastIndexOf(".") + 1;
  const signature = Buffer.from(token.slice(cut), "base64url");
  const s = order - BigInt(`0x${signature.subarray(32).toString("hex")}`);
  const twinned = Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, "0"), "hex")]);
  return token.slice(0, cut) + twinned.toString("base64url");
}
