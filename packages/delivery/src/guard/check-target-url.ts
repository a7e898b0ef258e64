import { isIP } from "node:net";
import { RelinkError } from "@relink/core";
import { type TargetPolicy, whyForbidden } from "./target-policy.ts";

/** What is wrong with a URL. Stable: an API may pass it on. */
export type TargetUrlProblem =
  | "too_long"
  | "control_character"
  | "not_a_url"
  | "scheme"
  | "credentials"
  | "fragment"
  | "host"
  | "port"
  | "address";

const WHAT_TO_DO: Readonly<Record<TargetUrlProblem, string>> = {
  too_long: "the URL is longer than 2,048 characters: use a shorter one",
  control_character: "the URL holds a tab, a line end or another control character: remove it",
  not_a_url: "this is not a URL: write it whole, as https://hooks.example.com/relink",
  scheme: "the URL must start with https://",
  credentials: "the URL must not hold a user or a password: use a header, or check the signature",
  fragment: "the URL must not have a part after #: it is never sent",
  host: "the host must be a full public name, such as hooks.example.com; ask the operator to allow another",
  port: "the port must be 443: leave it away, or ask the operator to allow another",
  address: "the address is not one of the public internet: use a public one, or ask the operator to allow it",
};

/** A URL that must not be called. The message says what to do, and repeats nothing of the URL. */
export class TargetUrlError extends RelinkError {
  override readonly name = "TargetUrlError";
  readonly code = "ERR_TARGET_URL";
  readonly retryable = false;
  readonly problem: TargetUrlProblem;

  constructor(problem: TargetUrlProblem) {
    super(WHAT_TO_DO[problem]);
    this.problem = problem;
  }
}

const MAX_LENGTH = 2_048;

/** Names that are never public. RFC 6761, RFC 6762, RFC 8375; `internal` is ICANN's for private use (checked 2026-11-22). */
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|home\.arpa)$/;

/**
 * Reads the URL of a receiver, and judges all of it that can be judged without asking DNS.
 *
 * It is read once, by the parser that the request goes through as well, so both see the same host: browsers' rules make
 * `0x7f.1`, `2130706433` and `①②⑦.0.0.1` into `127.0.0.1`.
 *
 * @param text - as somebody typed it.
 * @throws {@link TargetUrlError} if it must not be called.
 */
export function checkTargetUrl(text: string, policy: TargetPolicy): URL {
  if (text.length > MAX_LENGTH) throw new TargetUrlError("too_long");
  // The parser drops them without a word.
  if (/\p{Cc}/u.test(text)) throw new TargetUrlError("control_character");
  if (!URL.canParse(text)) throw new TargetUrlError("not_a_url");
  const url = new URL(text);
  if (url.href.length > MAX_LENGTH) throw new TargetUrlError("too_long");
  if (url.protocol !== "https:" && !(url.protocol === "http:" && policy.allowHttp)) throw new TargetUrlError("scheme");
  if (url.username !== "" || url.password !== "") throw new TargetUrlError("credentials");
  if (url.hash !== "") throw new TargetUrlError("fragment");
  const host = hostOf(url);
  if (isIP(host) === 0 && !policy.allowedHosts.has(host) && !isPublicName(host, policy))
    throw new TargetUrlError("host");
  if (url.port !== "" && !policy.extraPorts.has(Number(url.port))) throw new TargetUrlError("port");
  if (isIP(host) !== 0 && whyForbidden(host, host, policy) !== null) throw new TargetUrlError("address");
  return url;
}

/** The name or address in a URL, the latter without the brackets that IPv6 has there. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

function isPublicName(host: string, policy: TargetPolicy): boolean {
  return host.includes(".") && !host.endsWith(".") && !PRIVATE_NAME.test(host) && !policy.ownHosts.has(host);
}
