import type { DeliveryErrorCode } from "@relink/core";

export interface DeliveryErrorText {
  /** What happened, to go behind the name of the host: "hooks.example.com: the connection was refused". */
  what: string;
  /** One sentence for whoever runs the receiver. {@link adviceFor} knows more. */
  advice: string;
}

/** What each error means, and what to do about it. */
export const DELIVERY_ERROR_TEXTS: Readonly<Record<DeliveryErrorCode, DeliveryErrorText>> = {
  HTTP_STATUS: {
    what: "the answer was not a 2xx",
    advice:
      "Look up the request by its webhook-id in your receiver's log, and answer 2xx as soon as you have stored it.",
  },
  REDIRECT: {
    what: "the answer was a redirect",
    advice: "Redirects are never followed: change the subscription's URL to the place where the events are to go.",
  },
  RATE_LIMITED: {
    what: "the receiver wants fewer requests",
    advice:
      "Raise the receiver's limit, or set a rate limit on the subscription; deliveries go on after the pause it asked for.",
  },
  GONE: {
    what: "the receiver said that it is gone for good",
    advice: "The subscription was switched off: correct its URL and switch it on again, or delete it.",
  },
  TIMEOUT_CONNECT: {
    what: "no connection came about in time",
    advice: "Check that the receiver runs, and that its firewall lets our addresses in.",
  },
  TIMEOUT_TOTAL: {
    what: "no answer came in time",
    advice: "Answer 2xx as soon as the event is stored, and do the work afterwards.",
  },
  DNS_NOT_FOUND: {
    what: "the name has no address",
    advice: "Check the host name in the subscription's URL, and its A and AAAA records.",
  },
  DNS_FAILED: {
    what: "the name servers gave no answer",
    advice: "Check that the name servers of the domain answer, and that DNSSEC is valid; it is tried again.",
  },
  CONNECTION_REFUSED: {
    what: "the connection was refused",
    advice: "Nothing listens on that port: start the receiver, or correct the port in the subscription's URL.",
  },
  CONNECTION_RESET: {
    what: "the connection was closed before an answer came",
    advice: "Look for a crash or a restart of the receiver, or of a proxy before it, at the time of the attempt.",
  },
  NETWORK_UNREACHABLE: {
    what: "no route leads there",
    advice: "Check the receiver's address records; if it has IPv6 only, give it an IPv4 address as well.",
  },
  TLS_EXPIRED: {
    what: "the certificate has expired",
    advice: "Renew the receiver's certificate.",
  },
  TLS_SELF_SIGNED: {
    what: "the certificate is signed by itself or by an unknown authority",
    advice: "Use a certificate of a public authority; for a private one, the operator can trust its authority.",
  },
  TLS_HOSTNAME_MISMATCH: {
    what: "the certificate is for another name",
    advice: "Use the name that the certificate is for, or a certificate for the name in the subscription's URL.",
  },
  TLS_OTHER: {
    what: "no secure connection came about",
    advice:
      "The receiver must speak TLS 1.2 or newer and send its whole certificate chain: an SSL test of the host shows which is missing.",
  },
  TARGET_FORBIDDEN: {
    what: "this host must not be called",
    advice: "It is no address of the public internet: use a public one, or ask the operator to allow it.",
  },
  RESPONSE_INVALID: {
    what: "the answer was not HTTP, or its headers were larger than 16 KiB",
    advice: "Check that the port speaks HTTP, and what headers the receiver and its proxies add.",
  },
  MESSAGE_REFUSED: {
    what: "the message was not taken by Slack or the mail server",
    advice: "The answer says why: a word of Slack's, which its documents explain, or that of the mail server.",
  },
  EGRESS_UNAVAILABLE: {
    what: "our own way to the internet was down",
    advice: "There is nothing to do at the receiver: it is tried again, and this attempt does not count.",
  },
  INTERNAL: {
    what: "the sender failed",
    advice:
      "There is nothing to do at the receiver: it is tried again; it may have had this event already, under the same webhook-id.",
  },
};

const SLACK_NOT_REACHED =
  "Nothing in the subscription is wrong, since Slack's hosts are fixed: look whether Slack has trouble, and else let whoever runs Relink check that its network, DNS and trusted certificates lead to Slack.";

/** Where the advice for a receiver of one's own is no help, as Slack is called under its own names. */
const SLACK_ADVICE: Partial<Record<DeliveryErrorCode, string>> = {
  REDIRECT: SLACK_NOT_REACHED,
  RATE_LIMITED:
    "Deliveries go on after the pause that Slack asked for; if it happens often, subscribe to fewer types of events, or filter them.",
  GONE: "The subscription was switched off, as nobody can post there any more: give it another incoming webhook, or a token and a channel that it may post to, and switch it on again.",
  TIMEOUT_CONNECT: SLACK_NOT_REACHED,
  TIMEOUT_TOTAL: SLACK_NOT_REACHED,
  DNS_NOT_FOUND: SLACK_NOT_REACHED,
  DNS_FAILED: SLACK_NOT_REACHED,
  CONNECTION_REFUSED: SLACK_NOT_REACHED,
  CONNECTION_RESET: SLACK_NOT_REACHED,
  NETWORK_UNREACHABLE: SLACK_NOT_REACHED,
  TLS_EXPIRED: SLACK_NOT_REACHED,
  TLS_SELF_SIGNED: SLACK_NOT_REACHED,
  TLS_HOSTNAME_MISMATCH: SLACK_NOT_REACHED,
  TLS_OTHER: SLACK_NOT_REACHED,
  TARGET_FORBIDDEN: SLACK_NOT_REACHED,
  RESPONSE_INVALID: SLACK_NOT_REACHED,
};

/**
 * What to do about an attempt that failed, in one sentence.
 *
 * @param attempt.kind - of its subscription.
 * @param attempt.status - of the answer; null if none came.
 */
export function adviceFor(
  code: DeliveryErrorCode,
  { kind, status }: { kind: "webhook" | "slack" | "email"; status: number | null },
): string {
  if (kind === "slack") return slackAdvice(code, status);
  return code === "HTTP_STATUS" ? statusAdvice(status) : DELIVERY_ERROR_TEXTS[code].advice;
}

function slackAdvice(code: DeliveryErrorCode, status: number | null): string {
  if (code !== "HTTP_STATUS") return SLACK_ADVICE[code] ?? DELIVERY_ERROR_TEXTS[code].advice;
  return isOwnFault(status) ? SLACK_NOT_REACHED : DELIVERY_ERROR_TEXTS.MESSAGE_REFUSED.advice;
}

function statusAdvice(status: number | null): string {
  if (status === 401 || status === 403) {
    return "Check what guards the endpoint: give the receiver this subscription's newest secret, let it verify the bytes of the body as they came, before any JSON parser, and let no login or firewall stand before it.";
  }
  if (status === 404 || status === 405) {
    return "Check the path of the subscription's URL, and that the receiver takes POST there.";
  }
  return isOwnFault(status)
    ? "The receiver failed, or a proxy before it: look up the request by its webhook-id in their logs."
    : DELIVERY_ERROR_TEXTS.HTTP_STATUS.advice;
}

/** Whether who answered says that the trouble is its own. */
function isOwnFault(status: number | null): boolean {
  return status !== null && status >= 500;
}
