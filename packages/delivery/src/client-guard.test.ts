import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { waitFor } from "@relink/testkit";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { TargetPolicyOptions } from "./guard/target-policy.ts";
import { HOST, closeAfterwards, createTestClient, eventTo, resolvesTo } from "./testing/harness.ts";
import { type Sink, startSink } from "./testing/sinks.ts";

const { open, closeAll } = closeAfterwards();
afterEach(closeAll);

let sink: Sink;
beforeEach(async () => {
  sink = open(await startSink((response) => response.end("ok")));
});

/** What a subscriber is told about each way to a place that must not be called. */
const REFUSED = { errorCode: "TARGET_FORBIDDEN", errorDetail: `${HOST}: this host must not be called`, status: null };

test("a name that becomes a forbidden one after the first request never leads there", async () => {
  // A connection that stays open would be used again, and no name be asked for.
  const closing = open(await startSink((response) => response.writeHead(200, { connection: "close" }).end("ok")));
  const client = open(createTestClient([closing], { resolveHost: resolvesTo("127.0.0.1", "127.0.0.2") }));
  await expect(client.send(eventTo(closing))).resolves.toMatchObject({ errorCode: null, resolvedAddress: "127.0.0.1" });
  await expect(client.send(eventTo(closing))).resolves.toMatchObject({ ...REFUSED, resolvedAddress: null });
  expect(closing.connectedTo).toEqual(["127.0.0.1"]);
});

test("DNS is asked once per connection: between the test and the connection there is no second answer", async () => {
  const resolveHost = vi.fn(resolvesTo("127.0.0.1", "127.0.0.2"));
  const result = await open(createTestClient([sink], { resolveHost })).send(eventTo(sink));
  expect(result).toMatchObject({ errorCode: null, resolvedAddress: "127.0.0.1" });
  expect(resolveHost).toHaveBeenCalledExactlyOnceWith(HOST, expect.any(AbortSignal));
  expect(sink.connectedTo).toEqual(["127.0.0.1"]);
});

test.each([
  [["127.0.0.1", "127.0.0.2"]],
  [["127.0.0.2", "127.0.0.1"]],
  [["127.0.0.1", "::1"]],
  [["127.0.0.1", "10.0.0.1"]],
  [["127.0.0.1", "::ffff:127.0.0.1"]],
  [["127.0.0.1", "64:ff9b::7f00:1"]],
  [["127.0.0.1", "169.254.169.254"]],
  [["127.0.0.1", "fd00:ec2::254"]],
  [["127.0.0.1", "not an address"]],
  [["0.0.0.0"]],
  [["::ffff:127.0.0.2"]],
  [["::"]],
])("a name with the addresses %j is refused: one forbidden is enough", async (addresses) => {
  const result = await open(createTestClient([sink], { resolveHost: resolvesTo(addresses) })).send(eventTo(sink));
  expect(result).toMatchObject({ ...REFUSED, resolvedAddress: null });
  expect(result.timings).toMatchObject({ dnsMs: expect.any(Number), connectMs: null });
  expect(result.operatorDetail).toContain(addresses.find((address) => address !== "127.0.0.1"));
  expect(sink.connectedTo).toEqual([]);
});

test.each([
  "127.0.0.2",
  "127.2",
  "0x7f000002",
  "0",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:2]",
  "169.254.169.254",
  "localhost",
  "localhost.",
  "user@127.0.0.1",
])("%s in a URL is refused before anything is asked", async (host) => {
  const resolveHost = vi.fn(resolvesTo("127.0.0.1"));
  const result = await open(createTestClient([sink], { resolveHost })).send(eventTo(sink, { host }));
  expect(result).toMatchObject({ errorCode: "TARGET_FORBIDDEN", status: null, resolvedAddress: null });
  expect(resolveHost).not.toHaveBeenCalled();
  expect(sink.connectedTo).toEqual([]);
});

test("an address in a URL that may be called is called, without a question to DNS", async () => {
  const resolveHost = vi.fn(resolvesTo("127.0.0.2"));
  const result = await open(createTestClient([sink], { resolveHost })).send(eventTo(sink, { host: "127.0.0.1" }));
  expect(result).toMatchObject({ errorCode: null, resolvedAddress: "127.0.0.1" });
  expect(result.timings.dnsMs).toBeNull();
  expect(resolveHost).not.toHaveBeenCalled();
});

test("a connection that ends up elsewhere is closed before a byte is sent", async () => {
  const { connect } = net;
  const connecting = vi.spyOn(net, "connect").mockImplementationOnce(() => connect(sink.port, "127.0.0.1"));
  syncBuiltinESMExports();
  onTestFinished(() => {
    connecting.mockRestore();
    syncBuiltinESMExports();
  });
  const client = open(
    createTestClient([sink], { policy: { allowed: ["192.0.2.7"] }, resolveHost: resolvesTo("192.0.2.7") }),
  );
  const result = await client.send(eventTo(sink));
  expect(result).toMatchObject({ ...REFUSED, operatorDetail: "connected to 127.0.0.1, which was not tested" });
  await waitFor(() => sink.sockets.size === 0);
  expect(sink.requests).toEqual([]);
});

test("of several addresses, one that answers is enough", async () => {
  const client = open(
    createTestClient([sink], {
      policy: { allowed: ["127.0.0.1", "::1"] },
      // Nobody listens on the first.
      resolveHost: resolvesTo(["::1", "127.0.0.1"]),
    }),
  );
  await expect(client.send(eventTo(sink))).resolves.toMatchObject({ errorCode: null, resolvedAddress: "127.0.0.1" });
});

describe("an operator's word", () => {
  test.each<[string, TargetPolicyOptions, string | null]>([
    ["a network", { allowed: ["127.0.0.0/24"], allowLocal: true }, null],
    ["a network that is another", { allowed: ["127.0.1.0/24"], allowLocal: true }, "TARGET_FORBIDDEN"],
    ["the name", { allowed: [HOST], allowLocal: true }, null],
    ["another name", { allowed: ["other.example.com"], allowLocal: true }, "TARGET_FORBIDDEN"],
    ["the name, without the second word", { allowed: [HOST], allowLocal: false }, "TARGET_FORBIDDEN"],
    ["the second word alone", { allowed: [], allowLocal: true }, "TARGET_FORBIDDEN"],
    ["no port", { extraPorts: [] }, "TARGET_FORBIDDEN"],
    ["no http", { allowHttp: false }, "TARGET_FORBIDDEN"],
  ])("of %s", async (_title, policy, errorCode) => {
    const result = await open(createTestClient([sink], { policy })).send(eventTo(sink));
    expect(result.errorCode).toBe(errorCode);
    expect(sink.requests).toHaveLength(errorCode === null ? 1 : 0);
  });

  test("opens a name without a dot", async () => {
    const client = open(createTestClient([sink], { policy: { allowed: ["billing"] } }));
    await expect(client.send(eventTo(sink, { host: "billing" }))).resolves.toMatchObject({ errorCode: null });
    await expect(client.send(eventTo(sink, { host: "payroll" }))).resolves.toMatchObject({
      errorCode: "TARGET_FORBIDDEN",
    });
  });
});

test("what a subscriber is told never holds an address of ours", async () => {
  const hidden = ["10.11.12.13", "127.0.0.1", "169.254.169.254", "fd12:3456::1"];
  for (const address of hidden) {
    const client = open(createTestClient([sink], { policy: { allowed: [] }, resolveHost: resolvesTo(address) }));
    const result = await client.send(eventTo(sink));
    expect(result).toMatchObject(REFUSED);
    expect(result.operatorDetail).toContain(address);
  }
  const refusing = open(createTestClient([sink], { policy: { extraPorts: [1] } }));
  const result = await refusing.send({ ...eventTo(sink), url: `http://${HOST}:1/` });
  expect(result).toMatchObject({
    errorCode: "CONNECTION_REFUSED",
    operatorDetail: expect.stringContaining("127.0.0.1"),
  });
  expect(result.errorDetail).not.toContain("127.0.0.1");
});
