import { createSecureContext, getCACertificates } from "node:tls";
import { type DeliveryErrorCode, errorCodeOfStatus } from "@relink/core";
import type { Dispatcher } from "undici";
import { DELIVERY_ERROR_TEXTS } from "./advice.ts";
import { AttemptFailure, toAttemptFailure } from "./attempt-failure.ts";
import { type Connection, type HttpRequest, createConnection, createIdleConnections } from "./connections.ts";
import { TargetUrlError, checkTargetUrl, hostOf } from "./guard/check-target-url.ts";
import { type SocketTrace, openSocket } from "./guard/open-socket.ts";
import type { TargetPolicy } from "./guard/target-policy.ts";
import { type KeptBody, keepHeaders, readBody } from "./read-response.ts";
import { type ResolveHost, createHostResolver } from "./resolve-host.ts";

/** In milliseconds. */
export interface AttemptLimits {
  /** For DNS. Default 5,000. */
  dnsMs: number;
  /** For TCP and TLS together. Default 5,000. */
  connectMs: number;
  /** From DNS to the end of the answer. Default 15,000. */
  totalMs: number;
  /** A connection is used again for that long; then DNS is asked anew. Default 60,000. */
  reuseMs: number;
}

const LIMITS: AttemptLimits = { dnsMs: 5_000, connectMs: 5_000, totalMs: 15_000, reuseMs: 60_000 };

export interface GuardedClientOptions {
  policy: TargetPolicy;
  /** `Relink-Webhooks/<version>`. */
  userAgent: string;
  /** Default: the system's name servers. */
  resolveHost?: ResolveHost;
  limits?: Partial<AttemptLimits>;
  /** PEM; trusted beside the system's authorities, for receivers with a private one. */
  ca?: string;
}

export interface GuardedRequest {
  /** As the subscriber gave it. It is checked here. */
  url: string;
  method: "GET" | "POST";
  /** `user-agent`, `accept-encoding` and `content-length` are added. */
  headers: Readonly<Record<string, string>>;
  body?: Uint8Array | string;
  /** Of a caller that gives up before the limits do, as when its process closes. */
  signal?: AbortSignal;
}

/** What became of one request. */
export interface AttemptResult {
  /** `null` if the answer was a 2xx, even if its body came too late or was too large. */
  errorCode: DeliveryErrorCode | null;
  /** What went wrong, fit for a subscriber: with the host, and without an address or anything else of our network. */
  errorDetail: string | null;
  /** The same for operators. May hold addresses: not for subscribers. */
  operatorDetail: string | null;
  /** `null` if no answer came. */
  status: number | null;
  /** Only a few, by their names in lower case. */
  responseHeaders: Readonly<Record<string, string>>;
  /** The first 16 KiB of the answer, as it was sent; `null` if none came. A stranger's words: to be shown as text only. */
  responseBody: string | null;
  /** The answer was longer, or broke off. */
  responseTruncated: boolean;
  /** The header as it stood there, still to be judged. */
  retryAfter: string | null;
  /** The header `webhook-delivery` as it stood there: what the receiver asks for, still to be judged. */
  control: string | null;
  /** In milliseconds; `null` for a step that was not taken, as DNS on a connection that was open already. */
  timings: {
    dnsMs: number | null;
    connectMs: number | null;
    tlsMs: number | null;
    /** From the request to the headers of its answer. */
    ttfbMs: number | null;
    totalMs: number;
  };
  /** Where the request went. For operators only. */
  resolvedAddress: string | null;
  reusedConnection: boolean;
  /** Of the body. */
  requestBytes: number;
}

/** What there is to tell of a request that was not made over HTTP, or not at all: nothing. */
export const NOTHING_SENT: AttemptResult = {
  errorCode: null,
  errorDetail: null,
  operatorDetail: null,
  status: null,
  responseHeaders: {},
  responseBody: null,
  responseTruncated: false,
  retryAfter: null,
  control: null,
  timings: { dnsMs: null, connectMs: null, tlsMs: null, ttfbMs: null, totalMs: 0 },
  resolvedAddress: null,
  reusedConnection: false,
  requestBytes: 0,
};

export interface GuardedClient {
  /**
   * Sends one request, and never follows where the answer points.
   *
   * @returns What became of it; a failure is an answer too, not an exception.
   * @throws the signal's reason, if the caller gives up before there is an answer. Whether the request arrived is not
   * known then.
   */
  send(request: GuardedRequest): Promise<AttemptResult>;
  /** Waits for the requests under way, as long as the limits let them, and closes all connections. */
  close(): Promise<void>;
}

/** What is found out on the way, and true of failures as well. */
interface Trace extends SocketTrace {
  ttfbMs: number | null;
  reusedConnection: boolean;
}

/** The part of a result that depends on how it ended. */
type Outcome = Omit<AttemptResult, "timings" | "resolvedAddress" | "reusedConnection" | "requestBytes">;

/**
 * The one HTTP client that may call an address which somebody else chose.
 *
 * It calls only what its policy allows, tested at the moment of connecting, over TLS 1.2 or newer with a verified certificate.
 * It reads little, unpacks nothing, gives up after a fixed time however busily the other side drips, and does not look at
 * `HTTP_PROXY` and its like: a proxy would look the name up again.
 *
 * A connection is used again for a minute. If the receiver closes it just as a request goes out, the request is sent once more
 * over a new one: it carries the same `webhook-id`, so a receiver that had it knows.
 */
export function createGuardedClient(options: GuardedClientOptions): GuardedClient {
  const limits = { ...LIMITS, ...options.limits };
  const socketOptions = {
    policy: options.policy,
    resolveHost: options.resolveHost ?? createHostResolver(),
    secureContext: createSecureContext({
      minVersion: "TLSv1.2",
      ...(options.ca !== undefined && { ca: [...getCACertificates("default"), options.ca] }),
    }),
    limits,
  };
  const idle = createIdleConnections();
  const underWay = new Set<Promise<unknown>>();

  const exchange = async (url: URL, request: HttpRequest, trace: Trace): Promise<Outcome> => {
    const kept = idle.take(url.origin);
    if (kept !== undefined) {
      trace.reusedConnection = true;
      trace.resolvedAddress = kept.address;
      const response = await unlessClosed(ask(kept, request, trace), request.signal);
      if (response !== null) return readAnswer(url, kept, response);
      trace.reusedConnection = false;
      trace.resolvedAddress = null;
    }
    const socket = await openSocket(url, socketOptions, trace, request.signal);
    const connection = createConnection(url, socket, trace.resolvedAddress, limits.reuseMs);
    return readAnswer(url, connection, await ask(connection, request, trace));
  };

  const readAnswer = async (url: URL, connection: Connection, response: Dispatcher.ResponseData): Promise<Outcome> => {
    const body = await readBody(response.body);
    if (body.isComplete) idle.keep(connection);
    else connection.destroy();
    return answered(url, response, body);
  };

  const attempt = async (request: GuardedRequest, body: Uint8Array | null, trace: Trace): Promise<Outcome> => {
    const url = readUrl(request.url, options.policy);
    if (url instanceof TargetUrlError) return unanswered("TARGET_FORBIDDEN", url.message, url.message);
    const deadline = AbortSignal.timeout(limits.totalMs);
    const signal = AbortSignal.any([deadline, ...(request.signal === undefined ? [] : [request.signal])]);
    const headers = { ...request.headers, "user-agent": options.userAgent, "accept-encoding": "identity" };
    const path = `${url.pathname}${url.search}`;
    try {
      return await exchange(url, { path, method: request.method, headers, body, signal }, trace);
    } catch (error) {
      request.signal?.throwIfAborted();
      const failure = deadline.aborted
        ? new AttemptFailure("TIMEOUT_TOTAL", `no answer within ${limits.totalMs} ms`)
        : toAttemptFailure(error, "request");
      return unanswered(failure.code, sayWhat(url, failure.code), failure.message);
    }
  };

  const send = async (request: GuardedRequest): Promise<AttemptResult> => {
    const start = performance.now();
    const body = request.body === undefined ? null : Buffer.from(request.body);
    const trace: Trace = {
      resolvedAddress: null,
      reusedConnection: false,
      dnsMs: null,
      connectMs: null,
      tlsMs: null,
      ttfbMs: null,
    };
    const outcome = await attempt(request, body, trace);
    const { resolvedAddress, reusedConnection, ...steps } = trace;
    const timings = { ...steps, totalMs: performance.now() - start };
    return { ...outcome, timings, resolvedAddress, reusedConnection, requestBytes: body?.length ?? 0 };
  };

  return {
    async send(request) {
      const sending = send(request);
      underWay.add(sending);
      return sending.finally(() => underWay.delete(sending));
    },
    async close() {
      await Promise.allSettled(underWay);
      idle.close();
    },
  };
}

function readUrl(text: string, policy: TargetPolicy): URL | TargetUrlError {
  try {
    return checkTargetUrl(text, policy);
  } catch (error) {
    if (error instanceof TargetUrlError) return error;
    throw error;
  }
}

async function ask(connection: Connection, request: HttpRequest, trace: Trace): Promise<Dispatcher.ResponseData> {
  const start = performance.now();
  try {
    const response = await connection.request(request);
    trace.ttfbMs = performance.now() - start;
    return response;
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** The answer on a connection that was kept; `null` if the receiver closed it instead. */
async function unlessClosed<Response>(answer: Promise<Response>, signal: AbortSignal): Promise<Response | null> {
  try {
    return await answer;
  } catch (error) {
    signal.throwIfAborted();
    if (toAttemptFailure(error, "request").code !== "CONNECTION_RESET") throw error;
    return null;
  }
}

function answered(url: URL, { statusCode, headers }: Dispatcher.ResponseData, body: KeptBody): Outcome {
  const errorCode = errorCodeOfStatus(statusCode);
  const detail = errorCode === null ? null : `${hostOf(url)} answered ${statusCode}`;
  const responseHeaders = keepHeaders(headers);
  return {
    errorCode,
    errorDetail: detail,
    operatorDetail: detail,
    status: statusCode,
    responseHeaders,
    responseBody: body.text,
    responseTruncated: body.isTruncated,
    retryAfter: responseHeaders["retry-after"] ?? null,
    control: responseHeaders["webhook-delivery"] ?? null,
  };
}

function unanswered(errorCode: DeliveryErrorCode, errorDetail: string, operatorDetail: string): Outcome {
  return {
    errorCode,
    errorDetail,
    operatorDetail,
    status: null,
    responseHeaders: {},
    responseBody: null,
    responseTruncated: false,
    retryAfter: null,
    control: null,
  };
}

function sayWhat(url: URL, code: DeliveryErrorCode): string {
  return `${hostOf(url)}: ${DELIVERY_ERROR_TEXTS[code].what}`;
}
