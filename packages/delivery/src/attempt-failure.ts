import type { DeliveryErrorCode } from "@relink/core";
import { errors } from "undici";

/** Why an attempt got no answer. Its message is for operators: it may tell addresses. */
export class AttemptFailure extends Error {
  override readonly name = "AttemptFailure";
  readonly code: DeliveryErrorCode;

  constructor(code: DeliveryErrorCode, operatorDetail: string) {
    super(operatorDetail);
    this.code = code;
  }
}

/** Where in an attempt an error arose. The same error code of Node means something else in each. */
export type AttemptPhase = "dns" | "connect" | "tls" | "request";

/**
 * Our own exhaustion, or a firewall of our own: whoever is called has no part in it.
 * https://nodejs.org/api/errors.html#common-system-errors (checked 2026-11-22)
 */
const OURS: readonly string[] = [
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  "EADDRNOTAVAIL",
  "EACCES",
  "EPERM",
  "ENETDOWN",
];

/** https://nodejs.org/api/dns.html#error-codes (checked 2026-11-22) */
const DNS: Readonly<Record<string, DeliveryErrorCode>> = {
  ENOTFOUND: "DNS_NOT_FOUND",
  ENODATA: "DNS_NOT_FOUND",
  EBADNAME: "DNS_NOT_FOUND",
  // No name server takes our question, so it is not about this name.
  ECONNREFUSED: "EGRESS_UNAVAILABLE",
};

const CONNECTION: Readonly<Record<string, DeliveryErrorCode>> = {
  ECONNREFUSED: "CONNECTION_REFUSED",
  ECONNRESET: "CONNECTION_RESET",
  ECONNABORTED: "CONNECTION_RESET",
  EPIPE: "CONNECTION_RESET",
  UND_ERR_SOCKET: "CONNECTION_RESET",
  ETIMEDOUT: "TIMEOUT_CONNECT",
  ENETUNREACH: "NETWORK_UNREACHABLE",
  EHOSTUNREACH: "NETWORK_UNREACHABLE",
  EHOSTDOWN: "NETWORK_UNREACHABLE",
};

/** https://nodejs.org/api/tls.html#x509-certificate-error-codes (checked 2026-11-22) */
const TLS: Readonly<Record<string, DeliveryErrorCode>> = {
  CERT_HAS_EXPIRED: "TLS_EXPIRED",
  DEPTH_ZERO_SELF_SIGNED_CERT: "TLS_SELF_SIGNED",
  SELF_SIGNED_CERT_IN_CHAIN: "TLS_SELF_SIGNED",
  ERR_TLS_CERT_ALTNAME_INVALID: "TLS_HOSTNAME_MISMATCH",
};

/** What an error of Node or of the HTTP client means. Pure. */
export function toAttemptFailure(error: unknown, phase: AttemptPhase): AttemptFailure {
  if (error instanceof AttemptFailure) return error;
  const told = mostTelling(error);
  const code = isBadResponse(told) ? "RESPONSE_INVALID" : errorCodeOf(codeOf(told), phase);
  return new AttemptFailure(code, describe(told));
}

/** https://github.com/nodejs/undici/blob/main/docs/docs/api/Errors.md (checked 2026-11-22) */
function isBadResponse(error: unknown): boolean {
  return (
    error instanceof errors.HTTPParserError ||
    error instanceof errors.HeadersOverflowError ||
    error instanceof errors.ResponseContentLengthMismatchError ||
    // An interim response or a change of protocol that nobody had asked for; the message alone tells it from a lost connection.
    (error instanceof errors.SocketError && /^bad (?:response|upgrade)$/.test(error.message))
  );
}

function errorCodeOf(code: string, phase: AttemptPhase): DeliveryErrorCode {
  if (OURS.includes(code)) return "EGRESS_UNAVAILABLE";
  switch (phase) {
    case "dns":
      return DNS[code] ?? "DNS_FAILED";
    case "connect":
      return CONNECTION[code] ?? "INTERNAL";
    case "tls":
      return TLS[code] ?? CONNECTION[code] ?? "TLS_OTHER";
    case "request":
      // With TLS 1.3 the server may refuse us after its handshake is done.
      return CONNECTION[code] ?? (code.startsWith("ERR_SSL_") ? "TLS_OTHER" : "INTERNAL");
  }
}

/** Of the addresses that were tried in turn, the one that says most: a machine without IPv6 cannot reach half of them. */
function mostTelling(error: unknown): unknown {
  if (!(error instanceof AggregateError)) return error;
  const errors: readonly unknown[] = error.errors;
  return errors.find((each) => CONNECTION[codeOf(each)] !== "NETWORK_UNREACHABLE") ?? errors[0];
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : "no reason given";
  return [codeOf(error), message].filter(Boolean).join(": ").slice(0, 300);
}
