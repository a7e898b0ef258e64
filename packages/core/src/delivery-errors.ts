/**
 * What can go wrong when an event is sent to a subscriber. Stable: attempt logs, filters and metrics use these words.
 *
 * | codes | what happened |
 * | --- | --- |
 * | `HTTP_STATUS`, `REDIRECT`, `RATE_LIMITED`, `GONE`, `RESPONSE_INVALID` | an answer came, and it was no 2xx |
 * | `TIMEOUT_*`, `DNS_*`, `CONNECTION_*`, `NETWORK_UNREACHABLE`, `TLS_*` | no answer came |
 * | `TARGET_FORBIDDEN` | the address must not be called: nothing was sent |
 * | `MESSAGE_REFUSED` | Slack or the mail server answered, and did not take the message |
 * | `EGRESS_UNAVAILABLE` | our own way out is down: nothing was sent, and the subscriber is not to blame |
 * | `INTERNAL` | the sender died or failed; whether anything was sent is not known |
 */
export const DELIVERY_ERROR_CODES = [
  "HTTP_STATUS",
  "REDIRECT",
  "RATE_LIMITED",
  "GONE",
  "TIMEOUT_CONNECT",
  "TIMEOUT_TOTAL",
  "DNS_NOT_FOUND",
  "DNS_FAILED",
  "CONNECTION_REFUSED",
  "CONNECTION_RESET",
  "NETWORK_UNREACHABLE",
  "TLS_EXPIRED",
  "TLS_SELF_SIGNED",
  "TLS_HOSTNAME_MISMATCH",
  "TLS_OTHER",
  "TARGET_FORBIDDEN",
  "RESPONSE_INVALID",
  "MESSAGE_REFUSED",
  "EGRESS_UNAVAILABLE",
  "INTERNAL",
] as const;
export type DeliveryErrorCode = (typeof DELIVERY_ERROR_CODES)[number];
