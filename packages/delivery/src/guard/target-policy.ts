import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { RelinkError } from "@relink/core";
import ipaddr from "ipaddr.js";
import { type Network, behindNat64, isWithin, specialAddress } from "./special-addresses.ts";

/** What an operator may set. Nothing here may come from who subscribes. */
export interface TargetPolicyOptions {
  /**
   * Receivers beyond the public internet: networks (`10.20.0.0/16`), addresses, and exact host names (`billing.internal`),
   * with whatever address they resolve to. Default none.
   */
  allowed?: readonly string[];
  /**
   * Lets `allowed` reach loopback, link-local addresses and what a cloud tells its own machines too. Default false: whoever
   * may choose a URL could read the machine's credentials there.
   */
  allowLocal?: boolean;
  /** Takes `http:` as well, on port 80. For development. Default false. */
  allowHttp?: boolean;
  /** Ports beside 443. Default none. */
  extraPorts?: readonly number[];
  /** Names of our own, inside and outside, that nobody may subscribe: requests would go round in a circle. Default none. */
  ownHosts?: readonly string[];
  /**
   * Judges `64:ff9b::/96` by the IPv4 address inside. For networks that have IPv6 alone, where DNS64 gives every receiver such
   * an address. Default false: they are refused.
   */
  nat64?: boolean;
}

/** Which receivers may be called. Made by {@link createTargetPolicy}. */
export interface TargetPolicy {
  readonly allowedNetworks: readonly Network[];
  readonly allowedHosts: ReadonlySet<string>;
  readonly allowLocal: boolean;
  readonly allowHttp: boolean;
  readonly extraPorts: ReadonlySet<number>;
  readonly ownHosts: ReadonlySet<string>;
  readonly nat64: boolean;
}

/** An operator's setting about receivers cannot be read. Names the entry. */
export class TargetPolicyError extends RelinkError {
  override readonly name = "TargetPolicyError";
  readonly code = "ERR_TARGET_POLICY";
  readonly retryable = false;
}

/**
 * Reads what an operator set.
 *
 * @throws {@link TargetPolicyError} if an entry is neither a network, nor an address, nor a host name.
 */
export function createTargetPolicy(options: TargetPolicyOptions = {}): TargetPolicy {
  const allowed = (options.allowed ?? []).map((entry) => readNetwork(entry) ?? readHost(entry));
  return {
    allowedNetworks: allowed.filter((entry) => typeof entry !== "string"),
    allowedHosts: new Set(allowed.filter((entry) => typeof entry === "string")),
    allowLocal: options.allowLocal ?? false,
    allowHttp: options.allowHttp ?? false,
    extraPorts: new Set(options.extraPorts),
    ownHosts: new Set(options.ownHosts?.map(readHost)),
    nat64: options.nat64 ?? false,
  };
}

/**
 * Why an address must not be called, for an operator's eyes; `null` if it may be.
 *
 * @param host - the name that resolved to the address, or the address itself, as the URL has it.
 */
export function whyForbidden(address: string, host: string, policy: TargetPolicy): string | null {
  // The check keeps out the short and octal forms that the parser would take.
  if (isIP(address) === 0) return `${address} is not an address`;
  const written = ipaddr.parse(address);
  const judged = (policy.nat64 && behindNat64(written)) || written;
  const special = specialAddress(judged);
  if (special === null) return null;
  const isAllowed =
    special.kind !== "never" &&
    (policy.allowedHosts.has(host) || policy.allowedNetworks.some((network) => isWithin(judged, network))) &&
    (special.kind !== "local" || policy.allowLocal);
  return isAllowed ? null : `${address} is special: ${special.what}`;
}

function readNetwork(entry: string): Network | null {
  const [address = "", bits, ...rest] = entry.split("/");
  const family = isIP(address);
  if (family === 0) return null;
  if (
    rest.length > 0 ||
    (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)))
  ) {
    throw new TargetPolicyError(`${entry}: not a network. Write it as 10.20.0.0/16 or fd12:3456::/48`);
  }
  return [ipaddr.parse(address), bits === undefined ? (family === 4 ? 32 : 128) : Number(bits)];
}

function readHost(entry: string): string {
  const host = domainToASCII(entry);
  if (!/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(host)) {
    throw new TargetPolicyError(`${entry}: neither a network nor a host name. Write 10.20.0.0/16 or billing.internal`);
  }
  return host;
}
