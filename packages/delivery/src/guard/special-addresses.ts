import ipaddr from "ipaddr.js";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
export type Network = [Address, number];

/**
 * - `private`: an operator may allow it.
 * - `local`: loopback, link-local, and what a cloud tells its own machines. It takes a second word of the operator's.
 * - `never`: no receiver can be there, or it hides another address inside that would have to be judged instead.
 */
export type SpecialKind = "private" | "local" | "never";

export interface SpecialAddress {
  kind: SpecialKind;
  /** What is there, for an operator. */
  what: string;
}

/**
 * Special addresses; the first match counts, so an address stands before the network that it is in.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry (checked 2026-11-22)
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry (checked 2026-11-22)
 */
const SPECIAL: readonly (readonly [cidr: string, SpecialKind, what: string])[] = [
  ["100.100.100.200/32", "local", "metadata of Alibaba Cloud"],
  ["192.0.0.192/32", "local", "metadata of Oracle Cloud"],
  // Its number is a public one. https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
  ["168.63.129.16/32", "local", "Azure's platform"],
  ["127.0.0.0/8", "local", "loopback"],
  ["169.254.0.0/16", "local", "link-local, with the metadata of most clouds"],
  ["0.0.0.0/8", "never", "this network"],
  ["10.0.0.0/8", "private", "private"],
  ["100.64.0.0/10", "private", "a carrier's own network"],
  ["172.16.0.0/12", "private", "private"],
  ["192.0.0.0/24", "private", "protocol assignments"],
  ["192.0.2.0/24", "private", "documentation"],
  ["192.88.99.0/24", "private", "the former 6to4 relay"],
  ["192.168.0.0/16", "private", "private"],
  ["198.18.0.0/15", "private", "benchmarks"],
  ["198.51.100.0/24", "private", "documentation"],
  ["203.0.113.0/24", "private", "documentation"],
  ["224.0.0.0/4", "never", "multicast"],
  ["240.0.0.0/4", "never", "reserved, and broadcast"],

  ["fd00:ec2::254/128", "local", "metadata of AWS"],
  ["fd20:ce::254/128", "local", "metadata of Google Cloud"],
  ["::1/128", "local", "loopback"],
  ["fe80::/10", "local", "link-local"],
  ["::/96", "never", "unspecified, or an IPv4 address inside"],
  ["::ffff:0:0/96", "never", "an IPv4 address inside"],
  ["::ffff:0:0:0/96", "never", "an IPv4 address inside"],
  ["64:ff9b::/96", "never", "an IPv4 address inside (NAT64)"],
  ["64:ff9b:1::/48", "never", "an IPv4 address inside (local NAT64)"],
  ["2001::/32", "never", "an IPv4 address inside (Teredo)"],
  ["2002::/16", "never", "an IPv4 address inside (6to4)"],
  ["ff00::/8", "never", "multicast"],
  ["2001::/23", "private", "protocol assignments"],
  ["2001:db8::/32", "private", "documentation"],
  ["3fff::/20", "private", "documentation"],
  ["fc00::/7", "private", "unique-local"],
];

const special = SPECIAL.map(([cidr, kind, what]) => ({ network: ipaddr.parseCIDR(cidr), kind, what }));
const GLOBAL_UNICAST: Network = ipaddr.parseCIDR("2000::/3");
const NAT64: Network = ipaddr.parseCIDR("64:ff9b::/96");

/** True if the address is in the network; an address of the other family is not. */
export function isWithin(address: Address, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

/**
 * What is special about an address; `null` if it is one of the public internet.
 *
 * For IPv6 only global unicast is public, less what stands in the table: whatever is invented outside of it is refused
 * without anybody having to add it.
 */
export function specialAddress(address: Address): SpecialAddress | null {
  const found = special.find(({ network }) => isWithin(address, network));
  if (found !== undefined) return { kind: found.kind, what: found.what };
  if (address.kind() === "ipv4" || isWithin(address, GLOBAL_UNICAST)) return null;
  return { kind: "private", what: "outside of global unicast" };
}

/** The IPv4 address that a NAT64 gateway makes of `64:ff9b::/96`; `null` for any other address. */
export function behindNat64(address: Address): Address | null {
  return isWithin(address, NAT64) ? ipaddr.fromByteArray(address.toByteArray().slice(12)) : null;
}
