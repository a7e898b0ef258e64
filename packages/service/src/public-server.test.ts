import { once } from "node:events";
import { connect } from "node:net";
import express from "express";
import { expect, onTestFinished, test } from "vitest";
import { closeServer, listen } from "./http.ts";
import { createLogger } from "./logger.ts";
import { createRegistry } from "./metrics.ts";
import { createPublicServer } from "./public-server.ts";

async function startServer(maxConnections = 100) {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const registry = createRegistry("test");
  const server = createPublicServer(express(), {
    registry,
    logger: createLogger({ app: "test", level: "info" }, { write }),
  });
  server.maxConnections = maxConnections;
  const port = await listen(server, 0, "127.0.0.1");
  onTestFinished(() => closeServer(server, 0));
  const refused = async (reason: string): Promise<number> => {
    const metrics = await registry.metrics();
    return Number(new RegExp(`relink_http_refused_total\\{reason="${reason}".*\\} (\\d+)`).exec(metrics)?.[1] ?? 0);
  };
  return { port, lines, refused };
}

/** Sends this and returns all that comes until the other side closes. */
async function exchange(port: number, text: string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  onTestFinished(() => void socket.destroy());
  let received = "";
  socket.on("data", (chunk: Buffer) => (received += chunk.toString("latin1"))).on("error", () => {});
  socket.write(text);
  await once(socket, "close");
  return received;
}

test.each<[string, string, string, number | null]>([
  ["no HTTP", "MARKER\r\n\r\n", "not_http", 400],
  [
    "two lengths",
    "POST /MARKER HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "not_http",
    400,
  ],
  ["endless headers", `GET / HTTP/1.1\r\nMARKER: ${"a".repeat(17_000)}\r\n\r\n`, "headers_too_large", 431],
  ["a path that leads nowhere", "GET /MARKER HTTP/1.1\r\nHost: a\r\n\r\n", "no_route", 404],
  ["a target that is no URL", "GET http://[/MARKER HTTP/1.1\r\nHost: a\r\n\r\n", "no_route", 404],
  ["another expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: MARKER\r\n\r\n", "expectation", 417],
  ["a tunnel", "CONNECT marker.example:443 HTTP/1.1\r\nHost: MARKER\r\n\r\n", "tunnel", null],
])("%s is turned away with a count and a line that repeats nothing of it", async (_what, text, reason, status) => {
  const server = await startServer();
  const answer = await exchange(server.port, text);
  expect(answer.startsWith(status === null ? "" : `HTTP/1.1 ${status} `)).toBe(true);
  expect(answer.endsWith("\r\n\r\n")).toBe(status !== null);
  expect(await server.refused(reason)).toBe(1);
  expect(server.lines).toMatchObject([{ event: "http.refused", reason, status }]);
  expect(answer + JSON.stringify(server.lines)).not.toContain("MARKER");
});

test("a connection too many is closed and counted, and those that are open go on", async () => {
  const server = await startServer(1);
  const first = connect({ port: server.port, host: "127.0.0.1" });
  onTestFinished(() => void first.destroy());
  await once(first, "connect");
  expect(await exchange(server.port, "")).toBe("");
  expect(await server.refused("too_many_connections")).toBe(1);
  first.write("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
  const [answer] = (await once(first, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 404 /);
});

test("a flood of one kind is one line a second, and every one of it is counted", async () => {
  const server = await startServer();
  const startedAt = performance.now();
  for (let batch = 0; batch < 10; batch += 1) {
    await Promise.all(Array.from({ length: 10 }, () => exchange(server.port, "x\r\n\r\n")));
  }
  expect(await server.refused("not_http")).toBe(100);
  const seconds = (performance.now() - startedAt) / 1_000;
  expect(server.lines.length).toBeGreaterThan(0);
  expect(server.lines.length).toBeLessThanOrEqual(1 + seconds);
});
