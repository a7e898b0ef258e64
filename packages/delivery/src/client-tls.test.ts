import tls, { type TlsOptions } from "node:tls";
import { waitFor } from "@relink/testkit";
import { afterEach, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { type TestAuthority, createSelfSigned, createTestAuthority } from "./testing/certificates.ts";
import { HOST, closeAfterwards, createTestClient, eventTo } from "./testing/harness.ts";
import { holdLimit } from "./testing/hold-limit.ts";
import { startRawSink, startSink } from "./testing/sinks.ts";

const { open, closeAll } = closeAfterwards();
afterEach(closeAll);

let authority: TestAuthority;
beforeAll(async () => {
  authority = await createTestAuthority();
});

/** Sends one event over TLS to a receiver with these settings. */
async function resultOf(tls: TlsOptions, { host = HOST, isTrusted = true } = {}) {
  const sink = open(await startSink((response) => response.end("ok"), tls));
  const client = open(createTestClient([sink], isTrusted ? { ca: authority.cert } : {}));
  return { sink, client, result: await client.send(eventTo(sink, { tls: true, host })) };
}

test("a certificate for the host, by an authority that is trusted, is accepted", async () => {
  let serverName: string | undefined;
  const { sink, client, result } = await resultOf({
    ...(await authority.issue(HOST)),
    SNICallback(name, done) {
      serverName = name;
      done(null);
    },
  });
  expect(result).toMatchObject({ errorCode: null, status: 200, resolvedAddress: "127.0.0.1" });
  expect(result.timings).toMatchObject({
    dnsMs: expect.any(Number),
    connectMs: expect.any(Number),
    tlsMs: expect.any(Number),
  });
  expect(serverName).toBe(HOST);
  expect(sink.requests[0]?.headers.host).toBe(`${HOST}:${sink.port}`);

  await expect(client.send(eventTo(sink, { tls: true }))).resolves.toMatchObject({
    errorCode: null,
    reusedConnection: true,
  });
  expect(sink.connectedTo).toHaveLength(1);
});

test("a certificate for an address is accepted at that address", async () => {
  const { result } = await resultOf(await authority.issue("127.0.0.1"), { host: "127.0.0.1" });
  expect(result.errorCode).toBeNull();
});

const DAY_MS = 86_400_000;
const EXPIRED = { from: new Date(Date.now() - 2 * DAY_MS), until: new Date(Date.now() - DAY_MS) };
const FUTURE = { from: new Date(Date.now() + DAY_MS), until: new Date(Date.now() + 2 * DAY_MS) };

test.each<[string, () => Promise<TlsOptions>, string, { host?: string; isTrusted?: boolean }?]>([
  ["an expired certificate", async () => authority.issue(HOST, EXPIRED), "TLS_EXPIRED"],
  ["one that is not valid yet", async () => authority.issue(HOST, FUTURE), "TLS_OTHER"],
  ["one signed by itself", async () => createSelfSigned(HOST), "TLS_SELF_SIGNED"],
  ["one for another host", async () => authority.issue("other.example.com"), "TLS_HOSTNAME_MISMATCH"],
  [
    "one for the host at its address",
    async () => authority.issue(HOST),
    "TLS_HOSTNAME_MISMATCH",
    { host: "127.0.0.1" },
  ],
  ["one of an unknown authority", async () => authority.issue(HOST), "TLS_OTHER", { isTrusted: false }],
  [
    "TLS 1.0",
    async () => ({
      ...(await authority.issue(HOST)),
      minVersion: "TLSv1",
      maxVersion: "TLSv1",
      ciphers: "DEFAULT@SECLEVEL=0",
    }),
    "TLS_OTHER",
  ],
  [
    "TLS 1.1",
    async () => ({
      ...(await authority.issue(HOST)),
      minVersion: "TLSv1.1",
      maxVersion: "TLSv1.1",
      ciphers: "DEFAULT@SECLEVEL=0",
    }),
    "TLS_OTHER",
  ],
])("%s is refused, and nothing is sent", async (_title, tls, errorCode, options) => {
  const { sink, result } = await resultOf(await tls(), options);
  expect(result).toMatchObject({ errorCode, status: null });
  expect(result.timings.connectMs).toEqual(expect.any(Number));
  expect(sink.requests).toEqual([]);
});

test("a receiver that wants a certificate of ours has none", async () => {
  const { sink, result } = await resultOf({ ...(await authority.issue(HOST)), requestCert: true });
  expect(result).toMatchObject({ status: null });
  // It says so and hangs up; the system may let us see the second only.
  expect(["TLS_OTHER", "CONNECTION_RESET"]).toContain(result.errorCode);
  expect(sink.requests).toEqual([]);
});

test("no variable of the environment can switch the check off", async () => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  const { sink, result } = await resultOf(await createSelfSigned(HOST)).finally(() => vi.unstubAllEnvs());
  expect(result.errorCode).toBe("TLS_SELF_SIGNED");
  expect(sink.requests).toEqual([]);
});

test.each(["TLSv1", "TLSv1.1"] as const)("no setting of the process brings %s back", async (version) => {
  const { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS } = tls;
  onTestFinished(() => void Object.assign(tls, { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS }));
  const ciphers = "DEFAULT@SECLEVEL=0";
  // As `--tls-min-v1.0 --tls-cipher-list` set them.
  Object.assign(tls, { DEFAULT_MIN_VERSION: "TLSv1", DEFAULT_CIPHERS: ciphers });
  const old = { minVersion: version, maxVersion: version, ciphers };
  const { sink, result } = await resultOf({ ...(await authority.issue(HOST)), ...old });
  expect(result).toMatchObject({ errorCode: "TLS_OTHER", status: null });
  expect(sink.requests).toEqual([]);
});

test("a port that does not speak TLS", async () => {
  const sink = open(await startSink((response) => response.end("ok")));
  const result = await open(createTestClient([sink])).send(eventTo(sink, { tls: true }));
  expect(result).toMatchObject({ errorCode: "TLS_OTHER", status: null });
});

test("a port that never finishes its handshake is given up before the attempt as a whole", async () => {
  const limit = holdLimit(200);
  const sink = open(await startRawSink((socket) => socket.once("data", () => limit.end())));
  const client = open(createTestClient([sink], { limits: { connectMs: 200 } }));
  const result = await client.send(eventTo(sink, { tls: true }));
  expect(result).toMatchObject({ errorCode: "TIMEOUT_CONNECT", status: null });
  expect(result.timings).toMatchObject({ connectMs: expect.any(Number), tlsMs: null });
  await waitFor(() => sink.sockets.size === 0);
});

test("a port that hangs up during the handshake", async () => {
  const sink = open(await startRawSink((socket) => socket.once("data", () => socket.destroy())));
  const result = await open(createTestClient([sink])).send(eventTo(sink, { tls: true }));
  expect(result).toMatchObject({ errorCode: "CONNECTION_RESET", status: null });
});
