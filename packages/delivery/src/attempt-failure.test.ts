import type { DeliveryErrorCode } from "@relink/core";
import { expect, test } from "vitest";
import { AttemptFailure, type AttemptPhase, toAttemptFailure } from "./attempt-failure.ts";

const failing = (code: string) => Object.assign(new Error("why"), { code });

// What the tests of the client see happen is not repeated here.
test.each<[AttemptPhase, unknown, DeliveryErrorCode]>([
  ["connect", failing("ENETUNREACH"), "NETWORK_UNREACHABLE"],
  ["connect", failing("EHOSTUNREACH"), "NETWORK_UNREACHABLE"],
  ["connect", failing("ETIMEDOUT"), "TIMEOUT_CONNECT"],
  ["connect", failing("EMFILE"), "EGRESS_UNAVAILABLE"],
  ["connect", failing("EADDRNOTAVAIL"), "EGRESS_UNAVAILABLE"],
  ["connect", failing("EPERM"), "EGRESS_UNAVAILABLE"],
  ["connect", failing("ESOMETHING"), "INTERNAL"],
  // Of several addresses that were tried, the one that says most.
  ["connect", new AggregateError([failing("ENETUNREACH"), failing("ECONNREFUSED")]), "CONNECTION_REFUSED"],
  ["connect", new AggregateError([failing("ECONNREFUSED"), failing("ENETUNREACH")]), "CONNECTION_REFUSED"],
  ["connect", new AggregateError([failing("ENETUNREACH"), failing("EHOSTUNREACH")]), "NETWORK_UNREACHABLE"],
  ["connect", new AggregateError([]), "INTERNAL"],
  ["dns", failing("EREFUSED"), "DNS_FAILED"],
  ["dns", failing("ETIMEOUT"), "DNS_FAILED"],
  ["dns", failing("EMFILE"), "EGRESS_UNAVAILABLE"],
  ["dns", "no error at all", "DNS_FAILED"],
  ["tls", failing("SELF_SIGNED_CERT_IN_CHAIN"), "TLS_SELF_SIGNED"],
  ["tls", failing("UNABLE_TO_VERIFY_LEAF_SIGNATURE"), "TLS_OTHER"],
  ["tls", failing("CERT_REVOKED"), "TLS_OTHER"],
  ["request", failing("EPIPE"), "CONNECTION_RESET"],
  ["request", failing("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"), "TLS_OTHER"],
  ["request", new TypeError("a mistake of ours"), "INTERNAL"],
  ["request", undefined, "INTERNAL"],
])("during %s, %s is %s", (phase, error, code) => {
  expect(toAttemptFailure(error, phase).code).toBe(code);
});

test("what was classified once stays so", () => {
  const failure = new AttemptFailure("TARGET_FORBIDDEN", "10.0.0.1 is special: private");
  expect(toAttemptFailure(failure, "connect")).toBe(failure);
});

test("the operator is told the code and the reason, in a line", () => {
  expect(toAttemptFailure(failing("ECONNREFUSED"), "connect").message).toBe("ECONNREFUSED: why");
  expect(toAttemptFailure(new Error("x".repeat(1_000)), "request").message).toHaveLength(300);
});
