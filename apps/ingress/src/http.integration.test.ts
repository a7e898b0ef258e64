import { useDatabase, useRedis } from "@relink/testkit/vitest";
import { beforeEach, describe, expect, test } from "vitest";
import { awakeMs, createPlaidSigner, waitFor } from "@relink/testkit";
import { countRows, openSocket, startIngress, statusOf } from "./testing/ingress-for-test.ts";

const database = useDatabase();
const redis = useRedis();
let ingress: Awaited<ReturnType<typeof startIngress>>;
beforeEach(async () => {
  ingress = await startIngress({ database, redis });
});

let bodies = 0;
/** A body that no other test has sent. */
const newBody = () => `{\n  "webhook_type": "TEST",\n  "webhook_code": "N${(bodies += 1)}"\n}`;

/** A request as text. The token is a good one of `body` unless the headers are all given. */
function request(options: {
  first?: string;
  headers?: string[];
  body?: string;
  token?: string | null;
  host?: string[];
}) {
  const body = options.body ?? newBody();
  const token = options.token === undefined ? ingress.signer.signWebhook(body) : options.token;
  return [
    options.first ?? "POST /webhooks/plaid HTTP/1.1",
    ...(options.host ?? ["Host: relink.example.com"]),
    ...(token === null ? [] : [`Plaid-Verification: ${token}`]),
    ...(options.headers ?? [`Content-Length: ${Buffer.byteLength(body)}`]),
    "",
    body,
  ].join("\r\n");
}

const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

/** A request, made when the ingress is there; the status; the reason in the metrics, if it came as far as the route. */
type Case = [title: string, make: () => string, status: number, reason?: string];

const REFUSED: Case[] = [
  ["H1 GET", () => request({ first: "GET /webhooks/plaid HTTP/1.1" }), 405, "method"],
  ["H1 HEAD", () => request({ first: "HEAD /webhooks/plaid HTTP/1.1" }), 405, "method"],
  ["H1 PUT", () => request({ first: "PUT /webhooks/plaid HTTP/1.1" }), 405, "method"],
  ["H1 OPTIONS", () => request({ first: "OPTIONS /webhooks/plaid HTTP/1.1" }), 405, "method"],
  ["H2 an unknown path", () => request({ first: "POST /webhooks HTTP/1.1" }), 404],
  ["H2 the root", () => request({ first: "GET / HTTP/1.1" }), 404],
  ["H2 a path that is badly encoded", () => request({ first: "POST /webhooks/%ff%zz HTTP/1.1" }), 404],
  ["H2 a path with a step up", () => request({ first: "POST /x/../webhooks/plaid HTTP/1.1" }), 404],
  ["H2 no path", () => request({ first: "OPTIONS * HTTP/1.1" }), 404],
  ["H2 an authority that is none", () => request({ first: "POST http://[/ HTTP/1.1" }), 404],
  ["H2 metrics, from outside", () => request({ first: "GET /metrics HTTP/1.1" }), 404],
  ["H2 health, from outside", () => request({ first: "GET /healthz HTTP/1.1" }), 404],
  ["H3 a length just over the limit", () => request({ headers: ["Content-Length: 262145"] }), 413, "length_over_limit"],
  ["H3 a huge length", () => request({ headers: ["Content-Length: 9007199254740991"] }), 413, "length_over_limit"],
  [
    "H3 a huge length without a token",
    () => request({ token: null, headers: ["Content-Length: 99999999"] }),
    413,
    "length_over_limit",
  ],
  [
    "H4 chunks over the limit",
    () =>
      request({ headers: ["Transfer-Encoding: chunked"], body: `${(300_000).toString(16)}\r\n${"x".repeat(300_000)}` }),
    413,
    "length_over_limit",
  ],
  ...["gzip", "br", "deflate", "zstd", "gzip, identity", "x"].map((encoding): Case => [
    `H5 encoded as ${encoding}`,
    () => {
      const body = newBody();
      const headers = [`Content-Length: ${body.length}`, `Content-Encoding: ${encoding}`];
      return request({ body, headers });
    },
    415,
    "encoding",
  ]),
  [
    "H7 transfer encoding gzip",
    () => {
      const body = newBody();
      const token = ingress.signer.signWebhook(body);
      return request({ token, headers: ["Transfer-Encoding: gzip, chunked"], body: chunked(`\u001F\u008B${body}`) });
    },
    401,
    "body_hash",
  ],
  ["H8 no length", () => request({ headers: [], body: "" }), 401, "length_missing"],
  [
    "H9 length zero",
    () => request({ token: ingress.signer.signWebhook("x"), headers: ["Content-Length: 0"], body: "" }),
    401,
    "body_hash",
  ],
  ["H10 two lengths", () => request({ headers: ["Content-Length: 2", "Content-Length: 3"], body: "{}" }), 400],
  [
    "H10 the same length twice",
    () => request({ headers: ["Content-Length: 2", "Content-Length: 2"], body: "{}" }),
    400,
  ],
  [
    "H10 length and chunks",
    () => request({ headers: ["Content-Length: 2", "Transfer-Encoding: chunked"], body: "{}" }),
    400,
  ],
  ["H10 length +2", () => request({ headers: ["Content-Length: +2"], body: "{}" }), 400],
  ["H10 length 0x2", () => request({ headers: ["Content-Length: 0x2"], body: "{}" }), 400],
  ["H10 a folded header", () => request({ headers: ["Content-Length: 2", "X-A: 1", " 2"], body: "{}" }), 400],
  ["H10 a space before the colon", () => request({ headers: ["Content-Length : 2"], body: "{}" }), 400],
  ["H10 a bare line feed", () => request({ headers: ["X-A: 1\nContent-Length: 2"], body: "{}" }), 400],
  ["H10 NUL in a header", () => request({ headers: ["X-A: 1\0", "Content-Length: 2"], body: "{}" }), 400],
  ["H10 no Host", () => request({ host: [] }), 400],
  ["H10 not HTTP", () => "\u0016\u0003\u0001 hello\r\n\r\n", 400],
  [
    "H10 20 kB of chunk extension",
    () => request({ headers: ["Transfer-Encoding: chunked"], body: `2;x=${"a".repeat(20_000)}\r\n{}\r\n0\r\n\r\n` }),
    400,
  ],
  ["H12 headers of more than 16 kB", () => request({ headers: [`X-A: ${"a".repeat(17_000)}`] }), 431],
  ["H13 3,000 headers", () => request({ headers: Array.from({ length: 3_000 }, () => "a:"), body: "" }), 431],
  ["H13 101 headers", () => request({ headers: Array.from({ length: 99 }, () => "a: b"), body: "" }), 431, "headers"],
  [
    "H17 the token as a trailer",
    () => {
      const body = newBody();
      const trailer = `Plaid-Verification: ${ingress.signer.signWebhook(body)}`;
      const sent = `${chunked(body).slice(0, -2)}${trailer}\r\n\r\n`;
      return request({
        token: null,
        headers: ["Transfer-Encoding: chunked", "Trailer: Plaid-Verification"],
        body: sent,
      });
    },
    401,
    "header_missing",
  ],
  ["H18 another expectation", () => request({ headers: ["Content-Length: 2", "Expect: coffee"], body: "{}" }), 417],
  [
    "H18 100-continue without a token",
    () => request({ token: null, headers: ["Content-Length: 2", "Expect: 100-continue"], body: "" }),
    401,
    "header_missing",
  ],
  [
    "H19 a WebSocket",
    () =>
      request({
        first: "GET /webhooks/plaid HTTP/1.1",
        headers: ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13"],
        body: "",
      }),
    405,
    "method",
  ],
  ["J1 no token", () => request({ token: null }), 401, "header_missing"],
  ["J1 an empty token", () => request({ token: "" }), 401, "header_missing"],
  [
    "J2 two tokens",
    () =>
      request({
        token: ingress.signer.signWebhook("{}"),
        headers: [`plaid-verification: ${ingress.signer.signWebhook("{}")}`, "Content-Length: 2"],
        body: "{}",
      }),
    401,
    "header_repeated",
  ],
  [
    "J2 two tokens in one header",
    () => request({ token: `${ingress.signer.signWebhook("{}")}, x` }),
    401,
    "header_malformed",
  ],
  [
    "J3 an underscore in the header's name",
    () =>
      request({
        token: null,
        headers: [`Plaid_Verification: ${ingress.signer.signWebhook("{}")}`, "Content-Length: 2"],
        body: "{}",
      }),
    401,
    "header_missing",
  ],
  [
    "J7 signed by a stranger",
    () => request({ token: createPlaidSigner(ingress.signer.keyId).signWebhook("{}") }),
    401,
    "signature",
  ],
  [
    "C2 too old",
    () => request({ token: ingress.signer.signWebhook("{}", Math.floor(Date.now() / 1_000) - 310) }),
    401,
    "too_old",
  ],
  [
    "C3 too new",
    () => request({ token: ingress.signer.signWebhook("{}", Math.floor(Date.now() / 1_000) + 310) }),
    401,
    "too_new",
  ],
  ["C9 a token of another body", () => request({ token: ingress.signer.signWebhook("{ }") }), 401, "body_hash"],
];

describe("a request that is not a genuine webhook", () => {
  test("is answered as it deserves, stores nothing, and makes nobody ask Plaid", async () => {
    await ingress.post(newBody()); // its key is in the cache now, as it nearly always is
    ingress.fetchKey.mockClear();
    const before = await countRows(database.url);

    const bytesOf401 = new Set<string>();
    for (const [title, make, status, reason] of REFUSED) {
      const rejectedBefore = await ingress.metric("relink_webhook_rejected_total", `"${reason}"`);
      const answer = await ingress.raw(make());
      expect({ title, status: statusOf(answer) }).toEqual({ title, status });
      const counted = (await ingress.metric("relink_webhook_rejected_total", `"${reason}"`)) - rejectedBefore;
      expect({ title, counted }).toEqual({ title, counted: reason === undefined ? 0 : 1 });
      expect({ title, answer }).toEqual({
        title,
        answer: expect.not.stringMatching(/express|html|node|<|error:/i) as string,
      });
      if (status === 401) bytesOf401.add(answer.replace(/Date: .*\r\n/, ""));
    }
    expect([...bytesOf401]).toEqual(["HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"]);
    expect(ingress.fetchKey).not.toHaveBeenCalled();
    expect(await countRows(database.url)).toBe(before);
    expect((await ingress.post(newBody())).status).toBe(200);
    expect(ingress.logText()).not.toMatch(/"level":"(error|fatal)"/);
  });

  test("H1 is told which method is right", async () => {
    expect(await ingress.raw(request({ first: "PUT /webhooks/plaid HTTP/1.1" }))).toMatch(/\r\nAllow: POST\r\n/);
  });

  test("H3 is told at once that it is too long, and the connection is closed though the sender goes on", async () => {
    const { socket, closed, received } = openSocket(ingress.port);
    socket.write(request({ headers: ["Content-Length: 300000"], body: "x" }));
    await closed;
    expect(statusOf(received())).toBe(413);
    expect(received()).toMatch(/Connection: close/);
  });

  test("H4 is told so when its chunks pass the limit, though the last one never comes", async () => {
    const { socket, closed, received } = openSocket(ingress.port);
    socket.write(request({ headers: ["Transfer-Encoding: chunked"], body: "" }));
    const timer = setInterval(() => socket.write(`4000\r\n${"x".repeat(16_384)}\r\n`), 5);
    await closed;
    clearInterval(timer);
    expect(statusOf(received())).toBe(413);
  });

  test.each(["FIN", "RST"])("H16 that ends too soon by %s is noted and stores nothing", async (how) => {
    const before = await countRows(database.url);
    const { socket, closed } = openSocket(ingress.port);
    const body = newBody();
    socket.write(
      request({
        body: body.slice(0, -1),
        token: ingress.signer.signWebhook(body),
        headers: [`Content-Length: ${body.length}`],
      }),
    );
    await waitFor(() => ingress.fetchKey.mock.calls.length === 1);
    if (how === "FIN") socket.end();
    else socket.resetAndDestroy();
    await closed;
    await waitFor(async () => (await ingress.metric("relink_webhook_rejected_total", '"body_incomplete"')) === 1);
    expect(await countRows(database.url)).toBe(before);
  });

  test("H19 CONNECT is closed without an answer", async () => {
    const answer = await ingress.raw("CONNECT relink.example.com:443 HTTP/1.1\r\nHost: relink.example.com\r\n\r\n");
    expect(answer).toBe("");
  });

  test("H22 says nothing about where it comes from that is believed, unless a trusted proxy says it", async () => {
    const headers = ["X-Forwarded-For: 52.21.26.131", "Content-Length: 2"];
    await ingress.raw(request({ token: null, headers, body: "{}" }));
    expect(ingress.lines("webhook.rejected")).toMatchObject([{ remoteIp: "127.0.0.1" }]);

    const behindProxy = await startIngress({ database, redis }, { config: { trustedProxies: 1 } });
    const forged = ["X-Forwarded-For: 52.21.26.131, 203.0.113.7", "Content-Length: 2"];
    await behindProxy.raw(request({ token: null, headers: forged, body: "{}" }));
    expect(behindProxy.lines("webhook.rejected")).toMatchObject([{ remoteIp: "203.0.113.7" }]);
  });
});

describe("a genuine webhook is stored whatever else is odd about the request", () => {
  const withBody = (make: (body: string) => string) => () => make(newBody());
  const accepted: [string, () => string][] = [
    ["plain", () => request({})],
    [
      "chunked",
      withBody((body) =>
        request({
          token: ingress.signer.signWebhook(body),
          headers: ["Transfer-Encoding: chunked"],
          body: chunked(body),
        }),
      ),
    ],
    [
      "H6 encoded as identity",
      withBody((body) => request({ body, headers: [`Content-Length: ${body.length}`, "Content-Encoding: identity"] })),
    ],
    ["H11 two Hosts", () => request({ host: ["Host: a", "Host: b"] })],
    ["H11 HTTP/1.0", () => request({ first: "POST /webhooks/plaid HTTP/1.0" })],
    ["H11 an absolute URI", () => request({ first: "POST http://other.example.com/webhooks/plaid HTTP/1.1" })],
    [
      "H11 an upgrade to HTTP/2",
      withBody((body) =>
        request({
          body,
          headers: [
            `Content-Length: ${body.length}`,
            "Connection: Upgrade, HTTP2-Settings",
            "Upgrade: h2c",
            "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
          ],
        }),
      ),
    ],
    [
      "H18 100-continue",
      withBody((body) => request({ body, headers: [`Content-Length: ${body.length}`, "Expect: 100-continue"] })),
    ],
    [
      "another content type",
      withBody((body) => request({ body, headers: [`Content-Length: ${body.length}`, "Content-Type: text/plain"] })),
    ],
    ["a query", () => request({ first: "POST /webhooks/plaid?a=1&a=2 HTTP/1.1" })],
    ["exactly 256 KiB", () => request({ body: "x".repeat(262_144) })],
    [
      "header name in capitals",
      withBody((body) =>
        request({
          body,
          token: null,
          headers: [`PLAID-VERIFICATION: ${ingress.signer.signWebhook(body)}`, `Content-Length: ${body.length}`],
        }),
      ),
    ],
  ];

  test.each(accepted)("%s", async (_title, make) => {
    const before = await countRows(database.url);
    expect(statusOf(await ingress.raw(make()))).toBe(200);
    expect(await countRows(database.url)).toBe(before + 1);
  });

  test("H18 100-continue is answered only after the token was found good", async () => {
    const body = newBody();
    const { socket, answers, received } = openSocket(ingress.port);
    const head = request({ body, headers: [`Content-Length: ${body.length}`, "Expect: 100-continue"] }).slice(
      0,
      -body.length,
    );
    socket.write(head);
    await waitFor(() => received().includes("HTTP/1.1 100 Continue\r\n\r\n"));
    socket.write(body);
    expect(statusOf(await answers())).toBe(200);
    expect(
      await ingress.raw(request({ token: "x", headers: ["Content-Length: 2", "Expect: 100-continue"], body: "" })),
    ).not.toMatch(/100 Continue/);
  });

  test("H20 many on one connection are all answered, in pipelines too, and never with a 5xx", async () => {
    const { socket, answers, closed } = openSocket(ingress.port);
    socket.write(Array.from({ length: 20 }, () => request({})).join(""));
    expect((await answers(20)).match(/HTTP\/1\.1 200/g)).toHaveLength(20);

    socket.write(
      Array.from({ length: 1_100 }, () =>
        request({ first: "POST /x HTTP/1.1", headers: ["Content-Length: 0"], body: "" }),
      ).join(""),
    );
    await closed;
    const body = newBody();
    const flood = openSocket(ingress.port);
    flood.socket.write(Array.from({ length: 1_100 }, () => request({ body })).join(""));
    await flood.closed;
    expect(flood.received().match(/HTTP\/1\.1 (?!200)\d+/g)).toBeNull();
    expect(flood.received().match(/HTTP\/1\.1 200/g)).toHaveLength(1_000);
  });
});

describe("somebody who takes his time", () => {
  test("H14 H15 is told so after 5 s for the headers and 10 s for the body, and is cut off though he stays", async () => {
    const headers = openSocket(ingress.port);
    headers.socket.write("POST /webhooks/plaid HTTP/1.1\r\nHost: a\r\n");
    const body = openSocket(ingress.port);
    const text = newBody();
    body.socket.write(
      request({ token: ingress.signer.signWebhook(text), headers: [`Content-Length: ${text.length}`], body: "" }),
    );
    const silent = openSocket(ingress.port);
    const timers = [
      setInterval(() => headers.socket.write("X-A: 1\r\n"), 500),
      setInterval(() => body.socket.write("x"), 1_000),
    ];
    const times = await Promise.all([headers, body, silent].map(({ closed }) => awakeMs(closed)));
    for (const timer of timers) clearInterval(timer);
    expect([headers, body].map((one) => statusOf(one.received()))).toEqual([408, 408]);
    expect(times[0]).toBeLessThan(8_000);
    expect(times[1]).toBeLessThan(13_000);
    expect(times[2]).toBeLessThan(13_000);
    await waitFor(async () => (await ingress.metric("relink_webhook_rejected_total", '"body_incomplete"')) === 1);
    expect((await ingress.post(newBody())).status).toBe(200);
  }, 60_000);
});
