import { once } from "node:events";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { DELIVERY_ERROR_CODES } from "@relink/core";
import { freePort, waitFor } from "@relink/testkit";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { DELIVERY_ERROR_TEXTS } from "./advice.ts";
import { type AttemptResult, createGuardedClient } from "./client.ts";
import { createTargetPolicy } from "./guard/target-policy.ts";
import { createHostResolver } from "./resolve-host.ts";
import { startDnsServer } from "./testing/dns-server.ts";
import { EVENT, HOST, closeAfterwards, createTestClient, eventTo } from "./testing/harness.ts";
import { holdLimit, inAWhile } from "./testing/hold-limit.ts";
import { startRawSink, startSink } from "./testing/sinks.ts";

const { open, closeAll } = closeAfterwards();
afterEach(closeAll);

/** Sends one event to a receiver that answers so. */
async function answerTo(...answer: Parameters<typeof startSink>): Promise<AttemptResult> {
  const sink = open(await startSink(...answer));
  return open(createTestClient([sink])).send(eventTo(sink));
}

/** Sends one event to a server that does that with the connection. */
async function resultOf(onSocket: (socket: Socket) => void, limits = {}): Promise<AttemptResult> {
  const sink = open(await startRawSink(onSocket));
  return open(createTestClient([sink], { limits })).send(eventTo(sink));
}

/** Answers once something was received, with exactly this. */
const saying = (text: string) => (socket: Socket) => void socket.once("data", () => socket.write(text));

describe("the request", () => {
  test("is exactly what was to be sent, under the name in the URL", async () => {
    const sink = open(await startSink((response) => response.end("ok")));
    const result = await open(createTestClient([sink])).send(eventTo(sink));

    expect(sink.requests).toEqual([
      {
        method: "POST",
        url: "/relink?team=1",
        headers: {
          host: `${HOST}:${sink.port}`,
          connection: "keep-alive",
          "content-type": "application/json",
          "content-length": String(Buffer.byteLength(EVENT)),
          "webhook-id": "evt_1",
          "user-agent": "Relink-Webhooks/0.1.0",
          "accept-encoding": "identity",
        },
        body: EVENT,
      },
    ]);
    expect(result).toEqual({
      errorCode: null,
      errorDetail: null,
      operatorDetail: null,
      status: 200,
      responseHeaders: { date: expect.any(String), "content-length": "2" },
      responseBody: "ok",
      responseTruncated: false,
      retryAfter: null,
      control: null,
      timings: {
        dnsMs: expect.any(Number),
        connectMs: expect.any(Number),
        tlsMs: null,
        ttfbMs: expect.any(Number),
        totalMs: expect.any(Number),
      },
      resolvedAddress: "127.0.0.1",
      reusedConnection: false,
      requestBytes: Buffer.byteLength(EVENT),
    });
  });

  test("can be bytes, or have no body", async () => {
    const sink = open(await startSink((response) => response.end()));
    const client = open(createTestClient([sink]));
    const bytes = await client.send(eventTo(sink, { body: Buffer.from(EVENT) }));
    const { body: _body, ...without } = eventTo(sink);
    const nothing = await client.send({ ...without, method: "GET" });
    expect([bytes.requestBytes, nothing.requestBytes]).toEqual([Buffer.byteLength(EVENT), 0]);
    expect(sink.requests.map(({ method, body }) => [method, body])).toEqual([
      ["POST", EVENT],
      ["GET", ""],
    ]);
  });

  test("goes to the receiver itself, whatever the proxy variables say", async () => {
    const proxy = open(await startSink((response) => response.end()));
    const sink = open(await startSink((response) => response.end()));
    for (const name of ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"]) {
      vi.stubEnv(name, `http://127.0.0.1:${proxy.port}`);
    }
    vi.stubEnv("NODE_USE_ENV_PROXY", "1");
    const result = await open(createTestClient([sink]))
      .send(eventTo(sink))
      .finally(() => vi.unstubAllEnvs());
    expect(result.errorCode).toBeNull();
    expect(sink.requests).toHaveLength(1);
    expect(proxy.connectedTo).toEqual([]);
  });

  test("that cannot be sent as it is, is a failure of the sender", async () => {
    const sink = open(await startSink((response) => response.end()));
    const headers = { "x-team": "a\r\nwebhook-id: evt_2" };
    const result = await open(createTestClient([sink])).send(eventTo(sink, { headers }));
    expect(result).toMatchObject({ errorCode: "INTERNAL", status: null });
    expect(sink.requests).toEqual([]);
  });
});

describe("the status decides", () => {
  test.each([200, 201, 204, 299])("%i is a success, with one request", async (status) => {
    const sink = open(await startSink((response) => response.writeHead(status).end()));
    const result = await open(createTestClient([sink])).send(eventTo(sink));
    expect(result).toMatchObject({ errorCode: null, errorDetail: null, status });
    expect(sink.requests).toHaveLength(1);
  });

  test.each<[number, AttemptResult["errorCode"]]>([
    [304, "REDIRECT"],
    [400, "HTTP_STATUS"],
    [401, "HTTP_STATUS"],
    [404, "HTTP_STATUS"],
    [410, "GONE"],
    [422, "HTTP_STATUS"],
    [429, "RATE_LIMITED"],
    [500, "HTTP_STATUS"],
    [502, "HTTP_STATUS"],
    [503, "HTTP_STATUS"],
  ])("%i is %s", async (status, errorCode) => {
    const result = await answerTo((response) => response.writeHead(status).end("why"));
    const body = status === 304 ? "" : "why";
    expect(result).toMatchObject({ errorCode, status, responseBody: body });
    expect(result.errorDetail).toBe(`${HOST} answered ${status}`);
  });

  test.each([301, 302, 303, 307, 308])("%i leads nowhere, inside or outside", async (status) => {
    const inside = open(await startSink((response) => response.end("secrets of the cloud")));
    const sink = open(
      await startSink((response, { url }) => {
        const target =
          url === "/outside" ? `http://elsewhere.example.com:${inside.port}/` : `http://127.0.0.1:${inside.port}/`;
        response.writeHead(status, { location: target }).end();
      }),
    );
    const client = open(createTestClient([sink, inside]));
    for (const path of ["inside", "outside"]) {
      const result = await client.send({ ...eventTo(sink), url: `http://${HOST}:${sink.port}/${path}` });
      expect(result).toMatchObject({ errorCode: "REDIRECT", status, responseBody: "" });
      expect(result.responseHeaders["location"]).toContain(String(inside.port));
    }
    expect(inside.connectedTo).toEqual([]);
    expect(sink.requests).toHaveLength(2);
  });

  test.each(["120", "Sun, 22 Nov 2026 10:00:00 GMT", "soon", "-5", "864000"])(
    "retry-after: %s is passed on as it stands",
    async (retryAfter) => {
      for (const status of [429, 503]) {
        const result = await answerTo((response) => response.writeHead(status, { "retry-after": retryAfter }).end());
        expect(result).toMatchObject({ status, retryAfter });
      }
    },
  );

  test("what the receiver asks for is passed on", async () => {
    const result = await answerTo((response) => response.writeHead(500, { "webhook-delivery": "abort-message" }).end());
    expect(result.control).toBe("abort-message");
  });

  test("of the headers, only those that help are kept, and no more than a line of each", async () => {
    const result = await answerTo((response) =>
      response
        .writeHead(200, {
          "x-request-id": "r-1",
          server: "s".repeat(2_000),
          "set-cookie": ["session=hush", "other=hush"],
          "x-internal": "hush",
        })
        .end(),
    );
    expect(result.responseHeaders).toEqual({
      date: expect.any(String),
      "x-request-id": "r-1",
      server: "s".repeat(1_024),
    });
  });
});

describe("an answer may be slow", () => {
  test("a receiver that accepts and says nothing is cut off", async () => {
    const result = await resultOf(() => undefined, { totalMs: 300 });
    expect(result).toMatchObject({ errorCode: "TIMEOUT_TOTAL", status: null });
    expect(result.timings.totalMs).toBeGreaterThanOrEqual(290);
    expect(result.timings.totalMs).toBeLessThan(12_000);
  });

  /** Says one character every few milliseconds for ever. */
  const dripping = (start: string) => (socket: Socket) => {
    socket.once("data", () => {
      socket.write(start);
      const timer = setInterval(() => socket.write("x"), 20);
      socket.on("close", () => clearInterval(timer));
    });
  };

  test.each<[string, string, Partial<AttemptResult>]>([
    ["headers", "HTTP/1.1 200 OK\r\nx-", { errorCode: "TIMEOUT_TOTAL", status: null, responseBody: null }],
    ["the body of a 2xx", "HTTP/1.1 200 OK\r\n\r\n", { errorCode: null, status: 200, responseTruncated: true }],
    [
      "the body of an error",
      "HTTP/1.1 500 Oh\r\n\r\n",
      { errorCode: "HTTP_STATUS", status: 500, responseTruncated: true },
    ],
  ])("one that drips %s is cut off all the same", async (_title, start, expected) => {
    const limit = holdLimit(300);
    const sink = open(
      await startRawSink((socket) => {
        dripping(start)(socket);
        socket.once("data", () => inAWhile(limit.end));
      }),
    );
    const result = await open(createTestClient([sink], { limits: { totalMs: 300 } })).send(eventTo(sink));
    expect(result).toMatchObject(expected);
    await waitFor(() => sink.sockets.size === 0);
  });

  test("without other limits it has 15 s in all, and of these 5 s each for DNS and for the connection", async () => {
    const timeout = vi.spyOn(AbortSignal, "timeout");
    onTestFinished(() => timeout.mockRestore());
    await answerTo((response) => response.end());
    expect(timeout.mock.calls).toEqual([[15_000], [5_000], [5_000]]);
  });

  test("a caller that gives up is told so, and the connection is closed", async () => {
    const sink = open(await startRawSink(() => undefined));
    const controller = new AbortController();
    const sending = open(createTestClient([sink])).send(eventTo(sink, { signal: controller.signal }));
    await waitFor(() => sink.sockets.size === 1);
    controller.abort(new Error("the worker closes"));
    await expect(sending).rejects.toThrow("the worker closes");
    await waitFor(() => sink.sockets.size === 0);
  });
});

describe("an answer may be large", () => {
  test("of a body of 1 GB, 64 KiB are read and 16 KiB kept", async () => {
    let sent = 0;
    const chunk = Buffer.alloc(65_536, "a");
    const sink = open(
      await startSink((response) => {
        response.writeHead(200, { "content-length": String(1_024 ** 3) });
        const pump = () => {
          while (!response.destroyed && sent < 1_024 ** 3) {
            sent += chunk.length;
            if (!response.write(chunk)) return void response.once("drain", pump);
          }
        };
        pump();
      }),
    );
    const result = await open(createTestClient([sink])).send(eventTo(sink));
    expect(result).toMatchObject({ errorCode: null, status: 200, responseTruncated: true });
    expect(result.responseBody).toBe("a".repeat(16_384));
    await waitFor(() => sink.sockets.size === 0);
    // What the two sides of the connection hold in their buffers; the rest never left the receiver.
    expect(sent).toBeLessThan(32 * 1_024 ** 2);
  });

  test("a compressed body stays as small as it is", async () => {
    const bomb = gzipSync(Buffer.alloc(32 * 1_024 ** 2));
    const result = await answerTo((response) => response.writeHead(200, { "content-encoding": "gzip" }).end(bomb));
    expect(result).toMatchObject({ errorCode: null, status: 200, responseTruncated: true });
    expect(Buffer.byteLength(result.responseBody ?? "")).toBeLessThan(3 * 16_384 + 1);
    expect(result.responseBody?.startsWith("\u001f")).toBe(true);
  });

  test.each<[number, number, boolean]>([
    [16_384, 16_384, false],
    [16_385, 16_384, true],
    [65_536, 16_384, true],
    [65_537, 16_384, true],
  ])("of %i bytes, %i are kept (more: %s)", async (size, kept, isTruncated) => {
    const result = await answerTo((response) => response.end("a".repeat(size)));
    expect(result.responseBody).toHaveLength(kept);
    expect(result.responseTruncated).toBe(isTruncated);
  });

  test("a character that is cut in two is left out, and what cannot be stored is marked", async () => {
    const cut = await answerTo((response) => response.end(`a${"é".repeat(10_000)}`));
    expect(cut.responseBody).toBe(`a${"é".repeat(8_191)}`);
    const odd = await answerTo((response) => response.end(Buffer.from([0x61, 0x00, 0xff, 0x62])));
    expect(odd.responseBody).toBe("a\uFFFD\uFFFDb");
  });

  test("64 KB of headers are no answer", async () => {
    const headers = Array.from({ length: 64 }, (_, index) => `x-${index}: ${"h".repeat(1_000)}\r\n`).join("");
    const result = await resultOf(saying(`HTTP/1.1 200 OK\r\n${headers}\r\n`));
    expect(result).toMatchObject({ errorCode: "RESPONSE_INVALID", status: null });
  });
});

describe("an answer may not come", () => {
  test.each<[string, (socket: Socket) => void, AttemptResult["errorCode"]]>([
    ["resets after the request", (socket) => socket.once("data", () => socket.resetAndDestroy()), "CONNECTION_RESET"],
    ["resets before it", (socket) => socket.resetAndDestroy(), "CONNECTION_RESET"],
    ["closes without an answer", (socket) => socket.once("data", () => socket.end()), "CONNECTION_RESET"],
    [
      "closes within the headers",
      (socket) => socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nx-")),
      "CONNECTION_RESET",
    ],
    ["speaks something else", (socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"), "RESPONSE_INVALID"],
    ["answers in another protocol", saying("250 queued\r\n"), "RESPONSE_INVALID"],
    [
      "wants another protocol",
      saying("HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
      "RESPONSE_INVALID",
    ],
    ["says that we may go on", saying("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), "RESPONSE_INVALID"],
    [
      "says nonsense about its length",
      saying("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n"),
      "RESPONSE_INVALID",
    ],
  ])("a server that %s", async (_title, onSocket, errorCode) => {
    const result = await resultOf(onSocket);
    expect(result).toMatchObject({ errorCode, status: null, responseBody: null });
    expect(result.errorDetail).toBe(`${HOST}: ${DELIVERY_ERROR_TEXTS[errorCode!].what}`);
  });

  test("a body that breaks off after a 2xx is a success", async () => {
    const limit = holdLimit(300);
    const half = (socket: Socket) => {
      saying("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")(socket);
      socket.once("data", () => inAWhile(limit.end));
    };
    const result = await resultOf(half, { totalMs: 300 });
    expect(result).toMatchObject({ errorCode: null, status: 200, responseBody: "half", responseTruncated: true });
    const reset = await resultOf((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 202 OK\r\ncontent-length: 100\r\n\r\nhalf", () => socket.end());
      });
    });
    expect(reset).toMatchObject({ errorCode: null, status: 202, responseTruncated: true });
  });

  test("hints on the way are not the answer", async () => {
    const result = await resultOf(saying("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 204 OK\r\n\r\n"));
    expect(result).toMatchObject({ errorCode: null, status: 204 });
  });

  test("a port that nobody listens on", async () => {
    const port = await freePort();
    const client = open(createTestClient([], { policy: { extraPorts: [port] } }));
    const result = await client.send({ url: `http://${HOST}:${port}/`, method: "POST", headers: {}, body: EVENT });
    expect(result).toMatchObject({
      errorCode: "CONNECTION_REFUSED",
      status: null,
      requestBytes: Buffer.byteLength(EVENT),
    });
    expect(result.errorDetail).toBe(`${HOST}: the connection was refused`);
    expect(result.operatorDetail).toContain(`127.0.0.1:${port}`);
  });

  test.each([
    ["missing.example.com", "DNS_NOT_FOUND"],
    ["empty.example.com", "DNS_NOT_FOUND"],
    ["broken.example.com", "DNS_FAILED"],
    ["silent.example.com", "DNS_FAILED"],
    [`${"a".repeat(70)}.example.com`, "DNS_NOT_FOUND"],
  ])("the name %s: %s", async (host, errorCode) => {
    const dns = open(
      await startDnsServer({
        "empty.example.com": {},
        "broken.example.com": "SERVFAIL",
        "silent.example.com": "silence",
      }),
    );
    const sink = open(await startSink((response) => response.end()));
    const client = open(
      createTestClient([sink], {
        resolveHost: createHostResolver([dns.address]),
        // Others say so sooner, if not within 300 ms on every machine.
        limits: host === "silent.example.com" ? { dnsMs: 300 } : {},
      }),
    );
    const result = await client.send(eventTo(sink, { host }));
    expect(result).toMatchObject({ errorCode, status: null, resolvedAddress: null });
    expect(result.timings).toMatchObject({ dnsMs: expect.any(Number), connectMs: null, ttfbMs: null });
  });

  test("name servers that cannot be reached are our own trouble", async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const sink = open(await startSink((response) => response.end()));
    const client = open(createTestClient([sink], { resolveHost: createHostResolver([address]) }));
    await expect(client.send(eventTo(sink))).resolves.toMatchObject({ errorCode: "EGRESS_UNAVAILABLE" });
  });
});

test("closing waits for what is under way", async () => {
  const sink = open(await startRawSink(() => undefined));
  const client = createTestClient([sink]);
  const sending = client.send(eventTo(sink));
  await waitFor(() => sink.sockets.size === 1);
  const [socket] = sink.sockets;
  let isClosed = false;
  const closing = client.close().then(() => {
    isClosed = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isClosed).toBe(false);
  const ended = once(socket!, "close");
  socket!.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  await expect(sending).resolves.toMatchObject({ errorCode: null });
  await closing;
  await ended;
});

test("every error has a text for people, in one sentence, that names no address", () => {
  expect(Object.keys(DELIVERY_ERROR_TEXTS).toSorted()).toEqual([...DELIVERY_ERROR_CODES].toSorted());
  for (const { what, advice } of Object.values(DELIVERY_ERROR_TEXTS)) {
    expect(what).toMatch(/^[a-z][^.]*$/);
    expect(advice).toMatch(/^[A-Z].*\.$/);
    expect(advice.replace(/\d\.\d/g, "").match(/\./g)).toHaveLength(1);
  }
});

test("without anything set, only the public internet may be called, over TLS", async () => {
  const client = open(createGuardedClient({ policy: createTargetPolicy(), userAgent: "Relink-Webhooks/0.1.0" }));
  for (const url of ["https://127.0.0.1/", "https://localhost/", "http://hooks.example.com/", "nonsense"]) {
    await expect(client.send({ url, method: "POST", headers: {} })).resolves.toMatchObject({
      errorCode: "TARGET_FORBIDDEN",
      status: null,
    });
  }
});
