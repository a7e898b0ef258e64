import { waitFor } from "@relink/testkit";
import { afterEach, expect, test } from "vitest";
import { createHostResolver } from "./resolve-host.ts";
import { type DnsAnswer, startDnsServer } from "./testing/dns-server.ts";
import { closeAfterwards } from "./testing/harness.ts";

const { open, closeAll } = closeAfterwards();
afterEach(closeAll);

const never = new AbortController().signal;

async function serverWith(zone: Record<string, DnsAnswer>) {
  const server = open(await startDnsServer(zone));
  return { server, resolveHost: createHostResolver([server.address]) };
}

test("a name is asked for as it stands, in both families, and all of its addresses are given", async () => {
  const { server, resolveHost } = await serverWith({
    "hooks.example.com": { a: ["192.0.2.1", "192.0.2.2"], aaaa: ["2001:db8::1"] },
  });
  const addresses = await resolveHost("hooks.example.com", never);
  expect([...addresses].toSorted()).toEqual(["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
  // A question that is not answered in time is asked again.
  expect(new Set(server.questions)).toEqual(new Set(["A hooks.example.com", "AAAA hooks.example.com"]));
});

test.each<[string, DnsAnswer, string[]]>([
  ["IPv4 only", { a: ["192.0.2.1"] }, ["192.0.2.1"]],
  ["IPv6 only", { aaaa: ["2001:db8::1"] }, ["2001:db8::1"]],
])("a name with %s has these addresses", async (_title, answer, expected) => {
  const { resolveHost } = await serverWith({ "hooks.example.com": answer });
  await expect(resolveHost("hooks.example.com", never)).resolves.toEqual(expected);
});

test.each<[string, DnsAnswer, string]>([
  ["does not exist", "NXDOMAIN", "ENOTFOUND"],
  ["has no addresses", {}, "ENODATA"],
  ["cannot be looked up now", "SERVFAIL", "ESERVFAIL"],
])("a name that %s is an error of its own", async (_title, answer, code) => {
  const { resolveHost } = await serverWith({ "hooks.example.com": answer });
  await expect(resolveHost("hooks.example.com", never)).rejects.toMatchObject({ code });
});

test("a search domain is not appended, also not to a name without a dot", async () => {
  const { server, resolveHost } = await serverWith({});
  await expect(resolveHost("billing", never)).rejects.toMatchObject({ code: "ENOTFOUND" });
  expect(new Set(server.questions)).toEqual(new Set(["A billing", "AAAA billing"]));
});

test("a name server that is silent is given up when the caller gives up", async () => {
  const { server, resolveHost } = await serverWith({ "hooks.example.com": "silence" });
  const caller = new AbortController();
  const asking = resolveHost("hooks.example.com", caller.signal);
  await waitFor(() => server.questions.length > 0);
  caller.abort();
  await expect(asking).rejects.toMatchObject({ code: "ECANCELLED" });
  await expect(resolveHost("hooks.example.com", AbortSignal.abort())).rejects.toThrow(/aborted/);
});

test("localhost is this machine, whatever a name server says", async () => {
  const { server, resolveHost } = await serverWith({ localhost: { a: ["192.0.2.1"] } });
  await expect(resolveHost("localhost", never)).resolves.toEqual(["127.0.0.1", "::1"]);
  await expect(resolveHost("api.localhost", never)).resolves.toEqual(["127.0.0.1", "::1"]);
  expect(server.questions).toEqual([]);
});
