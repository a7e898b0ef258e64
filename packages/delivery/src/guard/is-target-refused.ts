import { isIP } from "node:net";
import type { ResolveHost } from "../resolve-host.ts";
import { hostOf } from "./check-target-url.ts";
import { type TargetPolicy, whyForbidden } from "./target-policy.ts";

const DNS_MS = 5_000;

/**
 * Whether the host of a URL leads to an address that must not be called, as DNS answers now. To tell somebody early, when
 * they name the URL: each request is guarded by itself, because DNS may answer otherwise then.
 *
 * @param url - one that `checkTargetUrl` let pass.
 * @returns False also if DNS does not answer: what that means is told by the first request.
 */
export async function isTargetRefused(url: URL, policy: TargetPolicy, resolveHost: ResolveHost): Promise<boolean> {
  const host = hostOf(url);
  if (isIP(host) !== 0) return whyForbidden(host, host, policy) !== null;
  const addresses = await resolveHost(host, AbortSignal.timeout(DNS_MS)).catch((): string[] => []);
  return addresses.some((address) => whyForbidden(address, host, policy) !== null);
}
