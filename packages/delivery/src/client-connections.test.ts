import type { Socket } from "node:net";
import { waitFor } from "@relink/testkit";
import { afterEach, expect, test, vi } from "vitest";
import { closeAfterwards, createTestClient, eventTo, resolvesTo } from "./testing/harness.ts";
import { holdLimit } from "./testing/hold-limit.ts";
import { startRawSink, startSink } from "./testing/sinks.ts";

const { open, closeAll } = closeAfterwards();
afterEach(closeAll);

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

test("requests that follow each other share a connection, and DNS is asked once", async () => {
  const sink = open(await startSink((response) => response.end("ok")));
  const resolveHost = vi.fn(resolvesTo("127.0.0.1"));
  const client = open(createTestClient([sink], { resolveHost }));
  const results = [];
  for (let count = 0; count < 5; count += 1) results.push(await client.send(eventTo(sink)));
  expect(results.map(({ reusedConnection }) => reusedConnection)).toEqual([false, true, true, true, true]);
  expect(results.map(({ resolvedAddress }) => resolvedAddress)).toEqual(Array(5).fill("127.0.0.1"));
  expect(results[4]?.timings).toMatchObject({ dnsMs: null, connectMs: null, tlsMs: null, ttfbMs: expect.any(Number) });
  expect(sink.connectedTo).toHaveLength(1);
  expect(sink.requests).toHaveLength(5);
  expect(resolveHost).toHaveBeenCalledTimes(1);
});

test("a failure that was answered leaves the connection for the next request", async () => {
  const sink = open(await startSink((response) => response.writeHead(500).end("oh")));
  const client = open(createTestClient([sink]));
  await client.send(eventTo(sink));
  await expect(client.send(eventTo(sink))).resolves.toMatchObject({ status: 500, reusedConnection: true });
});

test("requests at the same time have a connection each", async () => {
  const sink = open(await startSink((response) => setTimeout(() => response.end("ok"), 20)));
  const client = open(createTestClient([sink]));
  const results = await Promise.all(Array.from({ length: 4 }, async () => client.send(eventTo(sink))));
  expect(results.map(({ errorCode }) => errorCode)).toEqual([null, null, null, null]);
  expect(sink.connectedTo).toHaveLength(4);
});

test("a connection is not shared with another receiver, even at the same address", async () => {
  const sink = open(await startSink((response) => response.end("ok")));
  const client = open(createTestClient([sink]));
  await client.send(eventTo(sink));
  const other = await client.send(eventTo(sink, { host: "other.example.com" }));
  expect(other).toMatchObject({ errorCode: null, reusedConnection: false });
  expect(sink.requests.map(({ headers }) => headers.host)).toEqual([
    `hooks.example.com:${sink.port}`,
    `other.example.com:${sink.port}`,
  ]);
});

test("a connection that has had its time is not used again, and the name is tested anew", async () => {
  const sink = open(await startSink((response) => response.end("ok")));
  const resolveHost = vi.fn(resolvesTo("127.0.0.1"));
  const client = open(createTestClient([sink], { resolveHost, limits: { reuseMs: 50 } }));
  await client.send(eventTo(sink));
  await waitFor(() => sink.sockets.size === 0);
  await expect(client.send(eventTo(sink))).resolves.toMatchObject({ errorCode: null, reusedConnection: false });
  expect(resolveHost).toHaveBeenCalledTimes(2);
});

test("a receiver that closes after its answer gets a new connection", async () => {
  const sink = open(await startSink((response) => response.writeHead(200, { connection: "close" }).end("ok")));
  const client = open(createTestClient([sink]));
  await client.send(eventTo(sink));
  await expect(client.send(eventTo(sink))).resolves.toMatchObject({ errorCode: null, reusedConnection: false });
  expect(sink.connectedTo).toHaveLength(2);
});

test("a connection that the receiver closed while nobody used it costs nothing", async () => {
  const sink = open(await startSink((response) => response.end("ok")));
  const client = open(createTestClient([sink]));
  await client.send(eventTo(sink));
  for (const socket of sink.sockets) socket.destroy();
  await expect(client.send(eventTo(sink))).resolves.toMatchObject({ errorCode: null, reusedConnection: false });
  expect(sink.requests).toHaveLength(2);
});

test.each<[string, (socket: Socket) => void]>([
  ["closed", (socket) => socket.end()],
  ["reset", (socket) => socket.resetAndDestroy()],
])(
  "a connection that is %s just as it is used again is replaced, and the request sent once more",
  async (_title, end) => {
    let requests = 0;
    const sink = open(
      await startRawSink((socket) => {
        let answers = 0;
        socket.on("data", () => {
          requests += 1;
          answers += 1;
          if (answers === 1) socket.write(OK);
          else end(socket);
        });
      }),
    );
    const client = open(createTestClient([sink]));
    await client.send(eventTo(sink));
    const second = await client.send(eventTo(sink));
    expect(second).toMatchObject({ errorCode: null, status: 200, reusedConnection: false });
    expect(second.timings.connectMs).toEqual(expect.any(Number));
    expect(requests).toBe(3);
    expect(sink.connectedTo).toHaveLength(2);
  },
);

test("a new connection that is reset is a failure at once: nothing is sent twice", async () => {
  let requests = 0;
  const sink = open(
    await startRawSink((socket) => {
      socket.on("data", () => {
        requests += 1;
        socket.resetAndDestroy();
      });
    }),
  );
  await expect(open(createTestClient([sink])).send(eventTo(sink))).resolves.toMatchObject({
    errorCode: "CONNECTION_RESET",
  });
  expect(requests).toBe(1);
});

test.each<[string, string, string]>([
  ["nothing comes", "", "TIMEOUT_TOTAL"],
  ["nonsense comes", "250 queued\r\n", "RESPONSE_INVALID"],
])("a kept connection on which %s is no reason to send once more", async (_title, answer, errorCode) => {
  const limit = holdLimit(300);
  let requests = 0;
  const sink = open(
    await startRawSink((socket) => {
      socket.on("data", () => {
        requests += 1;
        socket.write(requests === 1 ? OK : answer);
        if (requests > 1 && answer === "") limit.end();
      });
    }),
  );
  const client = open(createTestClient([sink], { limits: { totalMs: 300 } }));
  await client.send(eventTo(sink));
  await expect(client.send(eventTo(sink))).resolves.toMatchObject({ errorCode, reusedConnection: true });
  expect(requests).toBe(2);
});

test("what a receiver sends unasked is no answer to the next request", async () => {
  const sink = open(
    await startRawSink((socket) => {
      let answers = 0;
      socket.on("data", () => {
        answers += 1;
        // The second answer is there before the second request.
        socket.write(answers === 1 ? `${OK}HTTP/1.1 201 Forged\r\ncontent-length: 0\r\n\r\n` : OK);
      });
    }),
  );
  const client = open(createTestClient([sink]));
  await client.send(eventTo(sink));
  await expect(client.send(eventTo(sink))).resolves.toMatchObject({ status: 200, reusedConnection: false });
});

test("closing the client closes the connections that wait", async () => {
  const sink = open(await startSink((response) => response.end("ok")));
  const client = createTestClient([sink]);
  await client.send(eventTo(sink));
  expect(sink.sockets.size).toBe(1);
  await client.close();
  await waitFor(() => sink.sockets.size === 0);
});
