import { Resolver } from "node:dns/promises";

/**
 * All addresses of a host name, of both families, at least one.
 *
 * Rejects with an error of `node:dns`, whose code says what went wrong, and when the signal aborts.
 */
export type ResolveHost = (host: string, signal: AbortSignal) => Promise<readonly string[]>;

/** A question is asked three times, a little more patiently each time; the signal ends it earlier. */
const PATIENCE = { timeout: 1_500, tries: 3 };

/**
 * Asks the name servers that the system is configured with.
 *
 * Not as the system's own `getaddrinfo` does: that may append search domains to a name (in a cluster, `hooks.example.com`
 * could become a service inside of it), and its calls cannot be cancelled and hold one of the few threads that files and
 * keys wait for as well. So `/etc/hosts` is not read either.
 *
 * @param servers - asked instead of the system's, as `address:port`.
 * @see https://nodejs.org/api/dns.html#implementation-considerations (checked 2026-11-22)
 */
export function createHostResolver(servers?: readonly string[]): ResolveHost {
  return async (host, signal) => {
    // They never leave the machine. https://www.rfc-editor.org/rfc/rfc6761#section-6.3 (checked 2026-11-22)
    if (/(?:^|\.)localhost$/.test(host)) return ["127.0.0.1", "::1"];
    signal.throwIfAborted();
    const resolver = new Resolver(PATIENCE);
    if (servers !== undefined) resolver.setServers(servers);
    const cancel = () => resolver.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      const answers = await Promise.allSettled([resolver.resolve4(`${host}.`), resolver.resolve6(`${host}.`)]);
      const addresses = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
      if (addresses.length > 0) return addresses;
      throw whyNone(answers);
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  };
}

/** "There is none" only if both answers say so: one that did not come could have held an address. */
function whyNone(answers: readonly PromiseSettledResult<unknown>[]): unknown {
  const errors: readonly unknown[] = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason] : []));
  return errors.find((error) => !isNone(error)) ?? errors[0];
}

function isNone(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOTFOUND" || error.code === "ENODATA");
}
