import { once } from "node:events";
import { type LookupFunction, type Socket, connect as connectTcp, isIP } from "node:net";
import { type SecureContext, connect as connectTls } from "node:tls";
import ipaddr from "ipaddr.js";
import { AttemptFailure, toAttemptFailure } from "../attempt-failure.ts";
import type { ResolveHost } from "../resolve-host.ts";
import { hostOf } from "./check-target-url.ts";
import { type TargetPolicy, whyForbidden } from "./target-policy.ts";

export interface SocketOptions {
  policy: TargetPolicy;
  resolveHost: ResolveHost;
  secureContext: SecureContext;
  /** Milliseconds for DNS, and for TCP and TLS together. */
  limits: { dnsMs: number; connectMs: number };
}

/** How far an attempt got, and how long each step took, in milliseconds; `null` for a step that was not taken. */
export interface SocketTrace {
  resolvedAddress: string | null;
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
}

/**
 * Connects to the host of a URL, but only to an address that may be called.
 *
 * The name is resolved here, every address is tested, and the connection can go to the tested ones alone: to look at the
 * name first and connect to it afterwards would ask DNS twice, and the second answer may be another. One forbidden address
 * among several is enough to refuse.
 *
 * @param url - one that `checkTargetUrl` let pass.
 * @param trace - filled in as far as it gets, so that a failure has its times as well.
 * @throws {@link AttemptFailure} if no connection came about.
 * @throws the signal's reason if it aborts.
 */
export async function openSocket(
  url: URL,
  options: SocketOptions,
  trace: SocketTrace,
  signal: AbortSignal,
): Promise<Socket> {
  const host = hostOf(url);
  // A lookup function is never asked about an address, so these are tested by themselves.
  const addresses = isIP(host) === 0 ? await resolve(host, options, trace, signal) : [host];
  for (const address of addresses) {
    const why = whyForbidden(address, host, options.policy);
    if (why !== null) throw new AttemptFailure("TARGET_FORBIDDEN", why);
  }

  const limit = AbortSignal.timeout(options.limits.connectMs);
  const inTime = AbortSignal.any([signal, limit]);
  const opened: Socket[] = [];
  let phase: "connect" | "tls" = "connect";
  try {
    let start = performance.now();
    const tcp = connectTcp({
      host,
      port: Number(url.port || (url.protocol === "https:" ? 443 : 80)),
      lookup: answerWith(addresses),
      autoSelectFamily: true,
      noDelay: true,
    });
    opened.push(tcp.on("error", ignore));
    await once(tcp, "connect", { signal: inTime });
    trace.connectMs = performance.now() - start;
    trace.resolvedAddress = checkPeer(tcp, addresses);
    if (url.protocol !== "https:") return tcp;

    phase = "tls";
    start = performance.now();
    const secure = connectTls({
      socket: tcp,
      host,
      servername: isIP(host) === 0 ? host : "",
      secureContext: options.secureContext,
      // As a word of ours, it stands above NODE_TLS_REJECT_UNAUTHORIZED.
      rejectUnauthorized: true,
      ALPNProtocols: ["http/1.1"],
    });
    opened.push(secure.on("error", ignore));
    await once(secure, "secureConnect", { signal: inTime });
    trace.tlsMs = performance.now() - start;
    return secure;
  } catch (error) {
    for (const socket of opened) socket.destroy();
    signal.throwIfAborted();
    if (limit.aborted) {
      throw new AttemptFailure("TIMEOUT_CONNECT", `no connection (${phase}) within ${options.limits.connectMs} ms`);
    }
    throw toAttemptFailure(error, phase);
  }
}

async function resolve(
  host: string,
  { resolveHost, limits }: SocketOptions,
  trace: SocketTrace,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const limit = AbortSignal.timeout(limits.dnsMs);
  const start = performance.now();
  try {
    return await resolveHost(host, AbortSignal.any([signal, limit]));
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) throw new AttemptFailure("DNS_FAILED", `no answer of DNS within ${limits.dnsMs} ms`);
    throw toAttemptFailure(error, "dns");
  } finally {
    trace.dnsMs = performance.now() - start;
  }
}

/** What the connection asks instead of DNS. With `autoSelectFamily` it always asks for all addresses. */
function answerWith(addresses: readonly string[]): LookupFunction {
  const answer = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, _options, callback) => callback(null, answer);
}

/** The address that we are connected to, if it is one of those that were tested. */
function checkPeer(socket: Socket, tested: readonly string[]): string {
  const peer = socket.remoteAddress;
  if (peer === undefined) throw new AttemptFailure("CONNECTION_RESET", "closed right after it was opened");
  if (!tested.some((address) => normalize(address) === normalize(peer))) {
    throw new AttemptFailure("TARGET_FORBIDDEN", `connected to ${peer}, which was not tested`);
  }
  return peer;
}

/** A socket that takes both families shows IPv4 as `::ffff:192.0.2.1`. */
function normalize(address: string): string {
  return ipaddr.process(address).toString();
}

function ignore(): void {
  // Whoever waits for the socket has the error; one that comes when nobody does would end the process.
}
